"""Cue: one timed line of a subtitle or label file, before it becomes a clip."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A span of a recording, with what a subtitle or label file says about it.

    Attributes:
        start_seconds: from the first decoded sample of the source.
        end_seconds: after `start_seconds` in a cue that can be cut.
        text: what is said; None where the format has no text.
        speaker: None where the file names nobody.
    """

    start_seconds: float
    end_seconds: float
    text: str | None = None
    speaker: str | None = None
