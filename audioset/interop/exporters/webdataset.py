"""`audioset export webdataset`: a version as tars that hold everything, for others.

Our own shards hold audio and what never changes; texts and labels are joined from the manifest.
Who reads without audioset gets them in the tar: `<clip_id>.flac`, `.txt` and `.json` of each clip.
"""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, BinaryIO

from audioset.interop.exporters.readme import write_readme
from audioset.records.export_contracts import ExportFormat, ExportJob, ExportRows
from audioset.records.manifest import column_names
from audioset.storage.shards import TarWriter

# Where a clip lies in our store says nothing of where it lies in these tars.
_LEFT_OUT = ("shard_sha256", "offset_bytes")
_WORDS = """\
Read by `webdataset`, or by Hugging Face's `load_dataset` of this folder; there
`ds.cast_column("{kind}", datasets.Audio())` decodes the sound. `json` has all columns of a clip.
"""


def _write(job: ExportJob) -> None:
    names: dict[str, list[str]] = {}
    for split in job.splits:
        for number, part in enumerate(job.parts_of(split)):
            name = f"{split}-{number:06d}.tar"
            with job.open(name, num_clips=part.num_rows) as file:
                _fill_tar(file, job, part)
            names.setdefault(split, []).append(name)
    # Without these a reader guesses from the first clips, of which a column may say nothing. As
    # bytes, sound needs no decoder to be installed before somebody wants to hear it.
    features = [(job.kind, "binary"), ("txt", "string"), ("json", "json")]
    features += [(name, "string") for name in ("__key__", "__url__")]
    write_readme(job, names, _WORDS.format(kind=job.kind), features)


def _fill_tar(file: BinaryIO, job: ExportJob, rows: ExportRows) -> None:
    writer = TarWriter(file)
    for clip in job.clips(rows):
        writer.add(
            (clip.file_name, clip.sound),
            (f"{clip.clip_id}.txt", (clip.row["text"] or "").encode()),
            (f"{clip.clip_id}.json", encode_row(clip.row)),
        )
    writer.finish()


def encode_row(row: Mapping[str, Any]) -> bytes:
    """Encode all that the manifest says of a clip as JSON; what JSON cannot say is null.

    Where the clip lies in the store is left out.
    """
    values = {name: _plain(value) for name, value in row.items() if name not in _LEFT_OUT}
    values["extra"] = dict(row["extra"] or ())
    return json.dumps(
        values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def plain_values(row: Mapping[str, Any], *, without: Collection[str]) -> dict[str, Any]:
    """Give what a row says and JSON can say, without what is empty and where the clip lies."""
    return {
        name: value
        for name, value in row.items()
        if name not in _LEFT_OUT and name not in without and _plain(value) not in (None, {})
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


WEBDATASET = ExportFormat(
    name="webdataset",
    summary="tars of sound, text and all columns, for webdataset and load_dataset",
    write=_write,
    holds=frozenset(column_names()),
)
