"""Workspaces to review: a real talk in clips, and many clips that are only rows."""

import csv
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measuring import real_media, tell
from talks import RECORDINGS, SHORT, make_talk

import audioset
from audioset.records.identity import make_source_id
from audioset.storage.tables import read_manifest, write_manifest
from audioset.workspace import Workspace

LINES = "long/libri_27_124992.lines.txt"
MEAN_SECONDS = 4.4  # with which 1,000 clips are an hour's work at 1.5 times the speed


def make_reviewed(folder: Path, num_clips: int, sampling_rate: int | None = None) -> Workspace:
    """Cut a real talk (44.1 kHz, AAC) into clips of `MEAN_SECONDS`, or give what is there."""
    workspace = folder / f"review{num_clips}-{sampling_rate or 'own'}"
    if (workspace / "made").is_file():
        return audioset.open_workspace(workspace=workspace)
    shutil.rmtree(workspace, ignore_errors=True)
    spans = _spans(num_clips)
    minutes = int(spans[-1][1] // 60) + 1
    talk = make_talk(folder, minutes, SHORT if minutes <= 1 else RECORDINGS)
    tell(f"cutting {num_clips} clips")
    labels = folder / f"{workspace.name}.csv"
    texts = (real_media() / LINES).read_text(encoding="utf-8").split("\n")
    with labels.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["start_seconds", "end_seconds", "text"])
        for number, (start, end) in enumerate(spans):
            rows.writerow([f"{start:.3f}", f"{end:.3f}", texts[number % len(texts)]])
    ws = audioset.init(workspace, name="talk")
    options = {} if sampling_rate is None else {"sampling_rate": sampling_rate}
    ws.cut(talk, labels=labels, speaker="reader", options=options)
    (workspace / "made").touch()
    return ws


def make_many(folder: Path, num_clips: int) -> Workspace:
    """Make a workspace of rows like those of `make_reviewed`; only its first clips can be heard."""
    workspace = folder / f"many{num_clips}"
    if (workspace / "made").is_file():
        return audioset.open_workspace(workspace=workspace)
    shutil.rmtree(workspace, ignore_errors=True)
    heard = make_reviewed(folder, min(num_clips, 1000))
    tell(f"making {num_clips} rows")
    shutil.copytree(heard.folder, workspace)
    (workspace / "made").unlink()
    ws = audioset.open_workspace(workspace=workspace)
    (path,) = ws.manifests_dir.glob("*.parquet")
    rows = read_manifest(path)
    for number in range(1, num_clips // rows.num_rows):
        table = _renamed(rows, number)
        write_manifest(ws.manifests_dir / f"{table['source_id'][0]}.parquet", table)
    (workspace / "made").touch()
    return ws


def _spans(num_clips: int) -> list[tuple[float, float]]:
    random = np.random.default_rng(0)
    lengths = random.lognormal(0, 0.5, num_clips).clip(0.3, 4)
    lengths *= MEAN_SECONDS / lengths.mean()
    starts = np.cumsum(lengths + random.uniform(0.05, 0.6, num_clips))
    return [(start, start + size) for start, size in zip(starts - lengths, lengths, strict=True)]


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    """Give the rows of another source, with other lengths of silence and noise."""
    sha256 = hashlib.sha256(f"talk {number}".encode()).hexdigest()
    source_id = make_source_id(f"talk {number}.mp4", sha256)
    old = rows["source_id"][0].as_py()
    random = np.random.default_rng(number)
    values = {
        "clip_id": pc.replace_substring(rows["clip_id"], old, source_id),
        "source_id": pa.array([source_id] * rows.num_rows),
        "source_name": pa.array([f"talk {number}.mp4"] * rows.num_rows),
        "source_sha256": pa.array([sha256] * rows.num_rows),
        "speaker": pa.array([f"speaker{number % 40:02d}"] * rows.num_rows),
        "snr_db": pa.array(random.normal(30, 8, rows.num_rows)),
    }
    for name, value in values.items():
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(place)
        rows = rows.set_column(place, field, value.cast(field.type))
    return rows
