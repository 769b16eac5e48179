"""What alias, collect and forget show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import count, format_hms, format_size

if TYPE_CHECKING:
    from audioset.records.alias import Alias
    from audioset.records.lineage import Lineage
    from audioset.tracking.withdraw import ForgetReport
    from audioset.versions.collect import CollectReport
    from audioset.versions.forget import ForgetPlan

_SOURCES_SHOWN = 5


def show_moved(alias: "Alias", *, as_json: bool) -> None:
    """Show where an alias stands now, and where it stood."""
    if as_json:
        write_json(alias)
        return
    before = f" (before: v{alias.moves[-2].version})" if len(alias.moves) > 1 else ""
    write_line(f"{alias.dataset}@{alias.alias}  v{alias.version}{before}")


def show_aliases(
    aliases: Sequence["Alias"], dataset: str, *, only: str | None, as_json: bool
) -> None:
    """Show all aliases, or the history of one."""
    chosen = [alias for alias in aliases if only in (None, alias.alias)]
    if as_json:
        write_json(chosen)
        return
    if not chosen:
        say(f"{dataset} has no alias yet; audioset alias prod {dataset}@v1 makes one")
        return
    moves = [
        (
            f"{alias.dataset}@{alias.alias}",
            f"v{move.version}",
            move.moved_at,
            move.moved_by,
            move.message,
        )
        for alias in chosen
        for move in (alias.moves if only else alias.moves[-1:])
    ]
    show(make_table(["alias", "version", "since (UTC)", "by", "~message"], moves))


def show_collected(report: "CollectReport", *, as_json: bool) -> None:
    """Show what was removed, or would be."""
    if as_json:
        write_json(report)
        return
    for key in report.removed:
        write_line(key)
    would = "would be removed" if report.dry_run else "removed"
    say(
        f"{count(len(report.removed), 'object')} ({format_size(report.size_bytes)}) {would}; "
        f"{report.num_needed:,} needed by versions, {report.num_young:,} too young to tell"
    )
    if report.dry_run and report.removed:
        say("nothing was removed; --yes removes them")


def show_forgotten(report: "ForgetReport", *, as_json: bool) -> None:
    """Show what a withdrawal reaches, and what was done."""
    if as_json:
        write_json(report)
        return
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
        _say_what_is_left(radius.source_names)
    if report.tracking_error:
        say(f"audioset: not logged in MLflow: {report.tracking_error}; audioset log catches up")


def _say_what_is_left(source_names: Sequence[str]) -> None:
    """Name the copies that are out of reach: a person has to look for them."""
    if not source_names:  # an earlier withdrawal was completed, and its clips are gone
        return
    shown = ", ".join(source_names[:_SOURCES_SHOWN])
    more = len(source_names) - _SOURCES_SHOWN
    say(
        f"not touched: {'their source' if len(source_names) == 1 else 'their sources'} {shown}"
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
        show(make_table(["run", "~name", "~experiment"], rows, title="runs that heard them"), "")
    else:
        say("no run heard them")
    if models:
        rows = [(f"{m.name} v{m.version}", ", ".join(m.aliases), m.run_id) for m in models.values()]
        show(make_table(["model", "~aliases now", "run"], rows, title="models made of them"), "")
    else:
        say("no registered model heard them")
