"""Chapter 2, in tables: clips for programs that people know, and what was changed there."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.records.several import Several, several

if TYPE_CHECKING:
    import pandas as pd

    from audioset.records.clip_table import ExportedTable, TableDecisions


class TablesChapter(Names):
    """The verbs that give clips as tables, and take back what was changed in them."""

    def export_table(
        self,
        path: str | Path,
        *,
        where: str | None = None,
        columns: Several[str] = (),
        overwrite: bool = False,
    ) -> "ExportedTable":
        """Write working clips as a table for people: look, change cells, and take it back.

        One row each, rejected ones and those without a text too, with what holds now: first what
        people change, then what was measured, then `exported`, which says what the table comes
        from. `decide_table` takes back what was changed. In a workbook each clip is a link to its
        audio, which works where the table lies.

        Args:
            path: of the table: .xlsx, .csv or .tsv.
            where: SQL condition on the columns of the manifest, and on `note`, `tags` (a list) and
                `accepted_text`, which are private; other clips stay out.
            columns: names of columns and facts in their order, `clip_id` is always there; when
                empty those that people change, all facts, and what is measured of any clip.
            overwrite: also replace a file that is there.

        Raises:
            NotFoundError: nothing was cut yet.
            InvalidInputError: not the name of a table, an unknown column, a condition that is none
                or holds for no clip, or clips that such a file cannot hold.
            AlreadyExistsError: there is a file; nothing was written.
            StorageError: the file cannot be written, or the catalog cannot be reached.
        """
        from audioset.interop.clip_tables import export_table as run

        return run(
            self.working, Path(path), where=where, columns=several(columns), overwrite=overwrite
        )

    def to_pandas(self, *, where: str | None = None, columns: Several[str] = ()) -> "pd.DataFrame":
        """Give the working clips as a DataFrame, with what people decided; rejected ones too.

        One row each, in the order of sources and time; every fact without a column of its own is
        one here. Numbers and truth values that may be missing have the nullable types of pandas.
        `decide_table` takes back what was changed and saved by `to_csv`.

        Args:
            where: SQL condition on the columns of the manifest, and on `note`, `tags` (a list) and
                `accepted_text`, which are private; other clips stay out.
            columns: names of columns and facts in their order; all when empty.

        Raises:
            NotFoundError: nothing was cut yet.
            InvalidInputError: an unknown column, or a condition that is none.
            StorageError: a manifest or the catalog cannot be read.
        """
        from audioset.curation.workspace.effective import read_all_effective
        from audioset.storage.plain_tables import frame_of

        return frame_of(read_all_effective(self.working, where), several(columns) or None)

    def decide_table(
        self,
        path: str | Path,
        *,
        sheet: str | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        by: str | None = None,
    ) -> "TableDecisions":
        """Record what somebody changed in a table of clips, such as `export_table` wrote.

        Only cells that say something else than what was exported become decisions; a cell that was
        emptied empties its field. What somebody else changed since the export, to something else,
        is a conflict: it is told and not recorded, all else is. In a table from elsewhere every
        cell that says something else than what holds now decides, and empty ones decide nothing.
        A column that no clip has is read by its heading, as `import_folder` reads it (`Class` as
        social_class), or else becomes a fact; one that names sources or clips decides nothing.

        Args:
            path: a workbook (.xlsx), a table of text, or a Parquet file, with a column `clip_id`;
                with a column `speaker` alone it decides about all clips of each speaker, and with
                one such as `Video` that names sources about all clips of each source.
            sheet: of a workbook; the first that has a column `clip_id`, or else `speaker`, or else
                one of sources, when None.
            overwrite: let the table win where somebody else decided otherwise since the export.
            dry_run: record nothing, only tell.
            by: who decided; the user's name when None.

        Raises:
            NotFoundError: no such table, or no clip, speaker or source of it is here.
            InvalidInputError: not a table, a value that its field cannot have, or rows about one
                clip that say different things; nothing was recorded.
            StorageError: the catalog cannot be reached or refused.
        """
        from audioset.interop.clip_tables import decide_table as run

        return run(
            self.working, Path(path), sheet=sheet, overwrite=overwrite, dry_run=dry_run, by=by
        )
