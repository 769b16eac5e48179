"""Overlap: what clips to train on have in common with a test split that is frozen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from audioset.errors import InvalidInputError

# What a training clip can have in common with a test clip, the surest leak first.
OVERLAP_KINDS = ("clip", "samples", "span", "sentence", "speaker")
# Clips of one recording that meet, or overlap by a breath, hold different words.
LEAST_SHARED_SECONDS = 0.1
MOST_EXAMPLES = 20  # of clips that leak, in a record
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlappingClip:
    """A clip to train on, and a test clip that it has something in common with.

    Attributes:
        clip_id: to train on.
        test_id: of the frozen test split.
        kind: the surest that they have in common.
    """

    clip_id: str
    test_id: str
    kind: str

    def __str__(self) -> str:
        if self.kind == "clip":
            return f"{self.clip_id} (the clip itself)"
        return f"{self.clip_id} ({self.kind} of {self.test_id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The training clips of a version held against the test split of another one.

    Attributes:
        training, test: the versions, `scots@v5` and `scots@v3`.
        kinds: that were compared, of `OVERLAP_KINDS`.
        num_training, num_test: clips that were compared.
        counts: by kind, the training clips that have it in common with a test clip.
        num_clips: training clips that have anything in common with one.
        examples: the first of them, the surest leaks first.
    """

    training: str
    test: str
    kinds: tuple[str, ...]
    num_training: int
    num_test: int
    counts: Mapping[str, int]
    num_clips: int
    examples: tuple[OverlappingClip, ...]

    @property
    def verdict(self) -> str:
        """`none`, or how many clips overlap and by what, such as `12 clips: speaker 12`."""
        if not self.num_clips:
            return "none"
        found = ", ".join(f"{kind} {number}" for kind, number in self.counts.items() if number)
        return f"{self.num_clips} of {self.num_training} clips: {found}"

    def require_none(self) -> None:
        """Refuse to train on what the test split holds.

        Raises:
            InvalidInputError: there is an overlap; the text gives the number and three examples.
        """
        if not self.num_clips:
            return
        shown = "; ".join(str(example) for example in self.examples[:_SHOWN])
        raise InvalidInputError(
            f"training on {self.training} would leak {self.num_clips} of its "
            f"{self.num_training} training clips to the test split of {self.test}: {shown}; train "
            "on a version that keeps this test split, compare fewer kinds (frozen_by; compared "
            f"were {', '.join(self.kinds)}), or record that you accept it: allow_leak=True"
        )


def usual_kinds(held_apart: Collection[str]) -> tuple[str, ...]:
    """Give the kinds to compare by default: sentence and speaker where splits hold them apart.

    Args:
        held_apart: what splits must not share, as `SplitOptions.by`.
    """
    return tuple(
        kind for kind in OVERLAP_KINDS if kind not in ("sentence", "speaker") or kind in held_apart
    )


def require_overlap_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Give the kinds back in order.

    Raises:
        InvalidInputError: an unknown one, or none.
    """
    unknown = [kind for kind in kinds if kind not in OVERLAP_KINDS]
    if unknown or not kinds:
        got = f"{unknown[0]!r}" if unknown else "nothing"
        raise InvalidInputError(f"frozen_by takes {', '.join(OVERLAP_KINDS)}; got {got}")
    return tuple(kind for kind in OVERLAP_KINDS if kind in kinds)
