"""README.md of an export: what `load_dataset` reads first, and what a person does."""

from collections.abc import Mapping, Sequence
from typing import Any

from audioset.records.export_contracts import ExportJob


def write_readme(
    job: ExportJob,
    data_files: Mapping[str, Sequence[str]],
    words: str,
    features: Sequence[tuple[str, str]] = (),
) -> None:
    """Write README.md: the dataset card of the clips, and how the files are read.

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
    text = f"{job.card.to_markdown(front)}\n## How to read it\n\n{words}\n"
    with job.open("README.md") as file:
        file.write(text.encode())
