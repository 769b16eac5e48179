"""README.md of an export: what `load_dataset` reads first, and what a person does."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.export_contracts import ExportJob

# Names of licences that are known there; others are "other" with their own name.
_LICENCES = (
    "apache-2.0", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-4.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "mit",
)  # fmt: skip
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


def write_readme(
    job: ExportJob,
    data_files: Mapping[str, Sequence[str]],
    words: str,
    features: Sequence[tuple[str, str]] = (),
) -> None:
    """Write README.md with its front matter.

    Args:
        job: the export.
        data_files: names of the files of each split.
        words: how the files are read, for people.
        features: name and type of each column, where a reader could not know them.
    """
    splits = [{"split": name, "path": list(files)} for name, files in data_files.items()]
    front = {
        **front_matter(job),
        "configs": [{"config_name": "default", "data_files": splits}],
    }
    if features:
        named = [{"name": name, "dtype": kind} for name, kind in features]
        front["dataset_info"] = {"features": named}
    # YAML takes JSON as it is, whatever stands in a name.
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
    text = "\n".join(["---", *lines, "---", f"# {job.record.ref}", "", words, ""])
    with job.open("README.md") as file:
        file.write(text.encode())


def front_matter(job: ExportJob) -> dict[str, Any]:
    """Give what sites for datasets want to know of the clips first."""
    rows = job.rows
    licences = _distinct(rows, "licence")
    known = [name.lower() for name in licences]
    has_text = rows["text"].null_count < rows.num_rows
    front: dict[str, Any] = {"pretty_name": job.record.dataset}
    if len(known) == 1 and not rows["licence"].null_count and known[0] in _LICENCES:
        front["license"] = known[0]
    elif licences:
        front |= {"license": "other", "license_name": ", ".join(licences)}
    if languages := _distinct(rows, "language"):
        front["language"] = sorted({tag.partition("-")[0].lower() for tag in languages})
    front["task_categories"] = ["automatic-speech-recognition"] if has_text else ["other"]
    front["size_categories"] = [
        next((name for most, name in _SIZES if rows.num_rows < most), "n>1M")
    ]
    return front


def _distinct(rows: pa.Table, column: str) -> list[str]:
    return sorted(pc.unique(rows[column].drop_null()).to_pylist())
