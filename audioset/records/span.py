"""Span: `[start, end)` of a source, proposed or chosen as a clip."""

from dataclasses import dataclass


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
