"""The command `transcribe`: texts that models write."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import Address, Engine, Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    where=("catalog", "tracking"),
    examples="""
        audioset transcribe --language en
        audioset transcribe --model models:/scots-asr@champion --again
        audioset transcribe --model ./whisper-small
    """,
)
def transcribe(
    ws: "Workspace",
    *,
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
        bool, typer.Option("--again", help="Also write anew what models wrote, or found silent.")
    ] = False,
    clips_at_once: Annotated[
        int, typer.Option(metavar="N", min=1, help="Clips that the model is given together.")
    ] = 8,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes, each with a model of its own.")
    ] = 1,
    engine: Engine = None,
    address: Address = None,
    as_json: Json = False,
) -> int:
    """Let a model write the texts of clips that have none.

    Texts by people, subtitles and transcripts stay as they are. Correct what the model wrote with
    audioset decide, or audioset confirm it; what it wrote is kept beside it. Nothing is downloaded
    but a model of your own MLflow.
    """
    from audioset.cli.screens.clips.transcribe import show_transcribed

    with progress_bars() as progress:
        report = ws.transcribe(
            model=model,
            language=language,
            again=again,
            clips_at_once=clips_at_once,
            workers=workers,
            engine=engine,
            address=address,
            progress=progress,
        )
    show_transcribed(report, as_json=as_json)
    return ERROR if report.failures else FINE
