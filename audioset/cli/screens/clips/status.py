"""What `audioset status` shows."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, say, write_json, write_line
from audioset.settings import SQLITE_FILE, seen_from
from audioset.wording import count, format_hms, some_of

if TYPE_CHECKING:
    from audioset.records.workspace_status import (
        ClipTotals,
        NextPublish,
        PlaceAnswer,
        SourceTotals,
        WorkspaceStatus,
    )

_OF_A_KIND = 3
_NUMBERS_SHOWN = 10
_NAME_WIDTH = 14
_PIPE_WIDTH = 1000  # a file or a pipe has no width: one thing is one line


def show_status(status: "WorkspaceStatus", *, as_json: bool) -> None:
    """Show a line for each thing, then what is wrong, then what to do next."""
    if as_json:
        write_json(fields_of(status))
    else:
        _write("dataset", f"{status.dataset} in {status.folder}")
        _write("sources", _sources(status.sources))
        for line in _changes(status.sources, status.folder):
            _write("", line)
        if status.sources.lines_without_clips:
            _write("lines", _lines(status.sources))
        _write("clips", _clips(status.clips))
        _write("next publish", _next(status.next_publish))
        for place in status.places:
            _write(place.place, _place(place, status.folder))
    for problem in status.problems:
        say(f"audioset: {problem}")
    for number, step in enumerate(status.steps[:_OF_A_KIND]):
        say(f"{'then' if number else 'next'}: {step.command}  ({step.why})")
    if not status.steps and not status.problems:
        say("nothing is left to do")


def _write(name: str, text: str) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    lines = textwrap.wrap(
        text, max(width - _NAME_WIDTH, 20), break_long_words=False, break_on_hyphens=False
    )
    for number, line in enumerate(lines):
        write_line(f"{'' if number else name:<{_NAME_WIDTH}}{line}")


def _sources(sources: "SourceTotals") -> str:
    ways = ", ".join(f"{number:,} {way}" for way, number in sources.ways.items())
    parts = [
        f"{sources.num_sources:,}" + (f": {ways}" if ways else ""),
        *_counted((sources.num_without_clips, "without a clip"), (sources.num_removed, "removed")),
    ]
    return "; ".join(parts)


def _changes(sources: "SourceTotals", folder: Path) -> Iterator[str]:
    """Give a line for each kind of source that is not found as it was."""
    here = sources.here
    if here.new_files:
        yield f"{count(len(here.new_files), 'new file')}: {_named(here.new_files, folder)}"
    renamed = [f"{s.name} is {seen_from(s.path or '', folder)} now" for s in here.of("renamed")]
    if renamed:
        yield f"{len(renamed):,} renamed: {some_of(renamed, _OF_A_KIND)}"
    for state, said in (
        ("changed", "changed"),
        ("missing", "missing"),
        ("unknown", "not known where on this machine"),
        ("remote", "on object storage"),
    ):
        names = [source.name for source in here.sources if source.state == state]
        if names:
            yield f"{len(names):,} {said}: {some_of(names, _OF_A_KIND)}"


def _lines(sources: "SourceTotals") -> str:
    """Name the lines of which there is no clip; who did not say one knows it."""
    names = {source.source_id: source.name for source in sources.here.sources}
    without = sources.lines_without_clips
    of = [
        f"{some_of(numbers, _NUMBERS_SHOWN)} of {names.get(source_id, source_id)}"
        for source_id, numbers in without.items()
    ]
    number = sum(map(len, without.values()))
    return f"{number:,} without a clip: {some_of(of, _OF_A_KIND, between='; ')}"


def _clips(clips: "ClipTotals | None") -> str:
    if clips is None:
        return "not known"
    if not clips.num_clips:
        return "none yet" if not clips.num_kept_aside else f"none; {_aside(clips)}"
    counts = _counted(
        (clips.num_accepted, "accepted"),
        (clips.num_undecided, "not judged"),
        (clips.num_flagged, "flagged"),
        (clips.num_unsure, "unsure"),
        (clips.num_rejected, "rejected"),
        (clips.num_without_text, "without text"),
        (clips.num_thin, "thin (audio in the store)"),
        (len(clips.without_audio), "without audio"),
    )
    text = f"{clips.num_clips:,}, {format_hms(clips.length_seconds)}: {', '.join(counts)}"
    return text.removesuffix(": ") + (f"; {_aside(clips)}" if clips.num_kept_aside else "")


def _aside(clips: "ClipTotals") -> str:
    return f"{clips.num_kept_aside:,} removed and kept aside (audioset remove --undo)"


def _next(publish: "NextPublish | None") -> str:
    if publish is None:
        return "not known"
    counts = _counted(
        (publish.num_added, "added"),
        (publish.num_removed, "removed"),
        (publish.num_changed, "changed"),
        (publish.num_left_out, "withdrawn and left out"),
    )
    if publish.num_not_here:
        not_here = f"; {count(publish.num_not_here, 'clip')} of {publish.latest} are not here"
    else:
        not_here = ""
    if not publish.is_needed:
        said = f"nothing new since {publish.latest}" if publish.latest else "nothing to publish"
        return f"{said}{not_here}"
    after = f"after {publish.latest}" if publish.latest else "the first version"
    return f"{after}: {', '.join(counts)}{not_here}"


def _place(place: "PlaceAnswer", folder: Path) -> str:
    address = seen_from(place.address.removeprefix(SQLITE_FILE), folder)
    answer = place.state + (f", {place.holds}" if place.holds else "")
    return f"{address}: {answer}"


def _counted(*pairs: tuple[int, str]) -> list[str]:
    return [f"{number:,} {what}" for number, what in pairs if number]


def _named(paths: Iterable[str], folder: Path) -> str:
    return some_of([seen_from(path, folder) for path in paths], _OF_A_KIND)
