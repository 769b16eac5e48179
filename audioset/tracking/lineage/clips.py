"""Lineage down to the clip, from the receipts of runs and, where there are none, by version."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
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
from audioset.storage.store import Store
from audioset.tracking.client.client import backend_is_missing
from audioset.tracking.client.dataset_input import TRAINING_CONTEXT
from audioset.tracking.client.queries import (
    experiment_names,
    linked_models,
    model_versions_of,
    pinned_inputs,
    runs_with_digest,
)
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.subjects import pinned_by
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.lineage.clip_receipts import (
    NO_RECEIPT,
    WITHDRAWN_SINCE,
    FoundReceipts,
    Receipts,
    consumed_ids,
    perhaps_ids,
    why_not_complete,
    why_perhaps,
)
from audioset.tracking.lineage.trace import describe_run, link_version, trace
from audioset.versions.read.find_clip import find_clip
from audioset.versions.read.resolve import read_version, resolve
from audioset.versions.read.row_history import RowHistory, RowPlace, find_withdrawn
from audioset.versions.read.withdrawals import list_withdrawals

# Who says what, and where it is found again.
_COLUMNS: tuple[str, ...] = (
    "clip_id",
    "speaker",
    "split",
    "length_seconds",
    "text",
    "line",
    "take",
)
_COLUMNS += ("gender", "age", "accent", "social_class", "location")
_COLUMNS += ("source_name", "start_seconds", "end_seconds")


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
    with mlflow_questions(tracking) as client:
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
    receipts = Receipts(client)
    found: dict[tuple[int, str, str], ClipRun] = {}
    without: set[str] = set()
    for place in places:
        record = place.record
        for run in runs_with_digest(client, experiments, record.digest):
            known = receipts.judge(run, place, clip_id, store)
            if known is None:
                without.add(run.info.run_id)
                continue
            contexts = {p.context for p in pinned_inputs(run) if p.digest == record.digest}
            found[run.info.start_time, run.info.run_id, str(record.ref)] = ClipRun(
                run=describe_run(run, pinned_inputs(run), experiments),
                version=record.ref,
                contexts=tuple(sorted(contexts)),
                known_by=known.known_by,
                why=known.why,
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
    for run, found, pinned in _with_receipts(runs, tracking):
        receipts = found.receipts
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
            parts.append(_consumed_of(record, mine, store, why=found.why))
    if not parts:
        raise NotFoundError(f"nothing is known of the data of {subject}: its run pinned no version")
    return ConsumedClips(
        subject=subject,
        versions=tuple(version for version, _ in parts),
        table=pa.concat_tables(table for _, table in parts),
    )


def _with_receipts(
    runs: Iterable[LinkedRun], tracking: Tracking
) -> list[tuple[LinkedRun, FoundReceipts, list[Any]]]:
    with mlflow_questions(tracking) as client:
        receipts = Receipts(client)
        found = []
        for run in runs:
            raw = client.get_run(run.run_id)
            found.append((run, receipts.of(raw), pinned_by(client, raw)))
        return found


def _consumed_of(
    record: VersionRecord, receipts: Sequence[Receipt], store: Store, *, why: str
) -> tuple[ConsumedVersion, pa.Table]:
    """Tell which clips of a version a run consumed, as its receipts say or, without, all.

    Args:
        record: of the version.
        receipts: of the run, of this version.
        store: of the version.
        why: the run has no receipts that can be read.
    """
    rows = read_version(store, record)
    withdrawals = list_withdrawals(store, record.dataset) if record.num_withdrawn else []
    history = RowHistory.of(record, withdrawals)
    clips = rows.select(_COLUMNS)
    known_by: KnownBy = "version"
    num_withdrawn, perhaps = record.num_withdrawn, set[str]()
    consumed = [consumed_ids(rows, receipt, history) for receipt in receipts]
    why = why or why_not_complete(receipts) or (WITHDRAWN_SINCE if None in consumed else "")
    if receipts and not why:
        known_by = "receipt"
        wanted = {clip_id for ids in consumed for clip_id in ids or ()}
        perhaps = {one for receipt in receipts for one in perhaps_ids(rows, receipt, history)}
        perhaps -= wanted
        why = why_perhaps(receipts) if perhaps else ""
        ids = pa.array(wanted | perhaps, pa.string())
        clips = clips.filter(pc.is_in(clips["clip_id"], value_set=ids))
        # Receipts of several views may mean the same withdrawn clips: it is the most that is sure.
        num_withdrawn = max(
            one.num_consumed - len(ids or ()) for one, ids in zip(receipts, consumed, strict=True)
        )
    elif not receipts:
        why = why or NO_RECEIPT
    consumed_version = ConsumedVersion(
        version=record.ref,
        digest=record.digest,
        num_clips=record.num_clips + record.num_withdrawn,
        num_consumed=clips.num_rows + num_withdrawn,
        num_withdrawn=num_withdrawn,
        consumed_seconds=pc.sum(clips["length_seconds"], min_count=0).as_py(),
        known_by=known_by,
        num_perhaps=len(perhaps),
        why=why,
        num_test_among=_num_test_among(rows, receipts, consumed),
    )
    ids_in_order = clips["clip_id"].to_pylist()
    facts = {
        "dataset": [record.dataset] * clips.num_rows,
        "version": [record.version] * clips.num_rows,
        "known_by": ["perhaps" if one in perhaps else known_by for one in ids_in_order],
    }
    for place, (name, values) in enumerate(facts.items(), 1):
        kind = pa.int32() if name == "version" else pa.string()
        clips = clips.add_column(place, name, pa.array(values, kind))
    return consumed_version, clips.replace_schema_metadata(None)


def _num_test_among(
    rows: pa.Table, receipts: Sequence[Receipt], consumed: Sequence[Sequence[str] | None]
) -> int:
    """Count the test clips that passes over all splits handed out with others."""
    test = set(rows.filter(pc.equal(rows["split"], "test"))["clip_id"].to_pylist())
    among: set[str] = set()
    for receipt, ids in zip(receipts, consumed, strict=True):
        if any(reading.split is None for reading in receipt.readings):
            of_test = test.intersection(ids or ())
            among |= of_test if len(of_test) < len(ids or ()) else set()
    return len(among)
