"""The usual ways to pack clips and to copy tars, each as short as people write it.

    python benchmarks/packers.py WAY FOLDER TARGET

Runs one way in this process. Packing: FOLDER is a workspace of many_clips.py, TARGET a new folder;
every clip goes in as its FLAC bytes and a JSON of the same facts as ours, read from one file of
JSON lines. Uploading: FOLDER holds `*.tar`, TARGET is an `s3://` URL.
"""

import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

SHARD_BYTES = 64 * 2**20
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4


def load_rows(folder: Path) -> Iterator[dict]:
    with (folder / "rows.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            del row["text"]
            yield row


def load_clips(folder: Path) -> Iterator[tuple[dict, bytes]]:
    for row in load_rows(folder):
        yield row, (folder / "clips" / f"{row['clip_id']}.flac").read_bytes()


def copy(folder: Path, target: Path) -> None:
    """The bytes of the clips one after the other; no facts."""
    with (target / "clips.bin").open("wb") as file:
        for _, flac in load_clips(folder):
            file.write(flac)


def hashed_copy(folder: Path, target: Path) -> None:
    """The same, with the sha256 of every clip and that of the file."""
    whole = hashlib.sha256()
    with (target / "clips.bin").open("wb") as file:
        for _, flac in load_clips(folder):
            hashlib.sha256(flac).hexdigest()
            whole.update(flac)
            file.write(flac)


def tarfile(folder: Path, target: Path) -> None:
    import tarfile

    for number, clips in enumerate(by_size(load_clips(folder), SHARD_BYTES)):
        path = target / f"{number:06d}.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for row, flac in clips:
                for ending, data in (("flac", flac), ("json", json.dumps(row).encode())):
                    member = tarfile.TarInfo(f"{row['clip_id']}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def by_size(clips: Iterator, target_bytes: int) -> Iterator[Iterator]:
    """Divide clips into runs that end when they have the size; read each before the next."""
    for first in clips:
        filled = 0

        def run(clip=first) -> Iterator:
            nonlocal filled
            while clip is not None:
                filled += len(clip[1])
                yield clip
                clip = next(clips, None) if filled < target_bytes else None

        yield run()


def webdataset(folder: Path, target: Path) -> None:
    from webdataset import ShardWriter

    pattern = str(target / "%06d.tar")
    with ShardWriter(pattern, maxsize=SHARD_BYTES, maxcount=10**9, verbose=0) as writer:
        for row, flac in load_clips(folder):
            writer.write({"__key__": row["clip_id"], "flac": flac, "json": row})


def mosaic(folder: Path, target: Path) -> None:
    from streaming import MDSWriter

    columns = {"flac": "bytes", "json": "json"}
    with MDSWriter(out=str(target), columns=columns, size_limit=SHARD_BYTES) as writer:
        for row, flac in load_clips(folder):
            writer.write({"flac": flac, "json": row})


def obstore(folder: Path, url: str) -> None:
    """Multipart, one tar after the other."""
    for path, store in _tars(folder, url):
        _put(store, path)


def obstore_at_once(folder: Path, url: str) -> None:
    """Multipart, four tars at a time."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(_put, store, path) for path, store in _tars(folder, url)]:
            done.result()


def boto3(folder: Path, url: str) -> None:
    """upload_file with its defaults (parts of 8 MiB, ten threads), one tar after the other."""
    import boto3

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    for path in sorted(folder.glob("*.tar")):
        client.upload_file(str(path), bucket, f"{prefix}/{path.name}")


def _tars(folder: Path, url: str) -> list[tuple[Path, object]]:
    from obstore.store import from_url

    store = from_url(url, client_options={"allow_http": True})
    return [(path, store) for path in sorted(folder.glob("*.tar"))]


def _put(store, path: Path) -> None:
    import obstore

    obstore.put(store, path.name, path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)


PACKING = {
    "copy": copy,
    "hashed_copy": hashed_copy,
    "tarfile": tarfile,
    "webdataset": webdataset,
    "mosaic": mosaic,
}
UPLOADING = {"obstore": obstore, "obstore_at_once": obstore_at_once, "boto3": boto3}


def main() -> None:
    way, folder, target = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if way in UPLOADING:
        UPLOADING[way](folder, target)
        return
    Path(target).mkdir(parents=True, exist_ok=True)
    PACKING[way](folder, Path(target))


if __name__ == "__main__":
    main()
