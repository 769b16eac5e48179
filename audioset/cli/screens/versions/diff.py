"""What `audioset diff` shows, and `audioset lineage-diff`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.version_diff import (
        DiffClip,
        DiffSide,
        LabelValue,
        RecutClip,
        TotalChange,
        VersionDiff,
    )

_GROUPS_SHOWN = 15
_ALL_DIGITS = 17  # of a float64
Entry = TypeVar("Entry")


def show_diff(diff: "VersionDiff", rows: int, *, report: Path | None = None, as_json: bool) -> None:
    """Show the summary, then the first changes of each kind; JSON has everything."""
    if as_json:
        write_json(diff)
    else:
        _show_changes(diff, rows)
    if report is not None:
        say(f"written to {report}")


def _show_changes(diff: "VersionDiff", limit: int) -> None:
    write_line(f"{_side(diff.before)} → {_side(diff.after)}")
    _say_withdrawn(diff)
    if diff.is_empty:
        write_line(f"nothing changed in {count(diff.num_unchanged, 'clip')}")
        return
    show("", make_table(["what", ">clips", "~"], _summary(diff)))
    _show_totals("speaker", diff.speakers)
    _show_totals("split", diff.splits)
    clip_heads = ["~speaker", ">length", "~text"]
    _show_some(["added", *clip_heads], diff.added, _clip_row, limit)
    _show_some(["removed", *clip_heads], diff.removed, _clip_row, limit)
    _show_some(
        ["~re-cut before", "~after", ">length before", ">after"], diff.recut, _recut_row, limit
    )
    _show_some(
        ["re-texted", "~before", "~after"],
        diff.retexted,
        lambda change: (change.clip_id, _value(change.before), _value(change.after)),
        limit,
    )
    _show_some(
        ["relabelled", "column", "~before", "~after"],
        diff.labels,
        lambda change: (change.clip_id, change.column, *_values(change.before, change.after)),
        limit,
    )


def _side(side: "DiffSide") -> str:
    return f"{side.name} ({count(side.num_clips, 'clip')}, {format_hms(side.length_seconds)})"


def _say_withdrawn(diff: "VersionDiff") -> None:
    for side in (diff.before, diff.after):
        if side.num_withdrawn:
            clips = count(side.num_withdrawn, "clip")
            say(f"{clips} of {side.name} withdrawn (audioset forget); not compared")


def _summary(diff: "VersionDiff") -> list[tuple[str, str, str]]:
    more = {
        "added": _length(diff.added),
        "removed": _length(diff.removed),
        "relabelled": _columns(diff.relabelled_columns),
        "remeasured": _columns(diff.measured_columns),
    }
    return [(kind, f"{number:,}", more.get(kind, "")) for kind, number in diff.kinds.items()]


def _columns(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items())


def _length(clips: "Sequence[DiffClip]") -> str:
    return format_hms(sum(clip.length_seconds for clip in clips)) if clips else ""


def _show_totals(title: str, changes: "Sequence[TotalChange]") -> None:
    """Show the groups that changed."""
    changed = [change for change in changes if change.is_changed]
    if not changed or (len(changes) == 1 and changes[0].name is None):
        return
    rows = [_total_row(change) for change in changed[:_GROUPS_SHOWN]]
    heads = [f"~{title}", ">clips before", ">after", ">length before", ">after", ">change"]
    show("", make_table(heads, rows))
    if len(changed) > _GROUPS_SHOWN:
        say(f"{len(changed) - _GROUPS_SHOWN:,} more {title}s changed; --json gives all")


def _total_row(change: "TotalChange") -> tuple[str, ...]:
    grown = change.after_seconds - change.before_seconds
    return *change.cells(), f"{'-' if grown < 0 else '+'}{format_hms(abs(grown))}"


def _show_some(
    heads: Sequence[str],
    entries: Sequence[Entry],
    row: Callable[[Entry], Sequence[str]],
    limit: int,
) -> None:
    if not entries or not limit:
        return
    show("", make_table(heads, [row(entry) for entry in entries[:limit]]))
    if len(entries) > limit:
        more = len(entries) - limit
        kind = heads[0].lstrip("~").partition(" ")[0]
        say(f"{more:,} more {kind}; --rows N, --report or --json")


def _clip_row(clip: "DiffClip") -> tuple[str, ...]:
    return (clip.clip_id, clip.speaker or "", f"{clip.length_seconds:.2f} s", _value(clip.text))


def _recut_row(pair: "RecutClip") -> tuple[str, ...]:
    lengths = (f"{clip.length_seconds:.2f} s" for clip in (pair.before, pair.after))
    after = "(same id)" if pair.after.clip_id == pair.before.clip_id else pair.after.clip_id
    return pair.before.clip_id, after, *lengths


def _values(before: "LabelValue", after: "LabelValue") -> tuple[str, str]:
    """Give two values on a line each; numbers with three digits, or as many as tell them apart."""
    for digits in range(3, _ALL_DIGITS):
        texts = [_rounded(value, digits) for value in (before, after)]
        if texts[0] != texts[1] and "e+" not in "".join(texts):
            return texts[0], texts[1]
    return _value(before), _value(after)


def _rounded(value: "LabelValue", digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else _value(value)


def _value(value: object) -> str:
    """Give a value on one line; a long text is cut off."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 120 else text[:119] + "…"
