"""`open_audio` in the helper process: a file that crashes the decoder is an error of that file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioset.media.apart.ask import apart
from audioset.media.decode import AudioFacts, open_audio
from audioset.records.player_clock import PlayerClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(slots=True, kw_only=True)
class ApartFacts:
    """`AudioFacts` of a track that is open in another process, as far as it was read."""

    container: str
    codec: str
    track: int
    heard: str
    sampling_rate: int
    channels: int
    bit_depth: int
    declared_seconds: float | None
    start_seconds: float
    num_samples: int
    position_bytes: int
    clock: PlayerClock
    said: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block."""
        return self.said

    def choices(self) -> tuple[str, ...]:
        """Say what was chosen and could be chosen otherwise, after the last block."""
        return self.chosen

    def followed(self, answers: "Iterator[tuple[ApartFacts, Any]]") -> Iterator[Any]:
        """Yield what comes with the facts, and take over what changes of them meanwhile."""
        for now, what in answers:
            self.declared_seconds, self.num_samples = now.declared_seconds, now.num_samples
            self.position_bytes, self.clock = now.position_bytes, now.clock
            self.said, self.chosen = now.said, now.chosen
            if what is not None:  # after the last there is only more to know
                yield what


def facts_of(audio: AudioFacts, *, last: bool = False) -> ApartFacts:
    """Give what is known by now of a track, as something that can travel.

    Args:
        audio: the track.
        last: after the last block, when all is known that is said of it.
    """
    return ApartFacts(
        container=audio.container,
        codec=audio.codec,
        track=audio.track,
        heard=audio.heard,
        sampling_rate=audio.sampling_rate,
        channels=audio.channels,
        bit_depth=audio.bit_depth,
        declared_seconds=audio.declared_seconds,
        start_seconds=audio.start_seconds,
        num_samples=audio.num_samples,
        position_bytes=audio.position_bytes,
        clock=audio.clock,
        said=audio.warnings() if last else (),
        chosen=audio.choices() if last else (),
    )


@dataclass(slots=True)
class ApartReader:
    """An `AudioReader` in another process, seen from here.

    Attributes:
        facts: what is known of the track.
    """

    facts: ApartFacts
    _answers: Iterator[Any]

    def blocks(self) -> "Iterator[NDArray[np.float32]]":
        """Yield the samples in order, as `AudioReader.blocks` does.

        Raises:
            MediaError: as there, or the decoder died.
        """
        return self.facts.followed(self._answers)


@contextmanager
def open_audio_apart(
    path: Path, *, track: int | None = None, channels: str = "mix"
) -> Iterator[ApartReader]:
    """Open an audio track of a media file as `open_audio` does, in the helper process.

    Raises:
        NotFoundError: no such file.
        MediaError: as `open_audio`, or the decoder died.
    """
    with apart(path, _read_blocks, path, track, channels) as answers:
        yield ApartReader(next(answers), answers)


def _read_blocks(path: Path, track: int | None, channels: str) -> Iterator[Any]:
    with open_audio(path, track=track, channels=channels) as audio:
        yield facts_of(audio)
        for block in audio.blocks():
            yield facts_of(audio), block
        yield facts_of(audio, last=True), None
