"""`audioset export huggingface`: Parquet with the sound in it, as `load_dataset` reads it at once.

Written by Arrow alone, and read without torch until somebody decodes: the type of each column
stands in the file as `datasets` writes it. Sound is whole FLAC or WAV files, never samples.
"""

import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from audioset.errors import InvalidInputError, StorageError
from audioset.interop.exporters.extra import (
    fact_column,
    fact_names,
    filled_columns,
    num_filled_maps,
    others_as_text,
)
from audioset.interop.exporters.readme import write_readme
from audioset.records.export_contracts import ExportedClip, ExportFormat, ExportJob, ExportRows
from audioset.records.manifest import SOUND_COLUMNS, column_names

ROWS_AT_ONCE = 100  # of a group of rows: what a reader must fetch to see one
_REPOSITORY = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_WORDS = """\
```python
from datasets import load_dataset

dataset = load_dataset("{place}")  # streaming=True reads no more than is used
```
Each row is a clip: `audio`, `text`, and what is known of the clip. `datasets` decodes with `torch`
and `torchcodec`; without them, `cast_column("audio", datasets.Audio(decode=False))` gives the bytes
of a {kind} file, which `soundfile` reads.
"""


def write_parquet(job: ExportJob) -> dict[str, list[str]]:
    """Write `data/train-00000-of-00002.parquet` and so on; gives the names of each split."""
    names: dict[str, list[str]] = {}
    # One schema for all: a column that is empty in one split has a type there too.
    columns = data_columns(job)
    for split in job.splits:
        parts = job.parts_of(split)
        for number, part in enumerate(parts):
            name = f"data/{split}-{number:05d}-of-{len(parts):05d}.parquet"
            with job.open(name, num_clips=part.num_rows) as file:
                _fill(file, job, part, columns)
            names.setdefault(split, []).append(name)
    return names


def data_columns(job: ExportJob) -> pa.Schema:
    """Give the columns of the Parquet files: sound, text, and what is known of any clip."""
    known = [
        job.rows.schema.field(name).with_nullable(True)  # noqa: FBT003  Arrow has no name for it
        for name in filled_columns(job.rows)
    ]
    if facts := fact_names(job.rows):
        known += [pa.field(name, pa.string()) for name in facts.values()]
    elif num_filled_maps(job.rows["extra"]):
        known.append(pa.field("extra", pa.string()))
    text = pa.field("text", pa.string())
    others = [field for field in known if field.name != "text"]
    return pa.schema([pa.field("audio", _AUDIO), text, *others])


def _fill(file: BinaryIO, job: ExportJob, rows: ExportRows, schema: pa.Schema) -> None:
    facts = {name: key for key, name in fact_names(job.rows).items()}
    described = schema.with_metadata({"huggingface": json.dumps({"info": _features(job, schema)})})
    with pq.ParquetWriter(file, described, write_page_index=True, compression="zstd") as writer:
        clips = job.clips(rows)
        for start in range(0, rows.num_rows, ROWS_AT_ONCE):
            some = rows.slice(start, ROWS_AT_ONCE)
            taken = list(islice(clips, some.num_rows))
            arrays = [_array(some, taken, field, facts) for field in described]
            writer.write_table(pa.Table.from_arrays(arrays, schema=described))


def _array(
    rows: pa.Table, clips: list[ExportedClip], field: pa.Field, facts: dict[str, str]
) -> pa.Array | pa.ChunkedArray:
    """Make one column; `facts` are those without a column of ours, by the name of theirs."""
    if field.name == "audio":
        sounds = pa.array([clip.sound for clip in clips], pa.binary())
        paths = pa.array([clip.file_name for clip in clips], pa.string())
        return pa.StructArray.from_arrays([sounds, paths], fields=list(_AUDIO))
    if field.name in SOUND_COLUMNS:
        return pa.array([clip.row[field.name] for clip in clips], field.type)
    if field.name == "extra":
        return pa.array([others_as_text(clip.row["extra"]) for clip in clips], pa.string())
    return fact_column(rows, facts[field.name]) if field.name in facts else rows[field.name]


def _features(job: ExportJob, schema: pa.Schema) -> dict[str, Any]:
    rates = {job.options.sampling_rate} - {None} or set(
        job.rows["sampling_rate"].unique().to_pylist()
    )
    audio: dict[str, Any] = {"_type": "Audio"}
    if len(rates) == 1:  # one that clips do not have would make `datasets` convert them
        audio["sampling_rate"] = rates.pop()
    others = {
        field.name: {"dtype": _dtype(field.type), "_type": "Value"}
        for field in schema
        if field.name != "audio"
    }
    return {"features": {"audio": audio, **others}}


def _dtype(kind: pa.DataType) -> str:
    named = {pa.float64(): "float64", pa.float32(): "float32", pa.bool_(): "bool"}
    return named.get(kind, str(kind))


def _write(job: ExportJob) -> None:
    names = write_parquet(job)
    place = job.options.push or job.record.dataset
    write_readme(job, names, _WORDS.format(kind=job.kind.upper(), place=place))


def _open_push(repository: str) -> Callable[[str], str]:
    """Give what sends a folder to a repository of the Hub.

    Raises:
        InvalidInputError: no library, no token, or no such name.
    """
    try:
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise InvalidInputError(
            "huggingface_hub is not installed, which sends files: pip install huggingface_hub"
        ) from error
    if not _REPOSITORY.fullmatch(repository):
        raise InvalidInputError(
            f"{repository!r} is no name of a repository; write NAME or OWNER/NAME"
        )
    if not get_token():
        raise InvalidInputError(
            "nothing was written: there is no token for the Hugging Face Hub; run hf auth login, "
            "or set HF_TOKEN, or leave push out and send the folder yourself"
        )

    def send(folder: str) -> str:
        api = HfApi()
        try:
            url = api.create_repo(repository, repo_type="dataset", exist_ok=True)
            api.upload_folder(folder_path=folder, repo_id=url.repo_id, repo_type="dataset")
        except (HfHubHTTPError, OSError) as error:
            raise StorageError(
                f"{folder} is written, but {repository} did not take it: {error}"
            ) from error
        return str(url)

    return send


HUGGINGFACE = ExportFormat(
    name="huggingface",
    summary="Parquet with the sound in it and a README.md, for load_dataset",
    write=_write,
    holds=frozenset(column_names()),
    push=_open_push,
)
