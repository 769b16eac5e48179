"""What the processes of a training run consume, noted clip by clip in files beside each other.

The run makes a folder and names it in the environment, as MLflow does with its tracking URI; from
there its child processes know it too, such as the workers of a DataLoader. Every process maps a
file of bits into its memory, so that what it noted outlives it however it ends. Runs may be nested:
what is consumed is noted for each run that goes on.
"""

import json
import mmap
import os
import secrets
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audioset.machine import after_fork, reserve
from audioset.records.receipt import Reading, Receipt, merge_receipts, num_bytes
from audioset.records.version import VersionRecord

FOLDER_VARIABLE = "AUDIOSET_RECEIPTS"  # set by training runs, read by their processes
_BETWEEN = "\n"  # between the folders of several runs; a path may well hold a colon
# A file begins with the counts of its readings, and goes on with one bit per clip.
_COUNT = struct.Struct("<Q")
_NUM_SLOTS = 512
_FAILED = "failed"  # a file of this name: something was consumed that is not noted
_BITS_START = _NUM_SLOTS * _COUNT.size
_Order = tuple[str | None, int | None, int | None]  # split, seed, epoch

_lock = threading.Lock()
_open_notes: dict[tuple[str, str, str | None], "_Notes"] = {}  # folder, digest, filter


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedPass:
    """One pass over the clips of a version; can be sent to other processes.

    Attributes:
        dataset, version, digest, filter, num_clips: as in a receipt.
        split, seed, epoch: as in a reading.
    """

    dataset: str
    version: int
    digest: str
    filter: str | None
    num_clips: int
    split: str | None
    seed: int | None
    epoch: int | None

    def add(self, positions: Sequence[int]) -> None:
        """Note clips, by their positions in the opened rows, as consumed. Never raises.

        Nothing happens outside of a training run.
        """
        if not positions:
            return
        for folder in _folders():
            try:
                with _lock:
                    self._notes(folder).add(self, positions)
            except OSError:  # a full disk does not stop a training, but the receipt has a gap
                mark_gap(Path(folder))

    def _notes(self, folder: str) -> "_Notes":
        key = (folder, self.digest, self.filter)
        if key not in _open_notes or not _open_notes[key].has_place(self):
            _open_notes[key] = _Notes(Path(folder), self)
        return _open_notes[key]


def begin_pass(
    record: VersionRecord,
    *,
    filter: str | None = None,
    num_clips: int | None = None,
    split: str | None = None,
    seed: int | None = None,
    epoch: int | None = None,
) -> ConsumedPass:
    """Begin to note a pass over a version, or over the view of a condition.

    Args:
        record: of the version.
        filter: condition of the view; None for the whole version.
        num_clips: of the view; those of the version when None.
        split: that was chosen.
        seed, epoch: where they chose the order.
    """
    return ConsumedPass(
        dataset=record.dataset,
        version=record.version,
        digest=record.digest,
        filter=filter,
        num_clips=record.num_clips if num_clips is None else num_clips,
        split=split,
        seed=seed,
        epoch=epoch,
    )


def begin_noting(folder: Path) -> None:
    """Let this process, and those that it starts, note in a folder too what they consume."""
    with _lock:
        os.environ[FOLDER_VARIABLE] = _BETWEEN.join([*_folders(), str(folder)])


def end_noting(folder: Path) -> None:
    """Note in a folder no more."""
    with _lock:
        left = [other for other in _folders() if other != str(folder)]
        os.environ.pop(FOLDER_VARIABLE, None)
        if left:
            os.environ[FOLDER_VARIABLE] = _BETWEEN.join(left)
        for key in [key for key in _open_notes if key[0] == str(folder)]:
            _open_notes.pop(key).close()


def mark_gap(folder: Path) -> None:
    """Say that something is consumed that nobody notes: the receipt is then not complete."""
    with suppress(OSError):
        (folder / _FAILED).touch()


def noted(folder: Path, *, complete: bool) -> tuple[Receipt, ...]:
    """Give what all processes noted in a folder so far.

    Args:
        complete: nobody notes any more.
    """
    complete = complete and not (folder / _FAILED).exists()
    return merge_receipts(
        _read_notes(path, complete=complete) for path in sorted(folder.glob("*.json"))
    )


class _Notes:
    """What one process consumed of one version: a file of counts and bits, and what they mean."""

    def __init__(self, folder: Path, one: ConsumedPass) -> None:
        self._pass = one
        self._header = folder / f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._slots: dict[_Order, int] = {}
        with self._header.with_suffix(".bits").open("x+b") as file:
            reserve(file, _BITS_START + num_bytes(one.num_clips))
            self._memory = mmap.mmap(file.fileno(), 0)

    def has_place(self, one: ConsumedPass) -> bool:
        return len(self._slots) < _NUM_SLOTS or _order(one) in self._slots

    def add(self, one: ConsumedPass, positions: Sequence[int]) -> None:
        order = _order(one)
        if order not in self._slots:
            self._slots[order] = len(self._slots)
            self._write_header()
        place = self._slots[order] * _COUNT.size
        (count,) = _COUNT.unpack_from(self._memory, place)
        for position in positions:
            self._memory[_BITS_START + position // 8] |= 1 << position % 8
        _COUNT.pack_into(self._memory, place, count + len(positions))

    def close(self) -> None:
        self._memory.close()

    def _write_header(self) -> None:
        names = ("dataset", "version", "digest", "filter", "num_clips")
        values = {name: getattr(self._pass, name) for name in names}
        part = self._header.with_suffix(".part")
        part.write_text(json.dumps({**values, "orders": list(self._slots)}), encoding="utf-8")
        part.replace(self._header)


def _folders() -> list[str]:
    return [part for part in os.environ.get(FOLDER_VARIABLE, "").split(_BETWEEN) if part]


def _order(one: ConsumedPass) -> _Order:
    return one.split, one.seed, one.epoch


def _read_notes(header: Path, *, complete: bool) -> Receipt:
    values = json.loads(header.read_text(encoding="utf-8"))
    memory = header.with_suffix(".bits").read_bytes()
    readings = tuple(
        Reading(
            split=split,
            seed=seed,
            epoch=epoch,
            num_clips=_COUNT.unpack_from(memory, slot * _COUNT.size)[0],
        )
        for slot, (split, seed, epoch) in enumerate(values.pop("orders"))
    )
    return Receipt(**values, bits=memory[_BITS_START:], readings=readings, complete=complete)


def _forget_the_parent() -> None:
    """Begin anew in a forked process: another thread of the parent may have held the lock."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _open_notes.clear()


after_fork(_forget_the_parent)
