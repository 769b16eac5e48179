"""Split decisions on their way into the catalog: columns, since there may be one of every clip."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError
from audioset.records.split_changes import SplitChanges
from audioset.records.split_report import SPLIT_AUTHOR, SplitReport
from audioset.storage.rows.ordered_ids import OrderedIds
from audioset.storage.tables import list_manifests, scan_manifests

_EMPTY = "null"  # as JSON


def write_split(report: SplitReport, working: Working) -> SplitReport:
    """Record the changes of a plan as decisions of the command.

    A clip whose split a person decided while it was planned keeps that.

    Raises:
        NotFoundError: a clip that no working manifest has any more.
        StorageError: the catalog cannot be reached or refused.
    """
    changes = report.changes
    people = _decided_by_people(working)
    if len(people):
        changes = changes.where(~np.asarray(pc.is_in(changes.clip_ids, value_set=people)))
    if not changes:
        return report
    _require_here(changes, working)
    roots = Roots.read(working)
    parts = (
        {roots.root_of(clip_id): side for clip_id, side in part.items()} if roots.roots else part
        for part in changes.parts()
    )
    written = working.catalog.record_field("split", parts, by=SPLIT_AUTHOR)
    return replace(report, num_decisions=written)


def _decided_by_people(working: Working) -> pa.Array:
    """Give the ids of clips to whose split a person gave a value."""
    held = read_decisions(working, ["split"]).columns.get(("clip", "split"))
    if held is None:
        return pa.array([], pa.string())
    by_command = pc.or_(held.is_by(SPLIT_AUTHOR), pc.equal(held.values, _EMPTY))
    return held.filter(pc.invert(by_command)).subjects.cast(pa.string())


def _require_here(changes: SplitChanges, working: Working) -> None:
    """Require that every clip still is in a manifest: somebody may have cut it anew meanwhile."""
    ordered = OrderedIds(changes.clip_ids)
    missing: NDArray[np.bool_] = np.ones(len(changes), bool)
    for batch in scan_manifests(list_manifests(working.manifests_dir), columns=["clip_id"]):
        places = ordered.places(batch["clip_id"])
        missing[places[places >= 0]] = False
    gone = np.flatnonzero(missing)
    if len(gone):
        more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
        raise NotFoundError(
            f"no clip {changes.clip_ids[int(gone[0])].as_py()!r}{more} in "
            f"{working.manifests_dir} any more; run audioset split again"
        )
