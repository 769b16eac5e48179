"""What other ways of keeping versions of clips store, each as people use it.

    python benchmarks/other_versions.py tars WORKSPACE FOLDER
    python benchmarks/other_versions.py parquet WORKSPACE FOLDER BYTES
    python benchmarks/other_versions.py xet FOLDER STORE
    python benchmarks/other_versions.py fetch-xet STORE TOLD
    python benchmarks/other_versions.py lance WORKSPACE FOLDER ROWS never|same|defaults
    python benchmarks/other_versions.py scan-lance FOLDER TOLD

WORKSPACE is one of many_clips.py: its rows and clips, in the order of the clip ids. `tars` writes
tars of 64 MiB, one after the other, with the text in the JSON of its clip, as webdataset's
ShardWriter does (with time 0: by default no tar would ever be equal to another). `parquet` writes
what `Dataset.push_to_hub` uploads, with the `datasets` library: equal numbers of rows in as few
files as keep below BYTES, audio inside, content-defined chunks as by default. `xet` uploads such
files with the client of the Hugging Face Hub to a store on disk, which keeps only chunks that it
has not, and `fetch-xet` downloads those of the last upload again. `lance` brings a Lance table to
these rows, with ROWS in a fragment: it deletes and appends, and compacts never, to fragments of the
same size, or as by default, to a million rows. `scan-lance` reads it. TOLD is a file for the bytes
that were read, as JSON.
"""

import importlib
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

SHARD_BYTES = 64 * 2**20
FAR = 2**40  # when a token ends, in seconds since 1970


def load(workspace: Path) -> list[dict]:
    lines = (workspace / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_flac(workspace: Path, row: dict) -> bytes:
    return (workspace / "clips" / f"{row['clip_id']}.flac").read_bytes()


def tars(workspace: Path, folder: Path) -> None:
    from webdataset import ShardWriter

    pattern = str(folder / "%06d.tar")
    with ShardWriter(pattern, maxsize=SHARD_BYTES, maxcount=10**9, verbose=0, mtime=0) as writer:
        for row in load(workspace):
            writer.write(
                {"__key__": row["clip_id"], "flac": read_flac(workspace, row), "json": row}
            )


def parquet(workspace: Path, folder: Path, max_bytes: str) -> None:
    import datasets
    import pyarrow as pa

    features = datasets.Features({"audio": datasets.Audio(), "text": datasets.Value("string")})
    rows = load(workspace)
    audio = [{"bytes": read_flac(workspace, row), "path": f"{row['clip_id']}.flac"} for row in rows]
    table = pa.table(
        {
            "audio": pa.array(audio, features.arrow_schema.field("audio").type),
            "text": pa.array([row["text"] for row in rows], pa.string()),
        }
    )
    whole = datasets.Dataset(table, info=datasets.DatasetInfo(features=features))
    num_files = table.nbytes // int(max_bytes) + 1
    for number in range(num_files):
        part = whole.shard(num_files, number, contiguous=True)
        part.to_parquet(folder / f"train-{number:05d}-of-{num_files:05d}.parquet")


def xet(folder: Path, store: Path) -> None:
    hf_xet = _hf_xet(store)
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    sent = hf_xet.upload_files(files, _endpoint(store), ("token", FAR), None, None, None)
    pointers = [[file.hash, file.file_size] for file in sent]
    (store / "pointers.json").write_text(json.dumps(pointers), encoding="utf-8")


def fetch_xet(store: Path, told: Path) -> None:
    hf_xet = _hf_xet(store)
    group = hf_xet.XetSession().new_file_download_group(
        endpoint=_endpoint(store), token="token", token_expiry_unix_secs=FAR
    )
    files = json.loads((store / "pointers.json").read_text(encoding="utf-8"))
    out = store / "fetched"
    out.mkdir(exist_ok=True)
    for number, (name, size) in enumerate(files):
        group.start_download_file(hf_xet.XetFileInfo(name, size), str(out / str(number)))
    done = group.wait_to_finish()
    assert sum(path.stat().st_size for path in out.iterdir()) == sum(size for _, size in files)
    shutil.rmtree(out)
    _tell(told, bytes=done.progress.total_transfer_bytes_completed)


def _hf_xet(store: Path) -> ModuleType:
    os.environ["HF_HOME"] = str(store / "home")  # its log goes there
    return importlib.import_module("hf_xet")


def _endpoint(store: Path) -> str:
    return f"local://{store.resolve()}"


def lance(workspace: Path, folder: Path, rows_per_file: str, compaction: str) -> None:
    import lance
    import pyarrow as pa

    rows = {row["clip_id"]: row for row in load(workspace)}
    table, num_rows = folder / "clips.lance", int(rows_per_file)

    def data(ids: list[str]) -> pa.Table:
        audio = [read_flac(workspace, rows[i]) for i in ids]
        texts = [rows[i]["text"] for i in ids]
        columns = [pa.array(ids), pa.array(audio, pa.large_binary()), pa.array(texts, pa.string())]
        return pa.table(columns, names=["clip_id", "audio", "text"])

    if not table.exists():
        lance.write_dataset(data(list(rows)), table, max_rows_per_file=num_rows)
        return
    dataset = lance.dataset(table)
    known = set(dataset.to_table(columns=["clip_id"])["clip_id"].to_pylist())
    gone = ", ".join(f"'{i}'" for i in sorted(known - rows.keys()))
    dataset.delete(f"clip_id IN ({gone})")
    new = data([i for i in rows if i not in known])
    dataset = lance.write_dataset(new, dataset, mode="append", max_rows_per_file=num_rows)
    if compaction == "same":
        dataset.optimize.compact_files(target_rows_per_fragment=num_rows)
    elif compaction == "defaults":
        dataset.optimize.compact_files()
    assert dataset.count_rows() == len(rows)


def scan_lance(folder: Path, told: Path) -> None:
    import lance

    dataset = lance.dataset(folder / "clips.lance")
    before = _read_so_far()
    for _ in dataset.to_batches():
        pass
    fragments = dataset.get_fragments()
    files = sum(len(one.data_files()) for one in fragments)
    files += sum(one.deletion_file() is not None for one in fragments)
    _tell(told, bytes=_read_so_far() - before, objects=files)


def _read_so_far() -> int:
    """Bytes that this process has read from files."""
    lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def _tell(told: Path, **numbers: int) -> None:
    told.write_text(json.dumps(numbers), encoding="utf-8")


WAYS = {"tars": tars, "parquet": parquet, "xet": xet, "lance": lance}
READERS = {"fetch-xet": fetch_xet, "scan-lance": scan_lance}


def main() -> None:
    way, source, target, *more = sys.argv[1:]
    if way in READERS:
        READERS[way](Path(source), Path(target))
        return
    Path(target).mkdir(parents=True, exist_ok=True)
    WAYS[way](Path(source), Path(target), *more)


if __name__ == "__main__":
    main()
