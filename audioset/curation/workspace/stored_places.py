"""Where in the store the audio of working clips lies, noted in their rows.

Of a source that was cut straight into the store its manifest also notes the shards: no version need
name them yet.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.working import Working
from audioset.records.cut_shards import encode_noted, read_noted
from audioset.records.manifest import SHARDS_KEY
from audioset.records.version import ContentObject
from audioset.records.withdrawal import Reach
from audioset.storage.arrays import replace_column
from audioset.storage.tables import (
    read_manifest,
    read_manifest_metadata,
    replace_rows,
    scan_manifests,
)

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
    return sum(_note_in(path, working, stored) for path in _manifests_of(working))


def find_cut_shards(working: Working) -> dict[str, ContentObject]:
    """Give the shards that the working manifests note, by hash.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    found = [
        shard
        for path in _manifests_of(working)
        for shard in read_noted(read_manifest_metadata(path)) or ()
    ]
    return {shard.sha256: shard for shard in found}


def find_named_shards(working: Working) -> frozenset[str]:
    """Give the hashes of all shards that rows of the workspace name.

    What was removed and can come back counts, and so do clips as they were before people moved
    their edges.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    paths = [path for each in _parts_of(working) for path in _manifests_of(each)]
    found: set[str] = set()
    for batch in scan_manifests(paths, ["shard_sha256"]):
        found.update(batch.column(0).unique().drop_null().to_pylist())
    return frozenset(found)


def read_cut_rows(working: Working) -> tuple[pa.Table | None, dict[str, ContentObject]]:
    """Give the rows that lie in shards which cuts put, and these shards by hash.

    Those that `find_named_shards` looks at.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    shards = {**find_cut_shards(working.aside), **find_cut_shards(working)}
    if not shards:
        return None, {}
    found = [_rows_in(path, shards) for each in _parts_of(working) for path in _manifests_of(each)]
    return pa.concat_tables(found), shards


def find_touched(rows: pa.Table | None, reach: Reach) -> frozenset[str]:
    """Give the hashes of the shards that hold what is withdrawn.

    Of a source that is withdrawn as a whole these are all of its shards: clips may lie there of
    which no row tells any more.

    Args:
        rows: of all working clips in shards that cuts put; None for none.
        reach: what is withdrawn.
    """
    if rows is None:
        return frozenset()
    wanted = {"pcm_sha256": reach.recordings, "source_sha256": reach.sources}
    found = [
        rows["shard_sha256"].filter(pc.is_in(rows[name], pa.array(sorted(hashes), pa.string())))
        for name, hashes in wanted.items()
    ]
    return frozenset(sha256 for column in found for sha256 in column.to_pylist())


def point_anew(
    working: Working, moved: pa.Table, instead: Mapping[str, ContentObject | None]
) -> None:
    """Let rows whose shards were written anew name the new ones.

    The old ones stay noted: rows of what is withdrawn name them until it is gone.

    Args:
        working: the workspace.
        moved: `PLACE_COLUMNS` of the clips that are in other shards now.
        instead: of each shard that was written anew, by hash, what is left of it; None for nothing.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read or written.
    """
    for each in _parts_of(working):
        for path in _manifests_of(each):
            with replacing_rows(working, path.stem):
                noted = read_noted(read_manifest_metadata(path)) or ()
                left = [instead.get(shard.sha256) for shard in noted]
                kept = encode_noted([*noted, *(shard for shard in left if shard is not None)])
                if any(left):
                    replace_rows(path, read_manifest(path), metadata={SHARDS_KEY: kept})
        note_places(each, moved)


def _note_in(path: Path, working: Working, stored: pa.Table) -> int:
    batches = list(scan_manifests([path], PLACE_COLUMNS))
    if not any(pc.any(_differs(rows, stored)).as_py() for rows in batches):  # most often
        return 0
    with replacing_rows(working, path.stem):
        rows = read_manifest(path)
        new = _differs(rows, stored)
        found = _found(rows, stored)
        for name in _SHARD_COLUMNS:
            rows = replace_column(rows, name, pc.if_else(new, found[name], rows[name]))
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


def _rows_in(path: Path, shards: Iterable[str]) -> pa.Table:
    rows = read_manifest(path)
    wanted = pa.array(sorted(shards), pa.string())
    return rows.filter(pc.is_in(rows["shard_sha256"], value_set=wanted))


def _parts_of(working: Working) -> tuple[Working, ...]:
    return working, working.aside, working.originals


def _manifests_of(working: Working) -> list[Path]:
    return sorted(p for p in working.manifests_dir.glob("*.parquet") if p.name[0] != ".")
