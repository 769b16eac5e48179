"""Lineage down to the clip, from the receipts of runs and, where there are none, by version."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import AudiosetError, IntegrityError, InvalidInputError, NotFoundError
from audioset.records.clip_lineage import (
    ClipLineage,
    ClipRun,
    ConsumedClips,
    ConsumedVersion,
    KnownBy,
)
from audioset.records.identity import VersionRef, is_version_ref
from audioset.records.lineage import LinkedRun, LinkedVersion
from audioset.records.receipt import Receipt
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Withdrawal
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store
from audioset.tracking.client.client import backend_is_missing, is_missing, mlflow_call, open_client
from audioset.tracking.client.dataset_input import TRAINING_CONTEXT
from audioset.tracking.client.queries import (
    experiment_names,
    linked_models,
    model_versions_of,
    parent_run,
    pinned_inputs,
    runs_with_digest,
)
from audioset.tracking.client.subjects import pinned_by
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.lineage.trace import describe_run, link_version, trace
from audioset.tracking.run.receipts import RECEIPT_TAG, has_other_receipts, read_receipts, read_tag
from audioset.versions.read.find_clip import find_clip
from audioset.versions.read.resolve import read_version, resolve
from audioset.versions.read.row_history import RowHistory, RowPlace, find_withdrawn
from audioset.versions.read.withdrawals import list_withdrawals

_COLUMNS = ("clip_id", "speaker", "split", "length_seconds")


def trace_clip(clip_id: str, tracking: Tracking, store: Store) -> ClipLineage:
    """Tell which versions hold a clip, or held it, and which runs and models consumed it.

    Args:
        clip_id: the clip.
        tracking: where MLflow is.
        store: of the versions.

    Raises:
        NotFoundError: no version in the store holds the clip, or is known to have held it.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    places = [*_find_held(store, clip_id), *find_withdrawn(store, clip_id)]
    if not places:
        raise NotFoundError(
            f"no version in {store.url} holds clip {clip_id}; it was never published, or withdrawn "
            "by a release that did not keep which clips it withdrew"
        )
    held = [place.record for place in places if not place.is_withdrawn]
    gone = [place.record for place in places if place.is_withdrawn]
    if backend_is_missing(tracking):
        return ClipLineage(
            clip_id=clip_id,
            versions=_link(None, held, store),
            runs=(),
            models=(),
            num_without=0,
            withdrawn_from=_link(None, gone, store),
        )
    with mlflow_call(tracking):
        client = open_client(tracking)
        found = _runs_that_consumed(client, clip_id, places, store)
        models = model_versions_of(client, [one.run.run_id for one in found.runs])
        return ClipLineage(
            clip_id=clip_id,
            versions=_link(client, held, store),
            runs=found.runs,
            models=tuple(linked_models(client, models)),
            num_without=found.num_without,
            withdrawn_from=_link(client, gone, store),
        )


def _link(
    client: Any | None, records: Iterable[VersionRecord], store: Store
) -> tuple[LinkedVersion, ...]:
    return tuple(link_version(client, one.ref, one.digest, store, one) for one in records)


def _find_held(store: Store, clip_id: str) -> Iterator[RowPlace]:
    """Find every version that holds a clip, by dataset and number."""
    withdrawals: dict[str, list[Withdrawal]] = {}
    for record, position in find_clip(store, clip_id):
        if record.num_withdrawn and record.dataset not in withdrawals:
            withdrawals[record.dataset] = list_withdrawals(store, record.dataset)
        history = RowHistory.of(record, withdrawals.get(record.dataset, ()))
        yield RowPlace(record, history, position, len(history.steps))


@dataclass(frozen=True, slots=True)
class _ConsumingRuns:
    """Runs that consumed a clip, oldest first, and how many did not although they could."""

    runs: tuple[ClipRun, ...]
    num_without: int


def _runs_that_consumed(
    client: Any, clip_id: str, places: Sequence[RowPlace], store: Store
) -> _ConsumingRuns:
    experiments = experiment_names(client)
    receipts = _Receipts(client)
    found: dict[tuple[int, str, str], ClipRun] = {}
    without: set[str] = set()
    for place in places:
        record = place.record
        for run in runs_with_digest(client, experiments, record.digest):
            known_by = receipts.judge(run, place, clip_id, store)
            if known_by is None:
                without.add(run.info.run_id)
                continue
            contexts = {p.context for p in pinned_inputs(run) if p.digest == record.digest}
            found[run.info.start_time, run.info.run_id, str(record.ref)] = ClipRun(
                run=describe_run(run, pinned_inputs(run), experiments),
                version=record.ref,
                contexts=tuple(sorted(contexts)),
                known_by=known_by,
            )
    runs = tuple(found[key] for key in sorted(found))
    return _ConsumingRuns(runs, len(without - {one.run.run_id for one in runs}))


def clips_behind(subject: str, tracking: Tracking, store: Store) -> ConsumedClips:
    """Give the clips that a model or a run consumed, or may have.

    Args:
        subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.
        tracking: where MLflow is.
        store: of the versions.

    Raises:
        InvalidInputError: the subject is neither a model nor a run.
        NotFoundError: no such model or run, or nothing is known of its data.
        IntegrityError: the store holds other data under the version's name than was pinned.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    if is_version_ref(subject):
        raise InvalidInputError(f"{subject} is a version; ask for the clips of a model or a run")
    runs = trace(subject, tracking, store, through_texts=False).runs
    parts = []
    for run, receipts, pinned in _with_receipts(runs, tracking):
        wanted = {
            VersionRef(item.dataset, item.version): item.digest
            for item in pinned
            if item.context == TRAINING_CONTEXT
        }
        wanted |= {one.ref: wanted.get(one.ref, "") for one in receipts}
        for ref in sorted(wanted, key=lambda ref: (ref.dataset, ref.version)):
            record = resolve(store, ref)
            mine = [one for one in receipts if one.ref == ref]
            digest = wanted[ref] or next(
                (one.digest for one in mine if one.filter is None), record.digest
            )
            if digest != record.digest:
                raise IntegrityError(
                    f"{ref} in {store.url} has digest {record.digest[:12]}, but run {run.run_id} "
                    f"used {digest[:12]}: it is not the same data; give the store of the run"
                )
            parts.append(_consumed_of(record, mine, store))
    if not parts:
        raise NotFoundError(f"nothing is known of the data of {subject}: its run pinned no version")
    return ConsumedClips(
        subject=subject,
        versions=tuple(version for version, _ in parts),
        table=pa.concat_tables(table for _, table in parts),
    )


def _with_receipts(
    runs: Iterable[LinkedRun], tracking: Tracking
) -> list[tuple[LinkedRun, tuple[Receipt, ...], list[Any]]]:
    with mlflow_call(tracking):
        client = open_client(tracking)
        receipts = _Receipts(client)
        found = []
        for run in runs:
            raw = client.get_run(run.run_id)
            found.append((run, receipts.of(raw), pinned_by(client, raw)))
        return found


def _consumed_of(
    record: VersionRecord, receipts: Sequence[Receipt], store: Store
) -> tuple[ConsumedVersion, pa.Table]:
    """Tell which clips of a version a run consumed, as its receipts say or, without, all."""
    rows = read_version(store, record)
    withdrawals = list_withdrawals(store, record.dataset) if record.num_withdrawn else []
    history = RowHistory.of(record, withdrawals)
    clips = rows.select(_COLUMNS)
    known_by: KnownBy = "version"
    num_withdrawn = record.num_withdrawn
    consumed = [_consumed_ids(rows, receipt, history) for receipt in receipts]
    if receipts and all(one.complete for one in receipts) and None not in consumed:
        known_by = "receipt"
        wanted = {clip_id for ids in consumed for clip_id in ids or ()}
        clips = clips.filter(pc.is_in(clips["clip_id"], value_set=pa.array(wanted, pa.string())))
        # Receipts of several views may mean the same withdrawn clips: it is the most that is sure.
        num_withdrawn = max(
            one.num_consumed - len(ids or ()) for one, ids in zip(receipts, consumed, strict=True)
        )
    consumed_version = ConsumedVersion(
        version=record.ref,
        digest=record.digest,
        num_clips=record.num_clips + record.num_withdrawn,
        num_consumed=clips.num_rows + num_withdrawn,
        num_withdrawn=num_withdrawn,
        consumed_seconds=pc.sum(clips["length_seconds"], min_count=0).as_py(),
        known_by=known_by,
    )
    facts = {"dataset": record.dataset, "version": record.version, "known_by": known_by}
    for place, (name, value) in enumerate(facts.items(), 1):
        kind = pa.int32() if name == "version" else pa.string()
        clips = clips.add_column(place, name, pa.array([value] * clips.num_rows, kind))
    return consumed_version, clips.replace_schema_metadata(None)


class _Receipts:
    """The receipts of runs, each read once; a nested run without its own has those around it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._read: dict[str, tuple[Receipt, ...]] = {}
        self._places: dict[tuple[VersionRef, str | None], pa.ChunkedArray | None] = {}

    def of(self, run: Any) -> tuple[Receipt, ...]:
        """Give the receipts of a run; none when it has none that can be read."""
        around: Any | None = run
        while around is not None and RECEIPT_TAG not in around.data.tags:
            around = parent_run(self._client, around)
        if around is None:
            return ()
        run_id = around.info.run_id
        if run_id not in self._read:
            self._read[run_id] = _read_or_none(self._client, around)
        return self._read[run_id]

    def judge(self, run: Any, place: RowPlace, clip_id: str, store: Store) -> KnownBy | None:
        """Tell how it is known that a run consumed a clip; None when its receipt denies it.

        Args:
            place: of the clip in the version that the run pinned.
        """
        digest = place.record.digest
        tag = read_tag(run, digest)
        if tag is not None and not place.had_left(tag.num_clips):
            if tag.num_consumed == tag.num_clips:
                return "receipt"
            position = place.among(tag.num_clips)
            if tag.bits is not None and position is not None:
                if tag.bits[position // 8] >> position % 8 & 1:
                    return "receipt"
                if not tag.complete:
                    return "version"
                if not has_other_receipts(run, digest):
                    return None
        return self._judge_by_artifact(run, place, clip_id, store)

    def _judge_by_artifact(
        self, run: Any, place: RowPlace, clip_id: str, store: Store
    ) -> KnownBy | None:
        # Equal digests are equal data, whatever name the run opened it by.
        record = place.record
        mine = [one for one in self.of(run) if one.ref == record.ref or one.digest == record.digest]
        verdicts = [self._look(one, place, clip_id, store) for one in mine]
        if True in verdicts:
            return "receipt"
        if not mine or None in verdicts or not all(one.complete for one in mine):
            return "version"
        return None

    def _look(self, receipt: Receipt, place: RowPlace, clip_id: str, store: Store) -> bool | None:
        """Look a clip up in a receipt; None when that cannot be done."""
        record = place.record
        if receipt.filter is None:
            if receipt.digest != record.digest:
                return None
            if place.had_left(receipt.num_clips):
                return False
            position = place.among(receipt.num_clips)
            if position is None:
                return True if receipt.num_consumed == receipt.num_clips else None
            return receipt.consumed(position)
        if place.is_withdrawn:  # whether the view held it is not kept
            return None
        key = (record.ref, receipt.filter)
        if key not in self._places:
            self._places[key] = _ids_in_order(read_version(store, record), receipt)
        ids = self._places[key]
        if ids is None:
            return None
        at = pc.index(ids, clip_id).as_py()
        return at >= 0 and receipt.consumed(at)


def _consumed_ids(rows: pa.Table, receipt: Receipt, history: RowHistory) -> list[str] | None:
    """Give the clips, of those that are left, that a receipt says were consumed.

    None when a withdrawal has taken clips out since and it is not known which bits were theirs.

    Args:
        rows: that are left of the version.
        receipt: of a run that opened the version, or a view of it.
        history: of the rows.
    """
    ids = _ids_in_order(rows, receipt)
    if ids is not None:
        return [ids[position].as_py() for position in receipt.positions()]
    if receipt.num_consumed == receipt.num_clips:  # it consumed all, whatever the order
        chosen = _chosen(rows, receipt)
        return None if chosen is None else list(chosen["clip_id"].to_pylist())
    opened = history.opened(receipt.num_clips) if receipt.filter is None else None
    if opened is None:
        return None
    left = zip(rows["clip_id"].to_pylist(), opened.tolist(), strict=True)
    return [clip_id for clip_id, position in left if receipt.consumed(position)]


def _ids_in_order(rows: pa.Table, receipt: Receipt) -> pa.ChunkedArray | None:
    """Give the clip ids that the bits of a receipt are of.

    None when a withdrawal has taken clips out since.
    """
    chosen = _chosen(rows, receipt)
    if chosen is None or chosen.num_rows != receipt.num_clips:
        return None
    return chosen["clip_id"]


def _chosen(rows: pa.Table, receipt: Receipt) -> pa.Table | None:
    """Give the rows that were opened, as far as they are left."""
    try:
        return rows if receipt.filter is None else filter_rows(rows, receipt.filter)
    except InvalidInputError:  # a condition of another release
        return None


def _read_or_none(client: Any, run: Any) -> tuple[Receipt, ...]:
    """Read the receipts of a run; one that is damaged or lost does not stop the answer."""
    from mlflow.exceptions import MlflowException

    try:
        return read_receipts(client, run)
    except (AudiosetError, OSError):
        return ()
    except MlflowException as error:
        if not is_missing(error):
            raise
        return ()
