"""What `audioset export` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import format_size
from audioset.records.manifest import column_names
from audioset.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from audioset.records.export_report import ExportReport


def show_exported(report: "ExportReport", *, as_json: bool) -> None:
    """Show the files, and what is not in them."""
    if as_json:
        write_json(report)
        return
    rows = [
        (
            file.name,
            "" if file.num_clips is None else f"{file.num_clips:,}",
            format_size(file.size_bytes),
        )
        for file in report.files
    ]
    show(make_table(["file", ">clips", ">size"], rows))
    own = f" and {count(report.num_clip_files, 'clip file')}" if report.num_clip_files else ""
    splits = ", ".join(f"{name} {number:,}" for name, number in report.splits.items())
    say(
        f"{count(report.num_clips, 'clip')} of {report.ref} ({splits}) in "
        f"{count(len(report.files), 'file')}{own}, {format_size(report.size_bytes)}, in "
        f"{report.place}"
    )
    if report.left_out:
        say(f"left out: {_counts(report.left_out)}")
    if report.changed:
        say(f"written otherwise: {_counts(report.changed)}")
    if report.no_place:
        say(f"{report.format} has no place for: {_columns(report.no_place)} (--json counts them)")
    if report.pushed:
        say(f"pushed to {report.pushed}")


def _columns(names: "Iterable[str]") -> str:
    """Name columns; those that say where a clip was cut are many, and one thing."""
    of_cut = {*column_names(group="identity"), *column_names(group="time")}
    found = list(names)
    others = [name for name in found if name not in of_cut]
    cut = [name for name in found if name in of_cut]
    return ", ".join([*others, *([f"where clips were cut ({', '.join(cut)})"] if cut else [])])


def _counts(numbers: "Mapping[str, int]") -> str:
    return ", ".join(f"{count(number, 'clip')} {why}" for why, number in numbers.items())
