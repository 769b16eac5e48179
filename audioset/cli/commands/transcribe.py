"""Commands about texts that models write: transcribe, plugins."""

from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Tracking, Workspace
from audioset.cli.render import progress_bars
from audioset.settings import load_settings


def transcribe(
    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="A plug-in (audioset plugins), models:/name@alias of MLflow, or a folder with a "
            "slash in its name; a plug-in for one of these is written PLUGIN:MODEL.",
        ),
    ] = "whisper",
    language: Annotated[
        str | None,
        typer.Option(
            metavar="TAG",
            help="Language of all clips, such as en; that of each clip by default. A model finds "
            "out a language that is not given or that it does not know.",
        ),
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Also write anew what models wrote, or found silent."),
    ] = False,
    at_once: Annotated[
        int, typer.Option(metavar="N", min=1, help="Clips that the model hears together.")
    ] = 8,
    workers: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Processes, each with a model of its own."),
    ] = 1,
    workspace: Workspace = None,
    catalog: Catalog = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Let a model write the texts of clips that have none.

    Texts by people, subtitles and transcripts stay as they are. Confirm or correct what the model
    wrote with audioset decide; what it heard is kept beside it. Nothing is downloaded but a model
    of your own MLflow.
    """
    from audioset import api
    from audioset.cli.screens.transcribe import show_transcribed

    settings = load_settings(workspace=workspace, catalog=catalog, tracking=tracking)
    with progress_bars() as progress:
        report = api.transcribe(
            model=model,
            language=language,
            again=again,
            clips_at_once=at_once,
            workers=workers,
            settings=settings,
            progress=progress,
        )
    show_transcribed(report, as_json=as_json)
    if report.failures:
        raise typer.Exit(1)


def plugins(as_json: Json = False) -> None:
    """List the transcribers and aligners that are installed.

    docs/plugins.md shows how a package brings one. Exit code 1 when one cannot be loaded.
    """
    from audioset import api
    from audioset.cli.screens.transcribe import show_plugins

    found = api.list_plugins()
    show_plugins(found, as_json=as_json)
    if any(plugin.problem for plugin in found):
        raise typer.Exit(1)
