"""What `audioset pull` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.text import format_size
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.versions.pull import PullReport


def show_pulled(report: "PullReport", *, as_json: bool) -> None:
    """Show where the files are, and what had to be fetched."""
    if as_json:
        write_json(report)
        return
    write_line(str(report.directory))
    say(
        f"{count(report.num_clips, 'clip')} of {report.ref}, {format_hms(report.length_seconds)}, "
        f"{format_size(report.size_bytes)}: {report.num_fetched:,} fetched "
        f"({format_size(report.fetched_bytes)}), {report.num_clips - report.num_fetched:,} there"
    )
    if report.num_others:
        files = count(report.num_others, "file")
        say(f"audioset: {files} in {report.directory / 'clips'} not of these clips; left alone")
