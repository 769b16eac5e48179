"""What the processes of a training run consume, noted clip by clip in files beside each other.

Each run has a folder, and `going_runs.py` tells for which of them a clip is taken. Every process
maps a file of bits into its memory, so that what it noted outlives it however it ends. What is not
known is noted too: a clip that a worker of a DataLoader read may never reach the training.
"""

import json
import mmap
import os
import secrets
import struct
import sys
import threading
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from audioset.machine import after_fork, reserve
from audioset.records.receipt import Reading, Receipt, merge_receipts, num_bytes
from audioset.records.version import VersionRecord
from audioset.versions.going_runs import Sender, whose

READ_AHEAD = "workers of a DataLoader read clips ahead, and not all may have been given"
SEVERAL_RUNS = "clips were read where several runs went on and nothing told which was meant"
NOT_WRITTEN = "what was consumed could not be written, as on a full disk"
# A file begins with the counts of its readings, and goes on with one bit per clip for what was
# consumed, and one for what perhaps was.
_COUNT = struct.Struct("<Q")
_NUM_SLOTS = 512
# Files that say in words what is not known: of clips that are noted, and of clips that are not.
_DOUBT, _GAP = ".doubt", ".gap"
_BITS_START = _NUM_SLOTS * _COUNT.size
_Order = tuple[str | None, int | None, int | None]  # split, seed, epoch

_lock = threading.Lock()
_open_notes: dict[tuple[str, str, str | None], "_Notes"] = {}  # folder, digest, filter
_said: set[tuple[Path, str]] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedPass:
    """One pass over the clips of a version; can be sent to other processes.

    For which run a clip counts is decided when it is taken, not when the pass begins.

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
    sender: Sender = field(default_factory=Sender, repr=False, compare=False)

    def add(self, positions: Sequence[int]) -> None:
        """Note clips, by their positions in the opened rows, as consumed. Never raises.

        In a worker of a DataLoader they are only perhaps consumed. Nothing happens outside of a
        training run.
        """
        if not positions:
            return
        runs = whose()
        ahead = bool(runs.sure or runs.perhaps) and _reads_ahead()
        for folder in runs.sure:
            self._note(folder, positions, READ_AHEAD if ahead else None)
        for folder in runs.perhaps:
            self._note(folder, positions, READ_AHEAD if ahead else SEVERAL_RUNS)

    def _note(self, folder: str, positions: Sequence[int], doubt: str | None) -> None:
        try:
            with _lock:
                self._notes(folder).add(self, positions, sure=doubt is None)
                if doubt is not None:
                    _say(Path(folder), doubt, _DOUBT)
        except OSError:  # a full disk does not stop a training, but the receipt has a gap
            mark_gap(Path(folder), NOT_WRITTEN)

    def _notes(self, folder: str) -> "_Notes":
        key = (folder, self.digest, self.filter)
        if key not in _open_notes or not _open_notes[key].has_place(self):
            for old in [old for old in _open_notes if not Path(old[0]).exists()]:
                _open_notes.pop(old).close()  # of a run that ended elsewhere
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


def end_noting(folder: Path) -> None:
    """Note in a folder no more."""
    with _lock:
        for key in [key for key in _open_notes if key[0] == str(folder)]:
            _open_notes.pop(key).close()
        _said.difference_update([one for one in _said if one[0] == folder])


def note_gap(why: str) -> None:
    """Say that something is taken here and now of which nobody knows what it is.

    Args:
        why: in a few words.
    """
    runs = whose()
    for folder in runs.sure | runs.perhaps:
        mark_gap(Path(folder), why)


def mark_gap(folder: Path, why: str) -> None:
    """Say that something is consumed that nobody notes: the receipt is then not complete.

    Args:
        folder: of the run.
        why: in a few words.
    """
    with suppress(OSError):
        _say(folder, why, _GAP)


def noted(folder: Path, *, complete: bool) -> tuple[Receipt, ...]:
    """Give what all processes noted in a folder so far.

    Args:
        complete: nobody notes any more.
    """
    gaps = _said_in(folder, _GAP)
    receipts = merge_receipts(
        _read_notes(path, complete=complete and not gaps) for path in sorted(folder.glob("*.json"))
    )
    doubts = _said_in(folder, _DOUBT)
    return tuple(
        replace(one, unknown=(*gaps, *doubts) if one.perhaps else gaps) for one in receipts
    )


def _say(folder: Path, what: str, kind: str) -> None:
    if (folder, what) not in _said:
        path = folder / f"{zlib.crc32(what.encode()):08x}{kind}"
        path.write_text(what, encoding="utf-8")
        _said.add((folder, what))


def _said_in(folder: Path, kind: str) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{kind}")))


def _reads_ahead() -> bool:
    """Tell whether this is a worker of a DataLoader, which nobody but PyTorch knows."""
    torch = sys.modules.get("torch.utils.data")
    return torch is not None and torch.get_worker_info() is not None


class _Notes:
    """What one process consumed of one version: a file of counts and bits, and what they mean."""

    def __init__(self, folder: Path, one: ConsumedPass) -> None:
        self._pass = one
        self._header = folder / f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._slots: dict[_Order, int] = {}
        with self._header.with_suffix(".bits").open("x+b") as file:
            # Not truncate: where the disk is full, writing into a hole ends the process.
            self._perhaps_start = _BITS_START + num_bytes(one.num_clips)
            reserve(file, self._perhaps_start + num_bytes(one.num_clips))
            self._memory = mmap.mmap(file.fileno(), 0)

    def has_place(self, one: ConsumedPass) -> bool:
        return len(self._slots) < _NUM_SLOTS or _order(one) in self._slots

    def add(self, one: ConsumedPass, positions: Sequence[int], *, sure: bool) -> None:
        order = _order(one)
        if order not in self._slots:
            self._slots[order] = len(self._slots)
            self._write_header()
        start = _BITS_START if sure else self._perhaps_start
        for position in positions:
            self._memory[start + position // 8] |= 1 << position % 8
        if sure:
            place = self._slots[order] * _COUNT.size
            (count,) = _COUNT.unpack_from(self._memory, place)
            _COUNT.pack_into(self._memory, place, count + len(positions))

    def close(self) -> None:
        self._memory.close()

    def _write_header(self) -> None:
        names = ("dataset", "version", "digest", "filter", "num_clips")
        values = {name: getattr(self._pass, name) for name in names}
        part = self._header.with_suffix(".part")
        part.write_text(json.dumps({**values, "orders": list(self._slots)}), encoding="utf-8")
        part.replace(self._header)


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
    perhaps_start = _BITS_START + num_bytes(values["num_clips"])
    perhaps = memory[perhaps_start:]
    return Receipt(
        **values,
        bits=memory[_BITS_START:perhaps_start],
        perhaps=perhaps if any(perhaps) else b"",
        readings=readings,
        complete=complete,
    )


def _forget_the_parent() -> None:
    """Begin anew in a forked process: another thread of the parent may have held the lock."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _open_notes.clear()
    _said.clear()


after_fork(_forget_the_parent)
