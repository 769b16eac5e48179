"""What people do with clips: decided first, then made real. One operation each.

Nothing is cut before it is decided: where the source is not here the decision stands, and waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa

from audioset.catalog.decisions import Decision, DecisionKey, DecisionValue
from audioset.curation.reshape.edges import (
    ClipPlace,
    EdgesWish,
    clips_at,
    clips_shared_with,
    find_clip,
    source_of,
)
from audioset.curation.reshape.inherit import (
    inherited,
    joined_text,
    not_shared,
    shared_facts,
)
from audioset.curation.reshape.reshape import (
    OpenSound,
    find_sound,
    reshape_after,
    reshape_source,
)
from audioset.curation.shapes.plan import edges_of, edges_of_row
from audioset.curation.shapes.shape import SourceShape, read_shape
from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.laid_over import lay_over
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.identity import source_of_clip
from audioset.records.manifest import Clip, clips_from_table
from audioset.records.reshape_report import ReshapeReport
from audioset.records.reshaping import (
    EDGES_FIELD,
    MADE_FIELD,
    REPLACED_FIELD,
    Edges,
    SharedSpeech,
)
from audioset.settings import user_name

FieldsSaid = Mapping[str, DecisionValue]  # of one clip: field to value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaper:
    """Who reshapes clips, and how.

    Attributes:
        working: the workspace.
        by: who decides; the user's name when None.
        op_id: of the operation; one is made when None.
        expected: rows of the catalog that held when the person looked; None expects nothing.
        open_sound: gives the sound of a source; None looks for its file, and listens to it.
    """

    working: Working
    by: str | None = None
    op_id: str | None = None
    expected: Mapping[DecisionKey, int | None] | None = None
    open_sound: OpenSound | None = None

    def move_edges(self, clip_id: str, wish: EdgesWish, *, overlap: bool = False) -> ReshapeReport:
        """Move the edges of a clip; see `Workspace.move_edges`."""
        shape = read_shape(self.working, source_of(clip_id))
        if done := self._done(shape):
            return done
        root, row = find_clip(shape, clip_id)
        waiting = self._waiting_edges(shape, root, row)
        edges = wish.over(shape, waiting or edges_of_row(row))
        if edges == edges_of_row(row) and waiting is None:
            return ReshapeReport(op_id=self.op_id, rows=self._rows(shape, [row.clip_id]))
        _require_free(self.working, shape, ClipPlace.of(row), edges, but=root)
        if not overlap:
            self._require_apart(shape, row, waiting or edges_of_row(row), edges)
        return self._decide(shape, {root: {EDGES_FIELD: str(edges)}}, {root: (root,)})

    def make_clip(
        self, source_id: str, wish: EdgesWish, said: FieldsSaid, *, channel: int | None = None
    ) -> ReshapeReport:
        """Make a clip where there is none; see `Workspace.make_clip`."""
        shape = read_shape(self.working, source_id)
        if done := self._done(shape):
            return done
        edges = wish.over(shape, None)
        place = self._place(shape, channel)
        there = clips_at(shape, edges, place)
        if there:
            raise InvalidInputError(
                f"clip {there[0]} lies there already; move its edges, or split or merge it"
            )
        root = _require_free(self.working, shape, place, edges)
        facts = self._facts_beside(shape, place)
        made = {EDGES_FIELD: str(edges), MADE_FIELD: source_id, **facts, **said}
        told = ", ".join(f"{name} {value}" for name, value in facts.items())
        notes = (f"it has what all clips of {shape.source.name} have: {told}",) if told else ()
        return self._decide(shape, {root: made}, {root: (root,)}, notes)

    def split_clip(
        self, clip_id: str, at: EdgesWish, texts: Sequence[str | None] = ()
    ) -> ReshapeReport:
        """Split a clip in two; see `Workspace.split_clip`."""
        shape = read_shape(self.working, source_of(clip_id))
        if done := self._done(shape):
            return done
        root, row = find_clip(shape, clip_id)
        whole, place = edges_of_row(row), ClipPlace.of(row)
        first = at.over(shape, whole)
        second = EdgesWish(start_sample=first.end_sample).over(shape, whole)
        if not whole.start_sample < first.end_sample < whole.end_sample:
            raise InvalidInputError(f"{clip_id} can be split inside of it only")
        if len(texts) not in (0, 2):
            raise InvalidInputError(f"a split clip has two texts, or none; got {len(texts)}")
        parts = [_require_free(self.working, shape, place, edges) for edges in (first, second)]
        (told,) = self._rows(shape, [row.clip_id])
        shared = inherited([told], shape.facts, read_decisions(self.working))
        fields: dict[str, FieldsSaid] = {
            part: {
                EDGES_FIELD: str(edges),
                MADE_FIELD: root,
                **shared,
                **({"text": text} if text else {}),
            }
            for part, edges, text in zip(parts, (first, second), texts or (None, None), strict=True)
        }
        fields[root] = {REPLACED_FIELD: " ".join(parts)}
        notes = ("the two have no text yet: nobody knows what is said in which",)
        without = told.text and not any(texts)
        return self._decide(shape, fields, {root: tuple(parts)}, notes if without else ())

    def merge_clips(self, clip_ids: Sequence[str]) -> ReshapeReport:
        """Merge clips that follow each other; see `Workspace.merge_clips`."""
        sources = dict.fromkeys(map(source_of, clip_ids))
        if len(set(clip_ids)) < 2 or len(sources) > 1:
            raise InvalidInputError("name two or more clips of one source to merge")
        shape = read_shape(self.working, next(iter(sources)))
        if done := self._done(shape):
            return done
        roots = dict(find_clip(shape, clip_id) for clip_id in clip_ids)
        told = sorted(
            self._rows(shape, [row.clip_id for row in roots.values()]),
            key=lambda row: (row.start_sample, row.end_sample),
        )
        places = {ClipPlace.of(row) for row in told}
        if len(places) > 1:
            raise InvalidInputError("clips of different tracks or channels are not one clip")
        (place,) = places
        edges = EdgesWish(
            start_sample=told[0].start_sample, end_sample=max(row.end_sample for row in told)
        ).over(shape, None)
        between = set(clips_at(shape, edges, place)) - {row.clip_id for row in told}
        if between:
            raise InvalidInputError(f"clip {min(between)} lies between them; merge it as well")
        whole = _require_free(self.working, shape, place, edges)
        text = joined_text(told)
        made: FieldsSaid = {
            EDGES_FIELD: str(edges),
            MADE_FIELD: " ".join(roots),
            **inherited(told, shape.facts, read_decisions(self.working)),
            **({"text": text} if text else {}),
        }
        fields = {whole: made, **{root: {REPLACED_FIELD: whole} for root in roots}}
        differ = ", ".join(not_shared(told))
        return self._decide(
            shape,
            fields,
            {root: (whole,) for root in roots},
            (f"they differ in {differ}, so the whole has none",) if differ else (),
        )

    def undo(self, retracts: str) -> ReshapeReport:
        """Take an operation back: the clips are again as they were before it, byte for byte.

        Args:
            retracts: id of the operation.

        Raises:
            NotFoundError: there is no such operation.
            DecisionConflict: others decided meanwhile.
            StorageError: the workspace or the catalog cannot be written.
        """
        recorded = self.working.catalog.retract(
            retracts, by=self.by or user_name(), op_id=self.op_id, expected=self.expected
        )
        keys = recorded.row_ids
        waits = reshape_after(self.working, keys, open_sound=self.open_sound)
        roots = {root for kind, root, _ in keys if kind == "clip"}
        rows: list[Clip] = []
        for source_id in sorted(set(filter(None, map(source_of_clip, roots)))):
            with suppress(NotFoundError, InvalidInputError):  # its source is not here
                shape = read_shape(self.working, source_id)
                ids = [shape.by_root[root] for root in roots if root in shape.by_root]
                rows += self._rows(shape, ids)
        return ReshapeReport(op_id=recorded.op_id, rows=tuple(rows), waits=waits)

    def _waiting_edges(self, shape: SourceShape, root: str, row: Clip) -> Edges | None:
        """Give the edges that were decided for a clip, and wait; None where it lies as decided."""
        held = self.working.catalog.held("clip", [root])
        edges = edges_of({name: what.value for (_, _, name), what in held.items()})
        if edges is None or shape.reshaped.edges.get(row.clip_id) == str(edges):
            return None
        return edges if edges != edges_of_row(row) else None

    def _require_apart(self, shape: SourceShape, row: Clip, before: Edges, edges: Edges) -> None:
        """Require that edges take in nothing of another clip that may be published with it."""
        shared = clips_shared_with(shape, edges, ClipPlace.of(row), before)
        shared.pop(row.clip_id, None)
        wanted = [other for other in self._rows(shape, shared) if other.accepted is not False]
        if not wanted:
            return
        most = max(wanted, key=lambda other: shared[other.clip_id])
        seconds, num_more = shared[most.clip_id], len(wanted) - 1
        more = f", and parts of {num_more} more" if num_more else ""
        raise SharedSpeech(
            f"{row.clip_id} would hold {seconds:.3f} s of {most.clip_id}{more}: what is published "
            "would hold that speech twice; move the edges of that one first, reject or merge it, "
            f"or say that it is meant: {as_option('overlap', 'True')}",
            clip_id=most.clip_id,
            shared_seconds=seconds,
            num_more=num_more,
        )

    def _done(self, shape: SourceShape) -> ReshapeReport | None:
        """Report an operation that was recorded already: a request that is repeated."""
        earlier = self.working.catalog.operation(self.op_id) if self.op_id else []
        if not earlier:
            return None
        outcome = reshape_source(self.working, shape.source.source_id, open_sound=self.open_sound)
        now = read_shape(self.working, shape.source.source_id)
        roots = {row.decision.subject_id for row in earlier if row.decision.field == EDGES_FIELD}
        ids = [now.by_root[root] for root in roots if root in now.by_root]
        return ReshapeReport(op_id=self.op_id, rows=self._rows(now, ids), waits=outcome.waits)

    def _decide(
        self,
        shape: SourceShape,
        fields: Mapping[str, FieldsSaid],
        becomes: Mapping[str, tuple[str, ...]],
        notes: tuple[str, ...] = (),
    ) -> ReshapeReport:
        """Record it, and make it real.

        Args:
            shape: of the source, as it is.
            fields: what is decided, by root.
            becomes: roots of clips to the roots of those that take their place.
            notes: what else is to be told.
        """
        decisions = [
            Decision("clip", root, name, value)
            for root, said in fields.items()
            for name, value in said.items()
        ]
        recorded = self.working.catalog.record(
            decisions, by=self.by or user_name(), op_id=self.op_id, expected=self.expected
        )
        outcome = reshape_source(self.working, shape.source.source_id, open_sound=self.open_sound)
        now = read_shape(self.working, shape.source.source_id)
        ids = {
            root: tuple(now.by_root[one] for one in new if one in now.by_root)
            for root, new in becomes.items()
        }
        return ReshapeReport(
            op_id=recorded.op_id,
            rows=self._rows(now, dict.fromkeys(i for new in ids.values() for i in new)),
            replaced={
                shape.by_root[root]: new
                for root, new in ids.items()
                if root in shape.by_root and new != (shape.by_root[root],)
            },
            waits=outcome.waits,
            notes=notes,
        )

    def _rows(self, shape: SourceShape, clip_ids: Iterable[str]) -> tuple[Clip, ...]:
        """Give rows with what was decided about them."""
        wanted = set(clip_ids)
        at = [k for k, i in enumerate(shape.table["clip_id"].to_pylist()) if i in wanted]
        decisions = read_decisions(self.working)
        batches = shape.table.take(pa.array(at, pa.int64())).combine_chunks().to_batches()
        laid = (lay_over(batch, decisions) for batch in batches)
        return tuple(clip for batch in laid for clip in clips_from_table(batch))

    def _facts_beside(self, shape: SourceShape, place: ClipPlace) -> FieldsSaid:
        """Give the facts that all clips share which hold the same sound of a source."""
        rows = self._rows(shape, shape.table["clip_id"].to_pylist())
        beside = [row for row in rows if ClipPlace.of(row) == place and row.accepted is not False]
        return shared_facts(beside, shape.facts, read_decisions(self.working))

    def _place(self, shape: SourceShape, channel: int | None) -> ClipPlace:
        """Tell which sound of its source a new clip holds: that of the others, or of the source."""
        names = ("track", "channel", "sampling_rate")
        there = {
            ClipPlace(track or 1, of, rate)
            for track, of, rate in zip(*(shape.table[n].to_pylist() for n in names), strict=True)
        }
        if not there:
            with (self.open_sound or (lambda it: find_sound(self.working, it)))(shape) as sound:
                facts = sound.facts()
            there = {
                ClipPlace(facts.track, number, facts.rate)
                for number in facts.channels(shape.source)
            }
        fitting = [place for place in there if channel in (None, place.channel)]
        if len(fitting) == 1:
            return fitting[0]
        known = sorted(str(place.channel) for place in there)
        raise InvalidInputError(
            f"clips of {shape.source.name} hold channel {' or '.join(known)}; say which"
        )


def _require_free(
    working: Working,
    shape: SourceShape,
    place: ClipPlace,
    edges: Edges,
    but: str | None = None,
) -> str:
    """Require that no other clip has the id that one of these edges gets; give the id.

    Args:
        but: root of the clip that is moved there.
    """
    clip_id = place.name(shape, edges)
    if shape.has(clip_id):
        if but is None or shape.reshaped.root_of(clip_id) != but:
            raise InvalidInputError(
                f"clip {clip_id} lies just there; choose other edges, or decide about that one"
            )
    elif but is None and clip_id in {*shape.by_root, *shape.originals.rows}:
        raise InvalidInputError(
            f"clip {clip_id} lay just there before it was moved, split or merged; "
            f"{_way_back(working, clip_id)}, or choose other edges"
        )
    return clip_id


def _way_back(working: Working, root: str) -> str:
    """Say how a clip comes back that lies elsewhere now, or was split or merged."""
    held = working.catalog.held("clip", [root])
    for name in (REPLACED_FIELD, EDGES_FIELD):
        what = held.get(("clip", root, name))
        if what is not None:
            return f"take that back, and it is there again as it was: audioset undo {what.op_id}"
    return "undo that"
