"""Lineage down to the clip, from the receipts of runs and, where there are none, by version."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import AudiosetError, IntegrityError, InvalidInputError, NotFoundError
from audioset.records.clip_lineage import (
    ClipLineage,
    ClipRun,
    HeardClips,
    HeardVersion,
    KnownBy,
)
from audioset.records.identity import VersionRef, is_version_ref
from audioset.records.lineage import LinkedRun
from audioset.records.receipt import Receipt
from audioset.records.version import VersionRecord
from audioset.settings import Settings
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store, open_store
from audioset.tracking.client import backend_is_missing, is_missing, mlflow_call, open_client
from audioset.tracking.dataset_input import TRAINING_CONTEXT
from audioset.tracking.lineage import describe_run, link_version, pinned_by, trace
from audioset.tracking.receipts import RECEIPT_TAG, has_other_receipts, read_receipts, read_tag
from audioset.tracking.search import (
    experiment_names,
    linked_models,
    model_versions_of,
    parent_run,
    pinned_inputs,
    runs_with_digest,
)
from audioset.versions.find_clip import find_clip
from audioset.versions.resolve import read_version, resolve

_COLUMNS = ("clip_id", "speaker", "split", "length_seconds")


def trace_clip(clip_id: str, settings: Settings) -> ClipLineage:
    """Tell which versions hold a clip, and which runs and models heard it.

    Args:
        clip_id: the clip.
        settings: tell where MLflow and the store are.

    Raises:
        NotFoundError: no version in the store holds the clip.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    store = open_store(settings.store)
    holders = list(find_clip(store, clip_id))
    if not holders:
        raise NotFoundError(
            f"no version in {store.url} holds clip {clip_id}; it was never published, or withdrawn"
        )
    if backend_is_missing(settings):
        versions = tuple(link_version(None, record.ref, record.digest, settings, record)
                         for record, _ in holders)  # fmt: skip
        return ClipLineage(clip_id=clip_id, versions=versions, runs=(), models=(), num_without=0)
    with mlflow_call(settings):
        return _trace_clip(open_client(settings), clip_id, holders, store, settings)


def _trace_clip(
    client: Any,
    clip_id: str,
    holders: Sequence[tuple[VersionRecord, int]],
    store: Store,
    settings: Settings,
) -> ClipLineage:
    experiments = experiment_names(client)
    receipts = _Receipts(client)
    heard: dict[tuple[int, str, str], ClipRun] = {}
    without: set[str] = set()
    for record, position in holders:
        for run in runs_with_digest(client, experiments, record.digest):
            known_by = receipts.judge(run, record, position, clip_id, store)
            if known_by is None:
                without.add(run.info.run_id)
                continue
            contexts = {p.context for p in pinned_inputs(run) if p.digest == record.digest}
            heard[run.info.start_time, run.info.run_id, str(record.ref)] = ClipRun(
                run=describe_run(run, pinned_inputs(run), experiments),
                version=record.ref,
                contexts=tuple(sorted(contexts)),
                known_by=known_by,
            )
    runs = tuple(heard[key] for key in sorted(heard))
    models = model_versions_of(client, [one.run.run_id for one in runs])
    return ClipLineage(
        clip_id=clip_id,
        versions=tuple(
            link_version(client, record.ref, record.digest, settings, record)
            for record, _ in holders
        ),
        runs=runs,
        models=tuple(linked_models(client, models)),
        num_without=len(without - {one.run.run_id for one in runs}),
    )


def clips_behind(subject: str, settings: Settings) -> HeardClips:
    """Give the clips that a model or a run consumed, or may have.

    Args:
        subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.
        settings: tell where MLflow and the store are.

    Raises:
        InvalidInputError: the subject is neither a model nor a run.
        NotFoundError: no such model or run, or nothing is known of its data.
        IntegrityError: the store holds other data under the version's name than was pinned.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    if is_version_ref(subject):
        raise InvalidInputError(f"{subject} is a version; ask for the clips of a model or a run")
    runs = trace(subject, settings, through_texts=False).runs
    store = open_store(settings.store)
    parts = []
    for run, receipts, pinned in _with_receipts(runs, settings):
        wanted = {VersionRef(item.dataset, item.version): item.digest for item in pinned
                  if item.context == TRAINING_CONTEXT}  # fmt: skip
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
            parts.append(_heard_of(record, mine, store))
    if not parts:
        raise NotFoundError(f"nothing is known of the data of {subject}: its run pinned no version")
    return HeardClips(
        subject=subject,
        versions=tuple(version for version, _ in parts),
        table=pa.concat_tables(table for _, table in parts),
    )


def _with_receipts(
    runs: Iterable[LinkedRun], settings: Settings
) -> list[tuple[LinkedRun, tuple[Receipt, ...], list[Any]]]:
    with mlflow_call(settings):
        client = open_client(settings)
        receipts = _Receipts(client)
        found = []
        for run in runs:
            raw = client.get_run(run.run_id)
            found.append((run, receipts.of(raw), pinned_by(client, raw)))
        return found


def _heard_of(
    record: VersionRecord, receipts: Sequence[Receipt], store: Store
) -> tuple[HeardVersion, pa.Table]:
    """Tell which clips of a version a run consumed, as its receipts say or, without, all."""
    rows = read_version(store, record)
    known_by: KnownBy = "version"
    clips = rows.select(_COLUMNS)
    orders = [_ids_in_order(rows, receipt) for receipt in receipts]
    if receipts and all(
        ids is not None and receipt.complete for ids, receipt in zip(orders, receipts, strict=True)
    ):
        known_by = "receipt"
        heard = {
            ids[position].as_py()
            for ids, receipt in zip(orders, receipts, strict=True) if ids is not None
            for position in receipt.positions()
        }  # fmt: skip
        clips = clips.filter(pc.is_in(clips["clip_id"], value_set=pa.array(heard, pa.string())))
    heard_version = HeardVersion(
        version=record.ref, digest=record.digest, num_clips=record.num_clips,
        num_heard=clips.num_rows,
        heard_seconds=pc.sum(clips["length_seconds"], min_count=0).as_py(), known_by=known_by,
    )  # fmt: skip
    facts = {"dataset": record.dataset, "version": record.version, "known_by": known_by}
    for place, (name, value) in enumerate(facts.items(), 1):
        kind = pa.int32() if name == "version" else pa.string()
        clips = clips.add_column(place, name, pa.array([value] * clips.num_rows, kind))
    return heard_version, clips.replace_schema_metadata(None)


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

    def judge(
        self, run: Any, record: VersionRecord, position: int, clip_id: str, store: Store
    ) -> KnownBy | None:
        """Tell how it is known that a run heard a clip; None when its receipt says that it did not.

        Args:
            position: of the clip among the rows of the version.
        """
        tag = read_tag(run, record.digest)
        if tag is not None:
            if tag.num_heard == tag.num_clips:
                return "receipt"
            if tag.bits is not None and tag.num_clips == record.num_clips:
                if tag.bits[position // 8] >> position % 8 & 1:
                    return "receipt"
                if not tag.complete:
                    return "version"
                if not has_other_receipts(run, record.digest):
                    return None
        return self._judge_by_artifact(run, record, position, clip_id, store)

    def _judge_by_artifact(
        self, run: Any, record: VersionRecord, position: int, clip_id: str, store: Store
    ) -> KnownBy | None:
        # Equal digests are equal data, whatever name the run opened it by.
        mine = [one for one in self.of(run) if one.ref == record.ref or one.digest == record.digest]
        verdicts = [self._look(one, record, position, clip_id, store) for one in mine]
        if True in verdicts:
            return "receipt"
        if not mine or None in verdicts or not all(one.complete for one in mine):
            return "version"
        return None

    def _look(
        self, receipt: Receipt, record: VersionRecord, position: int, clip_id: str, store: Store
    ) -> bool | None:
        """Look a clip up in a receipt; None when that cannot be done."""
        if receipt.filter is None:
            if receipt.digest != record.digest:
                return None
            if receipt.num_clips != record.num_clips:
                return True if receipt.num_heard == receipt.num_clips else None
            return receipt.heard(position)
        key = (record.ref, receipt.filter)
        if key not in self._places:
            self._places[key] = _ids_in_order(read_version(store, record), receipt)
        ids = self._places[key]
        if ids is None:
            return None
        place = pc.index(ids, clip_id).as_py()
        return place >= 0 and receipt.heard(place)


def _ids_in_order(rows: pa.Table, receipt: Receipt) -> pa.ChunkedArray | None:
    """Give the clip ids that the bits of a receipt are of.

    None when a withdrawal has taken clips out since: which bits were theirs is not kept.
    """
    try:
        chosen = rows if receipt.filter is None else filter_rows(rows, receipt.filter)
    except InvalidInputError:  # a condition of another release
        return None
    return chosen["clip_id"] if chosen.num_rows == receipt.num_clips else None


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
