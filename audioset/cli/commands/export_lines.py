"""The command `export lines`: the texts of sources as tables to be corrected."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import Catalog, Json, Workspace
from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import count
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.interop.exporters import ExportedLines


def export_lines(
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="File name or id of one source; all by default."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A .csv or .xlsx for one source, or a folder, which gets a CSV for each; lines/ "
            "in the workspace by default.",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also replace a file that says something else."),
    ] = False,
    workspace: Workspace = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Write the texts of clips as lines, to correct them and to cut by them.

    One row per line in order of time: its text, who wrote it and what a model heard; takes of a
    line are one row. Change texts in any program for tables, then cut by the file: a text that you
    changed is yours then, the others stay their writers'.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, catalog=catalog)
    files = api.export_lines(output, source=source, overwrite=overwrite, settings=settings)
    show_exported_lines(files, as_json=as_json)


def show_exported_lines(files: "Sequence[ExportedLines]", *, as_json: bool) -> None:
    """Show each file with who wrote its texts, and what is left out."""
    if as_json:
        write_json(files)
        return
    rows = [
        (str(file.path), file.status, f"{file.num_lines:,}", f"{file.num_clips:,}", _writers(file))
        for file in files
    ]
    show(make_table(["~file", "", ">lines", ">clips", "~written by"], rows))
    for number, why in (
        (sum(file.num_without_text for file in files), "without a text"),
        (sum(file.num_rejected for file in files), "rejected"),
    ):
        if number:
            say(f"left out: {count(number, 'clip')} {why}")
    filled = [file for file in files if file.num_lines]
    path = filled[0].path if len(filled) == 1 else filled[0].path.parent
    source = _source_of(filled[0]) if len(filled) == 1 else "SOURCES"
    say(
        f"next: correct the texts, then audioset cut {source} --transcript {path}, with the "
        "options of the first cut (such as --voice, --lexicon, --aligner, --track)"
    )


def _source_of(file: "ExportedLines") -> str:
    """Name a source in a command: nobody knows in which folder a local file lies."""
    return file.source_url or f"…/{file.source_name}"


def _writers(file: "ExportedLines") -> str:
    return ", ".join(f"{name or 'unknown'} {n:,}" for name, n in file.text_sources.items())
