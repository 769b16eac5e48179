"""Ways to find lines: by which voice, and what is supposed of the reading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audioset.hearing.align.by_pauses import place_by_pauses
from audioset.hearing.align.by_voices import VoiceSearch, place_lines
from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.voices.espeak import Speech, speak
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line

_MORE_VOICES = ("", "+f2", "+m3", "+f4", "+m7", "+f1")  # variants of the chosen voice
_LINES_OF_MORE_VOICES = 24  # enough for all phones
# More take pauses too long to be given to lines: their time grows with the square of a recording's.
_MOST_LINES_BY_PAUSES = 300
_OTHER_TIMBRES = ("+f3", "+f4", "+m7", "")  # higher ones, and one that is lower


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was found by a voice, where it guessed itself, or where a plain reading was supposed."""

    voice: str
    is_plain: bool
    search: VoiceSearch
    copies: tuple[int | None, ...]

    @property
    def credit(self) -> float:
        """How far the lines are ahead of decoys; 0 where nobody could tell."""
        return self.search.credit.mean if self.search.credit else 0.0

    @property
    def usual_credit(self) -> float:
        """How far they are, not by the best take of each line but by all; 0 likewise."""
        return self.search.credit.usual if self.search.credit else 0.0


def search_lines(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    voice: str,
    is_plain: bool,  # noqa: FBT001  a way to begin
    pins: Sequence[Placed] = (),
    models: PhoneModels | None = None,
) -> Attempt:
    """Find lines in one way; see `place_lines`."""
    begin: Sequence[Placed] = ()
    if is_plain:
        copies = [count or 1 for count in copies]
        begin = place_by_pauses(features, [line.text for line in lines], copies)
    said = say_lines(lines, voice, options)
    found = place_lines(features, said, copies, pins, models, begin)
    return Attempt(voice, is_plain, found, tuple(copies))


def plain_agreement(ways: Sequence[Attempt]) -> float:
    """Give the share of lines that lie where they do, plain reading supposed or not.

    Returns:
        The mean over all pairs of such ways, 0 to 1; 0 where there is none.
    """
    shares = [
        agreement(one.search.placed, other.search.placed)
        for one in ways
        for other in ways
        if one.is_plain and not other.is_plain
    ]
    return float(np.mean(shares)) if shares else 0.0


def agreement(placed: Sequence[Placed], others: Sequence[Placed]) -> float:
    """Give the share of all lines that were found which lie at the same place in both."""
    lines = {span.line for span in (*placed, *others)}
    same = {
        span.line
        for span in placed
        for other in others
        if span.line == other.line and _is_same_place(span, other)
    }
    return len(same) / max(1, len(lines))


def is_elsewhere(span: Placed, placed: Sequence[Placed], others: Sequence[Attempt]) -> bool:
    """Tell whether half of the other ways, or more, do not have a span of its line there.

    Args:
        span: one of `placed`.
        placed: what one way found.
        others: the other ways. A plain reading has one take of a line only, and does not count
            where there are more; False where none is left.
    """
    num_takes = sum(span.line == other.line for other in placed)
    found = [way.search.placed for way in others if num_takes == 1 or not way.is_plain]
    here = [
        any(span.line == other.line and _is_same_place(span, other) for other in some)
        for some in found
    ]
    return bool(here) and 2 * sum(here) <= len(here)


def _is_same_place(one: Placed, other: Placed) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared > max(one.end, other.end) - min(one.start, other.start)


def share_of_speech(placed: Sequence[Placed], features: Features) -> float:
    """Give how much of the speech lies in takes."""
    speech = ~silence_of(features)
    ours = np.zeros_like(speech)
    for span in placed:
        ours[span.start : span.end] = True
    return float((speech & ours).sum() / max(1, speech.sum()))


def ways_to_try(voice: str, options: AlignOptions, num_lines: int) -> Iterator[tuple[str, bool]]:
    """Give voices, and whether a plain reading is supposed: each line once, pauses between lines.

    Where that is how people read, pauses say in any language where lines are, whatever a voice
    makes of them, and no half of a line is a take.
    """
    yield voice, False
    if num_lines <= _MOST_LINES_BY_PAUSES:
        yield voice, True
    for other in _other_voices(voice, options):
        yield other, False


def _other_voices(voice: str, options: AlignOptions) -> Iterator[str]:
    base = voice.partition("+")[0]
    if "+" not in (options.voice or ""):
        yield from (base + other for other in _OTHER_TIMBRES if base + other != voice)


def say_lines(lines: Sequence[Line], voice: str, options: AlignOptions) -> list[list[Speech]]:
    """Give all lines in the chosen voice, and some in variants of it."""
    base = voice.partition("+")[0]
    some = lines[:: max(1, len(lines) // _LINES_OF_MORE_VOICES)]
    voices = [speak(lines, voice, lexicon=options.lexicon)]
    for variant in (base + more for more in _MORE_VOICES if base + more != voice):
        voices.append(speak(some, variant, lexicon=options.lexicon))
    return voices
