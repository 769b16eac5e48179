"""A cut of what looks like ready clips: say that they can be imported with their table."""

from collections import Counter
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
    notes = [
        f"{folder} looks like ready clips: {table.name} names its files; audioset remove what was "
        f"cut of it, then audioset import folder {folder} takes them whole, with what it says"
        for folder in _folders_of_short_files(cut, words)
        if (table := _table_of(folder)) is not None
    ]
    return replace(cut, notes=(*cut.notes, *notes))


def _folders_of_short_files(cut: CutReport, words: Iterable[str | Path]) -> list[Path]:
    """Give the folders that were named where most files are short, else those that hold such."""
    cut_now = [source for source in cut.sources if source.status in ("cut", "unchanged")]
    short = [
        source
        for source in cut_now
        if source.source and source.source.length_seconds < _SHORT_SECONDS
    ]
    if len(short) < _LEAST_CLIPS:
        return []
    named = [Path(word) for word in words if Path(word).is_dir()]
    if 2 * len(short) >= len(cut_now) and any(_table_of(folder) for folder in named):
        return named
    held = Counter(Path(source.path).parent for source in short)
    return [folder for folder, number in held.items() if number >= _LEAST_CLIPS]


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
