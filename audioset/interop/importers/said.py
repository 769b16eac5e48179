"""What is there to import: the files of a folder, and what its table says of them."""

from dataclasses import dataclass
from pathlib import Path

from audioset.curation.workspace.find_files import find_sources
from audioset.curation.workspace.working import Working
from audioset.documents.facts import (
    FactsRow,
    FactsTable,
    NamedFiles,
    find_facts_table,
    read_facts_table,
)
from audioset.errors import InvalidInputError, as_option
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.pairing import pair_rows
from audioset.interop.importers.report import ImportedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfFolder:
    """The files of a folder, and what its table says of them.

    Attributes:
        names: of the media files, relative to the folder, in order.
        table: None where there is none.
        rows: what became of its rows, in order.
        facts: what they say, by the name of the file.
        notes: what was chosen or left out, a sentence each.
    """

    names: tuple[str, ...]
    table: FactsTable | None = None
    rows: tuple[ImportedRow, ...] = ()
    facts: dict[str, FactsRow]
    notes: tuple[str, ...] = ()

    @property
    def without_row(self) -> tuple[str, ...]:
        """The files that no row of the table names."""
        if self.table is None:
            return ()
        return tuple(name for name in self.names if name not in self.facts)

    def wanted(self, *, named_only: bool) -> list[str]:
        """Give the names of the files that become clips, each once."""
        if named_only and self.table is not None:
            return list(self.facts)
        return list(dict.fromkeys([*self.names, *self.facts]))


def read_said(directory: Path, options: ImportOptions, working: Working) -> SaidOfFolder:
    """Look through a folder and its table.

    Raises:
        InvalidInputError: no media in the folder, no such table or several that fit (see
            `read_facts_table`), or not one of its rows names a file.
    """
    files = find_files_below(directory, working)
    table, notes = _table_of(directory, files, options)
    if table is None:
        return SaidOfFolder(names=files.names, facts={}, notes=tuple(notes))
    pairing = pair_rows(table.rows, files, exact=options.exact)
    if not pairing.facts:
        first = pairing.rows[0]
        raise InvalidInputError(
            f"none of the {len(pairing.rows)} rows of {table.path} names a file in {directory} "
            f"that can be used; the first is row {first.row}: {first.why}"
        )
    return SaidOfFolder(
        names=files.names,
        table=table,
        rows=pairing.rows,
        facts=pairing.facts,
        notes=(*table.notes, *notes),
    )


def find_files_below(directory: Path, working: Working | None = None) -> NamedFiles:
    """List the media files of a folder, and what else a table may name by its exact name.

    Raises:
        InvalidInputError: there is no media file.
    """
    ours = [working.clips_dir, working.folder / "store"] if working else []
    found = [path.relative_to(directory) for path in find_sources([directory], not_below=ours)]
    media = [path.as_posix() for path in found]
    above = {name.rpartition("/")[0] for name in media}
    others = [
        path.relative_to(directory).as_posix()
        for folder in sorted({"", *above})
        for path in sorted((directory / folder).iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]
    there = set(media)
    return NamedFiles(
        media,
        folder=directory.resolve().parts,
        others=[name for name in others if name not in there],
    )


def _table_of(
    directory: Path, files: NamedFiles, options: ImportOptions
) -> tuple[FactsTable | None, list[str]]:
    columns = {
        "file_column": options.file_column,
        "text_column": options.text_column,
        "sheet": options.sheet,
    }
    if options.metadata is not None:
        return read_facts_table(options.metadata, files, **columns), []
    table, notes = find_facts_table(directory, files, **columns)
    asked = next((name for name, value in columns.items() if value is not None), None)
    if table is None and asked is not None:
        none = (
            f"no table in or beside {directory} names its files; name it: {as_option('metadata')}"
        )
        raise InvalidInputError(notes[0] if notes else f"{asked} is of a table, and {none}")
    if table is not None:
        notes = [f"the table is {table.path}, the only one that names files of the folder", *notes]
    return table, notes
