"""Find lines by voices, and tell whether it is this recording that says them, and if not, why.

The voice that seems to fit is tried first. Where the lines are not far ahead of decoys with it,
others are tried, higher ones: the wrong timbre makes a right transcript look wrong.

Limits were chosen on the recordings and poems of the tests, with their own transcripts and with
some 120 of others (2026): right ones have a credit of 4.1 and more, in noise of 10 dB 2.5, single
digits 2.8; texts of others reach 2.3, in another order 2.7. Few lines in another order can be far
ahead of decoys, where they are words that are taken for each other; so of few lines the order is
held against other orders too, by the voice alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations

import numpy as np

from audioset.hearing.align.by_voices import VoiceSearch, place_lines
from audioset.hearing.align.choose_voice import fitting_voice
from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.ear.features import Features, count_live_bands
from audioset.hearing.align.ear.silence import normalised_cepstra, silence_of
from audioset.hearing.align.grid import COARSE, Grid, explained
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.sections import Section, make_agenda
from audioset.hearing.align.voices.espeak import Speech, speak
from audioset.hearing.align.voices.languages import find_language, voice_of_language
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.hearing.align.voices.room import room_of
from audioset.hearing.align.voices.templates import make_templates
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line, LineVoice

_SURE_CREDIT = 3.5  # no other voice is tried
_LEAST_CREDIT = 2.4
# Of takes in a dozen languages that were not where their line is said 61 % were below the first, of
# the others 11 %, most of which had a flag already.
_LEAST_OF_TAKE, _LEAST_OF_TAKE_IN_DOUBT = 1.2, 2.0
# Lines, and credit below which the order of so few is held against others.
_PLAIN_CREDIT = {12: 4.2, 20: 3.2}
# Deviations of what other orders explain. Of ten digits in another order the shuffled text is ahead
# by up to 1.1, their own, with a line that is not said or one too few, by 1.6 and more.
_NUM_ORDERS, _LEAST_AHEAD = 32, 1.4
_POOR_CREDIT = 3.0  # below it, no other order may explain as much
_FEW_ORDERS = 24  # there are no more of so few lines
_WORTH_A_LINE = 0.5  # of what a line explains that was found: less is gained by chance
_MOVED_SHARE, _LEAST_MOVED = 0.15, 2  # lines that are said out of order only
_QUIET_DB = 12.0  # speech is hardly louder than what lies between
_MORE_VOICES = ("", "+f2", "+m3", "+f4", "+m7", "+f1")  # variants of the chosen voice
_LINES_OF_MORE_VOICES = 24  # enough for all phones
_OTHER_TIMBRES = ("+f3", "+f4", "")


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was found of lines.

    Attributes:
        placed: the lines as they were found in the end.
        firsts: as they were found at first.
        voice: how the lines were said.
        credit: how far they are ahead of decoys; None where too little was found to tell.
        doubt: why they are not those of this recording, as `records.lines.DOUBTS`; None where they
            are, or where too little was found to tell.
    """

    placed: list[Placed]
    firsts: list[Placed]
    voice: LineVoice
    credit: float | None
    doubt: str | None


def hear_lines(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    pins: Sequence[Placed] = (),
    models: PhoneModels | None = None,
) -> Hearing:
    """Find lines; see `place_lines`.

    Raises:
        NotFoundError: no such voice, no voice for the language, or no voices at all.
        InvalidInputError: nothing of a line can be said.
    """
    voice = fitting_voice(features, lines, copies, options)
    best, chosen = None, voice.voice
    for name in _voices_to_try(voice.voice, options):
        search = place_lines(features, _say(lines, name, options), copies, pins, models)
        if best is None or _credit(search) > _credit(best):
            best, chosen = search, name
        if search.credit is None or _credit(search) >= _SURE_CREDIT or pins:
            break
    assert best is not None  # noqa: S101  one voice is always tried
    voice = replace(voice, voice=chosen)
    doubt = None if pins else _doubt(features, lines, copies, options, best, voice)
    credit = None if best.credit is None else best.credit.mean
    return Hearing(_with_any_text(best), best.firsts, voice, credit, doubt)


def _credit(search: VoiceSearch) -> float:
    return search.credit.mean if search.credit else 0.0


def _with_any_text(search: VoiceSearch) -> list[Placed]:
    """Tell how far takes are ahead of their decoys, and mark those that hardly are."""
    if search.credit is None:
        return search.placed
    least = _LEAST_OF_TAKE if search.credit.mean >= _SURE_CREDIT else _LEAST_OF_TAKE_IN_DOUBT
    ahead = search.credit.of_takes
    return [
        replace(span, any_text=ahead.get(k, least) < least, ahead=ahead.get(k))
        for k, span in enumerate(search.placed)
    ]


def _voices_to_try(voice: str, options: AlignOptions) -> Iterator[str]:
    yield voice
    base, _, timbre = voice.partition("+")
    if "+" not in (options.voice or ""):
        yield from (base + other for other in _OTHER_TIMBRES if other != "+" + timbre)


def _say(lines: Sequence[Line], voice: str, options: AlignOptions) -> list[list[Speech]]:
    """Give all lines in the chosen voice, and some in variants of it."""
    base = voice.partition("+")[0]
    some = lines[:: max(1, len(lines) // _LINES_OF_MORE_VOICES)]
    voices = [speak(lines, voice, lexicon=options.lexicon)]
    for variant in (base + more for more in _MORE_VOICES if base + more != voice):
        voices.append(speak(some, variant, lexicon=options.lexicon))
    return voices


def _doubt(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    search: VoiceSearch,
    voice: LineVoice,
) -> str | None:
    """Tell why the lines are not those of this recording; None where they are."""
    if search.credit is None:
        return None
    if search.credit.mean < _LEAST_CREDIT:
        return _cause(features, lines, copies, options, voice)
    if _is_moved(search.placed) or not _is_ordered(features, copies, search):
        return "order"
    return None


def _is_moved(placed: Sequence[Placed]) -> bool:
    """Tell whether many lines are said where their order does not lead, and nowhere else."""
    ordered = {span.line for span in placed if not span.out_of_order}
    found = {span.line for span in placed}
    return len(found - ordered) >= max(_LEAST_MOVED, _MOVED_SHARE * len(found))


def _is_ordered(features: Features, copies: Sequence[int | None], search: VoiceSearch) -> bool:
    """Tell whether few lines explain more in their order than in others, where that is in doubt."""
    count = len(copies)
    plain = next((credit for most, credit in _PLAIN_CREDIT.items() if count <= most), 0.0)
    if _credit(search) >= plain:
        return True

    def worth(order: Sequence[int]) -> float:
        return explained(
            features, search.cepstra, search.templates.taken(order), [copies[k] for k in order]
        )

    own = worth(range(count))
    others = [worth(order) for order in _other_orders(count)]
    if len(others) < _FEW_ORDERS:
        found = len({span.line for span in search.placed})
        return max(others, default=0.0) <= own * (1 + _WORTH_A_LINE / found)
    if _credit(search) < _POOR_CREDIT:
        return own > max(others)
    return bool(own >= np.mean(others) + _LEAST_AHEAD * np.std(others))


def _other_orders(count: int) -> list[list[int]]:
    own = list(range(count))
    if count <= 4:
        return [list(order) for order in islice(permutations(own), 1, None)]
    rng = np.random.default_rng(0)
    return [rng.permutation(count).tolist() for _ in range(_NUM_ORDERS)]


def _cause(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    voice: LineVoice,
) -> str:
    """Guess why lines that were looked for are not said."""
    found = find_language(line.text for line in lines)
    asked = voice.voice.partition("+")[0].partition("-")[0]
    if found and (voice_of_language(found) or found).partition("-")[0] != asked:
        return "language"
    speech, quiet = _levels(features)
    if speech - quiet < _QUIET_DB:
        return "noise"
    order = _order_of_sound(features, lines, options, voice)
    moved = [lines[k] for k in order]
    copies = [copies[k] for k in order]
    search = place_lines(features, _say(moved, voice.voice, options), copies)
    return "order" if _credit(search) >= _LEAST_CREDIT else "text"


def _levels(features: Features) -> tuple[float, float]:
    """Give the usual levels of speech and of what lies between, in dB."""
    silent = np.repeat(silence_of(features), 2)[: features.levels_db.size]
    levels = features.levels_db[: silent.size]
    if silent.all() or not silent.any():
        return 0.0, -np.inf
    return float(np.median(levels[~silent])), float(np.median(levels[silent]))


def _order_of_sound(
    features: Features, lines: Sequence[Line], options: AlignOptions, voice: LineVoice
) -> list[int]:
    """Give the lines in the order of the places where each, looked for alone, fits best."""
    speeches = speak(lines, voice.voice, lexicon=options.lexicon)
    room = room_of(features)
    templates = make_templates(speeches, count_live_bands(features), room=room)
    agenda = make_agenda([1] * len(lines), (), len(features))
    alone = tuple(Section(0, len(features), k, k + 1) for k in range(len(lines)))
    cepstra = normalised_cepstra(features)
    grid = Grid(features, cepstra, replace(agenda, sections=alone), [templates], factor=COARSE)
    found: dict[int, Found] = {span.line: span for span in grid.decode(grid.emission())}
    return sorted(range(len(lines)), key=lambda k: found[k].start if k in found else 0)
