"""The command `export table`: clips as a table that people edit."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.options.values import parse_names
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("catalog",),
    examples="""
        audioset export table clips.xlsx
        audioset export table quiet.csv --where "snr_db < 10" --columns text,speaker
    """,
)
def export_table(
    ws: "Workspace",
    *,
    path: Annotated[Path, typer.Argument(metavar="TABLE", help="A .xlsx, .csv or .tsv to write.")],
    where: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITION", help="SQL on the columns, such as 'text is null'; all by default."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="Columns and facts, between commas; clip_id is always there."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace a file that is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write clips as a table, to change texts and facts in it, and take it back.

    One row for each working clip, rejected ones too, with what holds now: first what people
    change, then what was measured. In a workbook a click on a clip plays it. Change cells in any
    program for tables: audioset decide takes back what you changed, and nothing else.
    """
    from audioset.cli.screens.versions.export_table import show_exported_table

    done = ws.export_table(path, where=where, columns=parse_names(columns), overwrite=overwrite)
    show_exported_table(done, as_json=as_json)
