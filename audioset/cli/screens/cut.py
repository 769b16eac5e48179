"""What each command shows a person; one function per command, records in, text out."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.lines import as_values, show_lines
from audioset.cli.text import count, format_hms
from audioset.settings import Settings

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport

_DIGEST_SHOWN = 12


def show_cut(report: "CutReport", settings: Settings, *, as_json: bool) -> None:
    """Show what became of each source, the totals, and what to do next."""
    if as_json:
        write_json(
            {
                "sources": [as_values(source) for source in report.sources],
                "num_clips": report.num_clips,
                "length_seconds": report.length_seconds,
                "manifests_dir": settings.manifests_dir,
            }
        )
        return
    folder = _common_folder([source.path for source in report.sources])
    used = [source for source in report.sources if source.status in ("cut", "unchanged")]
    rows: list[tuple[str, ...]] = [
        (
            source.path.removeprefix(folder),
            source.status,
            f"{source.num_clips:,}",
            format_hms(source.length_seconds),
            "; ".join(source.warnings),
        )
        for source in used
    ]
    columns = ["~source", "", ">clips", ">length", "~warnings"]
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    if folder:
        write_line(f"in {folder}")
    if rows:
        show(make_table(columns, rows), "")
    for source in report.sources:
        if source.lines is not None:
            show_lines(source.lines, source.path.removeprefix(folder))
    for word, bad in (("failed", report.failed), ("refused", report.refused)):
        why = [
            (
                source.path.removeprefix(folder),
                (source.error or "").removeprefix(f"{source.path}: "),
            )
            for source in bad
        ]
        if why:
            show(make_table([f"~{word}", "~why"], why), "")
    _say_cut_totals(report, len(used), settings)


def _common_folder(paths: Sequence[str]) -> str:
    """Give the folder that all paths begin with, and its slash; empty when that saves nothing."""
    if len(paths) < 2:
        return ""
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120  text
    return f"{folder}/" if folder not in ("", "/") else ""


def _say_cut_totals(report: "CutReport", num_used: int, settings: Settings) -> None:
    say(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, "
        f"from {count(num_used, 'source')}; manifests in {settings.manifests_dir}"
    )
    _say_left_behind(report)
    if report.failed:
        say(f"audioset: {len(report.failed)} of {count(len(report.sources), 'source')} failed")
    elif report.refused:
        refused = f"{len(report.refused)} of {count(len(report.sources), 'source')}"
        say(f"audioset: {refused} refused; without --strict it is cut, and the doubtful is flagged")
    elif report.num_clips:
        say("next: audioset describe, then audioset publish")


def _say_left_behind(report: "CutReport") -> None:
    """Say what to do about decisions and texts that this cut left behind."""
    left = report.left_behind
    for sentence in left.sentences():
        say(f"audioset: {sentence}")
    if left.num_decisions:
        say("the same cut as before brings back clips and what was decided about them")
    if left.num_texts:
        say(
            "audioset transcribe writes texts anew; a cut by the file of audioset export lines "
            "keeps them"
        )


def _fields_of(record: object) -> dict[str, object]:
    """Give the fields of a record as they are; JSON turns what they hold into plain values."""
    from dataclasses import fields

    return {field.name: getattr(record, field.name) for field in fields(record)}  # type: ignore[arg-type]
