"""What `audioset describe` costs on a million rows, beside the floor and the usual ways.

    python benchmarks/describe.py [--rows 1000000] [--repeats 3]

Every way runs in a process of its own, first on one small manifest, which loads the libraries. CPU
is user + system time of the run that follows, medians of interleaved runs; memory is the process's
peak, libraries included. Prints Markdown tables.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import audioset

ROWS_PER_MANIFEST = 1_000


def make_data(directory: Path, num_rows: int) -> None:
    """Write the same rows twice: as one file and as manifests of 1,000 rows."""
    import pyarrow as pa

    from audioset.records.manifest import manifest_schema
    from audioset.storage.tables import write_manifest

    manifests = directory / "manifests"
    tables = []
    for number in range(num_rows // ROWS_PER_MANIFEST):
        table = make_table(number, manifest_schema())
        write_manifest(manifests / f"{table['source_id'][0].as_py()}.parquet", table)
        tables.append(table)
    write_manifest(directory / "one.parquet", pa.concat_tables(tables))


def make_table(number: int, schema):
    """Make the rows of one source like those of real speech, shape (1000, all columns)."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(number)
    rows = ROWS_PER_MANIFEST
    lengths = np.round(random.lognormal(0.9, 0.6, rows).clip(0.3, 30), 3)
    ends = np.cumsum(lengths + 0.5)
    source_id = f"talk-{number:04d}-{random.integers(2**32):08x}"
    hashes = [random.bytes(32).hex() for _ in range(rows)]
    words = np.array(["harbour", "rain", "the", "a", "glen", "wee", "bairn", "morning", "on"])
    values = {
        "clip_id": [f"{source_id}-{int(end * 1000):09d}-{int(end * 1000) + 1:09d}" for end in ends],
        "source_id": [source_id] * rows,
        "source_name": [f"talk {number}.mp4"] * rows,
        "source_sha256": [hashes[0]] * rows,
        "pcm_sha256": hashes,
        "start_sample": ((ends - lengths) * 44100).astype("int64"),
        "end_sample": (ends * 44100).astype("int64"),
        "start_seconds": ends - lengths,
        "end_seconds": ends,
        "length_seconds": lengths,
        "num_samples": (lengths * 16000).astype("int64"),
        "sampling_rate": [16000] * rows,
        "channels": [1] * rows,
        "source_channels": [2] * rows,
        "bit_depth": [16] * rows,
        "text": [" ".join(line) for line in random.choice(words, (rows, 7))],
        "text_source": random.choice(["human", "subtitles"], rows),
        "speaker": [f"speaker{number % 40:02d}"] * rows,
        "split": random.choice(["train", "validation", "test"], rows, p=[0.9, 0.05, 0.05]),
        "loudness_lufs": random.normal(-23, 3, rows).astype("float32"),
        "peak_dbfs": random.normal(-6, 2, rows).astype("float32"),
        "clipped_share": np.zeros(rows, "float32"),
        "dc_offset": random.normal(0, 1e-3, rows).astype("float32"),
        "snr_db": random.normal(30, 8, rows).astype("float32"),
        "speech_share": random.uniform(0.6, 1, rows).astype("float32"),
        "bandwidth_hz": random.normal(7000, 500, rows).astype("float32"),
        "edge_speech": random.uniform(0, 0.4, rows).astype("float32"),
    }
    arrays = [
        pa.array(values[field.name], field.type)
        if field.name in values
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def floor(path: Path) -> object:
    import pyarrow.parquet as pq

    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return [pq.ParquetFile(file).read(columns=["length_seconds"]).nbytes for file in files]


def floor_same_columns(path: Path) -> object:
    import pyarrow.parquet as pq

    from audioset.curation.describe import describe_columns

    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return [pq.ParquetFile(file).read(columns=list(describe_columns())).nbytes for file in files]


def ours(path: Path) -> object:

    return audioset.open_workspace().describe(path)


def pandas_two_columns(path: Path) -> object:
    import pandas as pd

    frame = pd.read_parquet(path, columns=["length_seconds", "speaker"])
    return (
        frame["length_seconds"].describe(),
        frame["length_seconds"].sum(),
        frame.groupby("speaker")["length_seconds"].sum(),
    )


def pandas_same_numbers(path: Path) -> object:
    import numpy as np
    import pandas as pd

    from audioset.curation.describe import describe_columns
    from audioset.curation.describe.describe import GROUP_COLUMNS
    from audioset.records.manifest import QUALITY_COLUMNS

    frame = pd.read_parquet(path, columns=list(describe_columns()))
    return (
        frame["length_seconds"].describe(),
        np.histogram(frame["length_seconds"], 20),
        frame["accepted"].value_counts(),
        frame["text"].count(),
        frame["text_source"].value_counts(),
        [frame.groupby(g)["length_seconds"].agg(["size", "sum"]) for g in GROUP_COLUMNS],
        frame[list(QUALITY_COLUMNS)].agg(["count", "mean", "min", "max"]),
    )


def pandas_everything(path: Path) -> object:
    import pandas as pd

    return pd.read_parquet(path).describe()


WAYS: dict[str, Callable[[Path], object]] = {
    "floor: pyarrow reads the bytes of length_seconds": floor,
    "floor: pyarrow reads the bytes of all columns that describe shows": floor_same_columns,
    "**audioset describe**": ours,
    "pandas, the same columns and numbers": pandas_same_numbers,
    "pandas, only length_seconds and speaker": pandas_two_columns,
    "pandas.read_parquet().describe() on everything": pandas_everything,
}


def measure(way: str, path: Path) -> None:
    """Run one way in this process and print its cost as JSON."""
    run = WAYS[way]
    small = min(path.parent.glob("manifests/*.parquet"))
    run(small)  # loads the libraries
    before = resource.getrusage(resource.RUSAGE_SELF)
    run(path)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu_seconds": cpu, "peak_mb": after.ru_maxrss / 1024}))


def child(*arguments: str) -> str:
    # The parent loads no library: a child's peak memory starts at its parent's.
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def compare(path: Path, title: str, repeats: int) -> None:
    """Print the table of all ways on one path."""
    results: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way in WAYS:
            results[way].append(json.loads(child("--measure", way, str(path))))
    base = statistics.median(run["cpu_seconds"] for run in next(iter(results.values())))
    print(f"\n### {title}\n\n| way | CPU s | / floor | peak MB |\n|---|---|---|---|")
    for way, runs in results.items():
        cpu = statistics.median(run["cpu_seconds"] for run in runs)
        peak = statistics.median(run["peak_mb"] for run in runs)
        print(f"| {way} | {cpu:.3f} | {cpu / base:.1f} | {peak:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("--make", metavar="DIRECTORY", help=argparse.SUPPRESS)
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    options = parser.parse_args()
    if options.tiny:
        options.rows, options.repeats = ROWS_PER_MANIFEST, 1
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
    elif options.make:
        make_data(Path(options.make), options.rows)
    else:
        with tempfile.TemporaryDirectory() as directory:
            child("--make", directory, "--rows", str(options.rows))
            print(
                f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
                f"Python {platform.python_version()}, medians of {options.repeats} runs"
            )
            root = Path(directory)
            compare(root / "one.parquet", f"{options.rows:,} rows in one file", options.repeats)
            count = options.rows // ROWS_PER_MANIFEST
            compare(root / "manifests", f"the same rows in {count:,} manifests", options.repeats)


if __name__ == "__main__":
    main()
