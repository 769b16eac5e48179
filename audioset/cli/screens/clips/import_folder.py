"""What `audioset import folder` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, make_table, say, show, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.interop.importers import ImportReport

_ROWS_SHOWN = 40
_FILES_SHOWN = 5
_HEADINGS = {
    "close": "misspelt, taken: please look",
    "contradicts": "contradict each other, not taken",
    "two fit": "may mean several files, not taken",
    "no file": "name no file of the folder",
    "no name": "name no file at all",
    "failed": "name files that cannot be used",
}


def show_import(report: "ImportReport", *, dry_run: bool, as_json: bool) -> None:
    """Show what was imported, what was left out, and what to look at."""
    if as_json:
        write_json({**fields_of(report), "to_look_at": report.to_look_at})
        return
    _say_table(report)
    _show_rows(report)
    if report.failures:
        show(make_table(["~left out", "~why"], report.failures), "")
    _say_files(report)
    for note in report.notes:
        say(f"note: {note}")
    _say_losses(report)
    _say_totals(report, dry_run=dry_run)


def _say_table(report: "ImportReport") -> None:
    if report.table is None:
        say("no table: the clips have no texts and no facts of their own")
        return
    sheet = f", sheet {report.sheet!r}" if report.sheet else ""
    say(f"table: {report.table}{sheet}")
    mapped = [
        heading if heading.lower() == role else f"{heading!r} as {role}"
        for heading, role in report.mapped
    ]
    say(f"columns: {', '.join(mapped)}")
    if report.extra:
        say(f"kept under their own names (extra): {', '.join(map(repr, report.extra))}")


def _show_rows(report: "ImportReport") -> None:
    """Show the rows to look at, a table for each kind."""
    respelt = [row for row in report.rows if row.fate == "respelt"]
    if respelt:
        _say_some(
            f"{count(len(respelt), 'row')} in another spelling of the file's name",
            [f"row {row.row}: {row.why}" for row in respelt],
        )
    doubled = list(dict.fromkeys(row.why for row in report.rows if row.fate == "doubled"))
    for why in doubled[:_ROWS_SHOWN]:
        say(why)
    for fate, heading in _HEADINGS.items():
        numbers: dict[str, list[str]] = {}
        for row in report.rows:
            if row.fate == fate:
                numbers.setdefault(row.why, []).append(str(row.row))
        if numbers:
            total = sum(map(len, numbers.values()))
            told = [(", ".join(rows), why) for why, rows in numbers.items()]
            _show_table(f"{count(total, 'row')}: {heading}", told)
    problems = [(str(row.row), what) for row in report.rows for what in row.problems]
    if problems:
        _show_table(f"{count(len(problems), 'cell')} not taken, or in doubt", problems)


def _show_table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    write_line(title)
    show(make_table(["~row", "~what"], rows[:_ROWS_SHOWN]), "")
    if len(rows) > _ROWS_SHOWN:
        say(f"and {len(rows) - _ROWS_SHOWN:,} more; all are in --json")


def _say_files(report: "ImportReport") -> None:
    if report.without_row:
        what = "left as they are" if report.named_only else "no text"
        _say_some(
            f"{count(len(report.without_row), 'file')} without a row, {what}", report.without_row
        )
    said: dict[str, list[str]] = {}
    for name, sentence in report.warnings:
        said.setdefault(sentence, []).append(name)
    for sentence, names in list(said.items())[:_ROWS_SHOWN]:
        _say_some(sentence, names)
    if report.long:
        _say_some(
            f"{count(len(report.long), 'file')} longer than two minutes; audioset cut makes clips "
            "of such",
            [f"{name} ({format_hms(seconds)})" for name, seconds in report.long],
        )


def _say_losses(report: "ImportReport") -> None:
    lost = report.lost
    verb = "went" if report.written else "would go"
    if lost.files:
        decided = f", with {count(lost.num_decisions, 'decision')}" if lost.num_decisions else ""
        _say_some(f"{count(len(lost.files), 'clip')} {verb}{decided}", lost.files)
    if lost.texts:
        _say_some(
            f"{count(len(lost.texts), 'text')} {verb}",
            [f"{name}: {text!r}" for name, text in lost.texts],
        )


def _say_totals(report: "ImportReport", *, dry_run: bool) -> None:
    total = (
        f"{count(report.num_clips, 'clip')} ({report.num_new:,} new, {report.num_changed:,} "
        f"changed), {report.num_texts:,} with a text"
    )
    if not report.written:
        write_line(f"would be {total}")
        say(
            "audioset: nothing was written: --dry-run"
            if dry_run
            else "audioset: nothing was written, since something would be lost; --yes does it"
        )
        return
    write_line(f"{total}, {format_hms(report.length_seconds)}, in {report.manifest}")
    if report.failures:
        say(f"audioset: {count(len(report.failures), 'file')} left out")
    if report.to_look_at:
        rows = count(len(report.to_look_at), "row")
        say(f"audioset: {rows} of the table to look at; correct them there and import it again")
    say("next: audioset status")


def _say_some(what: str, names: Sequence[str]) -> None:
    more = len(names) - _FILES_SHOWN
    listed = "; ".join(names[:_FILES_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")
    say(f"{what}: {listed}")
