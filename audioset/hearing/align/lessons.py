"""Teach phone models with clips whose texts are right: which frame of a clip is which phone.

The clips of one recording are read behind each other. A synthetic voice says their texts; each
clip is matched with its own text, first by the distance to the voice, then also by what this
recording itself taught. Clips that fit worst are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.decoder.decode import LEAP_COST, STAY_COST
from audioset.hearing.align.decoder.emission import Emission
from audioset.hearing.align.ear.features import (
    HOP_SAMPLES,
    cepstra_of,
    count_live_bands,
    normalised,
    read_features,
)
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.voices.espeak import speak
from audioset.hearing.align.voices.phone_models import DISTANCE_WEIGHT, TRUSTED_SHARE, PhoneSums
from audioset.hearing.align.voices.templates import Templates, make_templates, name_phones
from audioset.records.lines import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_SPEECH_FRAMES = 5
_MOST_FRAMES_PER_STATE = 4  # slower than that, something else is said as well


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A clip and what is said in it.

    Attributes:
        text: right, as far as a person knows.
        samples: float32, shape (n,), range [-1, 1], at 16 kHz.
    """

    text: str
    samples: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class _Labelled:
    frames: "NDArray[np.int64]"
    states: "NDArray[np.int64]"
    cost: float


def learn_from(
    sums: PhoneSums,
    clips: Sequence[SpokenText],
    voice: str,
    lexicon: Mapping[str, str] | None = None,
) -> int:
    """Add the clips of one recording to what phone models are made of.

    Args:
        sums: takes the labelled frames.
        clips: of one recording, of one or more speakers; some minutes at most.
        voice: of espeak-ng.
        lexicon: how words are said.

    Returns:
        How many of the clips were used.

    Raises:
        InvalidInputError: a text cannot be said.
    """
    sounds = [_whole_frames(clip.samples) for clip in clips]
    features = read_features(Sound16k(sounds))
    num_bands = count_live_bands(features)
    silent = silence_of(features)[: len(features)]
    cepstra = normalised(cepstra_of(features.bands, num_bands), ~silent)
    lines = [Line(number=k, text=clip.text) for k, clip in enumerate(clips, 1)]
    said = speak(lines, voice, lexicon=lexicon or {})
    templates = make_templates(said, num_bands, name_phones([said]))
    ends = np.cumsum([sound.size // HOP_SAMPLES for sound in sounds])
    spans = [_speech_of(silent, start, end) for start, end in pairwise([0, *ends.tolist()])]
    usable = [k for k, (start, end) in enumerate(spans) if _fits(templates, k, end - start)]
    if not usable:
        return 0
    emission = Emission(cepstra, silent, templates)
    found = _label(emission, templates, spans, usable, silent)
    own = PhoneSums()
    _add(own, cepstra, templates, found)
    models = own.make()
    if models is not None:
        phone_costs = models.costs(cepstra, templates.names)
        emission = emission.with_phones(phone_costs, DISTANCE_WEIGHT)
        found = _label(emission, templates, spans, usable, silent)
    _add(sums, cepstra, templates, found)
    return len(found)


def _whole_frames(samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
    return np.pad(samples, (0, -samples.size % HOP_SAMPLES))


def _speech_of(silent: "NDArray[np.bool_]", start: int, end: int) -> tuple[int, int]:
    """Give the first frame of speech in `[start, end)`, and the one after the last."""
    speech = np.flatnonzero(~silent[start:end])
    return (start + int(speech[0]), start + int(speech[-1]) + 1) if speech.size else (start, start)


def _fits(templates: Templates, line: int, num_frames: int) -> bool:
    num_states = int(templates.at[line + 1] - templates.at[line])
    # A way through a line leaves out every second state at most.
    least = max(_LEAST_SPEECH_FRAMES, num_states // 2 + 1)
    return least <= num_frames <= _MOST_FRAMES_PER_STATE * num_states


def _label(
    emission: Emission,
    templates: Templates,
    spans: Sequence[tuple[int, int]],
    usable: Sequence[int],
    silent: "NDArray[np.bool_]",
) -> list[_Labelled]:
    """Match clips with their texts; those that fit worst are left out, and silence in phones."""
    from audioset.hearing.align.decoder import kernels

    found = []
    for line in usable:
        (start, end), first = spans[line], int(templates.at[line])
        costs = emission.costs(start, end, first, int(templates.at[line + 1]))
        leaps = np.full(costs.shape[1], LEAP_COST, np.float32)
        states, cost = kernels.trace(costs, STAY_COST, leaps)
        said = first + states.astype(np.int64)
        right = ~silent[start:end] | templates.pauses[said]
        found.append(_Labelled(np.arange(start, end)[right], said[right], cost))
    found.sort(key=lambda labelled: labelled.cost)
    return found[: max(1, round(TRUSTED_SHARE * len(found)))]


def _add(
    sums: PhoneSums,
    cepstra: "NDArray[np.float32]",
    templates: Templates,
    found: Sequence[_Labelled],
) -> None:
    frames = np.concatenate([labelled.frames for labelled in found])
    states = np.concatenate([labelled.states for labelled in found])
    sums.add(cepstra, frames, templates.phones[states], templates.names)
