"""`audioset export audb`: `db.yaml`, a table for each split, and `audio/`, as audformat reads it.

`audformat.Database.load` opens the folder, and `audb.publish` takes it. Who wrote the texts is a
rater where it is the same for all, and a column in any case.
"""

import json
import re
from typing import Any

import pyarrow as pa

from audioset.interop.exporters.plain import TableOfClips
from audioset.records.export_contracts import NO_SPLIT, ExportFormat, ExportJob, ExportRows
from audioset.records.manifest import SPEAKER_FACTS, column_names, manifest_schema
from audioset.records.split_report import SPLITS

_AUDIO = "audio"
_TYPES = dict(zip((*SPLITS, NO_SPLIT), ("train", "dev", "test", "other"), strict=True))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _write(job: ExportJob) -> None:
    table = TableOfClips(job, without={"split"}, fits=_NAME.fullmatch)
    for split in job.splits:
        table.write(f"db.{split}.csv", split, sounds=_AUDIO, first="file", inside=f"{_AUDIO}/")
    # YAML takes JSON as it is, whatever stands in a name.
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in _header(job, table.header).items()
    ]
    with job.open("db.yaml") as file:
        file.write(("\n".join(lines) + "\n").encode())


def _header(job: ExportJob, columns: list[str]) -> dict[str, Any]:
    schemes: dict[str, Any] = {name: {"dtype": _dtype(name)} for name in columns}
    if "speaker" in schemes:
        schemes["speaker"]["labels"] = _speakers(job)
    licences = _distinct(job.rows, "licence")
    rater = _rater(job)
    named: dict[str, Any] = {name: {"scheme_id": name} for name in columns}
    if rater is not None and "text" in named:
        named["text"]["rater_id"] = rater
    header = {
        "name": job.record.dataset,
        "source": str(job.record.ref),
        "usage": "other",
        "description": f"{job.record.ref}, {job.rows.num_rows} clips",
        "media": {_AUDIO: {"type": "audio", "format": job.kind}},
        "raters": {"human": {"type": "human"}, "model": {"type": "machine"}},
        "schemes": schemes,
        "splits": {name: {"type": _TYPES.get(name, "other")} for name in job.splits},
        "tables": {
            name: {"type": "filewise", "split_id": name, "media_id": _AUDIO, "columns": named}
            for name in job.splits
        },
    }
    if len(licences) == 1 and not job.rows["licence"].null_count:
        header["license"] = licences[0]
    return header


def _dtype(column: str) -> str:
    if column not in column_names() or column == "extra":
        return "str"
    kind = manifest_schema().field(column).type
    if pa.types.is_floating(kind):
        return "float"
    if pa.types.is_boolean(kind):
        return "bool"
    return "int" if pa.types.is_integer(kind) else "str"


def _speakers(job: ExportJob) -> dict[str, dict[str, str]]:
    """Give each speaker with the facts that are the same in all of their clips."""
    told = job.rows.select(["speaker", *SPEAKER_FACTS]).group_by("speaker")
    told = told.aggregate([(name, "distinct") for name in SPEAKER_FACTS])
    found: dict[str, dict[str, str]] = {}
    for row in told.sort_by("speaker").to_pylist():
        if row["speaker"] is not None:
            values = {name: row[f"{name}_distinct"] for name in SPEAKER_FACTS}
            found[row["speaker"]] = {
                name: each[0] for name, each in values.items() if len(each) == 1 and each[0]
            }
    return found


def _rater(job: ExportJob) -> str | None:
    writers = {
        "human" if writer == "human" else "model" if str(writer).startswith("model:") else None
        for writer in job.rows["text_source"].unique().to_pylist()
    }
    return writers.pop() if len(writers) == 1 else None


def _distinct(rows: ExportRows, column: str) -> list[str]:
    return sorted(rows[column].drop_null().unique().to_pylist())


AUDB = ExportFormat(
    name="audb",
    summary="db.yaml, tables and audio/, for audformat and audb",
    write=_write,
    holds=frozenset(column_names()),
)
