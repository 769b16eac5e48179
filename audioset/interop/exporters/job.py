"""One export under way: which clips, in which order, converted how, and what is told of it."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np
import pyarrow.compute as pc

from audioset.engine import Progress
from audioset.errors import InvalidInputError
from audioset.interop.exporters.chosen import ChosenRows
from audioset.interop.exporters.destination import Destination
from audioset.media.encode_anew import encode_anew
from audioset.records.export_contracts import (
    NO_SPLIT,
    ExportedClip,
    ExportFormat,
    ExportOptions,
    ExportRows,
)
from audioset.records.export_report import ExportedFile
from audioset.records.version import VersionRecord
from audioset.storage.arrays import as_numbers
from audioset.storage.store import Store
from audioset.versions.read.fetch import stream_clips

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.records.dataset_card import DatasetCard

_HELD = "louder than full scale after the change of rate: held at it"
_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# What a row and the headers around a sound take in a file, about.
_BESIDE_BYTES = 5_000
_OF_SIZE = ("size_bytes", "length_seconds", "sampling_rate", "channels", "bit_depth")
Given = TypeVar("Given")
Made = TypeVar("Made")


class RunningExport:
    """What a format is handed: see `ExportJob`.

    Attributes:
        num_changed, num_left_out: clips by what was done to them, and by why they are not in it.
    """

    def __init__(
        self,
        store: Store,
        record: VersionRecord,
        rows: ChosenRows,
        form: ExportFormat,
        options: ExportOptions,
        destination: Destination,
        *,
        card_of: "Callable[[ExportRows], DatasetCard]",
        workers: int,
        progress: Progress,
    ) -> None:
        self.record = record
        self.options = options
        self.rows = rows
        self.kind: str = options.audio or form.audio[0]
        self.place = destination.place
        self.is_folder = destination.is_folder
        self.num_changed: Counter[str] = Counter()
        self.num_left_out: Counter[str] = Counter()
        self._store = store
        self._card_of = card_of
        self._destination = destination
        self._workers = workers
        self._progress = progress
        self._done_bytes, self._total_bytes = 0, pc.sum(rows["size_bytes"], min_count=0).as_py()
        self._positions = _by_split(rows)
        self.splits = tuple(self._positions)

    @property
    def files(self) -> tuple[ExportedFile, ...]:
        """Those that were opened and closed so far."""
        return tuple(self._destination.files)

    @cached_property
    def card(self) -> "DatasetCard":
        """The dataset card of the chosen clips."""
        return self._card_of(self.rows)

    def rows_of(self, split: str) -> ChosenRows:
        """Give the rows of a split, in the order of their ids."""
        return self.rows.take(self._positions[split])

    def parts_of(self, split: str) -> list[ChosenRows]:
        """Divide the rows of a split into parts of about `options.part_bytes` of sound."""
        rows = self.rows_of(split)
        ends = np.cumsum(self._sizes(rows))
        parts, start = [], 0
        while start < rows.num_rows:
            done = ends[start - 1] if start else 0
            fits = int(np.searchsorted(ends, done + self.options.part_bytes, "right"))
            end = max(start + 1, fits)
            parts.append(rows.take(np.arange(start, end)))
            start = end
        return parts

    def clips(self, rows: ExportRows) -> Iterator[ExportedClip]:
        """Give the clips of some rows in their order, read and converted ahead."""
        for clip, size_bytes, was_held in in_order(
            self._made, stream_clips(self._store, self.record, rows), self._workers
        ):
            if was_held:
                self.changed(_HELD)
            self._done_bytes += size_bytes
            self._progress("exporting", self._done_bytes, self._total_bytes, "B")
            yield clip

    def open(self, name: str, *, num_clips: int | None = None) -> AbstractContextManager[BinaryIO]:
        """Open a new file; see `ExportJob.open`."""
        return self._destination.open(name, num_clips=num_clips)

    def write_clip(self, name: str, clip: ExportedClip) -> None:
        """Write a clip as a file of its own."""
        self._destination.write(name, clip.sound)

    def changed(self, why: str, num_clips: int = 1) -> None:
        """Count clips of which something could not be written as it is."""
        self.num_changed[why] += num_clips

    def left_out(self, why: str, num_clips: int = 1) -> None:
        """Count clips that the format cannot hold."""
        self.num_left_out[why] += num_clips

    def _keeps_samples(self, row: dict[str, Any]) -> bool:
        wish = self.options
        return wish.sampling_rate in (None, row["sampling_rate"]) and (
            wish.channels is None or row["channels"] == 1
        )

    def _made(self, found: tuple[dict[str, Any], bytes]) -> tuple[ExportedClip, int, bool]:
        row, flac = found
        row["extra"] = dict(row["extra"] or ())
        keeps_samples = self._keeps_samples(row)
        if keeps_samples and self.kind == "flac":
            return ExportedClip(row=row, sound=flac, kind="flac"), len(flac), False
        made = encode_anew(
            flac,
            name=row["clip_id"],
            kind=self.kind,
            bit_depth=row["bit_depth"],
            sampling_rate=self.options.sampling_rate,
            mix=self.options.channels == "mix",
        )
        row |= {
            "sampling_rate": made.sampling_rate,
            "num_samples": made.num_samples,
            "channels": made.channels,
            "length_seconds": made.num_samples / made.sampling_rate,
            "size_bytes": len(made.data),
            "pcm_sha256": row["pcm_sha256"] if keeps_samples else None,
            "audio_sha256": None,
        }
        return ExportedClip(row=row, sound=made.data, kind=self.kind), len(flac), made.was_held

    def _sizes(self, rows: ChosenRows) -> "NDArray[np.float64]":
        """Reckon how many bytes of sound each row becomes, from what the rows say alone."""
        numbers = {name: as_numbers(rows[name]).astype(np.float64) for name in _OF_SIZE}
        rate = self.options.sampling_rate or numbers["sampling_rate"]
        if self.kind == "wav":
            num_samples = numbers["length_seconds"] * rate * numbers["channels"]
            return num_samples * numbers["bit_depth"] / 8 + _BESIDE_BYTES
        sizes: NDArray[np.float64] = numbers["size_bytes"] * rate / numbers["sampling_rate"]
        return sizes + _BESIDE_BYTES


def in_order(
    function: Callable[[Given], Made], items: Iterable[Given], workers: int
) -> Iterator[Made]:
    """Give the function's answers in the order of the items, some of them being made ahead.

    Threads suffice: decoding, resampling and encoding happen outside of Python.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    under_way: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                under_way.append(pool.submit(function, item))
                if len(under_way) > 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:  # also when the reader stops early
            pool.shutdown(wait=False, cancel_futures=True)


def _by_split(rows: ChosenRows) -> "dict[str, NDArray[np.int64]]":
    """Give the places of the rows of each split, ascending; the splits by name."""
    names = pc.fill_null(rows["split"], NO_SPLIT).combine_chunks()
    found = {
        str(name): pc.indices_nonzero(pc.equal(names, name)).to_numpy().astype(np.int64)
        for name in sorted(pc.unique(names).to_pylist())
    }
    bad = [split for split in found if not _SPLIT_NAME.fullmatch(split)]
    if bad:
        raise InvalidInputError(
            f"split {bad[0]!r} cannot name a file; use letters, digits, - and _: decide "
            "another split for its clips, then publish again"
        )
    return found
