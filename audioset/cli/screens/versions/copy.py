"""What `audioset copy` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import count, format_size

if TYPE_CHECKING:
    from audioset.records.copy_report import CopiedVersions, CopyReport

_NOW = ("copied", "repaired", "missing")


def show_copied(report: "CopyReport", *, as_json: bool) -> None:
    """Show what was copied, what was there, and what was left out and why."""
    if as_json:
        write_json(report)
    else:
        _show_versions(report.versions)
    _say_versions(report)
    for problem in report.problems:
        say(f"audioset: {problem}")


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


def _say_versions(report: "CopyReport") -> None:
    copied = report.versions
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
    if report.dry_run:
        say("nothing was changed; without --dry-run it is done")
