"""The command `train-aligner`: the dataset's own aligner."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("store", "tracking"),
    examples="""
        audioset train-aligner
        audioset train-aligner scots@v3 --voice en-gb-scotland --alias prod
    """,
)
def train_aligner(
    ws: "Workspace",
    *,
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE",
            help="scots@v3, scots@prod, a view of one, or a pin file; the newest by default.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Registered model; <dataset>-aligner by default."),
    ] = None,
    aliases: Annotated[
        list[str] | None,
        typer.Option(
            "--alias", metavar="ALIAS", help="Move this alias to it, such as prod; repeatable."
        ),
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="Voice that says the texts, such as en-gb-scotland."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="TAG", help="Language of the texts; English by default.")
    ] = None,
    lexicon: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="How words are said, as for audioset cut."),
    ] = None,
    unconfirmed: Annotated[
        bool,
        typer.Option(
            "--unconfirmed", help="Learn from all clips that nobody rejected, not only accepted."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train the dataset's own aligner, so that the next recording is cut better.

    Learns how the phones of its speakers sound, from accepted clips and from texts that a person
    wrote. It is registered in MLflow; its run pins the clips, so that lineage holds.
    """
    from audioset.cli.screens.experiments.train_aligner import show_trained

    with progress_bars() as progress:
        trained = ws.train_aligner(
            reference,
            name=name,
            aliases=aliases or (),
            voice=voice,
            language=language,
            lexicon=lexicon,
            unconfirmed=unconfirmed,
            progress=progress,
        )
    show_trained(trained, lexicon, as_json=as_json)
