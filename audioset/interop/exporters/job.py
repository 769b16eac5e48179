"""One export under way: which clips, in which order, converted how, and what is told of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow.compute as pc

from audioset.engine import Needs, Progress, map_in_order, runs_elsewhere
from audioset.errors import InvalidInputError
from audioset.interop.exporters.chosen import ChosenRows
from audioset.interop.exporters.convert import Conversion, MadeClip
from audioset.interop.exporters.destination import Destination
from audioset.machine import tell_once
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
from audioset.versions.read.fetch import row_windows, stream_clips

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.records.dataset_card import DatasetCard

_NO_WORK = "sound goes out as it lies in the store: nothing for a cluster, it is read here"
_HELD = "louder than full scale after the change of rate: held at it"
_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# What a row and the headers around a sound take in a file, about.
_BESIDE_BYTES = 5_000
_OF_SIZE = ("size_bytes", "length_seconds", "sampling_rate", "channels", "bit_depth")
# Of audio that is converted in one task elsewhere; what is made of it travels here as a whole.
_TASK_BYTES = 12 * 2**20
_NEEDS = Needs(memory_bytes=600_000_000)


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
        self._conversion = Conversion(self.kind, options)
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
        for made in self._made(rows):
            if made.was_held:
                self.changed(_HELD)
            self._done_bytes += made.read_bytes
            self._progress("exporting", self._done_bytes, self._total_bytes, "B")
            yield made.clip

    def _made(self, rows: ExportRows) -> Iterator[MadeClip]:
        if not self._conversion.changes_any:
            if runs_elsewhere(1):
                tell_once(_NO_WORK)
            yield from map(self._conversion.of, stream_clips(self._store, self.record, rows))
        elif not runs_elsewhere(1):
            clips = stream_clips(self._store, self.record, rows)
            for outcome in map_in_order(self._conversion.of, clips, threads=self._workers):
                yield outcome.get()
        else:
            named = replace(self.record, manifests=(), shards=())  # of many clips it is large
            there = partial(self._conversion.there, store=self._store.url, record=named)
            for some in map_in_order(there, row_windows(rows, _TASK_BYTES), needs=_NEEDS):
                yield from some.get()

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

    def _sizes(self, rows: ChosenRows) -> "NDArray[np.float64]":
        """Reckon how many bytes of sound each row becomes, from what the rows say alone."""
        numbers = {name: as_numbers(rows[name]).astype(np.float64) for name in _OF_SIZE}
        rate = self.options.sampling_rate or numbers["sampling_rate"]
        if self.kind == "wav":
            num_samples = numbers["length_seconds"] * rate * numbers["channels"]
            return num_samples * numbers["bit_depth"] / 8 + _BESIDE_BYTES
        sizes: NDArray[np.float64] = numbers["size_bytes"] * rate / numbers["sampling_rate"]
        return sizes + _BESIDE_BYTES


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
