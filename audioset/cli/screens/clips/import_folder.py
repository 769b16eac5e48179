"""What `audioset import folder` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import count, format_hms

if TYPE_CHECKING:
    from audioset.interop.importers import ImportReport


def show_import(report: "ImportReport", *, as_json: bool) -> None:
    """Show what was imported, and what was left out."""
    if as_json:
        write_json(report)
        return
    if report.failures:
        show(make_table(["~left out", "~why"], report.failures), "")
    write_line(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, "
        f"in {report.manifest}"
    )
    for note in report.notes:
        say(f"audioset: {note}")
    if report.failures:
        say(f"audioset: {count(len(report.failures), 'row')} of the table left out")
    else:
        say("next: audioset describe, then audioset publish")
