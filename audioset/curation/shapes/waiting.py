"""Which clips wait for their source: what people decided of their edges is not made real yet."""

from collections.abc import Mapping

from audioset.catalog.decisions import DecisionKey, DecisionValue, HeldDecision
from audioset.curation.removed import read_removed
from audioset.curation.shapes.plan import held_of, plan_reshaping
from audioset.curation.shapes.shape import read_shape
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import source_of_clip
from audioset.records.reshaping import RESHAPING_FIELDS


def list_waiting(
    working: Working, decisions: Mapping[DecisionKey, HeldDecision] | None = None
) -> dict[str, int]:
    """Count the clips that wait to be cut by edges of people, by the name of their source.

    Args:
        working: the workspace.
        decisions: those that hold, where they were read already; others than those about edges
            need not be there.

    Raises:
        StorageError: a manifest or the catalog cannot be read.
    """
    said: Mapping[DecisionKey, tuple[DecisionValue, str]]
    if decisions is None:
        said = dict(working.catalog.current_with_author(RESHAPING_FIELDS))
    else:
        about_edges = ((key, what) for key, what in decisions.items() if key[2] in RESHAPING_FIELDS)
        said = {key: (what.value, what.by) for key, what in about_edges}
    found: dict[str, int] = {}
    for source_id in sorted({source_of_clip(root) or "" for _, root, _ in said} - {""}):
        try:
            shape = read_shape(working, source_id)
        except (NotFoundError, InvalidInputError):  # it was removed, or never cut here
            continue
        removed = [clip.clip_id for clip in read_removed(working).clips_of(shape.source.sha256)]
        plan = plan_reshaping(shape, held_of(said, source_id), removed=removed)
        if plan.cut:
            found[shape.source.name] = len(plan.cut)
    return found
