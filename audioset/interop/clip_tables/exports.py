"""The exports that the rows of a table say they come from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from audioset.curation.workspace.working import Working
from audioset.documents.decisions import DecidingTable, read_first_cells
from audioset.documents.reading.header import normal_name
from audioset.interop.clip_tables.base import (
    Cells,
    Exported,
    GivenCells,
    given_before,
    is_export_id,
    recall,
)
from audioset.interop.clip_tables.columns import EXPORTED


@dataclass(slots=True)
class Exports:
    """What the exports that the rows of a table name said.

    Attributes:
        by_row: name of the export, by number of the row.
        found: those whose cells are known.
        given: cells that the table decided earlier, by name of the export.
    """

    by_row: dict[int, str]
    found: dict[str, Exported]
    given: dict[str, GivenCells] = field(default_factory=dict)

    @property
    def are_known(self) -> bool:
        """Tell whether every row comes from an export whose cells are known."""
        return bool(self.by_row) and set(self.by_row.values()) <= self.found.keys()

    def clips(self) -> dict[str, Cells]:
        """Give all that was exported, by clip."""
        return {clip: cells for each in self.found.values() for clip, cells in each.clips.items()}

    def base_of(self, number: int, clip_id: str) -> Cells | None:
        """Give what was exported of the clip of a row; None where that is unknown."""
        export = self.found.get(self.by_row.get(number, ""))
        return None if export is None else export.clips.get(clip_id)

    def given_of(self, number: int) -> GivenCells:
        """Give what the table decided earlier by the rows of the same export."""
        return self.given.get(self.by_row.get(number, ""), {})

    def recall_given(self, rows: Mapping[str, Cells], table: Path, working: Working) -> None:
        """Find what the table decided earlier; `rows` are its cells by clip."""
        for export_id, export in self.found.items():
            self.given[export_id] = given_before(export, table, rows, working.exported_dir)

    def notes(self, working: Working) -> Iterator[str]:
        """Tell of exports that are not known here."""
        for export_id in sorted(set(self.by_row.values()) - self.found.keys()):
            dataset = export_id.rpartition("-")[0]
            if dataset != working.name:
                yield f"it was exported from {dataset}, and decides about {working.name}"
            yield (
                f"what it was exported from ({export_id}) is not known here: it is held against "
                "what holds now, and what others changed since is not seen"
            )


def find_exports(
    table: DecidingTable, working: Working, restored: Exported | None = None
) -> Exports:
    """Find the exports that a table names in its column `exported`.

    Args:
        table: that came back.
        working: that it decides about.
        restored: what stood in a manifest that was saved as a table; it has no such column.
    """
    if restored is not None:
        every = {number: restored.export_id for number, _ in table.rows}
        return Exports(every, {restored.export_id: restored})
    places = [place for place, name in enumerate(table.names) if normal_name(name) == EXPORTED]
    by_row = {
        number: row[place].strip()
        for number, row in table.rows
        for place in places[:1]
        if is_export_id(row[place].strip())
    }
    found = {}
    for export_id in dict.fromkeys(by_row.values()):
        export = recall(
            export_id, working.exported_dir, partial(read_first_cells, table.path, EXPORTED)
        )
        if export is not None:
            found[export_id] = export
    return Exports(by_row, found)
