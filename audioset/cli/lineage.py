"""The command lineage, and what it shows of clips."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import Json, Store, Tracking, Workspace
from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens import show_lineage
from audioset.cli.text import count, format_hms
from audioset.records.identity import is_clip_id
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.clip_lineage import ClipLineage, HeardClips


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
        int, typer.Option(metavar="N", min=0, help="With --clips: how many to show.")
    ] = 20,
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

    if output is not None and not clips:
        raise typer.BadParameter("it is written with --clips only", param_hint="--output")
    settings = load_settings(workspace=workspace, store=store, tracking=tracking)
    if clips:
        found = api.clips_behind(subject, output=output, settings=settings)
        show_clips_behind(found, output, limit, as_json=as_json)
    elif is_clip_id(subject):
        show_clip_lineage(api.lineage_of_clip(subject, settings=settings), as_json=as_json)
    else:
        show_lineage(api.lineage(subject, settings=settings), as_json=as_json)


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
    show(make_table(["version", "digest", ">clips"], versions, title="versions that hold it"), "")
    if lineage.runs:
        runs = [
            (one.run.run_id, one.run.name, one.run.experiment, str(one.version),
             ", ".join(one.contexts), one.known_by)
            for one in lineage.runs
        ]  # fmt: skip
        heads = ["run", "~name", "~experiment", "version", "~used for", "known by"]
        show(make_table(heads, runs, title="runs that heard it"), "")
    if lineage.models:
        models = [
            (f"{model.name} v{model.version}", ", ".join(model.aliases), model.run_id,
             known_by[model.run_id])
            for model in lineage.models
        ]  # fmt: skip
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
    found: "HeardClips", output: Path | None, limit: int, *, as_json: bool
) -> None:
    """Show how much of each version a model rests on, and the clips."""
    ids = found.table.column("clip_id").to_pylist()
    if as_json:
        write_json(
            {"subject": found.subject, "versions": found.versions, "clips": found.table.to_pylist()}
        )
        return
    rows = [
        (str(one.version), one.digest[:12], f"{one.num_heard:,}", f"{one.num_clips:,}",
         format_hms(one.heard_seconds), one.known_by)
        for one in found.versions
    ]  # fmt: skip
    heads = ["version", "digest", ">clips heard", ">of", ">length", "known by"]
    show(make_table(heads, rows), "")
    if output is not None:
        say(f"{count(len(ids), 'clip')} written to {output}")
        return
    for clip_id in ids[:limit]:
        write_line(clip_id)
    if len(ids) > limit:
        say(f"{len(ids) - limit:,} more clips; --limit N, --output FILE or --json")
