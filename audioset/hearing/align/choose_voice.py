"""Choose the synthetic voice that sounds most like the speaker: language, accent, high or low.

Each voice looks for the lines in the first minute of the source. The one whose lines explain most
of the speech is nearest; on 17 recordings that was the one that found most lines, too (2026).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import Features, count_live_bands
from audioset.hearing.align.ear.silence import normalised_cepstra, silence_of
from audioset.hearing.align.grid import explained
from audioset.hearing.align.voices.espeak import DEFAULT_VOICE, speak
from audioset.hearing.align.voices.languages import choose_voice, find_language
from audioset.hearing.align.voices.room import Room, room_of
from audioset.hearing.align.voices.templates import make_templates
from audioset.records.lines import LineVoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.records.line_options import AlignOptions
    from audioset.records.lines import Line

# Those that are far from each other.
_ACCENTS = {
    "en": ("en", "en-us", "en-gb-scotland"),
    "es": ("es", "es-419"),
    "pt": ("pt", "pt-br"),
    "vi": ("vi", "vi-vn-x-central", "vi-vn-x-south"),
    "hy": ("hy", "hyw"),
}
_TIMBRES = ("+f2", "+f4")  # variants of a voice that are higher
_LISTEN_FRAMES = 3_000  # a minute, from the first speech on
_CLEARLY = 1.25  # times as much must a higher voice explain: a little more happens by chance
_FRAMES_OF_LETTER = 3  # 60 ms: more lines are not said in what is listened to


def fitting_voice(
    features: Features,
    lines: "Sequence[Line]",
    copies: Sequence[int | None],
    options: "AlignOptions",
) -> LineVoice:
    """Give the voice that fits the source best.

    Args:
        features: of the source.
        lines: what is said.
        copies: how often each line is said; None = unknown.
        options: a voice that is named keeps its accent, and its timbre where it names one. A
            language without a region, as English, lets accents compete. Where neither is named,
            the text tells the language.

    Raises:
        NotFoundError: no such voice, no voice for the language, or no voices at all.
        InvalidInputError: nothing of a line can be said.
    """
    language, source = language_of_lines(lines, options)
    voice = _fitting(features, lines, copies, options, choose_voice(options.voice, language))
    return LineVoice(voice=voice, language=language, language_source=source)


def language_of_lines(lines: "Sequence[Line]", options: "AlignOptions") -> tuple[str, str]:
    """Give the language of lines, and how it is known, as `records.lines.LANGUAGE_SOURCES` says."""
    if options.language is not None:
        return options.language, options.language_source
    if options.voice is not None:
        return options.voice.partition("+")[0], "option"
    found = find_language(line.text for line in lines)
    return (DEFAULT_VOICE, "none") if found is None else (found, "text")


def _fitting(
    features: Features,
    lines: "Sequence[Line]",
    copies: Sequence[int | None],
    options: "AlignOptions",
    voice: str,
) -> str:
    begin = _beginning(features)
    if "+" in voice or not (~silence_of(begin)).any():
        return voice
    count = _lines_within(begin, lines)
    explains = partial(
        _explained,
        begin,
        normalised_cepstra(begin),
        room_of(begin),
        lines[:count],
        copies[:count],
        options,
    )
    accents = [voice] if options.voice else _ACCENTS.get(voice, [voice])
    worth = {accent: explains(accent) for accent in accents}
    voice = max(worth, key=worth.__getitem__)
    higher = {voice + timbre: explains(voice + timbre) for timbre in _TIMBRES}
    best = max(higher, key=higher.__getitem__)
    return best if higher[best] > _CLEARLY * worth[voice] else voice


def _beginning(features: Features) -> Features:
    first = int(np.argmax(~silence_of(features)))
    last = first + _LISTEN_FRAMES
    return replace(
        features,
        bands=features.bands[first:last],
        speech=features.speech[first:last],
        levels_db=features.levels_db[2 * first : 2 * last],
    )


def _lines_within(features: Features, lines: "Sequence[Line]") -> int:
    """Give how many lines are worth looking for in so much speech, at least one."""
    letters = np.cumsum([len(line.text) for line in lines])
    spoken = (~silence_of(features)).sum()
    return 1 + int((letters[:-1] * _FRAMES_OF_LETTER < spoken).sum())


def _explained(
    features: Features,
    cepstra: "NDArray[np.float32]",
    room: Room | None,
    lines: "Sequence[Line]",
    copies: Sequence[int | None],
    options: "AlignOptions",
    voice: str,
) -> float:
    """Give how much the lines of a voice explain."""
    speeches = speak(lines, voice, lexicon=options.lexicon)
    templates = make_templates(speeches, count_live_bands(features), room=room)
    return explained(features, cepstra, templates, copies)
