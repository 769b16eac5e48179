"""What `audioset cut` says of sources as files: other names, copies, and those that are gone."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_line
from audioset.wording import count, some_of

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport, SourceReport
    from audioset.records.source_news import NewsKind
    from audioset.records.succession import Succession, Unplaced

_NEWS_SHOWN = 3  # of one kind; more of them are counted
_UNPLACED_SHOWN = 20
_BESIDE: "tuple[NewsKind, ...]" = ("changed", "namesake")  # the clips of both are here
_MANY: "dict[NewsKind, str]" = {
    "renamed": "have a new name: their clips stay",
    "moved": "lay in another folder before: their clips stay",
    "copy": "hold the same recording as another one: it is cut once",
    "imported": "are clips already, imported: they are not cut",
}


def say_news(report: "CutReport") -> None:
    """Say what is new about sources as files, and what is wrong with them in this workspace."""
    for sentence in _told(report):
        say(sentence)
    for source in report.sources:
        if source.succession is not None:
            _say_succession(source.succession, PurePath(source.path).name)
        elif source.news and source.news.kind in _BESIDE and source.status != "kept":
            say(f"audioset: {source.news.sentence(PurePath(source.path).name)}")
            say("its clips are here as well; --replace lets the file take its place")
    if report.missing:
        names = _named([source.path or source.name for source in report.missing])
        lie = (
            "source of this folder is" if len(report.missing) == 1 else "sources of this folder are"
        )
        say(f"audioset: {len(report.missing)} {lie} not there any more: {names}; the clips stay")
    for same in report.doubles:
        names = " and ".join(f"{source.name} ({source.source_id})" for source in same)
        say(f"audioset: cut {len(same)} times, though the recording is the same: {names}")
    if report.doubles:
        say("each of them is published: take out those that you do not want with audioset remove")
    for note in report.notes:
        say(f"audioset: {note}")


def show_unplaced(source: "SourceReport") -> None:
    """Show what was said of clips that are gone and found no place: of a source, and before it."""
    if source.source is not None:
        _show_unplaced(source.unplaced, source.source.name, source.source.source_id)
    if found := source.succession:
        _show_unplaced(found.unplaced, found.name, found.source_id)


def _show_unplaced(unplaced: "Sequence[Unplaced]", name: str, source_id: str) -> None:
    rows = [
        (each.clip_id.removeprefix(f"{source_id}-"), each.field, _value(each.value), each.why)
        for each in unplaced
    ]
    if rows:
        columns = ["clip", "field", "~value", "~why it found no place"]
        title = f"of {name} ({source_id})"
        show(make_table(columns, rows[:_UNPLACED_SHOWN], title=title), "")
    if len(rows) > _UNPLACED_SHOWN:
        write_line(f"and {len(rows) - _UNPLACED_SHOWN:,} more; all of them: --json")


def _value(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _say_succession(found: "Succession", now: str) -> None:
    say(
        f"{now} takes the place of {found.name} ({found.source_id}): {found.num_found:,} of "
        f"{count(found.num_clips, 'clip')} found again; carried over: "
        f"{count(found.num_decisions, 'decision')}, {count(found.num_texts, 'text')}"
    )
    if found.num_removed:
        say(f"{count(found.num_removed, 'clip')} that had been removed stay out")
    if found.unplaced:
        texts = sum(each.field == "text" for each in found.unplaced)
        kinds = ((texts, "text"), (len(found.unplaced) - texts, "other decision"))
        left = " and ".join(count(number, what) for number, what in kinds if number)
        say(f"audioset: left behind: {left}, which found no place; the table lists them")
    say(f"until the next publish its clips come back: audioset remove --undo {found.source_id}")


def _told(report: "CutReport") -> Iterator[str]:
    for kind, many in _MANY.items():
        some = [s for s in report.sources if s.news is not None and s.news.kind == kind]
        if len(some) > _NEWS_SHOWN:
            yield f"{count(len(some), 'file')} {many}"
            continue
        for source in some:
            if source.news is not None:
                yield source.news.sentence(PurePath(source.path).name)


def _named(paths: Sequence[str]) -> str:
    return some_of([PurePath(path).name for path in paths], _NEWS_SHOWN)
