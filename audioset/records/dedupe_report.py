"""What `audioset dedupe` finds: groups of clips that hold the same recording."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """Clips that hold the same recording.

    Attributes:
        keep: the clip to keep.
        others: the rest, by clip id.
        exact: those of the others whose samples equal those of the kept one.
        bit_errors: greatest share of differing fingerprint bits of a pair that made the group,
            range [0, 1]; 0 when all samples are equal.
        reasons: why each of the others is not the one to keep, by clip id.
    """

    keep: str
    others: tuple[str, ...]
    exact: tuple[str, ...]
    bit_errors: float
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipWithin:
    """A clip whose sound is a part of another clip.

    Attributes:
        clip_id: the shorter one.
        within: the one that holds more.
        starts_seconds: where in that one it starts; below 0 where it has silence of its own before.
        bit_errors: share of differing fingerprint bits, range [0, 1].
    """

    clip_id: str
    within: str
    starts_seconds: float
    bit_errors: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupeReport:
    """What `audioset dedupe` found, and what it did about it.

    Attributes:
        name: what was compared.
        num_clips: clips that were compared; those that a person rejected are not.
        groups: by the id of the clip to keep.
        within: clips whose sound is a part of another, by their ids; nothing rejects them, since
            which of both is wanted depends on what it is for.
        num_decisions: clips that were rejected by this call; 0 when it only looked.
        num_without_audio: clips whose audio could not be read; only exact copies were looked for.
        near_pairs: `pcm_sha256` of samples that are nearly the same sound, or of which one is a
            part of the other, two by two.
    """

    name: str
    num_clips: int
    groups: tuple[DuplicateGroup, ...]
    within: tuple[ClipWithin, ...] = ()
    num_decisions: int = 0
    num_without_audio: int = 0
    near_pairs: tuple[tuple[str, str], ...] = ()

    @property
    def num_duplicates(self) -> int:
        """Clips that would go: all of a group but the kept one."""
        return sum(len(group.others) for group in self.groups)
