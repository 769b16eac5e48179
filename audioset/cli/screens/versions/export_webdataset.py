"""What `audioset export webdataset` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import format_size
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.interop.exporters import ExportReport


def show_exported(report: "ExportReport", *, as_json: bool) -> None:
    """Show the tars."""
    if as_json:
        write_json(report)
        return
    rows = [(tar.name, f"{tar.num_clips:,}", format_size(tar.size_bytes)) for tar in report.tars]
    show(make_table(["tar", ">clips", ">size"], rows))
    tars = count(len(report.tars), "tar")
    say(f"{count(report.num_clips, 'clip')} of {report.ref} in {tars}, in {report.directory}")
