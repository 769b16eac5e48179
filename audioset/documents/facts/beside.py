"""Which table belongs to a folder of clips: the one in it, or beside it, that names its files."""

from collections.abc import Iterator
from pathlib import Path

from audioset.documents.facts.named_files import NamedFiles
from audioset.documents.facts.read import FactsTable, read_facts_table
from audioset.errors import InvalidInputError, as_option

_TABLE_SUFFIXES = frozenset({".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".tab", ".jsonl", ".json"})
_OF_OTHER_PROGRAMS = frozenset({".ods", ".xls", ".xlsb", ".numbers", ".gsheet", ".parquet"})
_MOST_TABLES = 40  # that are looked into
_MOST_BYTES = 8 * 2**20  # of one; a larger one takes long, and has to be named
_FITS = 0.1  # of the best score, to be one of several that fit


def find_facts_table(
    directory: Path,
    files: NamedFiles,
    *,
    file_column: str | None = None,
    text_column: str | None = None,
    sheet: str | None = None,
) -> tuple[FactsTable | None, list[str]]:
    """Find the only table in a folder, or beside it, that names files of the folder.

    Args:
        directory: of the clips.
        files: in it.
        file_column, text_column, sheet: as in `read_facts_table`.

    Returns:
        The table, None when there is none, and what to tell about others, a sentence each.

    Raises:
        InvalidInputError: several tables fit.
    """
    found: list[FactsTable] = []
    notes = []
    for path in _tables_near(directory):
        if path.stat().st_size > _MOST_BYTES:
            notes.append(
                f"not read: {path.name} is too large to be looked into unasked; name it: "
                f"{as_option('metadata')}"
            )
            continue
        try:
            table = read_facts_table(
                path, files, file_column=file_column, text_column=text_column, sheet=sheet
            )
        except InvalidInputError as error:
            if path.suffix.lower() not in (".txt", ".json"):
                notes.append(f"not read: {error}")
            continue
        if "clip_id" in table.extra:
            notes.append(
                f"not read: {path.name} is a table of clips of a workspace; audioset decide --from "
                "(decide_table in Python) takes what was changed in it"
            )
        elif table.score:
            found.append(table)
    best = max((table.score for table in found), default=0.0)
    fits = [table for table in found if table.score >= _FITS * best]
    if len(fits) > 1:
        listed = ", ".join(str(table.path) for table in fits)
        raise InvalidInputError(
            f"{len(fits)} tables name files of {directory} ({listed}); say which one: "
            f"{as_option('metadata')}, or take one after the other with "
            f"{as_option('named_only', 'True')}"
        )
    if not fits:
        notes += [
            f"{path.name} is in a format that is not read; save it as .xlsx, or as CSV UTF-8"
            for path in _files_near(directory)
            if path.suffix.lower() in _OF_OTHER_PROGRAMS
        ]
        return None, notes
    return fits[0], []


def _tables_near(directory: Path) -> list[Path]:
    found = [
        path
        for path in _files_near(directory)
        if path.suffix.lower() in _TABLE_SUFFIXES and path.stat().st_size
    ]
    return found[:_MOST_TABLES]


def _files_near(directory: Path) -> Iterator[Path]:
    """List the files of the folder and those beside it; not what hides or is locked."""
    for folder in (directory, directory.resolve().parent):
        try:
            inside = sorted(folder.iterdir())
        except OSError:
            continue
        yield from (path for path in inside if path.name[:1] not in (".", "~") and path.is_file())
