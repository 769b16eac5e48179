"""A line that was found, in frames; what every way to find lines gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """A line over a span of frames of 20 ms, and how well it fits there.

    Attributes:
        line: index into the lines.
        start: first frame.
        end: first frame after it.
        cost: mean cost of its frames; below 0 is better than speech that is no line.
        pinned: a person confirmed it.
        lacks: words of the line that are not said in it.
        out_of_order: it is said where the order of the lines does not lead.
        any_text: other texts fit it about as well.
        elsewhere: half of the other ways to find its line, or more, did not find it here.
        ahead: deviations of decoys that its text is ahead of them; None where nobody knows.
    """

    line: int
    start: int
    end: int
    cost: float
    pinned: bool = False
    lacks: tuple[str, ...] = ()
    out_of_order: bool = False
    any_text: bool = False
    elsewhere: bool = False
    ahead: float | None = None
