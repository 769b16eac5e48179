"""The command `cut`: from sources to clips."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audioset.cli.codes import ERROR, FINE, FOUND_PROBLEMS
from audioset.cli.options.cutting import CUT_FIELDS, Labels, with_implied_way
from audioset.cli.options.lines import LINE_FIELDS, Report, require_by_lines
from audioset.cli.options.shared import Address, Engine, Facts, Json, ShowAll
from audioset.cli.options.values import parse_facts
from audioset.cli.render import bars_and_questions
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    records={"options": CUT_FIELDS, "lines": LINE_FIELDS},
    examples="""
        audioset cut talk.mp4 --speaker ada
        audioset cut videos/ --set accent=glasgow --pause 0.5
        audioset cut videos/ --by subtitles --snap
        audioset cut talk.wav --labels talk.eaf --tier Story
        audioset cut talk.mp4 --transcript lines.txt --takes 3
        audioset cut talks/ --by lines --voice en-gb-scotland --report cut.html
        audioset cut phone.wav --channels each --every 10s --overlap 2s
        audioset cut "videos/**/*.mp4" --sampling-rate 16000
        audioset cut talk.mp4 --replace
        audioset cut videos/ --into-store
        audioset cut s3://videos/ --slice 3/200
    """,
)
def cut(
    ws: "Workspace",
    *,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCES",
            help="Video or audio files, folders of them, globs in quotes, s3:// URLs, or ids of "
            "sources that were cut.",
        ),
    ],
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who speaks in these sources.")
    ] = None,
    facts: Facts = None,
    labels: Labels = None,
    options: Mapping[str, Any],
    lines: Mapping[str, Any],
    report: Report = None,
    replace: Annotated[
        bool | None,
        typer.Option(
            "--replace/--no-replace",
            help="A file with other bytes where a source lay, such as an edited video, takes its "
            "place, with decisions and texts; or is a source of its own.",
        ),
    ] = None,
    into_store: Annotated[
        bool | None,
        typer.Option(
            "--into-store/--no-into-store",
            help="Put the clips straight into the store, one shard for each source, and keep no "
            "files of them here; publishing them sends nothing.",
        ),
    ] = None,
    slice: Annotated[
        str | None,
        typer.Option(
            "--slice",
            metavar="K/N",
            help="Cut the Kth of N shares of the sources only: one job of an array each.",
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Cut again also where texts, decisions, splits or facts are left behind.",
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="CPU cores to use; by default all that are not busy with other work.",
        ),
    ] = None,
    engine: Engine = None,
    address: Address = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> int:
    """Cut videos and recordings into clips, one per phrase.

    Clips go to clips/, or straight into the store with --into-store, and one manifest per source to
    manifests/. Run it again after adding files,
    or after Ctrl-C: what is done is not done twice, and each source is cut as it was before, but
    for what you say now. Where that would leave texts, decisions, splits or facts behind, you are
    asked first; in a script the source is kept as it was without --yes. A file under a new name is
    the source that it was. It ends with 1 when a source failed, and with 3 when one was kept, a
    file holds other bytes than were cut, there is no clip at all, or a strict cut refused.
    """
    # Read when numpy and Arrow are first loaded. A cut has no use for threads of linear algebra,
    # nor for an allocator that keeps what it was given: memory must not grow with the source.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from audioset.cli.screens.clips.cut import show_cut
    from audioset.records.line_options import TranscriptOptions

    known = parse_facts(facts, {"speaker": speaker})
    wished = with_implied_way(options, {"labels": labels, "transcript": lines.get("path")})
    way = wished.get("by", ws.settings.cut_defaults.get("by"))
    require_by_lines({**lines, **({"report": report} if report else {})}, by=way)
    if report is not None and report.is_dir():
        raise typer.BadParameter(f"{report} is a folder; name a file", param_hint="--report")
    with bars_and_questions(as_json=as_json) as (progress, ask):
        found = ws.cut(
            sources,
            facts=known,
            options=wished,
            labels=labels,
            transcript=TranscriptOptions(**lines) if lines else None,
            report=report,
            replace=replace,
            into_store=into_store,
            slice=slice,
            yes=yes,
            workers=workers,
            engine=engine,
            address=address,
            ask=ask,
            progress=progress,
        )
    show_cut(found, ws.manifests_dir, report=report, show_all=show_all, as_json=as_json)
    if found.failed:
        return ERROR
    if found.slice is not None and not found.sources:  # a share may be empty
        return FINE
    return FOUND_PROBLEMS if found.refused or found.kept or not found.num_clips else FINE
