"""The command lineage, and what it shows of clips."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.commands.diff import show_diff
from audioset.cli.options import FOUND_PROBLEMS, Json, Store, Tracking, Workspace
from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.lineage import show_lineage
from audioset.cli.text import count, format_hms
from audioset.records.identity import is_clip_id
from audioset.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioset.records.clip_lineage import ClipLineage, ConsumedClips
    from audioset.records.guard_report import GuardReport
    from audioset.records.lineage import Lineage


def lineage(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="scots@v3, models:/name@alias, models:/name/3, an MLflow run id, or a clip id.",
        ),
    ],
    clips: Annotated[
        bool, typer.Option("--clips", help="Show the clips that a model or a run rests on.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --clips: write them, .parquet or .csv."),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many clips, or changes of a kind, to show.")
    ] = 20,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="SUBJECT", help="Show what changed from the data of this other model to it."
        ),
    ] = None,
    guard: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Tell whether the model wrote texts of this version's test split; exit 3 if so.",
        ),
    ] = None,
    graph: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the lineage, as a page (.html).")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Show which data made which model.

    Follows the links of a version, a run or a model, both ways. For a clip it shows which models
    heard it: from the receipts of their runs, or else by the version that the run pinned.
    """
    from audioset import api

    _require_one_question(clips=clips, against=against, guard=guard, graph=graph, output=output)
    settings = load_settings(workspace=workspace, store=store, tracking=tracking)
    if clips:
        found = api.clips_behind(subject, output=output, settings=settings)
        show_clips_behind(found, output, limit, as_json=as_json)
    elif against is not None:
        changes = api.lineage_diff(against, subject, settings=settings)
        show_diff(changes, limit, as_json=as_json)
    elif guard is not None:
        report = api.guard_test_set(guard, subject, settings=settings)
        show_guard(report, limit, as_json=as_json)
    else:
        _show_links(subject, graph, settings, as_json=as_json)


def _require_one_question(
    *, clips: bool, against: str | None, guard: str | None, graph: Path | None, output: Path | None
) -> None:
    given = [
        name
        for name, value in (
            ("--clips", clips),
            ("--against", against),
            ("--guard", guard),
            ("--graph", graph),
        )
        if value
    ]
    if len(given) > 1:
        raise typer.BadParameter(f"give one of {' and '.join(given)}")
    if output is not None and not clips:
        raise typer.BadParameter("it is written with --clips only", param_hint="--output")


def _show_links(subject: str, graph: Path | None, settings: Settings, *, as_json: bool) -> None:
    from audioset import api

    links: Lineage | ClipLineage
    if is_clip_id(subject):
        links = api.lineage_of_clip(subject, settings=settings)
        show_clip_lineage(links, as_json=as_json)
    else:
        links = api.lineage(subject, settings=settings)
        show_lineage(links, as_json=as_json)
    if graph is not None:
        say(f"drawn in {api.draw_lineage(links, graph)}")


def show_guard(report: "GuardReport", limit: int, *, as_json: bool) -> None:
    """Show which test clips the model wrote the text of, and end with 3 when there are any."""
    if as_json:
        write_json(report)
    elif not report.num_test:
        write_line(f"{report.version} has no test split")
    elif report.is_clean:
        clips = count(report.num_test, "test clip")
        write_line(f"{report.version}: no text of its {clips} is by {', '.join(report.line)}")
    else:
        write_line(
            f"{report.version}: {len(report.clip_ids):,} of {count(report.num_test, 'test clip')} "
            f"have a text by {', '.join(report.line)} that nobody has confirmed"
        )
        writers = [(name, f"{clips:,}") for name, clips in report.writers.items()]
        show("", make_table(["text by", ">clips"], writers), "")
        for clip_id in report.clip_ids[:limit]:
            write_line(clip_id)
        say("do not test the model on them before somebody has decided their text: audioset decide")
    if not report.is_clean:
        raise typer.Exit(FOUND_PROBLEMS)


def show_clip_lineage(lineage: "ClipLineage", *, as_json: bool) -> None:
    """Show the versions that hold a clip, and the runs and models that heard it."""
    if as_json:
        write_json(lineage)
        return
    known_by = {one.run.run_id: one.known_by for one in lineage.runs}
    versions = [
        (str(version.pin.ref), version.pin.digest[:12], f"{version.num_clips or 0:,}")
        for version in lineage.versions
    ]
    if versions:
        heads = ["version", "digest", ">clips"]
        show(make_table(heads, versions, title="versions that hold it"), "")
    if lineage.withdrawn_from:
        gone = ", ".join(str(version.pin.ref) for version in lineage.withdrawn_from)
        write_line(f"withdrawn (audioset forget) from {gone}")
    if lineage.runs:
        runs = [
            (
                one.run.run_id,
                one.run.name,
                one.run.experiment,
                str(one.version),
                ", ".join(one.contexts),
                one.known_by,
            )
            for one in lineage.runs
        ]
        heads = ["run", "~name", "~experiment", "version", "~used for", "known by"]
        show(make_table(heads, runs, title="runs that heard it"), "")
    if lineage.models:
        models = [
            (
                f"{model.name} v{model.version}",
                ", ".join(model.aliases),
                model.run_id,
                known_by[model.run_id],
            )
            for model in lineage.models
        ]
        heads = ["model", "~aliases", "run", "known by"]
        show(make_table(heads, models, title="models that heard it"), "")
    _say_how_it_is_known(lineage)


def _say_how_it_is_known(lineage: "ClipLineage") -> None:
    if not lineage.runs:
        say("no run heard it")
    if lineage.num_without:
        runs = count(lineage.num_without, "run")
        say(f"{runs} on these versions did not take this clip, by their receipts")
    if any(one.known_by == "version" for one in lineage.runs):
        say("known by version: the run has no receipt that tells, so it may have heard the clip")


def show_clips_behind(
    found: "ConsumedClips", output: Path | None, limit: int, *, as_json: bool
) -> None:
    """Show how much of each version a model rests on, and the clips."""
    ids = found.table.column("clip_id").to_pylist()
    if as_json:
        write_json(
            {"subject": found.subject, "versions": found.versions, "clips": found.table.to_pylist()}
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            str(one.version),
            one.digest[:12],
            f"{one.num_consumed:,}",
            f"{one.num_clips:,}",
            format_hms(one.consumed_seconds),
            one.known_by,
        )
        for one in found.versions
    ]
    num_withdrawn = sum(one.num_withdrawn for one in found.versions)
    length = ">length left" if num_withdrawn else ">length"
    heads = ["version", "digest", ">clips consumed", ">of", length, "known by"]
    if num_withdrawn:
        heads.insert(4, ">withdrawn since")
        rows = [
            (*row[:4], f"{one.num_withdrawn:,}", *row[4:])
            for row, one in zip(rows, found.versions, strict=True)
        ]
    show(make_table(heads, rows), "")
    if num_withdrawn:
        say(
            f"{count(num_withdrawn, 'clip')} of what it heard withdrawn since (audioset forget), "
            "and not listed: neither audio nor text is left"
        )
    if output is not None:
        say(f"{count(len(ids), 'clip')} written to {output}")
        return
    for clip_id in ids[:limit]:
        write_line(clip_id)
    if len(ids) > limit:
        say(f"{len(ids) - limit:,} more clips; --limit N, --output FILE or --json")
