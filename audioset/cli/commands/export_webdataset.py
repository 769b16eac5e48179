"""The command `export webdataset`: tars for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.commands.pull import Version
from audioset.cli.options import Json, Store, Workspace, parse_size
from audioset.cli.render import make_table, progress_bars, say, show, write_json
from audioset.cli.text import count, format_size
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.interop.exporters import ExportReport


def export_webdataset(
    version: Version,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Made when it is missing; must not hold a tar.")
    ],
    shard_size: Annotated[
        str, typer.Option(metavar="SIZE", help="About how large a tar becomes: 500MB, 1GB, 64MiB.")
    ] = "1GB",
    workspace: Workspace = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Write a version as WebDataset tars that hold everything.

    DIR/train-000000.tar and so on, by split and number; CLIP_ID.flac, CLIP_ID.txt (the text) and
    CLIP_ID.json (all columns) of each clip. Stock webdataset reads them. An export that fails
    leaves no tar.
    """
    from audioset import api

    tar_bytes = parse_size(shard_size, "--shard-size")
    settings = load_settings(workspace=workspace, store=store)
    with progress_bars() as progress:
        report = api.export_webdataset(
            version, directory, tar_bytes=tar_bytes, settings=settings, progress=progress
        )
    show_exported(report, as_json=as_json)


def show_exported(report: "ExportReport", *, as_json: bool) -> None:
    """Show the tars."""
    if as_json:
        write_json(report)
        return
    rows = [(tar.name, f"{tar.num_clips:,}", format_size(tar.size_bytes)) for tar in report.tars]
    show(make_table(["tar", ">clips", ">size"], rows))
    tars = count(len(report.tars), "tar")
    say(f"{count(report.num_clips, 'clip')} of {report.ref} in {tars}, in {report.directory}")
