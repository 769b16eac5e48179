"""A working manifest that a person changed in pandas and saved: made whole, and what they changed.

It is no manifest any more then, and nothing else can read the workspace. What stood in it before
survives in the file (`records/kept_manifest.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError
from audioset.interop.clip_tables.base import Cells, Exported
from audioset.interop.clip_tables.cells import show_cell
from audioset.interop.clip_tables.columns import FACTS, SUBJECT, fact_column, is_decidable
from audioset.records.kept_manifest import (
    KEPT_COLUMNS,
    KeptManifest,
    hashes_of_measured,
    read_kept,
)
from audioset.records.manifest import SCHEMA_VERSION_KEY, manifest_schema
from audioset.storage.files import write_atomically
from audioset.storage.tables import read_manifest_metadata, read_saved, write_manifest

_ASIDE = ".edited"  # before the ending of the file that is kept beside the folder of manifests
_SUFFIX = ".parquet"


def base_of_parquet(path: Path) -> Exported | None:
    """Give what stood in the manifest that a Parquet file was; None for any other file."""
    if not path.is_file() or path.suffix.lower() != _SUFFIX:
        return None
    kept = read_kept(read_saved(path).schema.metadata)
    return None if kept is None else _as_exported(path, kept)


def is_broken_manifest(path: Path, working: Working) -> bool:
    """Tell whether a file of the workspace's manifests is none any more.

    Raises:
        InvalidInputError: it is one, and holds what was measured, but nothing that anybody decided.
    """
    folder = path.resolve().parent
    if path.suffix.lower() != _SUFFIX or folder != working.manifests_dir.resolve():
        return False
    if not path.is_file():
        return False
    try:
        read_manifest_metadata(path)
    except InvalidInputError:
        return True
    raise InvalidInputError(
        f"{path} is a manifest of this workspace, in which nothing was changed since it was cut; "
        "what people decided stands in the catalog. To change clips in a table: audioset export "
        "table clips.xlsx"
    )


def rescue_manifest(path: Path, working: Working, *, dry_run: bool) -> tuple[Path, list[str]]:
    """Make a file a manifest again.

    What people decide stands in it as before, and what was measured as in the file. Clips that
    were taken out of the file stay out.

    Returns:
        Where the file is kept as it was, and sentences about it.

    Raises:
        InvalidInputError: it is not known any more what stood in it, what was measured is no number
            any more, or it is a dry run.
        StorageError: a file cannot be read or written.
    """
    if dry_run:
        raise InvalidInputError(
            f"{path} is no manifest any more, and is made one again when it decides, which cannot "
            f"be tried first: what was saved is then kept in {working.folder}"
        )
    saved = read_saved(path)
    kept = read_kept(saved.schema.metadata)
    if kept is None or SUBJECT not in saved.column_names:
        raise InvalidInputError(
            f"{path} says nothing more of the source that it was cut from, and cannot be made a "
            "manifest again: move it out of its folder, cut the source or check the version out "
            f"again, and then let it decide: audioset decide --from {path.name} "
            "(decide_table in Python)"
        )
    rows = _whole(saved, kept, path)
    aside, data = _free_name(working.folder, path.stem), path.read_bytes()
    write_atomically(aside, lambda file: file.write(data), exclusive=True)
    said = {key: text for key, text in kept.metadata.items() if key != SCHEMA_VERSION_KEY}
    write_manifest(path, rows, metadata=said)
    return aside, list(_notes(path, aside, rows, kept))


def _whole(saved: pa.Table, kept: KeptManifest, path: Path) -> pa.Table:
    """Give the rows of a manifest, with the types of its columns."""
    ids = pa.array(kept.rows, pa.string())
    saved = saved.filter(pc.is_in(saved[SUBJECT].cast(pa.string()), value_set=ids))
    clip_ids = saved[SUBJECT].to_pylist()
    columns = {}
    for field in manifest_schema():
        if field.name in KEPT_COLUMNS:
            values = [kept.rows[clip][field.name] for clip in clip_ids]
            columns[field.name] = pa.array(values, field.type)
        elif field.name in saved.column_names:
            columns[field.name] = _cast(saved[field.name], field, path)
        else:
            columns[field.name] = pa.nulls(len(clip_ids), field.type)
    return pa.table(columns, schema=manifest_schema())


def _cast(column: pa.ChunkedArray, field: pa.Field, path: Path) -> pa.ChunkedArray:
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInputError(
            f"{path}: column {field.name!r} was measured, and holds something else now ({error}); "
            "move the file out of its folder, and cut the source again"
        ) from error


def _free_name(folder: Path, stem: str) -> Path:
    number, path = 1, folder / f"{stem}{_ASIDE}{_SUFFIX}"
    while path.exists():
        number += 1
        path = folder / f"{stem}{_ASIDE}-{number}{_SUFFIX}"
    return path


def _as_exported(path: Path, kept: KeptManifest) -> Exported:
    return Exported(str(path), {clip: _cells(kept, clip) for clip in kept.rows})


def _cells(kept: KeptManifest, clip: str) -> Cells:
    values = kept.rows[clip]
    facts = {fact_column(key): value for key, value in values[FACTS]}
    own = {name: values[name] for name in KEPT_COLUMNS if name != FACTS and is_decidable(name)}
    return {name: show_cell(value) for name, value in {**own, **facts}.items()}


def _notes(path: Path, aside: Path, rows: pa.Table, kept: KeptManifest) -> Iterator[str]:
    yield f"{path} is a manifest again; what was saved in its place is kept as {aside}"
    hashes = hashes_of_measured(rows)
    changed = sum(kept.measured.get(clip) != text for clip, text in hashes.items())
    if changed:
        yield (
            f"what was measured of {changed:,} clips is not what it was: cut the source again to "
            "have it back"
        )
    gone = len(kept.rows) - len(hashes)
    if gone:
        yield f"{gone:,} clips were taken out of the file: cut the source again to have them back"
