"""Find lines by voices, and tell whether it is this recording that says them, and if not, why.

The voice that seems to fit is tried first. Where the lines are not far ahead of decoys with it,
other ways are: a plain reading is supposed, and higher or lower voices are taken; the wrong timbre
makes a right transcript look wrong. What has most credit, and explains most of the speech, is kept.

Limits were chosen on the recordings and poems of the tests, with their own transcripts and with
some 120 of others (2026): right ones have a credit of 4.1 and more, in noise of 10 dB 2.5, single
digits 2.8, letters 2.2; texts of others reach 2.3, in another order 3.1. Lines in another order can
be far ahead of decoys, where they are words that are taken for each other; so where credit is not
beyond doubt, lines are held against other orders of them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audioset.hearing.align.by_voices import VoiceSearch
from audioset.hearing.align.choose_voice import fitting_voice
from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.hearing.align.whose.cause import guess_cause
from audioset.hearing.align.whose.orders import LEAST_CREDIT, InOrder, tell_order
from audioset.hearing.align.whose.ways import (
    Attempt,
    is_elsewhere,
    search_lines,
    share_of_speech,
    ways_to_try,
)
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line, LineVoice

_SURE_CREDIT = 3.5  # no other voice is tried
# Below it one way is as good as another. Of takes that half of them or more do not share, 30 % had
# other words than their line, of the others 2 %.
_SHARED_CREDIT = 3.0
# Of takes in a dozen languages that were not where their line is said 61 % were below the first, of
# the others 11 %, most of which had a flag already.
_LEAST_OF_TAKE, _LEAST_OF_TAKE_IN_DOUBT = 1.2, 2.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was found of lines.

    Attributes:
        placed: the lines as they were found in the end.
        others: as they were found at first, and where there was doubt, by the second best way.
        voice: how the lines were said.
        credit: how far they are ahead of decoys; None where too little was found to tell.
        doubt: why they are not those of this recording, as `records.lines.DOUBTS`; None where they
            are, or where too little was found to tell.
        is_sure: whether that they are is beyond doubt, as far as anybody can tell.
    """

    placed: list[Placed]
    others: list[list[Placed]]
    voice: LineVoice
    credit: float | None
    doubt: str | None
    is_sure: bool


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
    ways: list[Attempt] = []
    for name, is_plain in ways_to_try(voice.voice, options, len(lines)):
        ways.append(search_lines(features, lines, copies, options, name, is_plain, pins, models))
        if ways[-1].search.credit is None or ways[-1].credit >= _SURE_CREDIT or pins:
            break
    ways.sort(key=lambda way: -way.credit * share_of_speech(way.search.placed, features))
    best, others = ways[0], [way.search.placed for way in ways[1:2]]
    voice = replace(voice, voice=best.voice)
    search = best.search
    credit = None if search.credit is None else search.credit.mean
    is_told = credit is None or pins  # by nobody, or by the person who confirmed takes
    said = InOrder.YES if is_told else tell_order(features, lines, copies, options, ways)
    doubt = _cause(features, lines, copies, options, best, voice) if said is InOrder.NO else None
    placed = _with_elsewhere(_with_any_text(search, said), ways)
    is_sure = said is InOrder.YES
    return Hearing(placed, [search.firsts, *others], voice, credit, doubt, is_sure)


def _with_any_text(search: VoiceSearch, said: InOrder) -> list[Placed]:
    """Tell how far takes are ahead of their decoys, and mark those that hardly are.

    All are marked where nobody can tell whether it is these lines that are said.
    """
    if search.credit is None:
        return search.placed
    if said is InOrder.PERHAPS:
        return [replace(span, any_text=True) for span in search.placed]
    least = _LEAST_OF_TAKE if search.credit.mean >= _SURE_CREDIT else _LEAST_OF_TAKE_IN_DOUBT
    ahead = search.credit.of_takes
    return [
        replace(span, any_text=ahead.get(k, least) < least, ahead=ahead.get(k))
        for k, span in enumerate(search.placed)
    ]


def _with_elsewhere(placed: list[Placed], ways: Sequence[Attempt]) -> list[Placed]:
    """Mark takes that other ways, as good in all, have elsewhere or not at all."""
    if ways[0].credit >= _SHARED_CREDIT:
        return placed
    return [replace(each, elsewhere=is_elsewhere(each, placed, ways[1:])) for each in placed]


def _cause(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    way: Attempt,
    voice: LineVoice,
) -> str:
    """Tell why the lines are not those of this recording."""
    if way.credit >= LEAST_CREDIT:
        return "order"
    return guess_cause(features, lines, copies, options, voice)
