"""What the detector heard of sources, kept in the workspace's private folder to be used again.

It lies there and not in the system's temporary folder, since people come back to a source the next
day, and each command is a process of its own; and since a withdrawal has to find it. It is a help
only: whatever is wrong with a file, or cannot be written, the source is listened to once more.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import numpy as np

from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.hearing.speech.detector import DetectorState, Frames
from audioset.hearing.speech.heard import HeardBefore
from audioset.machine import machine_name
from audioset.storage.files import remove_folder, write_atomically
from audioset.version import __version__

_MOST_BYTES = 200_000_000  # in all: some 200 hours of sound
# What takes part in hearing. Of another release, or on another processor, a frame may differ in its
# last bit.
_HEARS = ("av", "soxr", "numpy", "onnxruntime")


class KeptHeard:
    """What was heard of one source, listened to in one way.

    Attributes:
        path: of the file.
    """

    def __init__(self, working: Working, source_sha256: str, asked: Mapping[str, object]) -> None:
        """Open nothing.

        Args:
            working: the workspace.
            source_sha256: of the source's bytes.
            asked: all that the detector's frames depend on beside it, as JSON can hold it.
        """
        way = json.dumps([asked, _release()], sort_keys=True)
        name = f"{source_sha256[:16]}-{sha256(way.encode()).hexdigest()[:16]}.npz"
        self.path = working.heard_dir / name

    def read(self) -> HeardBefore | None:
        """Read it; None where nothing is kept, or it is damaged."""
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                frames = tuple(
                    Frames(*each)
                    for each in zip(kept["probabilities"], kept["levels_db"], strict=True)
                )
                memories = kept["memories"]
            self.path.touch()
        except Exception:  # noqa: BLE001  a damaged archive raises nearly anything
            return None
        return HeardBefore(
            frames, tuple(DetectorState(len(frames[0]), m.tobytes()) for m in memories)
        )

    def keep(self, heard: HeardBefore) -> None:
        """Write it anew, and let go what was not used for longest; what resists stays as it is."""
        folder = self.path.parent
        memories = [np.frombuffer(state.memory, np.uint8) for state in heard.states]

        def write(file: BinaryIO) -> None:
            np.savez(
                file,
                probabilities=np.stack([frames.probabilities for frames in heard.frames]),
                levels_db=np.stack([frames.levels_db for frames in heard.frames]),
                memories=np.stack(memories) if memories else np.empty((0, 0), np.uint8),
            )

        with suppress(OSError, StorageError):
            folder.parent.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            write_atomically(self.path, write)
            _keep_newest(folder)


def forget_heard(working: Working) -> None:
    """Delete all that was heard: where somebody speaks is told of recordings that were withdrawn.

    Raises:
        StorageError: it cannot be removed.
    """
    remove_folder(working.heard_dir)


@cache
def _release() -> list[str]:
    return [__version__, machine_name(), *map(version, _HEARS)]


def _keep_newest(folder: Path) -> None:
    found = [(path.stat(), path) for path in folder.glob("*.npz")]
    left = _MOST_BYTES
    for state, path in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
        left -= state.st_size
        if left < 0:
            path.unlink(missing_ok=True)
