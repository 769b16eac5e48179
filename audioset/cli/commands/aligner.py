"""The command aligner train, and what it shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import Json, Store, Tracking, Workspace
from audioset.cli.render import progress_bars, say, write_json, write_line
from audioset.cli.text import count, format_hms
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.trained_aligner import TrainedAligner


def aligner_train(
    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION",
            help="scots@v3, scots@prod, a view of one, or a pin file; the newest by default.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Registered model; <dataset>-aligner by default."),
    ] = None,
    alias: Annotated[
        list[str] | None,
        typer.Option(metavar="ALIAS", help="Move this alias to it, such as prod; repeatable."),
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
    workspace: Workspace = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Train the dataset's own aligner, so that the next recording is cut better.

    Learns how the phones of its speakers sound, from accepted clips and from texts that a person
    wrote. It is registered in MLflow; its run pins the clips, so that lineage holds.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, store=store, tracking=tracking)
    with progress_bars() as progress:
        trained = api.train_aligner(
            version,
            name=name,
            aliases=alias or (),
            voice=voice,
            language=language,
            lexicon=lexicon,
            unconfirmed=unconfirmed,
            settings=settings,
            progress=progress,
        )
    show_trained(trained, lexicon, as_json=as_json)


def show_trained(trained: "TrainedAligner", lexicon: Path | None = None, *, as_json: bool) -> None:
    """Show what was registered, and how to use it."""
    if as_json:
        write_json(trained)
        return
    model = trained.model
    if trained.aliases:
        model += f" ({', '.join('@' + alias for alias in trained.aliases)})"
    write_line(model)
    write_line(
        f"learnt {count(trained.num_phones, 'phone')} of {trained.version}, from "
        f"{trained.num_used:,} of {count(trained.num_clips, 'clip')}, "
        f"{format_hms(trained.length_seconds)}"
    )
    if trained.num_used < trained.num_clips:
        left_out = count(trained.num_clips - trained.num_used, "clip")
        say(f"{left_out} fit their texts worst and were left out")
    with_lexicon = f" --lexicon {lexicon}" if lexicon else ""
    used = f"{trained.model.rpartition('/')[0]}@{trained.aliases[0]}" if trained.aliases else None
    say(f"a cut with it has its voice, {trained.voice}, unless --voice names another")
    say(
        f"used by: audioset cut VIDEO --transcript LINES --aligner {used or trained.model}"
        f"{with_lexicon}"
    )
