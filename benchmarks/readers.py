"""The usual ways to read clips for training, each as short as people write it.

    python benchmarks/readers.py make WAY FOLDER     # makes FOLDER/WAY
    python benchmarks/readers.py WAY FOLDER full|filter

FOLDER holds `clips.jsonl` (facts of each clip, one JSON object a line, and the path of its FLAC
file) and what `make` made. Reading gives every clip, or those with `snr_db` over the limit, in
random order as float32 and prints JSON: CPU seconds of opening, to the first clip and in all, from
when the libraries are imported; bytes that were read; clips.
"""

import io
import json
import os
import random
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from audioset.workspace import open_workspace

SHARD_BYTES = 64 * 2**20
BATCH_CLIPS = 32
LIMIT_DB = 44  # 4 % of the clips are over it
SEED = 1


def cpu_seconds() -> float:
    """Give the CPU time of this process and of those it waited for."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def read_bytes() -> int:
    """Give the bytes that this process has read from files and pipes."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])


class Meter:
    """Tells what was spent since the libraries were imported."""

    def __init__(self) -> None:
        self.cpu, self.bytes = cpu_seconds(), read_bytes()
        self.opened = self.first = 0.0
        self.counted = 0  # bytes that came by network
        self.clips = 0

    def open(self) -> None:
        """Note that the data is open."""
        self.opened = cpu_seconds() - self.cpu

    def clip(self, samples, text) -> None:
        """Take a clip."""
        assert samples.dtype == "float32"
        assert isinstance(text, str)
        if not self.clips:
            self.first = cpu_seconds() - self.cpu - self.opened
        self.clips += 1

    def tell(self) -> None:
        """Print what was spent."""
        spent = cpu_seconds() - self.cpu
        print(
            json.dumps(
                {
                    "opened": self.opened,
                    "first": self.first,
                    "all": spent,
                    "clips": self.clips,
                    "bytes": self.counted or read_bytes() - self.bytes,
                }
            )
        )


def decode(flac: bytes):
    import soundfile

    samples, _ = soundfile.read(io.BytesIO(flac), dtype="float32")
    return samples


def load_rows(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "clips.jsonl").read_text().splitlines()]


def load_clips(folder: Path) -> Iterator[tuple[dict, bytes]]:
    for row in load_rows(folder):
        yield row, Path(row["path"]).read_bytes()


# --- the floor


def floor(folder: Path, what: str) -> None:
    """Decode bytes that are in memory already."""
    import numpy  # noqa: F401  as the others have it
    import soundfile  # noqa: F401

    clips = [
        (row["text"], flac)
        for row, flac in load_clips(folder)
        if what == "full" or row["snr_db"] > LIMIT_DB
    ]
    random.Random(SEED).shuffle(clips)
    meter = Meter()
    for text, flac in clips:
        meter.clip(decode(flac), text)
    meter.tell()


def floor_ffmpeg(folder: Path, what: str) -> None:
    """Decode bytes that are in memory already by the decoder that ours uses."""
    import numpy as np

    from audioset.media.flac_decoder import FlacDecoder

    clips = [
        (row, flac)
        for row, flac in load_clips(folder)
        if what == "full" or row["snr_db"] > LIMIT_DB
    ]
    random.Random(SEED).shuffle(clips)
    meter = Meter()
    decoder = FlacDecoder()
    for row, flac in clips:
        samples = np.empty(row["num_samples"], np.float32)
        decoder.decode_into(flac, samples, name="a clip")
        meter.clip(samples, row["text"])
    meter.tell()


# --- ours


def audioset(folder: Path, what: str, **ws: str) -> None:
    import duckdb  # noqa: F401  as the others, libraries are imported before
    import obstore

    from audioset.training.reader import Dataset  # noqa: F401  not part of what is measured

    (folder / "workspace").mkdir(exist_ok=True)
    given = open_workspace(workspace=folder / "workspace", **ws)
    meter = Meter()
    count_network(meter, obstore)
    dataset = given.open("talks@v1")
    meter.open()
    view = dataset.where(f"snr_db > {LIMIT_DB}") if what == "filter" else dataset
    for batch in view.loader(clips=BATCH_CLIPS, seed=SEED):
        for clip in batch:
            meter.clip(clip.samples, clip.row.text)
    meter.tell()


def audioset_s3(folder: Path, what: str) -> None:
    audioset(folder, what, store=os.environ["READ_STORE"])


def audioset_s3_cached(folder: Path, what: str) -> None:
    audioset(folder, what, store=os.environ["READ_STORE"], cache=os.environ["READ_CACHE"])


def count_network(meter: Meter, obstore) -> None:
    """Count what a remote store is asked for."""
    ranges, get = obstore.get_ranges, obstore.get

    def counted_ranges(store, key, *, starts, ends, **more):
        meter.counted += sum(ends) - sum(starts)
        return ranges(store, key, starts=starts, ends=ends, **more)

    def counted_get(store, key, **more):
        found = get(store, key, **more)
        meter.counted += found.meta["size"]
        return found

    obstore.get_ranges, obstore.get = counted_ranges, counted_get


# --- webdataset


def make_webdataset(folder: Path, target: Path) -> None:
    from webdataset import ShardWriter

    pattern = str(target / "%06d.tar")
    with ShardWriter(pattern, maxsize=SHARD_BYTES, maxcount=10**9, verbose=0) as writer:
        for row, flac in load_clips(folder):
            writer.write({"__key__": row["clip_id"], "flac": flac, "json": row})


def webdataset(folder: Path, what: str, urls: list[str] | None = None) -> None:
    import soundfile  # noqa: F401
    import webdataset as wds

    meter = Meter()
    urls = urls or sorted(str(path) for path in (folder / "webdataset").glob("*.tar"))
    stream = wds.WebDataset(urls, shardshuffle=len(urls), seed=SEED).shuffle(1000)
    meter.open()
    for sample in stream:
        row = json.loads(sample["json"])
        if what == "full" or row["snr_db"] > LIMIT_DB:
            meter.clip(decode(sample["flac"]), row["text"])
    meter.tell()


def webdataset_s3(folder: Path, what: str) -> None:
    """By curl, as webdataset documents it; the URLs are signed."""
    webdataset(folder, what, [f"pipe:curl -s '{url}'" for url in json.loads(os.environ["URLS"])])


# --- Parquet, as Hugging Face stores audio


def make_parquet(folder: Path, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    clips = list(load_clips(folder))
    for number, start in enumerate(range(0, len(clips), 1000)):
        part = clips[start : start + 1000]
        columns = {name: [row[name] for row, _ in part] for name in ("clip_id", "text", "snr_db")}
        table = pa.table({**columns, "flac": pa.array([flac for _, flac in part], pa.binary())})
        pq.write_table(table, target / f"{number:05d}.parquet", row_group_size=100)


def parquet(folder: Path, what: str) -> None:
    """Row groups by pyarrow; the filter is pushed down."""
    import pyarrow.dataset as ds
    import soundfile  # noqa: F401

    meter = Meter()
    stored = ds.dataset(str(folder / "parquet"))
    fragments = [part for file in stored.get_fragments() for part in file.split_by_row_group()]
    random.Random(SEED).shuffle(fragments)
    meter.open()
    condition = ds.field("snr_db") > LIMIT_DB if what == "filter" else None
    for start in range(0, len(fragments), 10):
        rows = [
            row
            for part in fragments[start : start + 10]
            for row in part.to_table(columns=["text", "flac"], filter=condition).to_pylist()
        ]
        random.Random(start).shuffle(rows)
        for row in rows:
            meter.clip(decode(row["flac"]), row["text"])
    meter.tell()


def datasets(folder: Path, what: str) -> None:
    """Hugging Face datasets, streaming; the filter is pushed down."""
    import datasets as hf
    import soundfile  # noqa: F401

    meter = Meter()
    filters = [("snr_db", ">", LIMIT_DB)] if what == "filter" else None
    files = [str(path) for path in sorted((folder / "parquet").glob("*.parquet"))]
    stream = hf.load_dataset(
        "parquet", data_files=files, split="train", streaming=True, filters=filters
    ).shuffle(seed=SEED, buffer_size=1000)
    meter.open()
    for row in stream:
        meter.clip(decode(row["flac"]), row["text"])
    meter.tell()


# --- MosaicML Streaming


def make_mosaic(folder: Path, target: Path) -> None:
    from streaming import MDSWriter

    with MDSWriter(
        out=str(target), columns={"flac": "bytes", "json": "json"}, size_limit=SHARD_BYTES
    ) as writer:
        for row, flac in load_clips(folder):
            writer.write({"flac": flac, "json": row})


def mosaic(folder: Path, what: str) -> None:
    import soundfile  # noqa: F401
    from streaming import StreamingDataset

    meter = Meter()
    stream = StreamingDataset(
        local=str(folder / "mosaic"), shuffle=True, shuffle_seed=SEED, batch_size=BATCH_CLIPS
    )
    meter.open()
    for sample in stream:
        if what == "full" or sample["json"]["snr_db"] > LIMIT_DB:
            meter.clip(decode(sample["flac"]), sample["json"]["text"])
    meter.tell()


# --- litdata


def _litdata_sample(row: dict) -> dict:
    return {"json": json.dumps(row), "flac": Path(row["path"]).read_bytes()}


def make_litdata(folder: Path, target: Path) -> None:
    from litdata import optimize

    optimize(
        fn=_litdata_sample,
        inputs=load_rows(folder),
        output_dir=str(target),
        num_workers=1,
        chunk_bytes=SHARD_BYTES,
    )


def litdata(folder: Path, what: str) -> None:
    import soundfile  # noqa: F401
    from litdata import StreamingDataset

    meter = Meter()
    stream = StreamingDataset(str(folder / "litdata"), shuffle=True, seed=SEED)
    meter.open()
    for sample in stream:
        row = json.loads(sample["json"])
        if what == "full" or row["snr_db"] > LIMIT_DB:
            meter.clip(decode(sample["flac"]), row["text"])
    meter.tell()


# --- lhotse Shar


def make_lhotse(folder: Path, target: Path) -> None:
    from lhotse import MonoCut, Recording, SupervisionSegment
    from lhotse.shar import SharWriter

    with SharWriter(str(target), fields={"recording": "flac"}, shard_size=1000) as writer:
        for row in load_rows(folder):
            recording = Recording.from_file(row["path"], recording_id=row["clip_id"])
            supervision = SupervisionSegment(
                id=row["clip_id"],
                recording_id=recording.id,
                start=0,
                duration=recording.duration,
                text=row["text"],
            )
            writer.write(
                MonoCut(
                    id=row["clip_id"],
                    start=0,
                    duration=recording.duration,
                    channel=0,
                    recording=recording,
                    supervisions=[supervision],
                    custom={"snr_db": row["snr_db"]},
                )
            )


def lhotse(folder: Path, what: str) -> None:
    import soundfile  # noqa: F401
    from lhotse import CutSet

    meter = Meter()
    cuts = CutSet.from_shar(in_dir=folder / "lhotse", shuffle_shards=True, seed=SEED)
    cuts = cuts.shuffle(buffer_size=1000)
    meter.open()
    for cut in cuts:
        if what == "full" or cut.snr_db > LIMIT_DB:
            meter.clip(cut.load_audio()[0], cut.supervisions[0].text)
    meter.tell()


MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "webdataset": make_webdataset,
    "parquet": make_parquet,
    "mosaic": make_mosaic,
    "litdata": make_litdata,
    "lhotse": make_lhotse,
}
READERS: dict[str, Callable[[Path, str], None]] = {
    way.__name__: way
    for way in (
        floor, floor_ffmpeg, audioset, audioset_s3, audioset_s3_cached, webdataset, webdataset_s3,
        parquet, datasets, mosaic, litdata, lhotse,
    )
}  # fmt: skip


def main() -> None:
    way, second, third = sys.argv[1:4]
    if way != "make":
        READERS[way](Path(second), third)
        return
    target = Path(third) / second
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    MAKERS[second](Path(third), target)


if __name__ == "__main__":
    main()
