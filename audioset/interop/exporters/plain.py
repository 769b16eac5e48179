"""`audioset export csv` and `jsonl`: sound files, and beside them one table of all that is known.

A folder for each split with `metadata.csv` or `metadata.jsonl`, whose first column `file_name`
names the file: what any program reads, and what Hugging Face calls an audiofolder.
"""

import csv
import io
import json
from typing import Any

from audioset.interop.exporters.extra import fact_names, num_filled_maps
from audioset.interop.exporters.webdataset import plain_values
from audioset.records.export_contracts import ExportFormat, ExportJob
from audioset.records.manifest import column_names

_LEFT_OUT = {"shard_sha256", "offset_bytes", "size_bytes", "audio_sha256", "extra"}


def _write_csv(job: ExportJob) -> None:
    known = _columns(job)
    facts = fact_names(job.rows)
    header = ["file_name", *known, *facts.values()]
    has_others = not facts and num_filled_maps(job.rows["extra"])
    if has_others:
        header.append("extra")
    for split in job.splits:
        with job.open(f"{split}/metadata.csv") as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(header)
            for clip in job.clips(job.rows_of(split)):
                job.write_clip(f"{split}/{clip.file_name}", clip)
                extra = clip.row["extra"]
                cells = [clip.file_name, *(_cell(clip.row[name]) for name in known)]
                cells += [extra.get(key, "") for key in facts]
                if has_others:
                    cells.append(json.dumps(extra, ensure_ascii=False) if extra else "")
                writer.writerow(cells)
            text.detach()


def _write_jsonl(job: ExportJob) -> None:
    for split in job.splits:
        with job.open(f"{split}/metadata.jsonl") as file:
            for clip in job.clips(job.rows_of(split)):
                job.write_clip(f"{split}/{clip.file_name}", clip)
                values = plain_values(clip.row, without=_LEFT_OUT)
                line = {"file_name": clip.file_name, **values, "extra": clip.row["extra"]}
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def _columns(job: ExportJob) -> list[str]:
    """Give the columns that say something of any clip."""
    return [
        name
        for name in column_names()
        if name not in _LEFT_OUT and job.rows[name].null_count < job.rows.num_rows
    ]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


CSV = ExportFormat(
    name="csv",
    summary="sound files with a metadata.csv of all that is known",
    write=_write_csv,
    holds=frozenset(column_names()),
)
JSONL = ExportFormat(
    name="jsonl",
    summary="sound files with a metadata.jsonl of all that is known",
    write=_write_jsonl,
    holds=frozenset(column_names()),
)
