"""What `audioset forget` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audioset.cli.render import fields_of, make_table, say, show, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.lineage import Lineage
    from audioset.tracking.withdrawal import ForgetReport
    from audioset.versions.forget import ForgetPlan

_SOURCES_SHOWN = 5


def show_forgotten(report: "ForgetReport", *, changed: bool, as_json: bool) -> None:
    """Show what a withdrawal reaches, and what was done."""
    if as_json:
        write_json(_as_values(report))
    else:
        _show_radius(report)
    if not changed:
        say("nothing was changed; --yes withdraws them, for good and from every version")
        say("to take them out of the workspace alone, so that they can come back: audioset remove")


def _as_values(report: "ForgetReport") -> dict[str, Any]:
    """Give the report for JSON: what is withdrawn of a version beside the version as it stands."""
    plans = [
        {
            **fields_of(plan),
            "versions": [
                {
                    **fields_of(affected.record),
                    "clip_ids": affected.clip_ids,
                    "withdrawn_seconds": affected.length_seconds,
                }
                for affected in plan.versions
            ],
        }
        for plan in report.radius.plans
    ]
    return {**fields_of(report), "radius": {**fields_of(report.radius), "plans": plans}}


def _show_radius(report: "ForgetReport") -> None:
    radius = report.radius
    _show_versions(radius.plans)
    _show_models(radius.lineages)
    say(
        f"{count(len(radius.recordings), 'recording')} withdrawn; "
        f"{count(radius.num_working, 'working clip')} among them"
        if report.forgotten
        else f"reaches {count(len(radius.recordings), 'recording')}, "
        f"{count(radius.num_working, 'working clip')}"
    )
    for done in report.forgotten:
        if done.version is not None:
            write_line(f"{done.version.ref}  {done.version.digest}")
        say(f"{count(done.num_removed, 'object')} that held them removed from the store")
    if report.forgotten:
        _say_what_is_left(radius.source_places)
    if report.tracking_error:
        say(f"audioset: not logged in MLflow: {report.tracking_error}; audioset log catches up")


def _say_what_is_left(places: Sequence[str]) -> None:
    """Name the copies that are out of reach: a person has to look for them."""
    if not places:  # an earlier withdrawal was completed, and its clips are gone
        return
    shown = ", ".join(places[:_SOURCES_SHOWN])
    more = len(places) - _SOURCES_SHOWN
    say(
        f"not touched: {'their source' if len(places) == 1 else 'their sources'} {shown}"
        f"{f' and {more:,} more (--json names all)' if more > 0 else ''}; delete or cut out the "
        "speech yourself"
    )
    say(
        "pages (--report), folders of audioset pull and audioset export, caches and backups may "
        "hold copies: delete them too"
    )


def _show_versions(plans: Sequence["ForgetPlan"]) -> None:
    rows = [
        (
            str(affected.record.ref),
            f"{len(affected.clip_ids):,}",
            f"{affected.record.num_clips:,}",
            format_hms(affected.length_seconds),
        )
        for plan in plans
        for affected in plan.versions
    ]
    if rows:
        show(
            make_table(
                ["version", ">withdrawn", ">of clips", ">length"],
                rows,
                title="versions that hold them",
            ),
            "",
        )
    else:
        say("no version holds them")


def _show_models(lineages: Sequence["Lineage"]) -> None:
    runs = {run.run_id: run for lineage in lineages for run in lineage.runs}
    models = {(m.name, m.version): m for lineage in lineages for m in lineage.models}
    if runs:
        rows = [(run.run_id, run.name, run.experiment) for run in runs.values()]
        show(make_table(["run", "~name", "~experiment"], rows, title="runs that consumed them"), "")
    else:
        say("no run consumed them")
    if models:
        rows = [(f"{m.name} v{m.version}", ", ".join(m.aliases), m.run_id) for m in models.values()]
        show(make_table(["model", "~aliases now", "run"], rows, title="models made of them"), "")
    else:
        say("no registered model consumed them")
