"""The command `import corpus`, or `import` alone: corpora of others, of a known layout."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Facts, Json, Workers
from audioset.cli.options.values import parse_facts
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    first_word="--format",
    examples="""
        audioset import corpus LJSpeech-1.1/
        audioset import corpus ljspeech voices/ada/ --speaker ada
        audioset import corpus train_manifest.json --audio /data/wavs --dry-run
    """,
)
def import_corpus(
    ws: "Workspace",
    *,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The corpus: a folder, a manifest, a tar, ….")
    ],
    format: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Its format; found out by default."),
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Its name, set before speakers 1, 2, …; that of PATH by default."
        ),
    ] = None,
    audio: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="Another folder of which its tables may name files; repeatable."
        ),
    ] = None,
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who speaks, where it names nobody.")
    ] = None,
    facts: Facts = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also take over what changed since it was imported.")
    ] = False,
    workers: Workers = None,
    as_json: Json = False,
) -> int:
    """Take a corpus of a known layout: audioset import [FORMAT] PATH.

    Which format it has is found out and told; where two fit, the commands are listed. Spans of
    long recordings stay spans. Import it again for what is new. It ends with 1 when an item cannot
    be used, and with 3 when one should be looked at.
    """
    from audioset.cli.screens.clips.import_corpus import show_corpus

    with progress_bars() as progress:
        report = ws.import_corpus(
            path,
            format=format,
            corpus=corpus,
            audio=audio or (),
            facts=parse_facts(facts, {"speaker": speaker}),
            dry_run=dry_run,
            yes=yes,
            workers=workers,
            progress=progress,
        )
    show_corpus(report, dry_run=dry_run, yes=yes, as_json=as_json)
    if report.num_left_out:
        return ERROR
    has_more = {"length", "changed"} & set(report.num_problems)
    return FOUND_PROBLEMS if has_more and not yes else FINE
