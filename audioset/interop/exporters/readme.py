"""README.md of an export: the dataset card of its clips, and how `load_dataset` reads the files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from audioset.records.export_contracts import ExportJob


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
    front: dict[str, Any] = {"configs": [{"config_name": "default", "data_files": splits}]}
    if features:
        named = [{"name": name, "dtype": kind} for name, kind in features]
        front["dataset_info"] = {"features": named}
    card = job.card()
    page = replace(card, body=f"{card.body}\n## How to read the files\n\n{words}")
    with job.open("README.md") as file:
        file.write(page.to_markdown(front).encode())
