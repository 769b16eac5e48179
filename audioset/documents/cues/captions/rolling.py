"""Rolling captions: every line once, although the screen showed it in several cues."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from audioset.documents.cues.captions.markup import STAMP
from audioset.documents.reading.clock import clock_seconds
from audioset.records.cue import Cue

_HOLD_GAP_SECONDS = 0.1  # a cue that only repeats follows at once
_CARRY_GAP_SECONDS = 5.0  # a line may stay on the screen through a pause
_SETTLED_SECONDS = 0.05  # YouTube's are 10 ms
_MAX_CARRIED = 8  # lines; no screen shows more
_ENOUGH_CARRIES = 3


@dataclass(frozen=True, slots=True)
class _Shown:
    """One cue as lines on the screen; `plain` and `raw` are equally long, no line is blank."""

    cue: Cue
    plain: tuple[str, ...]
    raw: tuple[str, ...]  # with inline times


def unroll(cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], str | None]:
    r"""Undo rolling captions; give other captions back as they are.

    Expects cues in file order, with line breaks as `\n` and inline times such as
    `<00:00:01.000>` still in their text.

    The rule. A cue *carries* when its first lines are the last lines of the cue before and new
    lines follow them; it *holds* when all its lines are the last lines of the cue directly before
    (YouTube puts such a "settled" cue of 10 ms between any two). A line with inline times is
    never an old one. Captions roll when at least half of the cues that are not holds carry, and
    either three carry or one does beside a settled cue. Then carried lines are taken away, holds
    are left out, and each cue keeps its new lines. So the same phrase said three times stays: a
    cue that only repeats is no evidence of rolling.

    A new line starts at its cue's start, or at its first inline time when that comes before any
    word; it ends where the next line of its cue starts, at an inline time behind its last word,
    or else with its cue. New lines of one cue without times of their own stay together. Lines
    that grow word by word in place are not recognised.

    Returns:
        The cues, and one sentence about what was done; None when nothing was.
    """
    shown = [_show(cue) for cue in cues]
    carried = [0, *(_carried(*pair) for pair in pairwise(shown))]
    carried = carried[: len(shown)]
    if not _rolls(shown, carried):
        return tuple(cues), None
    lines = [cue for each, old in zip(shown, carried, strict=True) for cue in _new_lines(each, old)]
    return tuple(lines), (
        f"rolling captions: {len(cues)} cues became {len(lines)} lines, each given once"
    )


def _show(cue: Cue) -> _Shown:
    raw = [line for line in (cue.text or "").split("\n") if STAMP.sub("", line).strip()]
    plain = (" ".join(STAMP.sub("", line).split()) for line in raw)
    return _Shown(cue, tuple(plain), tuple(raw))


def _carried(before: _Shown, after: _Shown) -> int:
    """Count the first lines of a cue that the cue before showed already."""
    stamped = (number for number, line in enumerate(after.raw) if STAMP.search(line))
    most = min(len(before.plain), next(stamped, len(after.plain)), _MAX_CARRIED)
    gap = after.cue.start_seconds - before.cue.end_seconds
    for count in range(most, 0, -1):
        allowed = _HOLD_GAP_SECONDS if count == len(after.plain) else _CARRY_GAP_SECONDS
        if before.plain[-count:] == after.plain[:count] and gap <= allowed:
            return count
    return 0


def _rolls(shown: list[_Shown], carried: list[int]) -> bool:
    """Decide by the rule that `unroll` states."""
    pairs = list(zip(shown, carried, strict=True))[1:]
    fresh = sum(1 for each, old in pairs if each.plain and old < len(each.plain))
    carries = sum(1 for each, old in pairs if 0 < old < len(each.plain))
    settled = any(
        each.cue.end_seconds - each.cue.start_seconds <= _SETTLED_SECONDS
        for each, old in pairs
        if each.plain and old == len(each.plain)
    )
    enough = carries >= _ENOUGH_CARRIES or (carries >= 1 and settled)
    return enough and 2 * carries >= fresh


def _new_lines(shown: _Shown, old: int) -> list[Cue]:
    """Give the new lines of one cue, those with a start of their own each for itself."""
    cue = shown.cue
    groups: list[tuple[float, list[str]]] = []
    for raw, plain in list(zip(shown.raw, shown.plain, strict=True))[old:]:
        own_start = _leading_time(raw, cue)
        if groups and own_start is None:
            groups[-1][1].append(plain)
        else:
            groups.append((cue.start_seconds if own_start is None else own_start, [plain]))
    starts = [start for start, _ in groups]
    if starts != sorted(starts):  # times that run backwards are not believed
        starts = [cue.start_seconds] * len(starts)
    ends = [*starts[1:], _trailing_time(shown.raw[-1], cue)] if starts else []
    if any(end <= start for start, end in zip(starts, ends, strict=True)):
        groups = [(cue.start_seconds, [line for _, lines in groups for line in lines])]
        starts, ends = [cue.start_seconds], [cue.end_seconds]
    return [
        Cue(start_seconds=start, end_seconds=end, text="\n".join(lines), speaker=cue.speaker)
        for start, end, (_, lines) in zip(starts, ends, groups, strict=True)
    ]


def _leading_time(raw: str, cue: Cue) -> float | None:
    first = STAMP.search(raw)
    return _time(first.group(1), cue) if first and not raw[: first.start()].strip() else None


def _trailing_time(raw: str, cue: Cue) -> float:
    stamps = list(STAMP.finditer(raw))
    found = None
    if stamps and not raw[stamps[-1].end() :].strip():
        found = _time(stamps[-1].group(1), cue)
    return cue.end_seconds if found is None else found


def _time(text: str, cue: Cue) -> float | None:
    """Read an inline time; None when it is not inside its cue."""
    value = clock_seconds(text)
    if value is None or not cue.start_seconds <= float(value) <= cue.end_seconds:
        return None
    return float(value)
