"""Cue: one timed line of a subtitle or label file, before it becomes a clip."""

from dataclasses import dataclass, replace


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

    def moved(self, *, stretch: float = 1.0, shift_seconds: float = 0.0) -> "Cue":
        """Give the cue with its times multiplied by `stretch`, and then shifted."""
        if stretch == 1 and shift_seconds == 0:
            return self
        # A microsecond is far below a sample, and far above the rounding of either step.
        return replace(
            self,
            start_seconds=round(self.start_seconds * stretch + shift_seconds, 6),
            end_seconds=round(self.end_seconds * stretch + shift_seconds, 6),
        )
