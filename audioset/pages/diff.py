"""The report of `audioset diff` as one HTML file, to read or to hand to a reviewer.

The file loads nothing from elsewhere, and shows at most 500 entries of each kind, so that it opens
whatever the dataset.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from audioset.records.version_diff import (
    DiffClip,
    DiffSide,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    TotalChange,
    VersionDiff,
)
from audioset.storage.files import write_page

ENTRIES_PER_KIND = 500
_GROUPS_SHOWN = 50
_TEXT_SHOWN = 400
_WORDS = re.compile(r"\s+|\S+")

Entry = TypeVar("Entry")


def write_diff_page(diff: VersionDiff, path: Path) -> Path:
    """Write the report as an HTML file, and return `path`.

    Args:
        path: replaced when it exists.

    Raises:
        StorageError: the file cannot be written.
    """
    return write_page(path, _page(diff))


def _page(diff: VersionDiff) -> str:
    style = files("audioset.pages").joinpath("diff.css").read_text(encoding="utf-8")
    title = f"{_shown(diff.before.name)} → {_shown(diff.after.name)}"
    parts = (
        _summary(diff),
        _totals("speaker", diff.speakers),
        _totals("split", diff.splits),
        _section("added", diff.added, _CLIP_HEADS, _clip_cells),
        _section("removed", diff.removed, _CLIP_HEADS, _clip_cells),
        _section("re-cut", diff.recut, _RECUT_HEADS, _recut_cells),
        _section("re-texted", diff.retexted, ("clip", "before", "after"), _retexted_cells),
        _section(
            "relabelled", diff.labels, ("clip", "column", "before", "after"), _relabelled_cells
        ),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main><h1>{title}</h1>{''.join(parts)}</main></body></html>\n"
    )


def _summary(diff: VersionDiff) -> str:
    lines = [_row(_kind_cells(name, number)) for name, number in _counts(diff)]
    sides = [
        _row(_side_cells(word, side))
        for word, side in (("before", diff.before), ("after", diff.after))
    ]
    nothing = '<p class="fine">Nothing changed.</p>' if diff.is_empty else ""
    labels = "".join(
        f'<p class="quiet">{word} columns: '
        f"{', '.join(f'{_shown(n)} {c:,}' for n, c in columns.items())}.</p>"
        for word, columns in (
            ("Relabelled", diff.relabelled_columns),
            ("Remeasured", diff.measured_columns),
        )
        if columns
    )
    heads = ("", "name", ">clips", ">length", "")
    kinds = _table(("what", ">clips"), lines, "short")
    return f"{_table(heads, sides, 'short')}{nothing}{kinds}{labels}"


def _counts(diff: VersionDiff) -> Iterable[tuple[str, int]]:
    yield "added", len(diff.added)
    yield "removed", len(diff.removed)
    yield "re-cut", len(diff.recut)
    yield "re-texted", len(diff.retexted)
    yield "relabelled", diff.num_relabelled
    yield "remeasured", diff.num_measured_anew
    yield "unchanged", diff.num_unchanged


def _kind_cells(name: str, number: int) -> Sequence[str]:
    listed = number and name not in ("remeasured", "unchanged")
    return _cell(f'<a href="#{name}">{name}</a>' if listed else name), _number(f"{number:,}")


def _side_cells(word: str, side: DiffSide) -> Sequence[str]:
    gone = f"{side.num_withdrawn:,} withdrawn clips are not compared" if side.num_withdrawn else ""
    return (
        _cell(word),
        _cell(_shown(side.name)),
        _number(f"{side.num_clips:,}"),
        _number(_hms(side.length_seconds)),
        _cell(gone, "quiet"),
    )


def _totals(name: str, changes: Sequence[TotalChange]) -> str:
    if not changes or (len(changes) == 1 and changes[0].name is None):
        return ""
    heads = (name, ">clips before", ">after", ">length before", ">after", ">change")
    return (
        f"<section><h2>By {name}{_more(len(changes), _GROUPS_SHOWN)}</h2>"
        f"{_table(heads, [_row(_total_cells(change)) for change in changes[:_GROUPS_SHOWN]])}"
        "</section>"
    )


def _total_cells(change: TotalChange) -> Sequence[str]:
    grown = change.after_seconds - change.before_seconds
    sign, kind = ("+", "up") if grown > 0 else ("&minus;", "down")
    told = f'<span class="{kind}">{sign}{_hms(abs(grown))}</span>' if round(grown, 3) else "="
    return (
        _cell(_shown(change.name) if change.name is not None else "(not set)"),
        _number(f"{change.num_before:,}"),
        _number(f"{change.num_after:,}"),
        _number(_hms(change.before_seconds)),
        _number(_hms(change.after_seconds)),
        _number(told),
    )


def _section(
    name: str,
    entries: Sequence[Entry],
    heads: Sequence[str],
    cells: Callable[[Entry], Sequence[str]],
) -> str:
    if not entries:
        return ""
    rows = [_row(cells(entry)) for entry in entries[:ENTRIES_PER_KIND]]
    more = _more(len(entries), ENTRIES_PER_KIND)
    return f'<section id="{name}"><h2>{name}{more}</h2>{_table(heads, rows)}</section>'


def _more(number: int, limit: int) -> str:
    more = f", the first {limit:,}; --json gives all" if number > limit else ""
    return f" <small>{number:,}{more}</small>"


_CLIP_HEADS = ("clip", "speaker", "split", ">length", "text")
_RECUT_HEADS = ("clip before", "clip after", ">length before", ">after", "text")


def _clip_cells(clip: DiffClip) -> Sequence[str]:
    return (
        _cell(_shown(clip.clip_id), "id"),
        _cell(_shown(clip.speaker or "")),
        _cell(_shown(clip.split or "")),
        _number(f"{clip.length_seconds:.2f} s"),
        _cell(_shown(clip.text or ""), "text"),
    )


def _recut_cells(pair: RecutClip) -> Sequence[str]:
    before, after = pair.before, pair.after
    text = "<br>".join(_marked(before.text or "", after.text or ""))
    if before.text == after.text:
        text = _shown(after.text or "")
    return (
        _cell(_shown(before.clip_id), "id"),
        _cell(_shown(after.clip_id), "id"),
        _number(f"{before.length_seconds:.2f} s"),
        _number(f"{after.length_seconds:.2f} s"),
        _cell(text, "text"),
    )


def _retexted_cells(change: RetextedClip) -> Sequence[str]:
    before, after = _marked(change.before or "", change.after or "")
    return _cell(_shown(change.clip_id), "id"), _cell(before, "text"), _cell(after, "text")


def _relabelled_cells(change: RelabelledClip) -> Sequence[str]:
    values = ("" if value is None else str(value) for value in (change.before, change.after))
    return (
        _cell(_shown(change.clip_id), "id"),
        _cell(_shown(change.column)),
        *(_cell(_shown(value), "text") for value in values),
    )


def _marked(before: str, after: str) -> tuple[str, str]:
    """Mark the words that went and those that came; both come back escaped."""
    old, new = _WORDS.findall(_cut_off(before)), _WORDS.findall(_cut_off(after))
    gone, came = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = _escaped("".join(old[a:b])), _escaped("".join(new[c:d]))
        gone.append(left if kind == "equal" or not left else f"<del>{left}</del>")
        came.append(right if kind == "equal" or not right else f"<ins>{right}</ins>")
    return "".join(gone), "".join(came)


def _shown(text: str) -> str:
    return _escaped(_cut_off(text))


def _cut_off(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + "…"


def _escaped(text: str) -> str:
    """Escape a text; what has no shape of its own, such as control characters, by its code."""
    return escape("".join(c if c.isprintable() or c == "\n" else f"⟨U+{ord(c):04X}⟩" for c in text))


def _hms(seconds: float) -> str:
    """Give a length as h:mm:ss.s."""
    tenths = round(seconds * 10)
    return f"{tenths // 36000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _table(heads: Sequence[str], rows: Iterable[str], kind: str = "long") -> str:
    cells = "".join(
        f'<th class="number">{head[1:]}</th>' if head.startswith(">") else f"<th>{head}</th>"
        for head in heads
    )
    head = f"<thead><tr>{cells}</tr></thead>"
    return f'<table class="{kind}">{head}<tbody>{"".join(rows)}</tbody></table>'


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _cell(content: str, kind: str = "") -> str:
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def _number(content: str) -> str:
    return _cell(content, "number")
