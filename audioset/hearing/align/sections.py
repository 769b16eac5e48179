"""The parts of a source between confirmed spans, each with the lines that can be in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.placed import Placed


@dataclass(frozen=True, slots=True)
class Section:
    """Frames `[start, end)` and places `[low, high)` in the order of what is looked for."""

    start: int
    end: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is looked for, in order, where a line may stand several times.

    Attributes:
        order: index of the line at each place.
        free: whether leaving the place out costs nothing.
        repeated: whether it may be said any number of times.
        sections: of the source, with places of the order.
        pinned: confirmed spans, at places of the order that are in no section.
    """

    order: tuple[int, ...]
    free: tuple[bool, ...]
    repeated: tuple[bool, ...]
    sections: tuple[Section, ...]
    pinned: tuple[Found, ...]


def make_agenda(copies: Sequence[int | None], pins: Sequence[Placed], num_frames: int) -> Agenda:
    """Order lines and takes around what is confirmed.

    Takes of a confirmed line that are not confirmed themselves may lie before or after it.

    Args:
        copies: how often each line is said; None = unknown.
        pins: confirmed spans in order of time.
        num_frames: length of the source.
    """
    pins = _in_line_order(pins)
    confirmed = Counter(pin.line for pin in pins)
    order: list[int] = []
    free: list[bool] = []
    sections: list[Section] = []
    pinned: list[Found] = []
    first_line, start = 0, 0
    for pin in [*pins, None]:
        last_line = len(copies) - 1 if pin is None else pin.line
        low = len(order)
        for line in range(first_line, last_line + 1):
            count = copies[line]
            times = 1 if count is None else max(0, count - confirmed[line])
            order += [line] * times
            free += [bool(confirmed[line])] * times
        end = num_frames if pin is None else pin.start
        if len(order) > low and end > start:
            sections.append(Section(start, end, low, len(order)))
        if pin is not None:
            pinned.append(Found(len(order), pin.start, pin.end))
            order.append(pin.line)
            free.append(True)
            first_line, start = pin.line, pin.end
    repeated = tuple(copies[line] is None for line in order)
    return Agenda(tuple(order), tuple(free), repeated, tuple(sections), tuple(pinned))


def _in_line_order(pins: Sequence[Placed]) -> list[Placed]:
    """Give the confirmed spans that follow each other as the lines do; others guide nothing."""
    kept: list[Placed] = []
    for pin in sorted(pins, key=lambda pin: pin.start):
        if not kept or (pin.line >= kept[-1].line and pin.start >= kept[-1].end):
            kept.append(pin)
    return kept
