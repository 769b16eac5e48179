"""Records, aliases, withdrawals and manifests that somebody made to harm a reader.

All of them are what they should be as far as hashes and seals tell. `python -m` reads each of them
with little memory beyond what is in use already, and prints how each read ended.
"""

import hashlib
import io
import json
import os
import resource
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audioset.errors import AudiosetError
from audioset.records.identity import VersionRef
from audioset.records.seal import encode_sealed
from audioset.records.version import ContentObject
from audioset.storage.store import open_store
from audioset.versions.layout import manifest_key, version_key
from audioset.versions.read.resolve import read_version, resolve
from audioset.workspace import Workspace, open_workspace
from tests.versions.publishing import with_value

MORE_BYTES = 2**30  # than the process has when it begins
FORGED = 4  # the version that each of them becomes
Forge = Callable[[Workspace], None]


def write(ws: Workspace, key: str, data: bytes | str) -> None:
    """Put an object, whatever is there."""
    path = Path(ws.settings.store) / key
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def record_with(**values: object) -> Forge:
    """A sealed record in which some fields are others; None leaves one out."""

    def forge(ws: Workspace) -> None:
        record = resolve(open_store(ws.settings.store), VersionRef("scots", 1))
        made = {**asdict(replace(record, version=FORGED)), **values}
        del made["num_withdrawn"]
        kept = {key: value for key, value in made.items() if value != "absent"}
        write(ws, version_key("scots", FORGED), encode_sealed(kept))

    return forge


def text_of(data: bytes | str, key: str = version_key("scots", FORGED)) -> Forge:
    """An object that holds just this."""
    return lambda ws: write(ws, key, data)


def large(ws: Workspace) -> None:
    """A record of four GB, of which the disk holds nothing."""
    write(ws, version_key("scots", FORGED), "{")
    os.truncate(Path(ws.settings.store) / version_key("scots", FORGED), 2**32)


def rows_with(column: str, value: Any) -> Forge:
    """A manifest in which one row states something else."""

    def forge(ws: Workspace) -> None:
        store = open_store(ws.settings.store)
        record = resolve(store, VersionRef("scots", 1))
        commit(ws, encoded(with_value(read_version(store, record), 1, column, value)))

    return forge


def manifest_of(make: Callable[[pa.Table], bytes]) -> Forge:
    """A manifest of other bytes."""

    def forge(ws: Workspace) -> None:
        store = open_store(ws.settings.store)
        commit(ws, make(read_version(store, resolve(store, VersionRef("scots", 1)))))

    return forge


def commit(ws: Workspace, manifest: bytes, num_clips: int | None = None) -> None:
    """Put a manifest and a record that names it."""
    record = resolve(open_store(ws.settings.store), VersionRef("scots", 1))
    sha256 = hashlib.sha256(manifest).hexdigest()
    write(ws, manifest_key("scots", sha256), manifest)
    clips = record.num_clips if num_clips is None else num_clips
    part = ContentObject(sha256=sha256, size_bytes=len(manifest), num_clips=clips)
    made = replace(record, version=FORGED, manifests=(part,), num_clips=clips, num_withdrawn=0)
    write(ws, version_key("scots", FORGED), made.to_json())


def encoded(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def repeated(table: pa.Table, column: str) -> bytes:
    """Twenty thousand rows that share one text of a million letters: 20 GB in 30 kB."""
    rows = 20_000
    many = pa.table(
        {
            name: pa.DictionaryArray.from_arrays(
                pa.array([0] * rows, pa.int32()), table[name].slice(0, 1).combine_chunks()
            )
            if pa.types.is_string(table[name].type)
            else table[name].take(pa.array([0] * rows))
            for name in table.column_names
            if table[name].null_count == 0
        }
    )
    text = pa.DictionaryArray.from_arrays(
        pa.array([0] * rows, pa.int32()), pa.array(["x" * 1_000_000])
    )
    many = many.set_column(many.column_names.index("clip_id"), column, text)
    return encoded(many.replace_schema_metadata(table.schema.metadata), compression="zstd")


def inflated(table: pa.Table) -> bytes:
    """One text of 120 MB that compresses to nothing."""
    return encoded(with_value(table, 0, "text", "x" * 120_000_000), compression="zstd")


def thrift_footer(levels: int, num_rows: int) -> bytes:
    """A Parquet file of nothing but a footer, in Thrift's compact form."""

    def varint(number: int) -> bytes:
        head = b""
        while number > 0x7F:
            head += bytes([number & 0x7F | 0x80])
            number >>= 7
        return head + bytes([number])

    level = b"\x35\x02\x18\x01a\x15\x02\x00"  # repetition 1, name "a", one child
    elements = [b"\x48\x01s\x15\x02\x00", *[level] * levels, b"\x15\x02\x25\x02\x18\x01x\x00"]
    footer = b"\x15\x02\x19\xfc" + varint(len(elements)) + b"".join(elements)
    footer += b"\x16" + varint(2 * num_rows) + b"\x19\x0c\x00"
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


HASH = "ab" * 32
ALIAS = "scots/aliases/prod.json"
WITHDRAWN = "scots/withdrawn/w0002.json"
DEEP = '{"format_version": 1, "a": ' + "[" * 100_000
TRAVERSING = [{"sha256": "../../../../etc/passwd", "size_bytes": 1, "num_clips": 12}]
RUN = {"position": 0, "span": 0, "num_rows": 2**60}
LEFT = {
    "version": 1, "num_withdrawn": 0, "num_clips": 12, "length_seconds": 3.0, "num_speakers": 2,
    "size_bytes": 1, "manifests": [], "shards": [], "rows": [RUN],
}  # fmt: skip
WITHDRAWAL = {
    "format_version": 2, "dataset": "scots", "number": 2, "recordings": [HASH], "spans": [],
    "sources": [], "versions": [LEFT], "message": "", "created_at": "", "created_by": "",
    "nonce": "",
}  # fmt: skip

CASES: dict[str, Forge] = {
    "record: nested deep": text_of(DEEP),
    "record: number without end": text_of(
        '{"format_version": 1, "num_clips": ' + "9" * 10_000 + "}"
    ),
    "record: not UTF-8": text_of(b'{"format_version": 1, "message": "\xff\xfe"}'),
    "record: a name twice": text_of('{"format_version": 1, "format_version": 1}'),
    "record: NaN": text_of('{"format_version": 1, "length_seconds": NaN}'),
    "record: half a character": text_of('{"format_version": 1, "message": "\\ud800"}'),
    "record: four GB": large,
    "record: of the future": record_with(format_version=10**6),
    "record: format is a list": record_with(format_version=[1]),
    "record: lacks a field": record_with(digest="absent"),
    "record: a field too many": record_with(surprise=1),
    "record: negative count": record_with(num_clips=-3),
    "record: text for a count": record_with(num_clips="12"),
    "record: yes for a count": record_with(num_clips=True),
    "record: petabytes of clips": record_with(num_clips=2**60),
    "record: more than a machine can count": record_with(num_clips=2**70),
    "record: a path for a hash": record_with(manifests=TRAVERSING),
    "record: a short hash": record_with(manifests=[{**TRAVERSING[0], "sha256": "ab"}]),
    "record: an object for a list": record_with(shards={}),
    "record: numbers for objects": record_with(shards=[1, 2]),
    "record: of another dataset": record_with(dataset="../scots"),
    "record: no manifest": record_with(manifests=[]),
    "record: no shards": record_with(shards=[]),
    "alias: nested deep": text_of(DEEP, ALIAS),
    "alias: no moves": text_of('{"format_version": 1, "moves": []}', ALIAS),
    "alias: moves to nothing": text_of('{"format_version": 1, "moves": [{"version": -1}]}', ALIAS),
    "withdrawal: nested deep": text_of(DEEP, WITHDRAWN),
    "withdrawal: petabytes of rows": text_of(encode_sealed(WITHDRAWAL), WITHDRAWN),
    "withdrawal: a path for a hash": text_of(
        encode_sealed({**WITHDRAWAL, "recordings": ["../../x"], "versions": []}), WITHDRAWN
    ),
    "manifest: a million levels": manifest_of(lambda _: thrift_footer(1_000_000, 12)),
    "manifest: petabytes of rows": manifest_of(lambda _: thrift_footer(1, 2**60)),
    "manifest: one text for all rows": manifest_of(lambda rows: repeated(rows, "clip_id")),
    "manifest: 120 MB in a page": manifest_of(inflated),
    "manifest: a list for a column": manifest_of(
        lambda rows: encoded(
            rows.set_column(0, "clip_id", pa.array([[c] for c in rows["clip_id"].to_pylist()]))
        )
    ),
    "manifest: no table": manifest_of(lambda _: b"PAR1" * 100),
    "manifest: footer before its beginning": manifest_of(lambda _: b"PAR1\xff\xff\xff\x7fPAR1"),
    "rows: offset behind the shard": rows_with("offset_bytes", 2**60),
    "rows: offset before the shard": rows_with("offset_bytes", -512),
    "rows: petabytes of audio": rows_with("size_bytes", 2**60),
    "rows: audio of negative size": rows_with("size_bytes", -1),
    "rows: no place": rows_with("shard_sha256", None),
    "rows: a path for a shard": rows_with("shard_sha256", "../../../../etc/passwd"),
    "rows: petabytes of samples": rows_with("num_samples", 2**58),
    "rows: negative samples": rows_with("num_samples", -5),
    "rows: thousands of channels": rows_with("channels", 32_767),
    "rows: infinitely long": rows_with("length_seconds", float("inf")),
}


def read_all(ws: Workspace) -> Iterator[tuple[str, Callable[[], object]]]:
    """Ways to read the forged version, and the others beside it."""
    forged = f"scots@v{FORGED}"
    yield "open", lambda: list(ws.open(forged))
    yield "batches", lambda: list(ws.open(forged).batches(seconds=2, bucket=True))
    yield "where", lambda: len(ws.open(forged).where("snr_db > 5"))
    yield "describe", lambda: ws.describe(forged)
    yield "pull", lambda: ws.pull(forged, ws.folder / "pulled")
    yield "alias", lambda: ws.open("scots@prod")
    yield "versions", ws.versions
    yield "aliases", ws.aliases
    yield "verify", ws.verify
    yield "others", lambda: list(ws.open("scots@v1"))


def outcome(read: Callable[[], object]) -> str:
    """How one read ended: fine, one of our errors, or what no user should see."""
    try:
        with warnings.catch_warnings(action="ignore"):
            read()
    except AudiosetError as error:
        return f"{error.kind}: {error}"
    except BaseException as error:  # noqa: BLE001  told, and the test fails
        return f"!{type(error).__name__}: {error}"
    return "fine"


def main(folder: str) -> None:
    """Read every forged object, and print how each read ended, a line of JSON for each."""
    ws = open_workspace(folder)
    list(ws.open("scots@v1"))  # all libraries are loaded
    ws.verify()
    store = Path(ws.settings.store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    for name, forge in CASES.items():
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for path in [path for path in store.rglob("*") if path.is_file()]:
            if path not in before:
                path.unlink()
            elif path.name == "prod.json":
                path.write_bytes(before[path])
        forge(ws)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + MORE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        ends = {way: outcome(read) for way, read in read_all(ws)}
        sys.stdout.write(json.dumps([name, ends]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
