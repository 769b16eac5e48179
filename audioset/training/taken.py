"""What workers read, noted in the process of the trainer when it takes it.

Workers are ahead of the training, and outlive its runs. So a worker only writes down which clips
each of its batches holds, and the process that gets the batches notes them when it hands them out:
in the trainer's thread, for the run that goes on there.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from audioset.versions.consumed import ConsumedPass, note_gap

NOT_TOLD = "a worker gave a batch, but not which clips it holds"


class Written:
    """In a worker: writes down the batches of one pass, each before it is given."""

    def __init__(self, folder: str, number: int, consumed: ConsumedPass) -> None:
        self._path = _path(folder, os.getpid(), number)
        values = asdict(consumed)
        del values["sender"]
        self._write(values, "w")

    def add(self, positions: Sequence[int]) -> None:
        """Write down the clips of the next batch."""
        self._write(list(positions), "a")

    def _write(self, value: object, mode: str) -> None:
        with suppress(OSError), self._path.open(mode, encoding="ascii") as file:
            file.write(json.dumps(value) + "\n")


class Taken:
    """In the process of the trainer: notes what it takes from the workers of one iterator.

    Args:
        folder: where workers write.
        batches_at_once: of the stream, in what a worker gives.
    """

    def __init__(self, folder: str, batches_at_once: int) -> None:
        self._folder = folder
        self._at_once = batches_at_once
        self._number = -1
        self._files: dict[int, tuple[IO[str], ConsumedPass]] = {}  # by process id

    def begin_pass(self) -> None:
        """Begin the next pass; workers that stay begin it too."""
        self.close()
        self._number += 1

    def take(self, process: int, *, given: bool = True) -> None:
        """Note the next thing that a worker gave, or skip one that failed."""
        try:
            file, consumed = self._files.get(process) or self._open(process)
            lines = [line for _ in range(self._at_once) if (line := file.readline())]
            positions = [json.loads(line) for line in lines]
        except (OSError, ValueError, TypeError):
            positions = []
        if not given:
            return
        for batch in positions:
            consumed.add(batch)
        if not positions:
            note_gap(NOT_TOLD)

    def close(self) -> None:
        """Forget what was not taken."""
        for process, (file, _) in self._files.items():
            file.close()
            with suppress(OSError):
                _path(self._folder, process, self._number).unlink()
        self._files.clear()

    def _open(self, process: int) -> tuple[IO[str], ConsumedPass]:
        file = _path(self._folder, process, self._number).open(encoding="ascii")
        try:
            self._files[process] = file, ConsumedPass(**json.loads(file.readline()))
        except (ValueError, TypeError):
            file.close()
            raise
        return self._files[process]


def _path(folder: str, process: int, number: int) -> Path:
    return Path(folder) / f"{process}-{number}.json"
