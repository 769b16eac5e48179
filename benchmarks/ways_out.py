"""How people write clips with the libraries themselves, each as short as their guides have it.

    python benchmarks/ways_out.py WAY WORKSPACE TARGET

Runs one way in this process. WORKSPACE holds `manifests/*.parquet` and `clips/<clip_id>.flac`.
Every way streams: rows some at a time, one sound after the other.
"""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

PART_BYTES = 500_000_000
CLIPS_PER_SHARD = 20_000
_NO_PLACE = {"extra"}  # a map, which `datasets` has no type for
_OF_RECORDING = {"clip_id", "text", "speaker", "sampling_rate", "num_samples", "length_seconds"}


def clips(folder: Path) -> Iterator[tuple[dict, Path]]:
    for path in sorted((folder / "manifests").glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000, use_threads=False):
                for row in batch.to_pylist():
                    yield row, folder / "clips" / f"{row['clip_id']}.flac"


def datasets(folder: Path, target: Path) -> None:
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    from datasets import Audio, Dataset, Features, Value

    first = next((folder / "manifests").glob("*.parquet"))
    names = [name for name in pq.read_schema(first).names if name not in _NO_PLACE]
    features = Features.from_arrow_schema(pq.read_table(first, columns=names).schema)
    # An Audio column from the beginning would ask for torchcodec; bytes become one in the end.
    features["audio"] = {"bytes": Value("binary"), "path": Value("string")}

    def rows() -> Iterator[dict]:
        for row, path in clips(folder):
            sound = {"bytes": path.read_bytes(), "path": path.name}
            yield {**{name: row[name] for name in names}, "audio": sound}

    made = Dataset.from_generator(rows, features=features, cache_dir=str(target / "cache"))
    made = made.cast_column("audio", Audio(decode=False))
    made.to_parquet(str(target / "train-00000-of-00001.parquet"))


def shar(folder: Path, target: Path, kind: str) -> None:
    from lhotse import MonoCut, Recording, SupervisionSegment
    from lhotse.audio import AudioSource
    from lhotse.shar import SharWriter

    with SharWriter(str(target), {"recording": kind}, shard_size=CLIPS_PER_SHARD) as writer:
        for row, path in clips(folder):
            key, rate, num_samples = row["clip_id"], row["sampling_rate"], row["num_samples"]
            seconds = num_samples / rate
            source = AudioSource("file", [0], str(path))
            recording = Recording(key, [source], rate, num_samples, seconds, [0])
            said = SupervisionSegment(
                key, key, 0, seconds, 0, text=row["text"], speaker=row["speaker"],
                custom=_told(row, _OF_RECORDING),
            )  # fmt: skip
            writer.write(MonoCut(key, 0, seconds, 0, [said], recording=recording))


def shar_original(folder: Path, target: Path) -> None:
    shar(folder, target, "original")


def shar_flac(folder: Path, target: Path) -> None:
    shar(folder, target, "flac")


def webdataset(folder: Path, target: Path) -> None:
    from webdataset import ShardWriter

    pattern = str(target / "train-%06d.tar")
    with ShardWriter(pattern, maxsize=PART_BYTES, maxcount=10**9, verbose=0) as writer:
        for row, path in clips(folder):
            key = {"__key__": row["clip_id"]}
            sound = path.read_bytes()
            writer.write({**key, "flac": sound, "txt": row["text"], "json": _told(row, set())})


def _told(row: dict, without: set[str]) -> dict:
    """Give what a row says, and JSON can say."""
    return {
        name: dict(value) if name == "extra" else value
        for name, value in row.items()
        if name not in without
        and value is not None
        and not (isinstance(value, float) and math.isnan(value))
    }


WAYS = {
    "datasets": datasets,
    "shar_original": shar_original,
    "shar_flac": shar_flac,
    "webdataset": webdataset,
}


def main() -> None:
    way, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    target.mkdir(parents=True, exist_ok=True)
    WAYS[way](folder, target)


if __name__ == "__main__":
    main()
