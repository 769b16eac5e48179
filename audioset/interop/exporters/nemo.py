"""`audioset export nemo` and `nemo-tarred`: manifests of NeMo, JSON lines, with the sound beside.

`duration` is that of the decoded samples, `offset` is always 0, and `sampling_rate` stands in every
line: without it readers take 16 kHz. `-sub` in a name means a part of a file there, so ours, where
it may be the beginning of any word, is written `_sub`.
"""

import json
from typing import Any

from audioset.interop.exporters.flat_text import one_line
from audioset.records.export_contracts import ExportedClip, ExportFormat, ExportJob
from audioset.storage.shards import TarWriter

_RESERVED = "-sub"


def _write(job: ExportJob) -> None:
    for split in job.splits:
        with job.open(f"{split}_manifest.json") as lines:
            for clip in job.clips(job.rows_of(split)):
                path = f"{split}/{_file_name(job, clip)}"
                job.write_clip(path, clip)
                lines.write(_line(job, clip, path))


def _write_tarred(job: ExportJob) -> None:
    for split in job.splits:
        with job.open(f"{split}/tarred_audio_manifest.json") as lines:
            for number, part in enumerate(job.parts_of(split)):
                with (
                    job.open(f"{split}/sharded_manifests/manifest_{number}.json") as own,
                    job.open(f"{split}/audio_{number}.tar", num_clips=part.num_rows) as file,
                ):
                    tar = TarWriter(file)
                    for clip in job.clips(part):
                        name = _file_name(job, clip)
                        tar.add((name, clip.sound))
                        line = _line(job, clip, name, shard_id=number)
                        lines.write(line)
                        own.write(line)
                    tar.finish()


def _file_name(job: ExportJob, clip: ExportedClip) -> str:
    name = clip.file_name.replace(_RESERVED, f"_{_RESERVED[1:]}")
    if name != clip.file_name:
        job.changed(f"with {_RESERVED} in the id, which means a part of a file there: _sub")
    return name


def _line(job: ExportJob, clip: ExportedClip, path: str, **more: Any) -> bytes:
    row = clip.row
    values = {
        "audio_filepath": path,
        "duration": row["num_samples"] / row["sampling_rate"],
        "text": one_line(job, row["text"]),
        "offset": 0.0,
        "sampling_rate": row["sampling_rate"],
        "speaker": row["speaker"],
        "gender": row["gender"],
        "lang": row["language"],
        "pred_text": row["hypothesis"],
        "id": clip.clip_id,
        **more,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, ensure_ascii=False).encode() + b"\n"


_HOLDS = frozenset({"text", "speaker", "gender", "language", "hypothesis", "split"})
NEMO = ExportFormat(
    name="nemo",
    summary="a manifest of JSON lines for each split, and the sound beside, for NeMo",
    write=_write,
    holds=_HOLDS,
    needs_text=True,
)
NEMO_TARRED = ExportFormat(
    name="nemo-tarred",
    summary="the same in tars, for NeMo's tarred datasets",
    write=_write_tarred,
    holds=_HOLDS,
    needs_text=True,
)
