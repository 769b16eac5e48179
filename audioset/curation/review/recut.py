"""Clips cut otherwise while they are reviewed: edges moved, clips made, split and merged."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audioset.catalog.decisions import Decision, DecisionKey, DecisionValue, HeldDecision
from audioset.curation.reshape import EdgesWish, Reshaper
from audioset.curation.review.beside import Beside
from audioset.curation.review.clip_table import ClipTable
from audioset.curation.review.operations import Operations, Wanted
from audioset.curation.review.seat import Seat
from audioset.curation.shapes import list_waiting
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError
from audioset.records.reshape_report import ReshapeReport, tell_waiting
from audioset.records.reshaping import EDGES_FIELD, Edges, read_edges

RecutTold = dict[str, Any]


class Recut:
    """Cuts the clips of a review otherwise; each is one operation, as those of the verbs are.

    Each method raises InvalidInputError where a version is reviewed, and else what the verb of its
    name does; it gives what became of the clips, as the page takes it.
    """

    def __init__(
        self,
        working: Working,
        operations: Operations,
        *,
        seat: Seat,
        version: str | None,
        tell: Callable[..., RecutTold],
        table: ClipTable,
        beside: Beside,
    ) -> None:
        self._working, self._operations = working, operations
        self._seat, self._version, self._tell = seat, version, tell
        self._table, self._beside = table, beside

    def move_edges(
        self,
        op_id: str,
        clip_id: str,
        start_sample: int,
        end_sample: int,
        expected: Mapping[DecisionKey, int | None],
        *,
        overlap: bool = False,
    ) -> RecutTold:
        """Move the edges of a clip; see `Workspace.move_edges`. Blind, it is an opinion."""
        if self._seat.is_blind:
            return self._say_edges(op_id, clip_id, Edges(start_sample, end_sample), expected)
        wish = EdgesWish(start_sample=start_sample, end_sample=end_sample)
        with self._beside.cutting([clip_id]):
            reshaper = self._reshaper(op_id, expected)
            return self._tell(reshaper.move_edges(clip_id, wish, overlap=overlap))

    def make_clip(
        self,
        op_id: str,
        source_id: str,
        start_sample: int,
        end_sample: int,
        said: Mapping[str, DecisionValue],
    ) -> RecutTold:
        """Make a clip where a source has none; see `Workspace.make_clip`."""
        wish = EdgesWish(start_sample=start_sample, end_sample=end_sample)
        with self._beside.cutting([], source_id):
            return self._tell(self._reshaper(op_id).make_clip(source_id, wish, said))

    def split_clip(
        self, op_id: str, clip_id: str, at_sample: int, texts: Sequence[str] = ()
    ) -> RecutTold:
        """Split a clip in two; see `Workspace.split_clip`."""
        wish = EdgesWish(end_sample=at_sample)
        with self._beside.cutting([clip_id]):
            return self._tell(self._reshaper(op_id).split_clip(clip_id, wish, texts))

    def merge_clips(self, op_id: str, clip_ids: Sequence[str]) -> RecutTold:
        """Merge clips of one source to one; see `Workspace.merge_clips`."""
        with self._beside.cutting(clip_ids):
            return self._tell(self._reshaper(op_id).merge_clips(clip_ids))

    def waiting(self, decisions: Mapping[DecisionKey, HeldDecision]) -> tuple[str, ...]:
        """Say which clips wait to be cut by decided edges, and for which source.

        Args:
            decisions: those that hold.
        """
        if self._version is not None or self._seat.is_blind:
            return ()
        return tell_waiting(list_waiting(self._working, decisions))

    def undo(self, op_id: str, undoes: str) -> RecutTold:
        """Take back an operation that cut clips; see `Workspace.undo`."""
        before = self._table.row_of
        rows = self._working.catalog.operation(undoes)
        with self._beside.cutting([row.decision.subject_id for row in rows]):
            told = self._tell(self._reshaper(op_id).undo(undoes))
        now = self._table.row_of
        gone = sorted(set(before) - set(now))
        new = [row["clip_id"] for row in told["rows"] if row["clip_id"] not in before]
        # All that came back stands where the first of those stood that are gone.
        return {**told, "replaced": {old: [] if k else new for k, old in enumerate(gone)}}

    def _say_edges(
        self,
        op_id: str,
        clip_id: str,
        edges: Edges,
        expected: Mapping[DecisionKey, int | None],
    ) -> RecutTold:
        """Record where a blind reviewer would cut; the clip stays as it is."""
        said = Decision("clip", clip_id, EDGES_FIELD, str(read_edges(str(edges))))
        wanted = Wanted(op_id=op_id, decisions=[said], expected=expected)
        recorded = self._operations.record(wanted, cuts=True)
        report = ReshapeReport(op_id=recorded.op_id, waits="a blind opinion moves no edges")
        return self._tell(report, clip_id)

    def _reshaper(
        self, op_id: str, expected: Mapping[DecisionKey, int | None] | None = None
    ) -> Reshaper:
        if self._version is not None:
            raise InvalidInputError(
                f"{self._version} never changes: its clips are cut otherwise in the review of the "
                "workspace itself, for the next version"
            )
        if self._seat.is_blind:
            raise InvalidInputError(
                f"pass {self._seat.review_pass} is blind: its opinions hold nowhere, so no clip "
                "can be made, split or merged in it"
            )
        return Reshaper(
            working=self._working,
            by=self._seat.reviewer,
            op_id=op_id,
            expected=self._operations.about_roots(expected) if expected else None,
        )
