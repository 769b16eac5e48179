"""Where in the store the audio of working clips lies, noted in their rows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.working import Working
from audioset.storage.tables import read_manifest, replace_rows, scan_manifests

_SHARD_COLUMNS = ("shard_sha256", "offset_bytes", "size_bytes")


def note_places(working: Working, stored: pa.Table) -> int:
    """Note of working clips where a version says that their audio lies; of others nothing.

    Args:
        working: the workspace.
        stored: `PLACE_COLUMNS` of the clips of a version.

    Returns:
        Of how many clips it was not known, or is another place now.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read or written.
    """
    paths = [path for path in working.manifests_dir.glob("*.parquet") if path.name[0] != "."]
    return sum(_note_in(path, working, stored) for path in sorted(paths))


def _note_in(path: Path, working: Working, stored: pa.Table) -> int:
    batches = list(scan_manifests([path], PLACE_COLUMNS))
    if not any(pc.any(_differs(rows, stored)).as_py() for rows in batches):  # most often
        return 0
    with replacing_rows(working, path.stem):
        rows = read_manifest(path)
        new = _differs(rows, stored)
        found = _found(rows, stored)
        for name in _SHARD_COLUMNS:
            at = rows.schema.get_field_index(name)
            values = pc.if_else(new, found[name], rows[name])
            rows = rows.set_column(at, rows.schema.field(at), values)
        replace_rows(path, rows)
    return int(pc.sum(new).as_py())


def _found(rows: pa.Table | pa.RecordBatch, stored: pa.Table) -> pa.Table:
    """Give of each row what is stored of the clip of its id; null where nothing is."""
    ids = stored["clip_id"].combine_chunks()
    return stored.take(pc.index_in(rows["clip_id"], value_set=ids))


def _differs(rows: pa.Table | pa.RecordBatch, stored: pa.Table) -> pa.Array | pa.ChunkedArray:
    """Tell of each row whether just its audio is stored, in a place that the row does not name."""
    found = _found(rows, stored)
    same_audio = pc.fill_null(pc.equal(rows["audio_sha256"], found["audio_sha256"]), False)  # noqa: FBT003
    same_place = pc.and_(
        pc.equal(rows["shard_sha256"], found["shard_sha256"]),
        pc.equal(rows["offset_bytes"], found["offset_bytes"]),
    )
    return pc.and_(same_audio, pc.invert(pc.fill_null(same_place, False)))  # noqa: FBT003
