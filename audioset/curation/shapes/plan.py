"""From what people decided to what is to be done with the clips of one source."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from audioset.catalog.decisions import DecisionKey, DecisionValue
from audioset.curation.shapes.shape import SourceShape
from audioset.errors import InvalidInputError
from audioset.records.identity import read_part
from audioset.records.manifest import Clip
from audioset.records.reshaping import (
    EDGES_FIELD,
    MADE_FIELD,
    REPLACED_FIELD,
    RESHAPING_FIELDS,
    Edges,
    read_edges,
)

Held = Mapping[str, Mapping[str, DecisionValue]]  # of one source: root, then field, to its value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapePlan:
    """What is to be done with the clips of one source.

    Attributes:
        cut: roots of clips that are cut anew, to their edges.
        back: roots of clips that come back as they were.
        replaced: roots of clips that go once others are there, to the roots of those.
        gone: roots of clips that nobody wants any more.
        made: roots of clips that people made and want.
        out: roots of clips that were removed from the workspace, and stay as they are.
    """

    cut: Mapping[str, Edges] = field(default_factory=dict)
    back: frozenset[str] = frozenset()
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    out: frozenset[str] = frozenset()


def held_of(
    decisions: Mapping[DecisionKey, tuple[DecisionValue, str]], source_id: str
) -> dict[str, dict[str, DecisionValue]]:
    """Give the decisions about the edges of the clips of a source: by root, then field.

    Args:
        decisions: all that hold, about roots.
    """
    held: dict[str, dict[str, DecisionValue]] = {}
    for (kind, root, name), (value, _) in decisions.items():
        if name in RESHAPING_FIELDS and kind == "clip" and read_part(root, source_id):
            held.setdefault(root, {})[name] = value
    return held


def plan_reshaping(
    shape: SourceShape, held: Held, *, removed: Collection[str] = (), lost: Collection[str] = ()
) -> ReshapePlan:
    """Hold the rows of a source against what people decided.

    Args:
        shape: the source as it is.
        held: decisions about its clips that hold.
        removed: ids of clips that a person removed from the workspace; they stay out.
        lost: ids of rows whose audio is not there, or not theirs.
    """
    out = frozenset(map(shape.reshaped.root_of, removed)) - set(shape.by_root)
    made = frozenset(root for root, said in held.items() if said.get(MADE_FIELD))
    known = {*shape.by_root, *shape.originals.rows, *made} - out
    cut: dict[str, Edges] = {}
    replaced: dict[str, tuple[str, ...]] = {}
    back, gone = set(), set()
    for root in sorted(known):
        said, there = held.get(root, {}), shape.by_root.get(root)
        others = replacing(said)
        if others:
            if there is not None:
                replaced[root] = others
            continue
        edges = edges_of(said)
        if root not in made and root in shape.reshaped.made:
            if there is not None:
                gone.add(root)
            continue
        original = shape.originals.rows.get(root)
        if original is not None and _fits(shape, original, edges):
            back.add(root)
        elif edges is not None and (there in lost or not _lies_at(shape, there, edges)):
            cut[root] = edges
    return ReshapePlan(
        cut=cut,
        back=frozenset(back),
        replaced=replaced,
        gone=frozenset(gone),
        made=made,
        out=out,
    )


def _fits(shape: SourceShape, original: Clip, edges: Edges | None) -> bool:
    """Tell whether a clip as it was is what is wanted, at the rate of the others."""
    rates = shape.table["sampling_rate"].slice(0, 1).to_pylist()
    return edges in (None, edges_of_row(original)) and rates in ([], [original.sampling_rate])


def _lies_at(shape: SourceShape, clip_id: str | None, edges: Edges) -> bool:
    if clip_id is None:
        return False
    if clip_id in shape.reshaped.edges:
        return shape.reshaped.edges[clip_id] == str(edges)
    return edges_of_row(shape.row(clip_id)) == edges


def edges_of(said: Mapping[str, DecisionValue]) -> Edges | None:
    """Give the edges that were decided for a clip; None where nobody did."""
    value = said.get(EDGES_FIELD)
    try:
        return read_edges(value) if isinstance(value, str) else None
    except InvalidInputError:  # decided by hand, as any fact may be: it means nothing
        return None


def edges_of_row(row: Clip) -> Edges:
    """Give where a row lies in its source."""
    return Edges(row.start_sample, row.end_sample)


def replacing(said: Mapping[str, DecisionValue]) -> tuple[str, ...]:
    """Give the roots of the clips that took the place of a clip; none where it stands."""
    value = said.get(REPLACED_FIELD)
    return tuple(value.split()) if isinstance(value, str) else ()
