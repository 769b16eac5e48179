"""The aligner that needs no model: synthetic voices to begin with, then the recording itself.

Passes in frames of 40 ms find where lines are, first by the voices alone, then by phone models
that the recording has taught; passes in frames of 20 ms around those places find their edges.

Costs were chosen on `three_takes_digits`, `lj_chapter01`, `aesop_fable`, `sonnet_001` and digits of
the speakers george and jackson, clean and damaged; `libri_27_124992`, the French poems and the
other speakers of digits had no part in it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audioset.hearing.align.decoder.decode import Found, windows_around
from audioset.hearing.align.decoder.decoys import Credit, credit_of
from audioset.hearing.align.ear.features import Features, count_live_bands
from audioset.hearing.align.ear.silence import normalised_cepstra, silence_of
from audioset.hearing.align.grid import BEAM, COARSE, Grid
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.sections import Agenda, make_agenda
from audioset.hearing.align.voices.espeak import Speech
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.hearing.align.voices.room import room_of
from audioset.hearing.align.voices.templates import Templates, make_templates, name_phones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REACH_FRAMES = 100  # 2 s around what the coarse passes found
# Another room or microphone must not outweigh the text.
_MOST_KNOWN = 1.5
_COARSE_ROUNDS, _ROUNDS = 2, 1


@dataclass(frozen=True, slots=True)
class VoiceSearch:
    """What was found by one voice.

    Attributes:
        placed: the lines as they were found in the end.
        firsts: as they were found at first.
        credit: how far they are ahead of decoys; None where too little was found to tell.
        templates: the lines as the voice says them.
        cepstra: of the source, normalised.
    """

    placed: list[Placed]
    firsts: list[Placed]
    credit: Credit | None
    templates: Templates
    cepstra: "NDArray[np.float32]"


def place_lines(
    features: Features,
    voices: Sequence[Sequence[Speech]],
    copies: Sequence[int | None],
    pins: Sequence[Placed] = (),
    models: PhoneModels | None = None,
    begin: Sequence[Placed] = (),
) -> VoiceSearch:
    """Find lines.

    Args:
        features: of the source.
        voices: each line as each of some voices says it.
        copies: how often each line is said; None = unknown.
        pins: spans that a person confirmed, in order of time.
        models: how phones sound in other recordings of the dataset; the first pass knows them.
        begin: where lines may be, to learn from in place of what the voices find by themselves.
    """
    num_bands = count_live_bands(features)
    numbers = name_phones(voices)
    room = room_of(features)
    templates = [make_templates(speeches, num_bands, numbers, room) for speeches in voices]
    texts = [speech.words for speech in voices[0]]
    del voices  # the sound of all lines
    agenda = make_agenda(copies, pins, len(features))
    cepstra = normalised_cepstra(features)
    names = templates[0].names
    known = models.costs(cepstra, names, most=_MOST_KNOWN) if models else None
    coarse = Grid(features, cepstra, agenda, templates, known, COARSE)
    found = first = _coarse(begin, agenda) or coarse.decode(coarse.emission(), beam=BEAM)
    for _ in range(_COARSE_ROUNDS):
        found = coarse.decode(coarse.emission(found), beam=BEAM)
    del coarse  # costs of all frames in all phones: not needed twice at a time
    fine = Grid(features, cepstra, agenda, templates, known, texts=texts)
    windows = windows_around(
        found, len(agenda.order), len(features), scale=COARSE, reach=_REACH_FRAMES
    )
    found = _finer(found, len(features))
    for _ in range(1 + _ROUNDS):
        emission = fine.emission(found)
        found = fine.filled(fine.decode(emission, windows=windows), emission)
        windows = windows_around(
            found, len(agenda.order), len(features), scale=1, reach=_REACH_FRAMES
        )
    last = fine.emission(found)
    placed = fine.with_said_again(fine.placed(found, last), last)
    firsts = fine.placed(_finer(first, len(features)), last)
    credit = credit_of(cepstra, silence_of(features), templates[0], placed, COARSE)
    return VoiceSearch(placed, firsts, credit, templates[0], cepstra)


def _coarse(placed: Sequence[Placed], agenda: Agenda) -> list[Found]:
    """Give takes at places of the agenda's order, in frames of a first pass."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, line in enumerate(agenda.order):
        places[line].append(place)
    found = []
    for span in placed:
        left = places[span.line]
        place = left.pop(0) if len(left) > 1 else left[0]
        found.append(
            Found(place, span.start // COARSE, max(span.start // COARSE + 1, span.end // COARSE))
        )
    return found


def _finer(found: Sequence[Found], num_frames: int) -> list[Found]:
    return [
        Found(span.line, span.start * COARSE, min(num_frames, span.end * COARSE)) for span in found
    ]
