"""What `audioset cut` says of sources as files: other names, copies, and those that are gone."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from audioset.cli.render import say
from audioset.cli.text import count

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport
    from audioset.records.source_news import NewsKind

_NEWS_SHOWN = 3  # of one kind; more of them are counted
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
    names = [PurePath(path).name for path in paths[:_NEWS_SHOWN]]
    more = len(paths) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
