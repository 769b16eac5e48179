"""Listen to a source in the helper process, beside the rest of the work.

A file that crashes the decoder takes down that process only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.hearing.speech.detector import SpeechDetector
from audioset.hearing.speech.listen import DETECTING, Detecting, Listening, Piece, listen
from audioset.media.apart.ask import apart
from audioset.media.apart.decoding import ApartFacts, facts_of


def get_ready() -> None:
    """Load all that a listening takes, in a helper that has no source yet."""
    SpeechDetector()


@dataclass(slots=True)
class ApartListener:
    """A `Listener` in another process, seen from here."""

    audio: ApartFacts
    rate: int
    num_outputs: int
    _answers: Iterator[Any] = field(repr=False)

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening`.

        Raises:
            MediaError: as there, or the decoder died.
        """
        return self.audio.followed(self._answers)


@contextmanager
def listen_apart(
    path: Path,
    *,
    track: int | None = None,
    channels: str = "mix",
    sampling_rate: int | None = None,
    detecting: Detecting = DETECTING,
) -> Iterator[Listening]:
    """Listen to a source as `listen` does, in the helper process.

    Raises:
        NotFoundError: no such file.
        MediaError: as `listen`, or the decoder died.
    """
    with apart(path, _listen, path, track, channels, sampling_rate, detecting) as answers:
        facts, rate, num_outputs = next(answers)
        yield ApartListener(facts, rate, num_outputs, answers)


def _listen(
    path: Path, track: int | None, channels: str, sampling_rate: int | None, detecting: Detecting
) -> Iterator[Any]:
    with listen(
        path,
        track=track,
        channels=channels,
        sampling_rate=sampling_rate,
        detecting=detecting,
    ) as listening:
        audio = listening.audio
        yield facts_of(audio), listening.rate, listening.num_outputs
        for pieces in listening.pieces():
            yield facts_of(audio), pieces
        yield facts_of(audio, last=True), None
