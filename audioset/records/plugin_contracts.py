"""What plug-ins are given and give: hypotheses of transcribers, emissions and spans of aligners.

A plug-in is a callable that a package names under an entry point; `docs/plugins.md` shows one.
Sound is one channel at `SOUND_RATE`: float32, shape (num_samples,), range [-1, 1].
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from audioset.errors import InvalidInputError
from audioset.records.lines import Line, LineSpan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOUND_RATE = 16_000  # Hz
_NAME = re.compile(r"[^@\s](?:[^@\n]*[^@\s])?")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a hypothesis.

    Attributes:
        text: without space around it.
        start_seconds, end_seconds: from the first sample of the clip.
        score: [0, 1]; None where the model gives none.
    """

    text: str
    start_seconds: float
    end_seconds: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a model wrote of one clip.

    Attributes:
        text: what is said; empty when it found no words.
        score: mean probability of the tokens, [0, 1]; None where the model gives none.
        words: where each word is, in order; empty where the model does not know.
    """

    text: str
    score: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that a transcriber is asked to load.

    Attributes:
        folder: holds its files.
        name, version: what it is called in `text_source`, `model:<name>@<version>`; None where
            nobody named it, and the plug-in does.
    """

    folder: Path
    name: str | None = None
    version: str | None = None


class Transcriber(Protocol):
    """Writes texts. `name` and `version` go into `text_source`, so they never change."""

    name: str
    version: str

    def transcribe(
        self, sounds: "Sequence[NDArray[np.float32]]", languages: Sequence[str | None]
    ) -> Sequence[Hypothesis]:
        """Write what is said in some clips.

        Args:
            sounds: of the clips, 16 kHz each, at least one sample.
            languages: BCP 47 tag of each; None where nobody knows.

        Returns:
            One hypothesis per clip, in the same order.
        """


@runtime_checkable
class TextScorer(Protocol):
    """What a transcriber may also be able to do: tell which of some texts a sound says."""

    def score_texts(
        self, sound: "NDArray[np.float32]", texts: Sequence[str], language: str | None
    ) -> Sequence[float] | None:
        """Tell how well texts fit a sound.

        Args:
            sound: at 16 kHz, at least one sample.
            texts: what may be said in it.
            language: BCP 47 tag; None where nobody knows.

        Returns:
            Natural logarithm of the probability of each text; None where it cannot tell, as of a
            sound that is too long for it.
        """


class OpenTranscriber(Protocol):
    """What an entry point of `audioset.transcribers` names.

    It may have an attribute `needs`, a `Needs`: what each worker takes of a machine of a cluster.
    """

    def __call__(self, weights: Weights | None, threads: int) -> Transcriber:
        """Load a model.

        Args:
            weights: what the user asked for; None for the model that the plug-in brings itself.
            threads: CPU threads to use.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Emissions:
    """How well each frame of a stretch of sound fits each symbol, by a CTC or phone model.

    Attributes:
        log_probabilities: natural logarithm, float32, shape (num_frames, num_symbols).
        hop_seconds: from one frame to the next.
        offset_seconds: middle of the first frame, from the first sample.
        blank: column that stands for no symbol: the blank of CTC, or the silence of a phone model;
            None without one.
    """

    log_probabilities: "NDArray[np.float32]"
    hop_seconds: float
    offset_seconds: float
    blank: int | None = None


@runtime_checkable
class EmissionModel(Protocol):
    """An aligner that only scores frames: lines, takes, gaps, edges and flags are ours."""

    name: str
    version: str

    def emissions(self, sound: "NDArray[np.float32]", language: str | None) -> Emissions:
        """Score the frames of a stretch of sound.

        Args:
            sound: of at most 15 s; neighbouring stretches overlap by 2 s.
            language: BCP 47 tag of the lines; None where nobody knows.
        """

    def symbols(self, text: str, language: str | None) -> Sequence[int]:
        """Write a line as columns of the emissions, without blanks; empty when it cannot be said.

        Where words end is a symbol only if the model has one for it.
        """


@runtime_checkable
class Aligner(Protocol):
    """An aligner that finds the lines all by itself."""

    name: str
    version: str

    def align(
        self,
        sound: "NDArray[np.float32]",
        lines: Sequence[Line],
        language: str | None,
        pins: Sequence[LineSpan],
    ) -> Sequence[LineSpan]:
        """Find lines in a source.

        Args:
            sound: all of the source.
            lines: what is said, in this order; each may be missing, or be said several times.
            language: BCP 47 tag of the lines; None where nobody knows.
            pins: spans that a person confirmed.

        Returns:
            Spans in order of start.
        """


class OpenAligner(Protocol):
    """What an entry point of `audioset.aligners` names."""

    def __call__(self, threads: int) -> EmissionModel | Aligner:
        """Load a model; `threads` CPU threads are to be used."""


def writer_of(transcriber: Transcriber) -> str:
    """Give the `text_source` of what a transcriber writes, `model:<name>@<version>`.

    Raises:
        InvalidInputError: its name or version cannot stand there.
    """
    for part in (transcriber.name, transcriber.version):
        if not (isinstance(part, str) and _NAME.fullmatch(part)):
            raise InvalidInputError(
                f"the transcriber calls itself {transcriber.name!r} in version "
                f"{transcriber.version!r}; both must be words without @"
            )
    return f"model:{transcriber.name}@{transcriber.version}"


def require_hypotheses(hypotheses: Sequence[Hypothesis], num_clips: int) -> None:
    """Check what a transcriber gave for some clips.

    Raises:
        InvalidInputError: not one hypothesis per clip, or one that cannot stand in a manifest.
    """
    if len(hypotheses) != num_clips:
        raise InvalidInputError(
            f"the transcriber gave {len(hypotheses)} hypotheses for {num_clips} clips; it must "
            "give one for each"
        )
    for hypothesis in hypotheses:
        score = hypothesis.score
        if not isinstance(hypothesis.text, str):
            raise InvalidInputError(
                f"the transcriber gave {hypothesis.text!r} as a text; a text is a str"
            )
        if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
            raise InvalidInputError(
                f"the transcriber gave the score {score!r}; it must lie from 0 to 1"
            )
