"""What `audioset collect` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.text import format_size
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.versions.collect import CollectReport


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
