"""What `audioset import` shows of a corpus."""

from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, make_table, say, show, write_json, write_line
from audioset.wording import count, format_hms, some_of

if TYPE_CHECKING:
    from audioset.records.corpus_report import CorpusReport

_ITEMS_SHOWN = 20  # of each kind
_NAMES_SHOWN = 5
_OF_KIND = {
    "left out": "left out",
    "doubled": "left out, there twice",
    "length": "with another length than the corpus says",
    "changed": "changed since the import",
    "told": "other remarks",
}


def show_corpus(report: "CorpusReport", *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show what was imported, what was left out, and what to look at."""
    if as_json:
        write_json({**fields_of(report), "num_left_out": report.num_left_out})
        return
    if report.evidence:
        say(f"format: {report.format}, since there is {report.evidence}")
    _say_words(report)
    for kind, heading in _OF_KIND.items():
        _show_problems(report, kind, heading)
    for note in report.notes:
        say(f"note: {note}")
    if report.num_gone:
        say(
            f"{count(report.num_gone, 'clip')} of {report.corpus} are not in it any more, and stay "
            f"here: {some_of(report.gone, _NAMES_SHOWN)}"
        )
    _say_corpus_totals(report, dry_run=dry_run, yes=yes)


def _say_words(report: "CorpusReport") -> None:
    for column, theirs, ours, number in report.mapped[:_ITEMS_SHOWN]:
        say(f"{column}: {theirs!r} is {ours!r} here ({number:,})")
    if report.extra:
        kept = ", ".join(f"{name} ({number:,})" for name, number in report.extra.items())
        say(f"kept under their own names (extra): {kept}")
    if report.lost:
        lost = ", ".join(f"{name} ({number:,})" for name, number in report.lost.items())
        say(f"not kept, there is no place for it: {lost}")


def _show_problems(report: "CorpusReport", kind: str, heading: str) -> None:
    number = report.num_problems.get(kind, 0)
    if not number:
        return
    rows = [(each.name, each.why, each.where) for each in report.problems if each.kind == kind]
    write_line(f"{count(number, 'item' if kind != 'told' else 'remark')} {heading}")
    show(make_table(["~item", "~why", "~where"], rows[:_ITEMS_SHOWN]), "")
    if number > _ITEMS_SHOWN:
        listed = "all" if number == len(rows) else f"the first {len(rows):,}"
        say(f"and {number - _ITEMS_SHOWN:,} more; {listed} are in --json")


def _say_corpus_totals(report: "CorpusReport", *, dry_run: bool, yes: bool) -> None:
    sources = f" ({count(report.num_sources, 'long recording')})" if report.num_sources else ""
    more = [
        (report.num_same, "there already"),
        (report.num_changed, "changed"),
        (report.num_left_out, "left out"),
        (report.num_removed, "removed by a person before"),
        (report.num_elsewhere, "here by another import"),
    ]
    others = "".join(f", {number:,} {what}" for number, what in more if number)
    new = f"{count(report.num_new, 'new clip')}{sources} of {count(report.num_items, 'item')}"
    lacks = [
        (report.num_without_text, "without a text"),
        (report.num_without_licence, "without a licence"),
    ]
    for number, what in lacks:
        if number:
            say(f"{count(number, 'new clip')} {what}")
    if report.num_changed and not yes:
        say("what changed is only listed; --yes takes it over")
    if dry_run:
        write_line(f"would be {new}{others}")
        say("audioset: nothing was written: --dry-run")
        return
    write_line(f"{new}{others}, {format_hms(report.length_seconds)}")
    say("next: audioset status")
