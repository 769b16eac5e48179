"""Commands that write a version as files: pull, export webdataset."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import Json, Store, Workspace
from audioset.cli.render import progress_bars, say, write_json, write_line
from audioset.cli.text import count, format_hms, format_size
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.versions.pull import PullReport

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version such as scots@v3, or a pin file.")
]


def pull(
    version: Version,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Made when it is missing; not a workspace.")
    ],
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Take only clips for which this condition holds."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only train, validation or test.")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Write clips and manifest of a version as plain files.

    DIR/clips/CLIP_ID.flac and DIR/manifest.parquet. Every clip is checked against its hash. Run it
    again after Ctrl-C: what is there already is not fetched again.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, store=store)
    with progress_bars() as progress:
        report = api.pull(
            version, directory, filter=filter, split=split, settings=settings, progress=progress
        )
    show_pulled(report, as_json=as_json)


def show_pulled(report: "PullReport", *, as_json: bool) -> None:
    """Show where the files are, and what had to be fetched."""
    if as_json:
        write_json(report)
        return
    write_line(str(report.directory))
    say(
        f"{count(report.num_clips, 'clip')} of {report.ref}, {format_hms(report.length_seconds)}, "
        f"{format_size(report.size_bytes)}: {report.num_fetched:,} fetched "
        f"({format_size(report.fetched_bytes)}), {report.num_clips - report.num_fetched:,} there"
    )
    if report.num_others:
        files = count(report.num_others, "file")
        say(f"audioset: {files} in {report.directory / 'clips'} not of these clips; left alone")
