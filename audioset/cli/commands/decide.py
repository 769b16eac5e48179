"""The command `decide`: what people say about clips and speakers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import By, Facts, Json
from audioset.cli.options.values import parse_facts
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset decide talk-1a2b3c4d-000001200-000003400 --text "Aye." --accept
        audioset decide --speaker ada --set gender=f --set accent=glasgow
        audioset decide --from reviewed.csv
    """,
)
def decide(
    ws: "Workspace",
    *,
    clips: Annotated[
        list[str] | None, typer.Argument(metavar="CLIPS", help="Ids of clips.")
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Decide for all clips of this speaker instead."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What is said in the clip.")
    ] = None,
    accept: Annotated[
        bool | None, typer.Option("--accept/--reject", help="A rejected clip is not published.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="train, validation or test.")
    ] = None,
    facts: Facts = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="TABLE", help="Decisions of a CSV or xlsx with a column clip_id."
        ),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record texts, verdicts, splits and facts that people decide.

    Nothing is overwritten: the newest decision holds, and all are kept with who and when.
    An empty value, as in --set accent=, empties a field.
    """
    from audioset.cli.options.decisions import collect_decisions
    from audioset.cli.screens.review.decide import show_decided

    verdict = None if accept is None else str(accept)
    values = parse_facts(facts, {"text": text, "accepted": verdict, "split": split})
    decisions = collect_decisions(clips or [], speaker, values, table)
    show_decided(ws.decide(decisions, by=by), as_json=as_json)
