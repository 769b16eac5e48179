"""What the receipts of runs say of clips, and why when they do not say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.clip_lineage import KnownBy
from audioset.records.identity import VersionRef
from audioset.records.receipt import Receipt
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store
from audioset.tracking.client.client import is_missing, mlflow_errors
from audioset.tracking.client.queries import parent_run
from audioset.tracking.run.receipts import RECEIPT_TAG, has_other_receipts, read_receipts, read_tag
from audioset.versions.read.resolve import read_version
from audioset.versions.read.row_history import RowHistory, RowPlace

NO_RECEIPT = "the run has no receipt: nothing that it read was noted"
NOT_COMPLETE = (
    "its receipt is not complete: the run goes on, was killed, or took clips that nobody noted"
)
WITHDRAWN_SINCE = (
    "clips were withdrawn since, and it was not kept which of the receipt's clips they were"
)


@dataclass(frozen=True, slots=True)
class FoundReceipts:
    """The receipts of a run, or why there are none."""

    receipts: tuple[Receipt, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class HowKnown:
    """How it is known that a run consumed a clip, or may have."""

    known_by: KnownBy
    why: str = ""


class Receipts:
    """The receipts of runs, each read once; a nested run without its own has those around it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._read: dict[str, FoundReceipts] = {}
        self._places: dict[tuple[VersionRef, str | None], pa.ChunkedArray | None] = {}

    def of(self, run: Any) -> FoundReceipts:
        """Give the receipts of a run; none, and why, when it has none that can be read."""
        around: Any | None = run
        while around is not None and RECEIPT_TAG not in around.data.tags:
            around = parent_run(self._client, around)
        if around is None:
            return FoundReceipts((), NO_RECEIPT)
        run_id = around.info.run_id
        if run_id not in self._read:
            self._read[run_id] = _read_or_say_why(self._client, around)
        return self._read[run_id]

    def judge(self, run: Any, place: RowPlace, clip_id: str, store: Store) -> HowKnown | None:
        """Tell how it is known that a run consumed a clip; None when its receipt denies it.

        Args:
            place: of the clip in the version that the run pinned.
        """
        digest = place.record.digest
        tag = read_tag(run, digest)
        if tag is not None and not place.had_left(tag.num_clips):
            if tag.num_consumed == tag.num_clips:
                return HowKnown("receipt")
            position = place.among(tag.num_clips)
            if tag.bits is not None and position is not None:
                if tag.bits[position // 8] >> position % 8 & 1:
                    return HowKnown("receipt")
                if not tag.complete:
                    return HowKnown("version", NOT_COMPLETE)
                if tag.all_known and not has_other_receipts(run, digest):
                    return None
        return self._judge_by_artifact(run, place, clip_id, store)

    def _judge_by_artifact(
        self, run: Any, place: RowPlace, clip_id: str, store: Store
    ) -> HowKnown | None:
        # Equal digests are equal data, whatever name the run opened it by.
        record, found = place.record, self.of(run)
        mine = [
            one for one in found.receipts if one.ref == record.ref or one.digest == record.digest
        ]
        answers = [self._look(one, place, clip_id, store) for one in mine]
        if True in answers:
            return HowKnown("receipt")
        if not mine:
            return HowKnown("version", found.why or NO_RECEIPT)
        if not all(one.complete for one in mine):
            return HowKnown("version", why_not_complete(mine))
        if None in answers:
            return HowKnown("version", WITHDRAWN_SINCE)
        if "perhaps" in answers:
            return HowKnown("perhaps", why_perhaps(mine))
        return None

    def _look(
        self, receipt: Receipt, place: RowPlace, clip_id: str, store: Store
    ) -> bool | Literal["perhaps"] | None:
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
            return _answer(receipt, position)
        if place.is_withdrawn:  # whether the view held it is not kept
            return None
        key = (record.ref, receipt.filter)
        if key not in self._places:
            self._places[key] = _ids_in_order(read_version(store, record), receipt)
        ids = self._places[key]
        if ids is None:
            return None
        at = pc.index(ids, clip_id).as_py()
        return at >= 0 and _answer(receipt, at)


def _answer(receipt: Receipt, position: int) -> bool | Literal["perhaps"]:
    return "perhaps" if receipt.perhaps_consumed(position) else receipt.consumed(position)


def why_not_complete(receipts: Sequence[Receipt]) -> str:
    """Say why the receipts of a run do not hold all that it consumed; empty when they do."""
    parts = [one for one in receipts if not one.complete]
    reasons = dict.fromkeys(reason for one in parts for reason in one.unknown)
    if not parts:
        return ""
    return f"its receipt is not complete: {'; '.join(reasons)}" if reasons else NOT_COMPLETE


def why_perhaps(receipts: Sequence[Receipt]) -> str:
    """Say why it is not known whether some clips were consumed."""
    return "; ".join(dict.fromkeys(reason for one in receipts for reason in one.unknown))


def consumed_ids(rows: pa.Table, receipt: Receipt, history: RowHistory) -> list[str] | None:
    """Give the clips, of those that are left, that a receipt says were consumed.

    None when a withdrawal has taken clips out since and it is not known which bits were theirs.

    Args:
        rows: that are left of the version.
        receipt: of a run that opened the version, or a view of it.
        history: of the rows.
    """
    left = _left_of(rows, receipt, history)
    if left is not None:
        return [clip_id for clip_id, position in left if receipt.consumed(position)]
    if receipt.num_consumed == receipt.num_clips:  # it consumed all, whatever the order
        chosen = _chosen(rows, receipt)
        return None if chosen is None else list(chosen["clip_id"].to_pylist())
    return None


def perhaps_ids(rows: pa.Table, receipt: Receipt, history: RowHistory) -> list[str]:
    """Give the clips, of those that are left, that a receipt says were perhaps consumed."""
    left = (_left_of(rows, receipt, history) or ()) if receipt.perhaps else ()
    return [clip_id for clip_id, position in left if receipt.perhaps_consumed(position)]


def _left_of(rows: pa.Table, receipt: Receipt, history: RowHistory) -> list[tuple[str, int]] | None:
    """Give the clips that are left of those that were opened, with the places of their bits."""
    ids = _ids_in_order(rows, receipt)
    if ids is not None:
        return [(clip_id, position) for position, clip_id in enumerate(ids.to_pylist())]
    opened = history.opened(receipt.num_clips) if receipt.filter is None else None
    if opened is None:
        return None
    return list(zip(rows["clip_id"].to_pylist(), opened.tolist(), strict=True))


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


def _read_or_say_why(client: Any, run: Any) -> FoundReceipts:
    """Read the receipts of a run; one that is damaged or lost does not stop the answer."""
    try:
        return FoundReceipts(read_receipts(client, run))
    except (AudiosetError, OSError) as error:
        return FoundReceipts((), str(error))
    except mlflow_errors() as error:
        if not is_missing(error):
            raise
        return FoundReceipts((), f"its receipt is not in {run.info.artifact_uri} any more")
