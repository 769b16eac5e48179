"""The command `decide`: what people say about clips and speakers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE
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
        audioset decide --speaker Ilsa --speaker "ilsa " --set speaker=ilsa
        audioset decide talk-1a2b3c4d-000001200-000003400 --unsure --note "who?"
        audioset decide --from clips.xlsx
    """,
)
def decide(
    ws: "Workspace",
    *,
    clips: Annotated[
        list[str] | None, typer.Argument(metavar="CLIPS", help="Ids of clips.")
    ] = None,
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Decide for all clips of this speaker instead. Repeatable."
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What is said in the clip.")
    ] = None,
    accept: Annotated[
        bool | None, typer.Option("--accept/--reject", help="A rejected clip is not published.")
    ] = None,
    unsure: Annotated[
        bool,
        typer.Option(
            "--unsure", help="Neither: published only with audioset publish --with-unsure."
        ),
    ] = False,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A note, which is never published.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Tag the clips; tags are never published. Repeatable."),
    ] = None,
    untag: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Take a tag off again. Repeatable.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="train, validation or test.")
    ] = None,
    facts: Facts = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="TABLE",
            help="Decide what was changed in a table (.xlsx, .csv), such as export table wrote.",
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="SHEET",
            help="Of the workbook; by default the first with clip_id, or else speaker or video.",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Let the table win where others decided otherwise since it was exported.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what the table would decide.")
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Record texts, verdicts, splits, facts, notes and tags that people decide.

    Nothing is overwritten: the newest decision holds, and all are kept with who and when. What
    was decided last is taken back by audioset undo.
    An empty value, as in --set accent=, empties a field.

    Of a table that audioset export table wrote only changed cells decide; an emptied one empties
    its field. What others changed since, to something else, is listed and left, and so are other
    changes that cannot be taken (exit status 3). In a table from elsewhere all cells decide that
    say something else than what holds now, and empty ones nothing. Without clip_id its rows are
    about speakers, or, where a column such as Video names them, about sources: for all their clips.
    """
    from audioset.cli.options.decisions import (
        collect_decisions,
        require_table_alone,
        tags_of,
        verdict_of,
    )
    from audioset.cli.screens.review.decide import show_decided, show_decided_table

    verdict = verdict_of(accept, unsure=unsure)
    said = {"text": text, "accepted": verdict, "split": split, "note": note}
    values = {**parse_facts(facts, said), **tags_of(tag or [], untag or [])}
    of_tables = {"--sheet": sheet, "--overwrite": overwrite, "--dry-run": dry_run}
    if require_table_alone(table, of_tables, said=bool(clips or speaker or values)):
        done = ws.decide_table(table, sheet=sheet, overwrite=overwrite, dry_run=dry_run, by=by)
        return show_decided_table(done, as_json=as_json)
    decisions = collect_decisions(clips or [], speaker or [], values)
    show_decided(ws.decide(decisions, by=by), as_json=as_json)
    return FINE
