"""Cue: one timed line of a subtitle or label file, before it becomes a clip."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What a subtitle or label file says about one stretch of a recording.

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


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a source, counted in samples at the source's own sampling rate.

    Attributes:
        start_sample: first sample of the span.
        end_sample: first sample after it; always greater than `start_sample`.
    """

    start_sample: int
    end_sample: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_sample < self.end_sample:
            raise ValueError(f"our own mistake, not a span: {self}")

    @property
    def num_samples(self) -> int:
        """Length in samples."""
        return self.end_sample - self.start_sample
