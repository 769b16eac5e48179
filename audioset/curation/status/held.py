"""What a workspace knows of the clips of its dataset, so that what it lacks can be told."""

from typing import TYPE_CHECKING

from audioset.curation.removed import read_removed
from audioset.curation.sources import own_sources
from audioset.curation.workspace.working import Working
from audioset.records.held_here import HeldHere

if TYPE_CHECKING:
    import pyarrow as pa


def read_held(working: Working) -> HeldHere:
    """Read which clips a workspace has, which sources are its own, and what was removed.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    return HeldHere(
        clip_ids=_read_ids(working),
        source_ids=own_sources(working),
        removed=read_removed(working),
    )


def _read_ids(working: Working) -> "pa.StringArray":
    """Read the ids of all rows, ascending; as a set of Python's they would take thrice the room."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from audioset.storage.tables import scan_manifests

    folders = (working.manifests_dir, working.aside.manifests_dir)
    paths = [path for folder in folders for path in sorted(folder.glob("*.parquet"))]
    batches = scan_manifests((p for p in paths if not p.name.startswith(".")), ["clip_id"])
    ids = pa.chunked_array([batch["clip_id"] for batch in batches], pa.string()).combine_chunks()
    if not pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py():
        ids = pc.unique(ids)
        ids = ids.take(pc.sort_indices(ids))
    return ids
