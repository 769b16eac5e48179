"""Dataset: a published version, opened for training. Needs the store only.

Nothing is loaded before it is asked for: first the manifest, then the audio of the clips that are
used, by byte range from the shards. Every clip is checked against its hash.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.manifest import Clip, clips_from_table, column_names
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.training.clip import LoadedClip, decode_clip
from audioset.training.order import divide, epoch_order
from audioset.versions.heard import Hearing, hearing
from audioset.versions.layout import shard_key
from audioset.versions.resolve import read_version

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import webdataset as wds

_FETCH_THREADS = 8  # shards asked at once: an object store answers each within tens of ms
_SEQUENTIAL_CLIPS = 64  # of one batch when a whole version is read in order
_EXTRA = "extra"
_LABEL_GROUPS = ("text", "speaker", "rights", "curation")  # what is worth offering as a label


class Dataset:
    """One published version: its clips, in order of their ids.

    Attributes:
        store: that holds it.
        record: its version record.
    """

    def __init__(self, store: Store, record: VersionRecord) -> None:
        self.store = store
        self.record = record

    def __repr__(self) -> str:
        return f"Dataset({self.ref}, {self.record.num_clips} clips, {self.store.url})"

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return self.record.ref

    @property
    def digest(self) -> str:
        """Full sha256 of the version's rows, hex."""
        return self.record.digest

    @cached_property
    def table(self) -> "pa.Table":
        """The manifest, one row per clip in order of clip ids; read from the store once.

        Raises:
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        return read_version(self.store, self.record)

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
                column for group in _LABEL_GROUPS for column in column_names(group=group)
                if column != _EXTRA and self.table.column(column).null_count < len(self)
            }  # fmt: skip
            raise NotFoundError(
                f"no clip of {self.ref} has {name!r}; there are {', '.join(sorted(keys | filled))}"
            )
        return values

    def __len__(self) -> int:
        return self.record.num_clips

    def __getitem__(self, clip_id: str) -> LoadedClip:
        """Load one clip.

        Raises:
            NotFoundError: the version has no such clip.
            IntegrityError: the stored audio does not match its hash.
        """
        position = self._positions.get(clip_id)
        if position is None:
            raise NotFoundError(f"{self.ref} has no clip {clip_id!r}")
        (clip,) = self._load([position])
        hearing(self.record).add([position])
        return clip

    def __iter__(self) -> Iterator[LoadedClip]:
        """Load all clips, in order of their ids; a few are held at once."""
        lengths = self.table.column("length_seconds").to_pylist()
        batches = divide(range(len(self)), lengths, clips=_SEQUENTIAL_CLIPS, seconds=None)
        heard = hearing(self.record)
        for position, clip in enumerate(chain.from_iterable(self._prefetched(batches))):
            heard.add([position])
            yield clip

    def batches(
        self,
        *,
        split: str | None = None,
        clips: int | None = None,
        seconds: float | None = None,
        seed: int = 0,
        epoch: int = 0,
        shuffle: bool = True,
    ) -> Iterator[list[LoadedClip]]:
        """Load the clips of one epoch, batch after batch; the next batch is fetched meanwhile.

        The order is a pure function of the version's digest, `split`, `seed` and `epoch`.

        Args:
            split: train, validation or test; None takes every clip.
            clips: number of clips of a batch.
            seconds: length that a batch may hold, instead of `clips`.
            seed, epoch: choose the order.
            shuffle: False keeps the order of clip ids.

        Raises:
            InvalidInputError: no clip has this split, or not exactly one of `clips` and `seconds`
                is given.
            IntegrityError: stored audio does not match its hash.
            StorageError: the store did not answer.
        """
        chosen = self.positions(split)
        if shuffle:
            ids = self._clip_ids
            order = epoch_order(
                [ids[position] for position in chosen],
                digest=self.digest, split=split, seed=seed, epoch=epoch,
            )  # fmt: skip
            chosen = [chosen[place] for place in order]
        lengths = self.table.column("length_seconds").to_pylist()
        heard = hearing(
            self.record, split=split,
            seed=seed if shuffle else None, epoch=epoch if shuffle else None,
        )  # fmt: skip
        return self._prefetched(divide(chosen, lengths, clips=clips, seconds=seconds), heard)

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
                f"no clip of {self.ref} has split {split!r}; splits are: {known}"
            )
        return chosen

    def webdataset(
        self, *, split: str | None = None, seed: int = 0, epoch: int = 0, buffer_clips: int = 1000
    ) -> "wds.FluidWrapper":
        """Give a stock webdataset pipeline over the shards; see `training.webdataset`."""
        from audioset.training.webdataset import as_webdataset

        chosen = self.positions(split)
        return as_webdataset(
            self.table.take(chosen), chosen, self.store, self.record, split=split, seed=seed,
            epoch=epoch, buffer_clips=buffer_clips,
        )  # fmt: skip

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

    def _prefetched(
        self, batches: Iterator[list[int]], heard: Hearing | None = None
    ) -> Iterator[list[LoadedClip]]:
        """Load batches, each while the one before is in use, and note those that are handed out."""
        with ThreadPoolExecutor(1, thread_name_prefix="audioset-batches") as ahead:
            waiting: tuple[list[int], Future[list[LoadedClip]]] | None = None
            for batch in batches:
                upcoming = (batch, ahead.submit(self._load, batch))
                if waiting is not None:
                    yield _hand_out(*waiting, heard)
                waiting = upcoming
            if waiting is not None:
                yield _hand_out(*waiting, heard)

    def _load(self, positions: Sequence[int]) -> list[LoadedClip]:
        """Load clips in the given order, with one request per shard that holds some of them."""
        rows = list(clips_from_table(self.table.take(list(positions))))
        by_shard: dict[str, list[Clip]] = defaultdict(list)
        for row in rows:
            by_shard[str(row.shard_sha256)].append(row)
        flacs: dict[str, bytes] = {}
        with ThreadPoolExecutor(min(_FETCH_THREADS, len(by_shard))) as threads:
            for found in threads.map(self._fetch, by_shard, by_shard.values()):
                flacs.update(found)
        return [decode_clip(row, flacs[row.clip_id]) for row in rows]

    def _fetch(self, shard_sha256: str, rows: Sequence[Clip]) -> dict[str, bytes]:
        ranges = [(int(row.offset_bytes or 0), int(row.size_bytes or 0)) for row in rows]
        key = shard_key(self.record.dataset, shard_sha256)
        try:
            parts = self.store.get_ranges(key, ranges)
        except NotFoundError as error:
            raise IntegrityError(f"{self.ref} is damaged: one of its shards is missing") from error
        return {row.clip_id: part for row, part in zip(rows, parts, strict=True)}


def _hand_out(
    batch: list[int], loading: "Future[list[LoadedClip]]", heard: Hearing | None
) -> list[LoadedClip]:
    clips = loading.result()
    if heard is not None:
        heard.add(batch)
    return clips
