"""What `audioset cut` shows."""

import os
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.clips.cut_lines import as_values, say_lost, show_lines, show_mendings
from audioset.cli.screens.clips.cut_news import say_news, show_unplaced
from audioset.cli.screens.parts import MOST_ROWS, show_some
from audioset.wording import count, format_hms, some_of

_COLUMNS = ("~source", "", ">clips", ">length", "~cut by", "~warnings")
_STATES_TOLD = 5
_LINES_OF_SOURCES = 10  # whose lines are shown; each is a table

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport, SourceReport


def show_cut(
    found: "CutReport",
    manifests_dir: Path,
    *,
    report: Path | None,
    show_all: bool,
    as_json: bool,
) -> None:
    """Show what became of each source, the totals, and what to do next."""
    if as_json:
        write_json(
            {
                "sources": [as_values(source) for source in found.sources],
                "num_clips": found.num_clips,
                "length_seconds": found.length_seconds,
                "manifests_dir": manifests_dir,
                "missing": found.missing,
                "doubles": [[source.source_id for source in same] for same in found.doubles],
                "notes": found.notes,
                "doubts": found.doubts,
                "slice": str(found.slice) if found.slice else None,
                "num_elsewhere": found.num_elsewhere,
            }
        )
    else:
        folder = _common_folder([source.path for source in found.sources])
        _show_sources(found, folder, show_all)
        _show_bad(found, folder, show_all)
        if _say_slice(found):
            _say_totals(found, manifests_dir)
    if report is not None and any(source.lines for source in found.sources):
        say(f"listen to the takes: {report}")


def _show_sources(found: "CutReport", folder: str, show_all: bool) -> None:
    """Show what became of each source; of many, those that warn.

    What several warn of in the same words, such as of one table of lines, is told once below.
    """
    shared = _warned_together(found, show_all)
    rows: list[tuple[str, ...]] = [
        (
            source.path.removeprefix(folder),
            source.status,
            f"{source.num_clips:,}",
            format_hms(source.length_seconds),
            source.way.short if source.way else "",
            "; ".join(each for each in _to_tell(source, show_all) if each not in shared),
        )
        for source in _used(found)
    ]
    columns = list(_COLUMNS)
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    if folder:
        write_line(f"in {folder}")
    if len(rows) > MOST_ROWS and not show_all:
        warned = [row for row in rows if len(row) == len(_COLUMNS) and row[-1]]
        show_some(columns, warned, things="sources with warnings", show_all=False)
        write_line(f"{_by_status(found)}, without a warning: --all shows them\n")
    elif rows:
        show(make_table(columns, rows), "")
    for warning, names in shared.items():
        write_line(f"{some_of(names, 1)}: {warning}")
    if shared:
        write_line("")
    _show_lines_of(found, folder, show_all)
    for source in found.sources:
        show_unplaced(source)


def _show_lines_of(found: "CutReport", folder: str, show_all: bool) -> None:
    with_lines = [source for source in found.sources if source.lines is not None]
    for source in with_lines[: None if show_all else _LINES_OF_SOURCES]:
        if source.lines is not None:
            show_lines(source.lines, source.path.removeprefix(folder))
            show_mendings(source)
    if len(with_lines) > _LINES_OF_SOURCES and not show_all:
        more = len(with_lines) - _LINES_OF_SOURCES
        write_line(f"lines of {count(more, 'more source')}: --all, --report or --json\n")


def _warned_together(found: "CutReport", show_all: bool) -> dict[str, list[str]]:
    """Give what several sources warn of, and their names."""
    warned: dict[str, list[str]] = {}
    for source in _used(found):
        for warning in dict.fromkeys(_to_tell(source, show_all)):
            warned.setdefault(warning, []).append(os.path.basename(source.path))  # noqa: PTH119  URLs too
    return {warning: names for warning, names in warned.items() if len(names) > 1}


def _to_tell(source: "SourceReport", show_all: bool) -> list[str]:
    """Give what to say of a source: of one that is unchanged not what was said when it was cut."""
    told_before = source.status == "unchanged" and source.source is not None and not show_all
    known = source.source.warnings if told_before and source.source else ()
    return [warning for warning in source.warnings if warning not in known]


def _by_status(found: "CutReport") -> str:
    """Say how many sources are in which state and way, such as `590 cut (speech), 9 unchanged`."""
    quiet = Counter(
        source.status + (f" ({source.way.short})" if source.way else "")
        for source in _used(found)
        if not source.warnings
    )
    told = [f"{number:,} {words}" for words, number in quiet.most_common(_STATES_TOLD)]
    rest = quiet.total() - sum(number for _, number in quiet.most_common(_STATES_TOLD))
    return ", ".join([*told, *([f"{rest:,} others"] if rest else [])]) or "none"


def _show_bad(found: "CutReport", folder: str, show_all: bool) -> None:
    """Show what failed, was refused or kept, and why."""
    for word, bad in (
        ("failed", found.failed),
        ("refused", found.refused),
        ("kept", found.kept),
    ):
        why = [
            (
                source.path.removeprefix(folder),
                (source.error or "").removeprefix(f"{source.path}: "),
            )
            for source in bad
        ]
        if why:
            show_some([f"~{word}", "~why"], why, things=f"sources {word}", show_all=show_all)
            write_line("")


def _used(found: "CutReport") -> "list[SourceReport]":
    used = ("cut", "unchanged", "facts", "kept")
    return [source for source in found.sources if source.status in used]


def _common_folder(paths: Sequence[str]) -> str:
    """Give the folder that all paths begin with, and its slash; empty when that saves nothing."""
    if len(paths) < 2:
        return ""
    if any("://" in path for path in paths):  # addresses are no paths, and here may be both
        (folder, *others) = {path.rpartition("/")[0] for path in paths}
        return "" if others else f"{folder}/"
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120  text
    return f"{folder}/" if folder not in ("", "/") else ""


def _say_slice(report: "CutReport") -> bool:
    """Say how large the share of the sources was, and give whether there was any in it."""
    if report.slice is not None:
        mine = count(len(report.sources), "source")
        say(f"slice {report.slice}: {mine}, and {report.num_elsewhere:,} in other slices")
    return report.slice is None or bool(report.sources)


def _say_totals(report: "CutReport", manifests_dir: Path) -> None:
    say(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, "
        f"from {count(len(_used(report)), 'source')}; manifests in {manifests_dir}"
    )
    if report.sources and all(source.status == "unchanged" for source in report.sources):
        warned = sum(bool(s.source and s.source.warnings) for s in report.sources)
        say(
            "nothing was to be done: what is there is cut as it was asked for"
            + (f"; warnings of {count(warned, 'source')}: --all" if warned else "")
        )
    _say_choices(report)
    say_lost(report)
    _say_left_behind(report)
    _say_kept(report)
    for doubt in report.doubts:
        say(f"audioset: {doubt}")
    _say_removed(report)
    say_news(report)
    if report.failed:
        say(f"audioset: {len(report.failed)} of {count(len(report.sources), 'source')} failed")
    elif report.refused:
        refused = f"{len(report.refused)} of {count(len(report.sources), 'source')}"
        say(f"audioset: {refused} refused; without --strict it is cut, and the doubtful is flagged")
    elif len(report.removed) == len(report.sources):
        say("audioset: nothing was cut")
    elif not report.num_clips:
        say(f"audioset: nothing was cut: no clip in {count(len(report.sources), 'source')}")
    elif report.empty:
        none = f"{len(report.empty)} of {count(len(report.sources), 'source')}"
        say(f"audioset: {none} gave no clip; the table says why")
    if report.num_clips and not (report.failed or report.refused or report.kept):
        say("next: audioset status")


def _say_choices(report: "CutReport") -> None:
    """Say what was chosen for sources, each choice once, however many sources it was made for."""
    made: dict[str, list[str]] = {}
    for source in report.sources:
        if source.status == "cut" and source.source is not None:
            for choice in source.source.choices:
                made.setdefault(choice, []).append(source.source.name)
    for choice, names in made.items():
        say(f"{some_of(names, 1)}: {choice}")


def _say_removed(report: "CutReport") -> None:
    """Say what stays out because a person removed it, and what is back because it was named."""
    if report.removed:
        were, it = ("was", "it") if len(report.removed) == 1 else ("were", "one")
        say(
            f"{count(len(report.removed), 'source')} {were} removed and not cut; name {it} to cut "
            f"it again: audioset cut {shlex.quote(report.removed[0].path)}"
        )
    for source in report.sources:
        if source.is_back:
            say(f"{source.path} had been removed, and is back; audioset remove takes it out again")
    num_out = sum(source.num_kept_out for source in report.sources)
    if num_out:
        stay = "that was removed stays" if num_out == 1 else "that were removed stay"
        say(f"{count(num_out, 'clip')} {stay} out; audioset remove --undo tells which")
    num_touching = sum(source.num_touching for source in report.sources)
    if num_touching:
        hold = "holds" if num_touching == 1 else "hold"
        say(f"audioset: {count(num_touching, 'clip')} {hold} a part of what was removed")


def _say_left_behind(report: "CutReport") -> None:
    """Say what to do about decisions and texts that this cut left behind."""
    left = report.left_behind
    if left:
        say(f"audioset: left behind: {left}")
    if left.num_decisions:
        say("the same cut as before brings back clips and what was decided about them")
    if left.num_texts:
        say(
            "audioset transcribe writes texts anew; a cut by the file of audioset export lines "
            "keeps them"
        )


def _say_kept(report: "CutReport") -> None:
    """Say how to go on with sources that were not changed as they should be."""
    if not report.kept:
        return
    at_risk = [source for source in report.kept if source.left_behind]
    were = "it was" if len(report.kept) == 1 else "they were"
    kept = f"{len(report.kept)} of {count(len(report.sources), 'source')} kept as {were}"
    if at_risk:
        kept += f"; --yes changes {len(at_risk):,}, and leaves behind {report.would_leave_behind}"
    say(f"audioset: {kept}" + ("" if at_risk else "; the table says why"))
