"""Publish: working clips become the next version. Shards first, then the manifest, the record last.

Until the record appears nothing is visible, so a publish that stops anywhere does no harm: what it
uploaded is named by its hash, and the next run finds it there.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from audioset.engine import Progress, no_progress
from audioset.errors import ConflictError, InvalidInputError, StorageError
from audioset.records.identity import VersionRef
from audioset.records.version import DEFAULT_SHARD_BYTES, ContentObject, VersionRecord
from audioset.settings import DEFAULT_DEAD_SHARE, require_dataset_name
from audioset.storage.probes import require_exclusive_create
from audioset.storage.rows.laid_rows import LaidRows, ManyRows, keep_rows, scan_rows
from audioset.storage.store import Store
from audioset.storage.tables import order_manifest
from audioset.versions.layout import shard_key
from audioset.versions.publish.commit import commit, make_record, put_manifests
from audioset.versions.publish.find_audio import FoundAudio, find_audio
from audioset.versions.publish.latest import find_latest
from audioset.versions.publish.new_places import NewPlaces
from audioset.versions.publish.plan import (
    SMALL_PART,
    ShardPlan,
    ShardRules,
    choose_rewritten,
    lay_out,
)
from audioset.versions.publish.put_shards import PutBefore, PutShard, ShardPutter
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import resolve
from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Withdrawn
from audioset.versions.read.withdrawals import list_withdrawals
from audioset.versions.references import lost_keys, sizes_of_shards


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a publish did.

    Attributes:
        record: of the version, whether it is new or was there.
        unchanged: the rows equal those of the latest version, which `record` is; nothing was
            written but what the store had lost of it.
        num_new_shards, num_reused_shards: shards that were uploaded, and that were there.
        uploaded_bytes, reused_bytes: of those shards.
        run_id: MLflow run that records the publication; None when it was not logged.
        tracking_error: why it was not logged, one line; None when it was, or was not asked for.
        num_left_out: clips that were left out because they were withdrawn.
        num_cut_anew: how many of them are not the withdrawn recordings themselves, but hold speech
            of them: their source was cut otherwise.
        num_unjudged: clips of lines that carry flags and that nobody judged; they are published.
        num_unsure: clips that were left out because a person was unsure of them.
        waiting: clips whose edges people decided, and that are published as they were, since their
            source was not here to cut them: how many, by its name.
        num_let_go: clips that were removed from the workspace before, and cannot come back now.
        num_not_here: clips of it that the workspace lacks, kept from the version before.
        unused_message: that was given, and is not kept: the version stands with its own.
    """

    record: VersionRecord
    unchanged: bool
    num_new_shards: int
    num_reused_shards: int
    uploaded_bytes: int
    reused_bytes: int
    run_id: str | None = None
    tracking_error: str | None = None
    num_left_out: int = 0
    num_cut_anew: int = 0
    num_unjudged: int = 0
    num_unsure: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    num_let_go: int = 0
    num_not_here: int = 0
    unused_message: str = ""

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return self.record.ref


def publish_table(
    table: ManyRows,
    *,
    clips_dir: Path,
    store: Store,
    dataset: str,
    parent: int | None = None,
    expected: int | None = None,
    message: str = "",
    progress: Progress = no_progress,
    shard_bytes: int | None = None,
    dead_share: float = DEFAULT_DEAD_SHARE,
    compact: bool = False,
    find_cut_shards: Callable[[], Mapping[str, ContentObject]] = dict,
    before: PutBefore | None = None,
) -> Publication:
    """Publish a manifest and its clips as the next version of a dataset.

    Clips that the parent holds as they are stay where they lie, and need no file; so may those
    whose storage columns say where in the store they are. All others go into new shards.

    Args:
        table: manifest, any order; rows that were laid down are in the order of their clip ids.
        clips_dir: holds `<clip_id>.flac` of every other row.
        store: where to publish.
        dataset: name of the dataset.
        parent: number of the version that this one goes on from; the latest when None.
        expected: number of the version that was the latest when the rows were decided, 0 for none;
            any may be when None.
        message: what the publisher says of the version.
        progress: told of bytes of audio.
        shard_bytes: mean audio bytes of a new shard; those of the parent when None, 64 MiB for the
            first.
        dead_share: of the bytes of its shards, 0 to 1, that clips may have which the version does
            not name; while they have more, the shard with most of them is written anew.
        compact: leave no such clip and no small shard, also when the rows are those of the latest
            version.
        find_cut_shards: gives the shards that cuts put into the store, by hash; asked for when rows
            say that their audio lies in a shard that the parent has not.
        before: shards that earlier tries put, and what this one puts.

    Raises:
        InvalidInputError: no rows, the table is not a manifest, or no shard can have that size.
        NotFoundError: no such parent.
        MediaError: a clip's audio is missing, or is not what its row says.
        IntegrityError: every record is damaged, or a clip in the store is not what its row says.
        ConflictError: somebody published the same version number meanwhile, or the latest version
            is not the expected one; publish again.
        StorageError: the store or the disk refused, or the store cannot hold versions.
    """
    require_dataset_name(dataset)
    withdrawals = list_withdrawals(store, dataset)
    latest, number = find_latest(store, dataset)  # after the withdrawals, which it may know
    if expected is not None and expected != (latest.version if latest else 0):
        raise ConflictError(f"{dataset} was published by others meanwhile; run publish again")
    rows, left_out = leave_out(_prepare(table), Withdrawn.of(withdrawals))
    digest = table_digest(scan_rows(rows))
    same = latest if latest is not None and latest.digest == digest else None
    base, lost = latest, lost_keys(store, latest) if latest else []
    if same is not None and not lost and not compact:
        return left_out.tell(_unchanged(same, message))
    if parent is not None and same is None:
        base = resolve(store, VersionRef(dataset, parent))
        lost = lost_keys(store, base)
    with ExitStack() as laid:
        folder = cache(lambda: laid.enter_context(store.scratch()))
        found = find_audio(store, dataset, base, rows, clips_dir, find_cut_shards, folder)
        if latest is None:
            require_exclusive_create(store)
        if shard_bytes is None or (same is not None and not compact):  # what was lost comes back
            shard_bytes = base.shard_bytes if base else DEFAULT_SHARD_BYTES
        rules = ShardRules(target_bytes=shard_bytes, dead_share=dead_share, compact=compact)
        is_repair = same is not None and not compact
        plan = _plan(found, rules, base, lost, is_repair=is_repair)
        if same is not None and not lost and not plan.packed:
            return left_out.tell(_unchanged(same, message))
        with _told_when_broken_off(), store.scratch() as scratch:
            putter = ShardPutter(
                found,
                clips_dir,
                store=store,
                dataset=dataset,
                needed=found.known.shards,
                scratch=scratch,
                before=before or PutBefore(),
            )
            put = putter.put_all(plan.packed, progress)
            places = NewPlaces(plan, put)
            shards = places.shards()
            manifests = put_manifests(store, dataset, places.fill(rows))
    done = _Uploads.of(put, shards)
    if same is not None and is_repair and not lost_keys(store, same):
        return left_out.tell(done.repaired(same, message))
    record = make_record(
        rows,
        dataset=dataset,
        version=number,
        digest=digest,
        shards=shards,
        manifests=manifests,
        parent=base.version if base else None,
        message=message,
        num_withdrawals=len(withdrawals),
        shard_bytes=shard_bytes,
    )
    if list_withdrawals(store, dataset) != withdrawals:
        raise ConflictError(f"clips of {dataset} were withdrawn meanwhile; run publish again")
    named = [shard for shard in shards if shard.sha256 in found.known.shards]
    _require_there(store, dataset, named, base)
    standing = commit(store, record)
    return left_out.tell(done.tell(record) if standing is record else _unchanged(standing, message))


def _require_there(
    store: Store, dataset: str, shards: list[ContentObject], base: VersionRecord | None
) -> None:
    """Prove that shards are there which no version may have kept from `collect` until now."""
    new = {shard.sha256: shard.size_bytes for shard in shards}
    for shard in base.shards if base else ():
        new.pop(shard.sha256, None)
    if new and not new.items() <= sizes_of_shards(store, dataset).items():
        raise ConflictError(
            f"shards of {dataset} were removed meanwhile, perhaps by audioset collect; publish "
            "again, and cut the sources again that it names"
        )


def _plan(
    found: FoundAudio,
    rules: ShardRules,
    base: VersionRecord | None,
    lost: list[str],
    *,
    is_repair: bool,
) -> ShardPlan:
    rewritten: frozenset[str] = frozenset()
    if not is_repair:
        rewritten = choose_rewritten(found.rows, found.sizes_bytes, found.known, rules)
    return lay_out(
        found.rows,
        found.sizes_bytes,
        found.known,
        rewritten=rewritten,
        lost={s for s in found.known.shards if base and shard_key(base.dataset, s) in lost},
        target_bytes=rules.target_bytes,
        least_bytes=rules.target_bytes // SMALL_PART if found.known.is_known.any() else 0,
    )


@contextmanager
def _told_when_broken_off() -> Iterator[None]:
    """Say with an error before the record that nothing is to be seen of this publish."""
    try:
        yield
    except StorageError as error:
        raise StorageError(f"{error}; nothing was published") from error


def _prepare(table: ManyRows) -> ManyRows:
    """Order the rows; their storage columns are filled anew when the shards are there."""
    if not table.num_rows:
        raise InvalidInputError(
            "there is nothing to publish: the manifest has no clip; cut a source first: audioset "
            "cut FILE"
        )
    if isinstance(table, LaidRows):
        return table
    return order_manifest(table, "the manifest").combine_chunks()


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """How many clips were left out, and how many of them only by their span."""

    num_clips: int
    num_cut_anew: int

    def tell(self, publication: Publication) -> Publication:
        return replace(publication, num_left_out=self.num_clips, num_cut_anew=self.num_cut_anew)


def leave_out(rows: ManyRows, withdrawn: Withdrawn) -> tuple[ManyRows, _LeftOut]:
    """Leave out clips that were withdrawn; give the rest, and how many they are."""
    if not withdrawn:
        return rows, _LeftOut(0, 0)
    same, gone = [], []
    for batch in scan_rows(rows, WITHDRAWN_COLUMNS):
        same.append(withdrawn.same_samples(batch))
        gone.append(same[-1] | withdrawn.same_speech(batch))
    of_samples, out = np.concatenate(same), np.concatenate(gone)
    if out.all():
        raise InvalidInputError("there is nothing to publish: every clip was withdrawn")
    left_out = _LeftOut(int(out.sum()), int((out & ~of_samples).sum()))
    return (keep_rows(rows, ~out) if out.any() else rows), left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uploads:
    """Sizes of the shards that were uploaded, and of those that were there."""

    new: list[int]
    reused: list[int]

    @classmethod
    def of(cls, put: list[PutShard], shards: tuple[ContentObject, ...]) -> "_Uploads":
        new = {shard.stored.sha256 for shard in put if shard.uploaded}
        return cls(
            new=[shard.size_bytes for shard in shards if shard.sha256 in new],
            reused=[shard.size_bytes for shard in shards if shard.sha256 not in new],
        )

    def tell(self, record: VersionRecord) -> Publication:
        return Publication(
            record=record,
            unchanged=False,
            num_new_shards=len(self.new),
            num_reused_shards=len(self.reused),
            uploaded_bytes=sum(self.new),
            reused_bytes=sum(self.reused),
        )

    def repaired(self, record: VersionRecord, message: str) -> Publication:
        """Tell what was put again of a version that had lost something."""
        unused = _unused(message, record)
        return replace(self.tell(record), unchanged=True, unused_message=unused)


def _unchanged(record: VersionRecord, message: str) -> Publication:
    return Publication(
        record=record,
        unchanged=True,
        num_new_shards=0,
        num_reused_shards=len(record.shards),
        uploaded_bytes=0,
        reused_bytes=record.size_bytes,
        unused_message=_unused(message, record),
    )


def _unused(message: str, record: VersionRecord) -> str:
    return "" if message == record.message else message
