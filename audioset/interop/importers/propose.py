"""A cut of what looks like ready clips: say that they can be imported with their table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from audioset.curation.cut import CutReport
from audioset.curation.workspace.fetch_source import is_url
from audioset.documents.facts import find_facts_table
from audioset.errors import AudiosetError
from audioset.interop.importers.said import find_files_below

_LEAST_CLIPS = 5
_SHORT_SECONDS = 30.0
_MOSTLY = 0.5  # of the rows name a file of their own


def with_proposal(cut: CutReport, words: Iterable[str | Path]) -> CutReport:
    """Add a sentence for each folder of many short files with a table about them.

    Args:
        cut: that was done.
        words: that were given to be cut, of which folders are looked at.
    """
    notes = [
        f"{folder} looks like ready clips: {table.name} names its files; audioset remove what was "
        f"cut of it, then audioset import folder {folder} takes them whole, with what it says"
        for folder, table in _tables_of_ready_clips(cut, words).items()
    ]
    return replace(cut, notes=(*cut.notes, *notes))


def _tables_of_ready_clips(cut: CutReport, words: Iterable[str | Path]) -> dict[Path, Path]:
    """Give the tables of the folders that were named, or else of those that hold short files."""
    here = (source for source in cut.sources if not is_url(source.path))  # no bucket is imported
    cut_now = [source for source in here if source.status in ("cut", "unchanged")]
    short = [
        source
        for source in cut_now
        if source.source and source.source.length_seconds < _SHORT_SECONDS
    ]
    if len(short) < _LEAST_CLIPS:
        return {}
    if 2 * len(short) >= len(cut_now):
        local = (Path(word) for word in words if not is_url(str(word)))
        found = _with_tables(word for word in local if word.is_dir())
        if found:
            return found
    held = Counter(Path(source.path).parent for source in short)
    return _with_tables(folder for folder, number in held.items() if number >= _LEAST_CLIPS)


def _with_tables(folders: Iterable[Path]) -> dict[Path, Path]:
    found = {folder: table_of_clips(folder) for folder in folders}
    return {folder: table for folder, table in found.items() if table is not None}


def table_of_clips(directory: Path) -> Path | None:
    """Find the table of a folder of ready clips; None where it is none, or has no table."""
    try:
        files = find_files_below(directory)
        table, _ = find_facts_table(directory, files)
    except AudiosetError:
        return None  # nothing that could be imported as it is
    if table is None:
        return None
    named = {files.find(row.file).file for row in table.rows} - {None}
    # A table of cues names a file in many rows.
    fits = len(named) >= max(_LEAST_CLIPS, _MOSTLY * len(table.rows))
    return table.path if fits else None
