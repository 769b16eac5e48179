"""Which recordings a workspace has, whatever their files are called today."""

import glob
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from unicodedata import normalize

import pyarrow as pa

from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.manifest import CHECKOUT_KEY, IMPORT_KEY, SOURCE_KEY
from audioset.records.source import Source
from audioset.settings import slug
from audioset.storage.tables import list_manifests, read_manifest_metadata, scan_manifests

_SHORT_HASH = 8  # digits of the sha256 that end a source id


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A source that has a manifest of its own, or rows in that of an imported folder.

    Attributes:
        source_id: as in the manifest.
        name: file name under which it was first cut or imported.
        sha256: of its bytes.
        manifest: the file that holds its clips.
        url: where it was fetched from; None for a local file.
        etag: what the store called these bytes then.
        is_cut: whether it was cut; one of an imported folder was taken whole.
        length_seconds: of the clip that was taken whole; 0 of one that was cut.
        checkout: the version, `name@v3`, that its clips were checked out of; None for others.
    """

    source_id: str
    name: str
    sha256: str
    manifest: Path
    url: str | None = None
    etag: str | None = None
    is_cut: bool = True
    length_seconds: float = 0.0
    checkout: str | None = None


def list_known(manifests_dir: Path) -> list[KnownSource]:
    """List the sources of all manifests; damaged ones are left out.

    So are files that corpora gave whole: they are millions, and no place of theirs is remembered.
    """
    return [
        source
        for path in all_manifests(manifests_dir)
        if not _is_part_of_corpus(path)
        for source in _sources_of(path)
    ]


def find_cut(manifests_dir: Path, sha256: str) -> list[KnownSource]:
    """Find the sources that were cut from some bytes, whatever they were called; oldest first.

    Needs no look into other manifests: a source id ends with the hash.
    """
    pattern = f"*-{glob.escape(sha256[:_SHORT_HASH])}.parquet"
    found = [
        source
        for path in sorted(manifests_dir.glob(pattern), key=_age)
        if not path.name.startswith(".")
        for source in _of_cut(path)
    ]
    return [source for source in found if source.sha256 == sha256]


def find_named(manifests_dir: Path, name: str) -> list[KnownSource]:
    """Find the local sources that were first cut under a file name."""
    start = glob.escape(slug(PurePath(name).stem, fallback="source"))
    found = [
        source
        for path in sorted(manifests_dir.glob(f"{start}-{'?' * _SHORT_HASH}.parquet"), key=_age)
        for source in _of_cut(path)
    ]
    wanted = normalize("NFC", name)
    return [s for s in found if normalize("NFC", s.name) == wanted and s.url is None]


def read_known(manifest: Path) -> KnownSource | None:
    """Read which source was cut to a manifest; None where it was imported, or is damaged."""
    return next(iter(_of_cut(manifest)), None)


def list_imported(manifests_dir: Path) -> dict[str, KnownSource]:
    """List the files that were taken whole as clips, by sha256."""
    return {
        source.sha256: source
        for path in manifests_dir.glob("import-*.parquet")
        for source in _sources_of(path)
        if not source.is_cut
    }


def own_sources(working: Working) -> set[str]:
    """Give the ids of the sources that were cut or imported here, not checked out of a version.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    own = [
        path
        for path in all_manifests(working.manifests_dir)
        if CHECKOUT_KEY not in read_manifest_metadata(path)
    ]
    batches = scan_manifests(own, ["source_id"])
    return {source_id for batch in batches for source_id in batch["source_id"].unique().to_pylist()}


def find_doubles(manifests_dir: Path) -> list[list[KnownSource]]:
    """Find recordings that were cut more than once, under several names."""
    paths = defaultdict(list)
    for path in all_manifests(manifests_dir):
        paths[path.stem[-_SHORT_HASH:]].append(path)
    groups: defaultdict[str, list[KnownSource]] = defaultdict(list)
    for several in paths.values():
        if len(several) > 1:
            for path in sorted(several, key=_age):
                for source in _of_cut(path):
                    groups[source.sha256].append(source)
    return [group for group in groups.values() if len(group) > 1]


def all_manifests(manifests_dir: Path) -> list[Path]:
    """List the manifests of a workspace; none where it has none yet."""
    try:
        return list_manifests(manifests_dir)
    except NotFoundError:
        return []


def is_of_corpus(metadata: Mapping[bytes, bytes]) -> bool:
    """Tell by what a manifest says whether its rows are files that a corpus gave whole."""
    return SOURCE_KEY not in metadata and "format" in json.loads(metadata.get(IMPORT_KEY, b"{}"))


def _is_part_of_corpus(path: Path) -> bool:
    if not path.name.startswith("import-"):
        return False
    try:
        return is_of_corpus(read_manifest_metadata(path))
    except (NotFoundError, InvalidInputError, StorageError):
        return False  # told where it is read


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _sources_of(path: Path) -> list[KnownSource]:
    return _of_cut(path) or list(_of_rows(path))


def _of_cut(path: Path) -> list[KnownSource]:
    try:
        metadata = read_manifest_metadata(path)
        source = Source.from_json(metadata[SOURCE_KEY].decode())
    except (NotFoundError, InvalidInputError, StorageError, KeyError, TypeError, ValueError):
        return []  # imported, damaged or older
    return [
        KnownSource(
            source_id=source.source_id,
            name=source.name,
            sha256=source.sha256,
            manifest=path,
            url=source.url,
            etag=source.etag,
            checkout=metadata[CHECKOUT_KEY].decode() if CHECKOUT_KEY in metadata else None,
        )
    ]


def _of_rows(path: Path) -> Iterator[KnownSource]:
    columns = ["source_id", "source_name", "source_sha256"]
    try:
        batches = list(scan_manifests([path], [*columns, "length_seconds"]))
    except (NotFoundError, InvalidInputError, StorageError):
        return
    if not batches:
        return
    rows = pa.Table.from_batches(batches).group_by(columns).aggregate([("length_seconds", "sum")])
    for row in rows.to_pylist():
        yield KnownSource(
            source_id=row["source_id"],
            name=row["source_name"],
            sha256=row["source_sha256"],
            manifest=path,
            is_cut=False,
            length_seconds=row["length_seconds_sum"],
        )
