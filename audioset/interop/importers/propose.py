"""A cut of what looks like ready clips: say that they can be imported with their table."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from audioset.curation.cut import CutReport
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
    lengths = [source.source.length_seconds for source in cut.sources if source.source]
    short = sum(length < _SHORT_SECONDS for length in lengths)
    if short < _LEAST_CLIPS or 2 * short < len(lengths):
        return cut
    notes = [
        f"{folder} looks like ready clips: {table.name} names its files; "
        f"audioset import folder {folder} takes them whole, with what it says of them"
        for folder in words
        if Path(folder).is_dir() and (table := _table_of(Path(folder))) is not None
    ]
    return replace(cut, notes=(*cut.notes, *notes))


def _table_of(directory: Path) -> Path | None:
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
