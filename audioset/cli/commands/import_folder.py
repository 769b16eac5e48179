"""The command `import folder`: clips that exist already."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Facts, Json
from audioset.cli.options.values import parse_facts
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    examples="""
        audioset import folder clips/
        audioset import folder clips/ --metadata Transcriptions.xlsx --dry-run
        audioset import folder clips/ --file-column Clip --text-column C --sheet May
        audioset import folder cv/clips/ --metadata cv/train.tsv --named-only
    """,
)
def import_folder(
    ws: "Workspace",
    *,
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The folder that holds the clips.")
    ],
    metadata: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE",
            help="Xlsx, CSV, TSV or jsonl; the one in or beside the folder by default.",
        ),
    ] = None,
    file_column: Annotated[
        str | None,
        typer.Option(metavar="C", help="Column of the files: heading, letter or number."),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(metavar="C", help="Column of the texts, likewise.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME|N", help="Sheet of a workbook, by name or number.")
    ] = None,
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who speaks, where the table names nobody.")
    ] = None,
    facts: Facts = None,
    folder_as: Annotated[
        str | None,
        typer.Option(metavar="FACT", help="What the folders in it tell, such as speaker."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Ask about misspelt names instead of taking them.")
    ] = False,
    named_only: Annotated[
        bool, typer.Option("--named-only", help="Leave out files that no row names.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write although texts or clips would be lost.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Take a folder of clips, with a table of their texts and facts.

    Each file becomes one clip, whole. Names in the table need not be exact: what was taken for
    what is told. Import again after editing the table; what people decided holds. It ends with 1
    when a file cannot be used, and with 3 when a row should be looked at, or nothing was written
    because something would be lost.
    """
    from audioset.cli.screens.clips.import_folder import show_import

    with progress_bars() as progress:
        report = ws.import_folder(
            directory,
            metadata=metadata,
            file_column=file_column,
            text_column=text_column,
            sheet=sheet,
            facts=parse_facts(facts, {"speaker": speaker}),
            folder_as=folder_as,
            exact=exact,
            named_only=named_only,
            dry_run=dry_run,
            yes=yes,
            progress=progress,
        )
    show_import(report, dry_run=dry_run, as_json=as_json)
    if report.failures:
        return ERROR
    return FOUND_PROBLEMS if report.to_look_at or (report.lost and not report.written) else FINE
