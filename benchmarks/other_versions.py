"""What other ways of keeping versions of clips store, each as people use it.

    python benchmarks/other_versions.py tars WORKSPACE FOLDER
    python benchmarks/other_versions.py parquet WORKSPACE FOLDER BYTES
    python benchmarks/other_versions.py xet FOLDER STORE

WORKSPACE is one of many_clips.py: its rows and clips, in the order of the clip ids. `tars` writes
tars of 64 MiB, one after the other, with the text in the JSON of its clip, as webdataset's
ShardWriter does (with time 0: by default no tar would ever be equal to another). `parquet` writes
what `Dataset.push_to_hub` uploads, with the `datasets` library: equal numbers of rows in as few
files as keep below BYTES, audio inside, content-defined chunks as by default. `xet` uploads such
files with the client of the Hugging Face Hub to a store on disk, which keeps only chunks that it
has not.
"""

import json
import os
import sys
from pathlib import Path

SHARD_BYTES = 64 * 2**20


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
    os.environ["HF_HOME"] = str(store / "home")  # its log goes there
    import hf_xet

    files = sorted(str(path) for path in folder.glob("*.parquet"))
    hf_xet.upload_files(files, f"local://{store.resolve()}", ("token", 2**40), None, None, None)


def main() -> None:
    way, source, target, *more = sys.argv[1:]
    Path(target).mkdir(parents=True, exist_ok=True)
    {"tars": tars, "parquet": parquet, "xet": xet}[way](Path(source), Path(target), *more)


if __name__ == "__main__":
    main()
