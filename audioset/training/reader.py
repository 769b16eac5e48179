"""Dataset: a published version or a view of one, opened for training. Needs the store only.

Nothing is loaded before it is asked for: first the manifest, then the audio of the clips that are
used, by byte range from the shards. Every clip is checked against its hash.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.version import VersionRecord
from audioset.storage.arrays import as_indices
from audioset.storage.cache import Cache
from audioset.storage.store import open_store
from audioset.training.clip import LoadedClip
from audioset.training.kept_folder import KeptFolder
from audioset.training.loader import Loader
from audioset.training.plan import Batching, EpochPlan, Shuffle, plan_epoch
from audioset.training.read_ahead import decode_batch, read_batches
from audioset.training.readable import Noting
from audioset.training.row_blocks import are_held
from audioset.training.rows import Rows
from audioset.training.source import ClipSource
from audioset.training.version_table import VersionTable
from audioset.versions.consumed import ConsumedPass, begin_pass
from audioset.versions.going_runs import Sender

if TYPE_CHECKING:
    import datasets
    import webdataset as wds
    from numpy.typing import NDArray

    from audioset.training.torch_stream import Collate, TorchStream

_SEQUENTIAL_CLIPS = 64  # of one batch when a whole version is read in order


class Dataset(VersionTable):
    """One published version, or a view of it: its clips, in order of their ids.

    It can be sent to other processes, which open the store themselves.

    Attributes:
        store: that holds it.
        record: of the version.
        filter: SQL condition of the view; None for the whole version.
        cache: keeps shards of a remote store; None keeps nothing.
        read_ahead_bytes: encoded clips of a remote store that are held at once at most.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        kept, known = None, self.__dict__.get("digest")
        if not are_held(self.record):
            kept, known = self._kept, self.digest
        return _reopen, (
            self.store.url,
            self.record,
            self.filter,
            self.cache,
            self.read_ahead_bytes,
            Sender(),
            kept,
            known,
        )

    def __getitem__(self, clip_id: str) -> LoadedClip:
        """Load one clip.

        Raises:
            NotFoundError: the version has no such clip.
            IntegrityError: the stored audio does not match its hash.
        """
        position = bisect_left(range(len(self)), clip_id, key=self.rows.clip_id)
        if position == len(self) or self.rows.clip_id(position) != clip_id:
            raise NotFoundError(f"{self.name} has no clip {clip_id!r}")
        (clip,) = self._load([position])
        self.begin_pass().add([position])
        return clip

    def _repr_html_(self) -> str:
        """Give the first clips with players, for a notebook; no receipt tells of them."""
        from audioset.training.players import show_dataset

        return show_dataset(self, lambda: self.rows, lambda place: self._load([place])[0])

    def __iter__(self) -> Iterator[LoadedClip]:
        """Load all clips, in order of their ids; a few are held at once."""
        plan = self.plan(Batching(clips=_SEQUENTIAL_CLIPS, shuffle=None), epoch=0)
        consumed = self.begin_pass()
        loaded = read_batches(
            self.rows, self._source, plan.batches, most_bytes=self.read_ahead_bytes
        )
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
        shuffle: Shuffle = "block",
        bucket: bool = False,
    ) -> Iterator[list[LoadedClip]]:
        """Load the clips of one epoch, batch after batch; the next batch is fetched meanwhile.

        The order is a pure function of the digest, `split`, `seed` and `epoch`, and in the block
        shuffle of where the clips lie in the shards.

        Args:
            split: train, validation or test; None takes every clip.
            clips: number of clips of a batch.
            seconds: length that a batch may hold, instead of `clips`.
            seed, epoch: choose the order.
            shuffle: "block", which reads a remote store in long stretches, each once, and shuffles
                in a window of them; "full", of a remote store one request for each clip; or None,
                which keeps the order of clip ids.
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
        chosen = self._positions_of(batching.split)
        self._source.expect(chosen)
        lengths = self.rows.lengths_seconds
        return plan_epoch(
            chosen,
            lengths if len(chosen) == len(lengths) else lengths[chosen],
            batching,
            stored=lambda: self.rows.stored(chosen),
            clip_ids=lambda: self._clip_ids(chosen),
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
        consumed: Noting,
    ) -> Iterator[list[LoadedClip]]:
        """Load batches of rows in order, the next ones meanwhile, and note those handed out.

        Args:
            batches: rows of each.
            groups: as in a plan.
            consumed: where they are noted.
        """
        loaded = read_batches(
            self.rows, self._source, batches, groups, most_bytes=self.read_ahead_bytes
        )
        for batch, clips in zip(batches, loaded, strict=True):
            consumed.add(batch)
            yield clips

    def webdataset(
        self, *, split: str | None = None, seed: int = 0, epoch: int = 0, buffer_clips: int = 1000
    ) -> "wds.FluidWrapper":
        """Give a stock webdataset pipeline over the shards; see `training.webdataset`.

        Raises:
            InvalidInputError: there is no clip; webdataset knows no empty list of shards.
        """
        from audioset.training.webdataset import as_webdataset

        chosen = self._positions_of(split)
        if not len(chosen):
            raise InvalidInputError(f"{self.name} holds no clip that webdataset could read")
        return as_webdataset(
            self,
            chosen,
            consumed=self.begin_pass(split=split, order=(seed, epoch) if buffer_clips else None),
            split=split,
            seed=seed,
            epoch=epoch,
            buffer_clips=buffer_clips,
        )

    def _load(self, positions: Sequence[int]) -> list[LoadedClip]:
        """Load clips that no receipt is told of."""
        return decode_batch(self.rows, positions, self._source.fetch(positions))

    def _clip_ids(self, positions: "NDArray[np.int64]") -> Iterator[str]:
        """Give the ids of clips, whose positions ascend."""
        start = 0
        for chunk in self.manifest.column("clip_id").iterchunks():
            first, last = np.searchsorted(positions, (start, start + len(chunk))).tolist()
            yield from chunk.take(as_indices(positions[first:last] - start)).to_pylist()
            start += len(chunk)

    @cached_property
    def rows(self) -> Rows:
        """Its rows by position, as reading asks for them."""
        return Rows(self.manifest)

    @cached_property
    def _source(self) -> ClipSource:
        return ClipSource(self.store, self.record, self.rows, self.cache)


def _reopen(
    store_url: str,
    record: VersionRecord,
    filter: str | None,
    cache: Cache | None,
    read_ahead_bytes: int,
    _sender: Sender,
    kept: KeptFolder | None,
    digest: str | None,
) -> Dataset:
    opened = Dataset(
        open_store(store_url),
        record,
        filter=filter,
        cache=cache,
        read_ahead_bytes=read_ahead_bytes,
        kept=kept,
    )
    if digest is not None:  # what is known is not worked out again by every worker
        opened.digest = digest
    return opened
