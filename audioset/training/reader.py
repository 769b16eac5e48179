"""Dataset: a published version or a view of one, opened for training. Needs the store only.

Nothing is loaded before it is asked for: first the manifest, then the audio of the clips that are
used, by byte range from the shards. Every clip is checked against its hash.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.manifest import column_names
from audioset.records.version import VersionRecord
from audioset.records.view import View, both_conditions, view_name
from audioset.storage.cache import Cache
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store, open_store
from audioset.training.clip import LoadedClip
from audioset.training.loader import Loader
from audioset.training.plan import Batching, EpochPlan, Shuffle, plan_epoch
from audioset.training.read_ahead import decode_batch, read_batches
from audioset.training.rows import Rows
from audioset.training.source import ClipSource
from audioset.versions.consumed import ConsumedPass, begin_pass
from audioset.versions.read.views import describe_view, digest_of_rows, read_rows

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import pyarrow as pa
    import webdataset as wds

    from audioset.training.torch_stream import Collate, TorchStream

_SEQUENTIAL_CLIPS = 64  # of one batch when a whole version is read in order
_EXTRA = "extra"
_LABEL_GROUPS = ("text", "speaker", "rights", "curation")  # what is worth offering as a label


class Dataset:
    """One published version, or a view of it: its clips, in order of their ids.

    It can be sent to other processes, which open the store themselves.

    Attributes:
        store: that holds it.
        record: of the version.
        filter: SQL condition of the view; None for the whole version.
        cache: keeps shards of a remote store; None keeps nothing.
    """

    def __init__(
        self,
        store: Store,
        record: VersionRecord,
        *,
        filter: str | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.store = store
        self.record = record
        self.filter = filter
        self.cache = cache

    def __repr__(self) -> str:
        clips = f"{self.record.num_clips} clips" if self.filter is None else "a view"
        return f"Dataset({self.name}, {clips}, {self.store.url})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.store.url, self.record, self.filter, self.cache)

    @property
    def name(self) -> str:
        """Name of the version, `dataset@v3`, or of the view, `dataset@v3?snr_db > 20`."""
        return view_name(self.record, self.filter)

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return self.record.ref

    @cached_property
    def digest(self) -> str:
        """Full sha256 of the rows, hex; that of the version when a view leaves no clip out."""
        if self.filter is None:
            return self.record.digest
        return digest_of_rows(self.record, self.table)

    @property
    def view(self) -> View:
        """What it holds: version, condition, digest and totals."""
        table = None if self.filter is None else self.table
        return describe_view(self.record, self.filter, table)

    @cached_property
    def table(self) -> "pa.Table":
        """The manifest, one row per clip in order of clip ids; read from the store once.

        Raises:
            InvalidInputError: the condition of the view is not SQL on the columns.
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        return read_rows(self.store, self.record, self.filter)

    def where(self, condition: str) -> "Dataset":
        """Give the view of the clips for which a condition holds. No audio is read.

        It reads only the byte ranges of its clips, has a digest of its own, and can be opened by
        its name, pinned and trained on like a version. A view of a view meets both conditions.

        Args:
            condition: SQL on the columns of the manifest, such as `speaker = 'm' and snr_db > 20`;
                facts without a column of their own are `extra['room']`. Null is not true.

        Raises:
            InvalidInputError: not a condition, or an unknown column.
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        rows = filter_rows(self.table, condition)
        joined = both_conditions(self.filter, condition.strip())
        view = Dataset(self.store, self.record, filter=joined, cache=self.cache)
        view.table = rows
        return view

    def to_pandas(self) -> "pd.DataFrame":
        """Give the manifest as a DataFrame; every key of `extra` becomes a column of its own.

        A key that has the name of a manifest column is called `extra_<key>`.
        """
        import pandas as pd

        frame: pd.DataFrame = self.table.drop_columns([_EXTRA]).to_pandas()
        extras = self._extras
        for key in sorted({key for extra in extras for key in extra}):
            name = f"{_EXTRA}_{key}" if key in frame.columns else key
            frame[name] = pd.Series([extra.get(key) for extra in extras], dtype="str")
        return frame

    def label(self, name: str) -> list[Any]:
        """Give one fact of every clip, in order: a manifest column or a key of `extra`.

        A manifest column that is empty for all clips gives way to a key of the same name.

        Raises:
            NotFoundError: no clip has such a fact; the text names those that exist.
        """
        if name in self.table.column_names and name != _EXTRA:
            column = self.table.column(name)
            if column.null_count < len(column):
                values: list[Any] = column.to_pylist()
                return values
        values = [extra.get(name) for extra in self._extras]
        if all(value is None for value in values):
            keys = {key for extra in self._extras for key in extra}
            filled = {
                column
                for group in _LABEL_GROUPS
                for column in column_names(group=group)
                if column != _EXTRA and self.table.column(column).null_count < len(self)
            }
            raise NotFoundError(
                f"no clip of {self.name} has {name!r}; there are {', '.join(sorted(keys | filled))}"
            )
        return values

    def __len__(self) -> int:
        return self.record.num_clips if self.filter is None else int(self.table.num_rows)

    def __getitem__(self, clip_id: str) -> LoadedClip:
        """Load one clip.

        Raises:
            NotFoundError: the version has no such clip.
            IntegrityError: the stored audio does not match its hash.
        """
        position = self._positions.get(clip_id)
        if position is None:
            raise NotFoundError(f"{self.name} has no clip {clip_id!r}")
        (clip,) = decode_batch(self._rows, [position], self._source.fetch([position]))
        self.begin_pass().add([position])
        return clip

    def __iter__(self) -> Iterator[LoadedClip]:
        """Load all clips, in order of their ids; a few are held at once."""
        plan = self.plan(Batching(clips=_SEQUENTIAL_CLIPS, shuffle=None), epoch=0)
        consumed = self.begin_pass()
        loaded = read_batches(self._rows, self._source, plan.batches, plan.groups)
        for batch, clips in zip(plan.batches, loaded, strict=True):
            for position, clip in zip(batch, clips, strict=True):
                consumed.add([position])
                yield clip

    def batches(
        self,
        *,
        split: str | None = None,
        clips: int | None = None,
        seconds: float | None = None,
        seed: int = 0,
        epoch: int = 0,
        shuffle: Shuffle = "full",
        bucket: bool = False,
    ) -> Iterator[list[LoadedClip]]:
        """Load the clips of one epoch, batch after batch; the next batch is fetched meanwhile.

        The order is a pure function of the digest, `split`, `seed` and `epoch`.

        Args:
            split: train, validation or test; None takes every clip.
            clips: number of clips of a batch.
            seconds: length that a batch may hold, instead of `clips`.
            seed, epoch: choose the order.
            shuffle: "full"; "block", nearly as good and read in long stretches; or None, which
                keeps the order of clip ids.
            bucket: clips of similar length share a batch.

        Raises:
            InvalidInputError: no clip has this split, or not exactly one of `clips` and `seconds`
                is given.
            IntegrityError: stored audio does not match its hash.
            StorageError: the store did not answer.
        """
        batching = Batching(
            split=split, clips=clips, seconds=seconds, seed=seed, shuffle=shuffle, bucket=bucket
        )
        plan = self.plan(batching, epoch=epoch)
        consumed = self.begin_pass(split=split, order=(seed, epoch) if shuffle else None)
        return self.read(plan.batches, plan.groups, consumed=consumed)

    def loader(
        self,
        *,
        split: str | None = None,
        clips: int | None = None,
        seconds: float | None = None,
        seed: int = 0,
        shuffle: Shuffle = "block",
        bucket: bool = False,
        rank: int = 0,
        world_size: int = 1,
        worker: int = 0,
        num_workers: int = 1,
        drop_last: bool = False,
    ) -> Loader:
        """Give the batches of epoch after epoch for one of many ranks, resumable anywhere.

        All ranks take equally many steps, and each clip comes exactly once in an epoch. What is
        left for the last step is divided among the ranks, so that batches there may be smaller.
        `state_dict` is two integers, and another number of ranks and workers can go on from it.

        Args:
            split, clips, seconds, seed, shuffle, bucket: as for `batches`.
            rank, world_size: which of how many processes that train together this is.
            worker, num_workers: which of how many workers of this rank; each has every
                `num_workers`-th of its batches.
            drop_last: leave out what does not fill a last step with whole batches.

        Raises:
            InvalidInputError: not exactly one of `clips` and `seconds` is given, or a number is out
                of range.
        """
        batching = Batching(
            split=split, clips=clips, seconds=seconds, seed=seed, shuffle=shuffle, bucket=bucket
        )
        return Loader(
            self,
            batching,
            rank=rank,
            world_size=world_size,
            worker=worker,
            num_workers=num_workers,
            drop_last=drop_last,
        )

    def torch(
        self,
        *,
        split: str | None = None,
        clips: int | None = None,
        seconds: float | None = None,
        seed: int = 0,
        shuffle: Shuffle = "block",
        bucket: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
        drop_last: bool = False,
        collate: "Collate | None" = None,
    ) -> "TorchStream":
        """Give a PyTorch IterableDataset of padded batches; see `training.torch_stream`.

        Use it as `DataLoader(stream, batch_size=None, num_workers=4)`; of a remote store workers
        are started by spawn: `multiprocessing_context="spawn"`.

        Args:
            split, clips, seconds, seed, shuffle, bucket, drop_last: as for `loader`.
            rank, world_size: those of torch.distributed when None.
            collate: makes what is given of the clips of a batch; `pad_batch` when None.

        Raises:
            InvalidInputError: as for `loader`, or PyTorch is not installed.
        """
        from audioset.training.torch_stream import TorchStream

        batching = Batching(
            split=split, clips=clips, seconds=seconds, seed=seed, shuffle=shuffle, bucket=bucket
        )
        return TorchStream(
            self, batching, rank=rank, world_size=world_size, drop_last=drop_last, collate=collate
        )

    def huggingface(
        self, *, split: str | None = None, seed: int = 0, epoch: int = 0, shuffle: Shuffle = "block"
    ) -> "datasets.IterableDataset":
        """Give a Hugging Face IterableDataset of single clips; see `training.huggingface`.

        Raises:
            InvalidInputError: no clip has this split, or `datasets` is not installed.
        """
        from audioset.training.huggingface import as_huggingface

        return as_huggingface(self, split=split, seed=seed, epoch=epoch, shuffle=shuffle)

    def plan(self, batching: Batching, *, epoch: int) -> EpochPlan:
        """Plan one epoch: which clips are in which batch, as rows of `table`.

        Raises:
            InvalidInputError: no clip has the split.
        """
        chosen = np.asarray(self.positions(batching.split), np.int64)
        self._source.expect(chosen)
        return plan_epoch(
            chosen,
            self._rows.lengths_seconds[chosen],
            batching,
            clip_ids=lambda: [self._clip_ids[position] for position in chosen.tolist()],
            digest=self.digest,
            epoch=epoch,
        )

    def begin_pass(
        self, *, split: str | None = None, order: tuple[int, int] | None = None
    ) -> ConsumedPass:
        """Begin to note what a pass consumes, for the receipt of the training run.

        Args:
            split: that was chosen.
            order: seed and epoch, where they chose the order.
        """
        seed, epoch = order or (None, None)
        return begin_pass(
            self.record,
            filter=self.filter,
            num_clips=len(self),
            split=split,
            seed=seed,
            epoch=epoch,
        )

    def read(
        self,
        batches: Sequence[Sequence[int]],
        groups: Sequence[Sequence[int]] = (),
        *,
        consumed: ConsumedPass,
    ) -> Iterator[list[LoadedClip]]:
        """Load batches of rows in order, the next ones meanwhile, and note those handed out.

        Args:
            batches: rows of each.
            groups: as in a plan.
            consumed: where they are noted.
        """
        loaded = read_batches(self._rows, self._source, batches, groups)
        for batch, clips in zip(batches, loaded, strict=True):
            consumed.add(batch)
            yield clips

    def positions(self, split: str | None = None) -> list[int]:
        """Give the rows of `table` that belong to a split; all when None.

        Raises:
            InvalidInputError: no clip has this split.
        """
        if split is None:
            return list(range(len(self)))
        splits = self.table.column("split").to_pylist()
        chosen = [position for position, value in enumerate(splits) if value == split]
        if not chosen:
            known = ", ".join(sorted({value for value in splits if value})) or "none"
            raise InvalidInputError(
                f"no clip of {self.name} has split {split!r}; splits are: {known}"
            )
        return chosen

    def webdataset(
        self, *, split: str | None = None, seed: int = 0, epoch: int = 0, buffer_clips: int = 1000
    ) -> "wds.FluidWrapper":
        """Give a stock webdataset pipeline over the shards; see `training.webdataset`."""
        from audioset.training.webdataset import as_webdataset

        chosen = self.positions(split)
        return as_webdataset(
            self.table.take(chosen),
            chosen,
            self.store,
            self.record,
            digest=self.digest,
            consumed=self.begin_pass(split=split, order=(seed, epoch) if buffer_clips else None),
            split=split,
            seed=seed,
            epoch=epoch,
            buffer_clips=buffer_clips,
        )

    @cached_property
    def _clip_ids(self) -> list[str]:
        ids: list[str] = self.table.column("clip_id").to_pylist()
        return ids

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {clip_id: position for position, clip_id in enumerate(self._clip_ids)}

    @cached_property
    def _extras(self) -> list[dict[str, str]]:
        return [dict(pairs or ()) for pairs in self.table.column(_EXTRA).to_pylist()]

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.table)

    @cached_property
    def _source(self) -> ClipSource:
        return ClipSource(self.store, self.record, self._rows, self.cache)


def _reopen(
    store_url: str, record: VersionRecord, filter: str | None, cache: Cache | None
) -> Dataset:
    return Dataset(open_store(store_url), record, filter=filter, cache=cache)
