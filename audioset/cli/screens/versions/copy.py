"""What `audioset copy` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import format_size
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.copy_report import CopiedDecisions, CopiedRuns, CopiedVersions, CopyReport

_PROBLEMS_SHOWN = 20
_NOW = ("copied", "repaired", "missing")


def show_copied(report: "CopyReport", *, as_json: bool) -> None:
    """Show what was copied, what was there, and what was left out and why."""
    if as_json:
        write_json(report)
    elif report.versions is not None:
        _show_versions(report.versions)
    if report.versions is not None:
        _say_versions(report, report.versions)
    if report.decisions is not None:
        _say_decisions(report, report.decisions)
    if report.runs is not None:
        _say_runs(report, report.runs)
    for problem in report.problems[:_PROBLEMS_SHOWN]:
        say(f"audioset: {problem}")
    if (more := len(report.problems) - _PROBLEMS_SHOWN) > 0:
        say(f"audioset: and {more:,} more; --json names all")
    if report.dry_run:
        say("nothing was changed; without --dry-run it is done")


def _show_versions(copied: "CopiedVersions") -> None:
    rows = [(f"withdrawal {one.number}", one.state, "", "") for one in copied.withdrawals]
    rows += [
        (
            str(version.ref),
            version.state,
            f"{version.num_objects:,}" if version.num_objects else "",
            format_size(version.size_bytes) if version.num_objects else "",
        )
        for version in copied.versions
    ]
    rows += [(f"{alias.alias} (v{alias.version})", alias.state, "", "") for alias in copied.aliases]
    show(make_table(["what", "at the target", ">objects", ">size"], rows))


def _say_versions(report: "CopyReport", copied: "CopiedVersions") -> None:
    now = [version for version in copied.versions if version.state in _NOW]
    aliases = [alias for alias in copied.aliases if alias.state in _NOW]
    way = f"from {report.origin} to {report.to}"
    if not now and not aliases and not report.problems:
        say(f"nothing is missing {way}")
        return
    size = format_size(sum(version.size_bytes for version in now))
    names = f"{len(aliases):,} alias{'' if len(aliases) == 1 else 'es'}"
    say(
        f"{count(len(now), 'version')} ({size}) and {names} "
        f"{'would be copied' if report.dry_run else 'copied'} {way}"
    )
    if copied.num_removed:
        say(f"{count(copied.num_removed, 'object')} of withdrawn recordings removed there")


def _say_decisions(report: "CopyReport", copied: "CopiedDecisions") -> None:
    would = "would be added" if report.dry_run else "added"
    say(
        f"{count(copied.num_added, 'decision')} {would}, {copied.num_there:,} there before: from "
        f"{report.origin} to {report.to}"
    )
    if copied.num_assignments:
        say(f"{count(copied.num_assignments, 'assignment')} {would}")
    if copied.num_left_out:
        say(f"{count(copied.num_left_out, 'decision')} left out: about clips that were withdrawn")


def _say_runs(report: "CopyReport", copied: "CopiedRuns") -> None:
    would = "would be added" if report.dry_run else "added"
    say(
        f"{count(copied.num_added, 'run')} and {count(len(copied.models), 'model version')} "
        f"{would}, {copied.num_there:,} and {copied.num_models_there:,} there before: from "
        f"{report.origin} to {report.to}"
    )
