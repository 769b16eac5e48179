"""Cues that can be cut: in order, inside the recording, each span once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audioset.records.cue import Cue

# Label tools round to hundredths: an end this far beyond the recording is not worth a sentence.
_ROUNDING_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """Cues that can be cut, and one short sentence for each kind of thing that was put right."""

    cues: tuple[Cue, ...]
    problems: tuple[str, ...] = ()


def tidy(cues: Sequence[Cue], length_seconds: float | None = None) -> Tidied:
    """Put right what cannot be cut, by this rule, in this order.

    1. A start before 0 becomes 0.
    2. A cue that ends at or before its start is left out (point labels are such cues).
    3. Cues are ordered by start, then end; equal ones keep the order of the file.
    4. Cues with the same start and end to the millisecond become one: different texts joined by a
       space, no speaker when they differ.
    5. Other overlaps are kept and counted, since two people may speak at once.
    6. With `length_seconds`, what `trim` does.

    Args:
        cues: as read.
        length_seconds: of the recording; None when it is not known yet, see `trim`.
    """
    problems: list[str] = []
    kept = _without_backward(_without_negative(cues, problems), problems)
    ordered = sorted(kept, key=lambda cue: (cue.start_seconds, cue.end_seconds))
    earlier = [b for a, b in pairwise(kept) if _ms(b)[0] < _ms(a)[0]]
    if earlier:
        problems.append(
            f"{_count(earlier, 'starts', 'start')} before the one above in the file "
            f"({_at(earlier)}); ordered by time"
        )
    merged = _merged(ordered, problems)
    _report_overlaps(merged, problems)
    if length_seconds is None:
        return Tidied(cues=tuple(merged), problems=tuple(problems))
    inside = trim(merged, length_seconds)
    return Tidied(cues=inside.cues, problems=(*problems, *inside.problems))


def trim(cues: Sequence[Cue], length_seconds: float) -> Tidied:
    """Fit tidy cues into a recording: what starts at its end or later is left out, ends are cut.

    A cutter that works in one pass can cut what it has and call this at the end, for the words.
    An end up to 10 ms beyond the recording is cut without a sentence: that is rounding.
    """
    problems: list[str] = []
    beyond = [cue for cue in cues if cue.start_seconds >= length_seconds]
    if beyond:
        problems.append(
            f"{_count(beyond, 'starts', 'start')} after the end of the recording "
            f"({beyond[0].start_seconds:.2f} s >= {length_seconds:.2f} s) and "
            f"{_were(beyond)} left out"
        )
    inside = [cue for cue in cues if cue.start_seconds < length_seconds]
    over = [cue for cue in inside if cue.end_seconds > length_seconds + _ROUNDING_SECONDS]
    if over:
        problems.append(
            f"{_count(over, 'ends', 'end')} after the recording "
            f"({over[0].end_seconds:.2f} s > {length_seconds:.2f} s) and {_were(over)} trimmed"
        )
    fitted = (
        replace(cue, end_seconds=length_seconds) if cue.end_seconds > length_seconds else cue
        for cue in inside
    )
    return Tidied(cues=tuple(fitted), problems=tuple(problems))


def _without_negative(cues: Sequence[Cue], problems: list[str]) -> list[Cue]:
    early = [cue for cue in cues if cue.start_seconds < 0]
    if early:
        problems.append(f"{_count(early, 'starts', 'start')} before 0 ({_at(early)}); set to 0")
    return [replace(cue, start_seconds=0.0) if cue.start_seconds < 0 else cue for cue in cues]


def _without_backward(cues: Sequence[Cue], problems: list[str]) -> list[Cue]:
    backward = [cue for cue in cues if cue.end_seconds <= cue.start_seconds]
    if backward:
        problems.append(
            f"{_count(backward, 'ends at or before its start', 'end at or before their start')} "
            f"({_at(backward)}) and {_were(backward)} left out"
        )
    return [cue for cue in cues if cue.end_seconds > cue.start_seconds]


def _merged(ordered: Iterable[Cue], problems: list[str]) -> list[Cue]:
    spans: dict[tuple[int, int], list[Cue]] = {}
    for cue in ordered:
        spans.setdefault(_ms(cue), []).append(cue)
    double = [same[0] for same in spans.values() if len(same) > 1]
    if double:
        plural = "1 span" if len(double) == 1 else f"{len(double)} spans"
        problems.append(f"{plural} with several cues each ({_at(double)}); each became one cue")
    return [_one(same) for same in spans.values()]


def _one(same: list[Cue]) -> Cue:
    if len(same) == 1:
        return same[0]
    texts = list(dict.fromkeys(cue.text for cue in same if cue.text is not None))
    speakers = {cue.speaker for cue in same}
    return replace(
        same[0],
        text=" ".join(texts) if texts else None,
        speaker=speakers.pop() if len(speakers) == 1 else None,
    )


def _report_overlaps(cues: list[Cue], problems: list[str]) -> None:
    over: list[Cue] = []
    latest = 0
    for cue in cues:
        start, end = _ms(cue)
        if start < latest:
            over.append(cue)
        latest = max(latest, end)
    if over:
        problems.append(
            f"{_count(over, 'starts', 'start')} before an earlier one has ended ({_at(over)}); "
            "overlaps are kept"
        )


def _ms(cue: Cue) -> tuple[int, int]:
    return round(cue.start_seconds * 1000), round(cue.end_seconds * 1000)


def _count(cues: list[Cue], one: str, many: str) -> str:
    return f"1 cue {one}" if len(cues) == 1 else f"{len(cues)} cues {many}"


def _were(cues: list[Cue]) -> str:
    return "was" if len(cues) == 1 else "were"


def _at(cues: list[Cue]) -> str:
    return f"e.g. at {cues[0].start_seconds:.2f} s"
