"""How far the sound of a recording was moved in another one: in a video and in the edited one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audioset.hearing.fingerprint import BITS, HOP_SECONDS, RATE, Fingerprint, make_fingerprint
from audioset.hearing.matches import Heard

_CHUNK_SECONDS = 60  # of a recording at once: memory must not grow with it
_FRAMES_COMPARED = 64
_LIKE_SHARE = 0.25  # of bits: the same sound, also where the mix is another one


@dataclass(slots=True)
class WholePrint:
    """The fingerprint of a whole recording, made piece by piece."""

    _words: list[NDArray[np.uint32]] = field(default_factory=list)
    _waiting: list[NDArray[np.float32]] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: Iterable[NDArray[np.float32]]) -> "WholePrint":
        """Make it of pieces, float32, shape (num_samples,), at `fingerprint.RATE`."""
        made = cls()
        for piece in pieces:
            made._waiting.append(piece)
            if sum(map(len, made._waiting)) >= _CHUNK_SECONDS * RATE:
                made._finish(last=False)
        made._finish(last=True)
        return made

    def find(self, clip: Fingerprint) -> float | None:
        """Tell where in the recording a clip begins, in seconds; None where it does not occur."""
        words = np.concatenate([*self._words, np.zeros(0, np.uint32)])
        frames = np.flatnonzero(clip.active)
        if len(frames) < _FRAMES_COMPARED // 4 or len(words) <= frames[-1]:
            return None
        step = max(1, len(frames) // _FRAMES_COMPARED)
        chosen = frames[::step]
        num_places = len(words) - int(frames[-1])
        different = np.zeros(num_places, np.int32)
        for frame in chosen:
            there = words[frame : frame + num_places]
            different += np.bitwise_count(there ^ clip.words[frame]).astype(np.int32)
        best = int(different.argmin())
        alike = different[best] <= _LIKE_SHARE * BITS * len(chosen)
        return best * HOP_SECONDS if alike else None

    def _finish(self, *, last: bool) -> None:
        """Make the words of what is waiting, whole hops; the rest waits on."""
        samples = np.concatenate([*self._waiting, np.zeros(0, np.float32)])
        hop = round(HOP_SECONDS * RATE)
        num_frames = len(samples) // hop
        if num_frames:
            print_ = make_fingerprint(samples[: num_frames * hop], RATE)
            self._words.append(print_.words[:num_frames])
        self._waiting = [] if last else [samples[num_frames * hop :]]


def find_shifts(clips: Sequence[Heard], whole: WholePrint) -> list[float]:
    """Tell how much later the sound of clips lies in another recording, in seconds.

    Clips that do not occur there are left out.
    """
    places = [(start, whole.find(print_)) for start, print_ in clips]
    return [place - start for start, place in places if place is not None]
