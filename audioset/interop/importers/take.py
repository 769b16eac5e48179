"""A file of a folder becomes a clip, whole; what is said about it becomes its row."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from audioset.curation.cut import import_whole
from audioset.documents.facts import FactsRow
from audioset.errors import StorageError
from audioset.records.manifest import FACT_COLUMNS, MODEL_WRITER, Clip, split_facts

_FROM_TABLE = ("text", "text_source", "text_score", "split", *FACT_COLUMNS)


def make_folder(folder: Path) -> None:
    """Make a folder of the workspace.

    Raises:
        StorageError: the workspace cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror})") from error


def take_file(
    directory: Path, clips_dir: Path, name: str, *, sha256: str | None = None
) -> tuple[Clip, tuple[str, ...]]:
    """Take a file as a clip, without any facts.

    Args:
        directory: that it lies in.
        clips_dir: where its audio goes.
        name: of the file.
        sha256: of its bytes, where it is known.

    Returns:
        The clip, and what is wrong with the file or was chosen for it, a sentence each.

    Raises:
        NotFoundError: no such file.
        MediaError: the file cannot be used.
        StorageError: the clip cannot be written.
    """
    clip, told = import_whole(directory / name, {}, clips_dir, sha256=sha256)
    # What could be chosen otherwise is a matter of flags that only a cut has.
    return clip, tuple(sentence.replace("; --", "; audioset cut --") for sentence in told)


def with_facts(clip: Clip, row: FactsRow | None, facts: Mapping[str, str]) -> Clip:
    """Give a clip the text and the facts that hold for it; all others go.

    A text that a model wrote stays where nobody gives another one, and as its hypothesis where
    somebody does.

    Args:
        clip: as it is.
        row: what the table says of its file.
        facts: of all clips, where the table says nothing.
    """
    columns, extra = split_facts(facts)
    values: dict[str, Any] = dict.fromkeys(_FROM_TABLE)
    if MODEL_WRITER.fullmatch(clip.text_source or ""):
        values |= {"text": clip.text, "text_source": clip.text_source}
        values["text_score"] = clip.text_score
    values |= columns
    if row is not None:
        # A table may well have a column such as `take`, which is measured for clips that we cut
        # and a plain fact for those of others.
        values |= row.columns
        extra |= row.extra
        if "text" in row.columns:
            values["text_score"] = None
    return replace(clip, **values, extra=extra)
