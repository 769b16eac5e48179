"""`audioset export lhotse-shar`: cuts and recordings in shards, as Lhotse streams them.

One folder for each split, with `cuts.000000.jsonl.gz` and `recording.000000.tar` for each shard, in
one order. What Lhotse has no field for stands under `custom` of the supervision.
"""

import gzip
import json
from typing import Any

from audioset.interop.exporters.webdataset import plain_values
from audioset.records.export_contracts import ExportedClip, ExportFormat, ExportJob
from audioset.records.manifest import column_names
from audioset.storage.shards import TarWriter

# Fields of a supervision, a cut or a recording; all others are custom.
_FIELDS = {
    "text", "speaker", "gender", "language", "sampling_rate", "num_samples", "channels",
    "length_seconds",
}  # fmt: skip


def _write(job: ExportJob) -> None:
    for split in job.splits:
        for number, part in enumerate(job.parts_of(split)):
            with (
                job.open(f"{split}/cuts.{number:06d}.jsonl.gz") as listed,
                # Neither the name nor the moment, so that the same cuts are the same bytes.
                gzip.GzipFile("", "wb", 6, listed, mtime=0) as lines,
                job.open(
                    f"{split}/recording.{number:06d}.tar", num_clips=part.num_rows
                ) as recordings,
            ):
                tar = TarWriter(recordings)
                for clip in job.clips(part):
                    cut = _cut(clip)
                    lines.write(_line(cut))
                    tar.add(
                        (clip.file_name, clip.sound),
                        (f"{clip.clip_id}.json", _line(cut["recording"])),
                    )
                tar.finish()


def _cut(clip: ExportedClip) -> dict[str, Any]:
    row, key = clip.row, clip.clip_id
    # Exactly this: Lhotse compares it with what is stated of the recording.
    seconds = row["num_samples"] / row["sampling_rate"]
    channels = list(range(row["channels"]))
    is_one = len(channels) == 1
    span = {"start": 0, "duration": seconds, "channel": 0 if is_one else channels}
    said = {name: row[name] for name in ("text", "speaker", "gender", "language")}
    supervision = {
        "id": key,
        "recording_id": key,
        **span,
        **{name: value for name, value in said.items() if value is not None},
        "custom": plain_values(row, without=_FIELDS),
    }
    recording = {
        "id": key,
        "sources": [{"type": "shar", "channels": channels, "source": ""}],
        "sampling_rate": row["sampling_rate"],
        "num_samples": row["num_samples"],
        "duration": seconds,
        "channel_ids": channels,
    }
    return {
        "id": key,
        **span,
        "supervisions": [supervision],
        "recording": recording,
        "type": "MonoCut" if is_one else "MultiCut",
    }


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


LHOTSE_SHAR = ExportFormat(
    name="lhotse-shar",
    summary="cuts and recordings in shards, for CutSet.from_shar of Lhotse",
    write=_write,
    holds=frozenset(column_names()),
)
