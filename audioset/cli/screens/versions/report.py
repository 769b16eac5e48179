"""What `audioset report` shows: that the page is there, and what stands in it."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.dataset_report import DatasetReport


def show_report(report: "DatasetReport", *, to: Path, as_json: bool) -> None:
    """Show what was written where."""
    if as_json:
        write_json(report.to_json_dict())
        say(f"report in {to}")
        return
    told = report.description
    write_line(f"{report.name}: {count(told.num_clips, 'clip')}, {format_hms(told.total_seconds)}")
    if report.certificate is not None and not report.certificate.is_clean:
        write_line(f"leaks between splits: {report.certificate.verdict}")
    left_out = {"rejected": told.num_rejected, "withdrawn": told.num_withdrawn}
    for word, number in left_out.items():
        if number:
            say(f"{count(number, f'{word} clip')} left out")
    size = f" ({to.stat().st_size / 1e6:.1f} MB)" if to.is_file() else ""
    say(f"report in {to}{size}, with {count(len(report.heard), 'clip')} to be heard")
