"""What `audioset measure` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import write_json, write_line
from audioset.cli.screens.parts import show_some
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.curation.measure import MeasureReport


def show_measured(report: "MeasureReport", *, as_json: bool) -> None:
    """Show how many clips were measured, and which could not be."""
    if as_json:
        write_json(report)
        return
    if report.failures:
        show_some(["~not measured", "~why"], report.failures, things="clips not measured")
    known = report.num_clips - report.num_measured - len(report.failures)
    write_line(f"{count(report.num_measured, 'clip')} measured, {known:,} were measured before")
