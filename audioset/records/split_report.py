"""Splits without leaks: how they are wanted, what was planned, and the certificate of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from audioset.errors import InvalidInputError
from audioset.near_names import near_or_all
from audioset.records.not_given import NOT_GIVEN
from audioset.records.split_changes import SplitChanges

# In the order of how much they are held out: of two clips that leak, the first is at fault.
SPLITS = ("train", "validation", "test")
# What two clips can share, the weakest first.
KINDS = ("speaker", "source", "sentence", "takes", "duplicates")
SPLIT_AUTHOR = "audioset split"  # who decided, in the catalog
MIN_WORDS = 4
_RATIO_ERROR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOptions:
    """How to divide clips into splits.

    Attributes:
        train, validation, test: shares of the length that are wanted; together 1. Where `train` is
            not given, it is what the others leave.
        by: what clips of different splits must not share: "speaker"; "source" (the recording they
            were cut from); "sentence"; "takes" (of one line of a transcript, in one recording
            or by one speaker); "duplicates" (equal samples, the same stretch of a source, or nearly
            the same sound). One text with commas is read too.
        min_words: shorter sentences join nothing: everybody says "yes" and "good morning", and
            such phrases would join all speakers to one group that no split can divide.
        seed: chooses among equally good splits; None takes that of 0 to 99 that comes nearest to
            the shares.
    """

    train: float = NOT_GIVEN
    validation: float = 0.1
    test: float = 0.1
    by: tuple[str, ...] = KINDS
    min_words: int = MIN_WORDS
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.train is NOT_GIVEN:
            # First, or training, which gets the rest, would be blamed for another's share.
            require_shares({"validation": self.validation, "test": self.test})
            object.__setattr__(self, "train", round(1 - self.validation - self.test, 9))
        require_shares(dict(zip(SPLITS, self.ratios, strict=True)))
        if abs(sum(self.ratios) - 1) > _RATIO_ERROR:
            shares = " + ".join(f"{ratio:g}" for ratio in self.ratios)
            raise InvalidInputError(
                f"train, validation and test are shares that make 1; got {shares} = "
                f"{sum(self.ratios):g}"
            )
        if self.min_words < 1:
            raise InvalidInputError(f"min_words is 1 or more; got {self.min_words}")
        object.__setattr__(self, "by", read_kinds(self.by))

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Shares of the length in the order of `SPLITS`."""
        return self.train, self.validation, self.test

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "SplitOptions":
        """Build from the `[split]` table of `audioset.toml` or from flags.

        Raises:
            InvalidInputError: an unknown name, a value of the wrong kind, or out of range.
        """
        known = [field.name for field in fields(cls)]
        checked: dict[str, Any] = {}
        for key, value in values.items():
            if key not in known:
                hint = near_or_all(key, known)
                raise InvalidInputError(f"unknown split option {key!r}; {hint}")
            checked[key] = _checked(key, value)
        return cls(**checked)


def require_shares(shares: Mapping[str, float]) -> None:
    """Require that each number is a share.

    Raises:
        InvalidInputError: one is not from 0 to 1.
    """
    for name, share in shares.items():
        if wrong := wrong_share(share):
            raise InvalidInputError(f"{name} {wrong}")


def read_kinds(given: str | Sequence[str]) -> tuple[str, ...]:
    """Give the kinds of things that are held apart, in the order of `KINDS`.

    Args:
        given: kinds, or one text with commas between them.

    Raises:
        InvalidInputError: an unknown kind, or none.
    """
    words = given.split(",") if isinstance(given, str) else given
    kinds = {word.strip() for word in words}
    unknown = sorted(kinds - {*KINDS})
    if unknown or not kinds:
        got = f"got {unknown[0]!r}" if unknown else "got nothing"
        raise InvalidInputError(f"splits are held apart by {', '.join(KINDS)}; {got}")
    return tuple(kind for kind in KINDS if kind in kinds)


def wrong_share(share: float) -> str:
    """Say why a number is no share, and what to write where per cent are meant; else nothing."""
    if 0 <= share <= 1:
        return ""
    percent = f"; write {share / 100:g} for {share:g} %" if 1 < share <= 100 else ""
    return f"is a share from 0 to 1; got {share:g}{percent}"


def _checked(key: str, value: Any) -> Any:
    if key == "by":
        if isinstance(value, Sequence) and all(isinstance(word, str) for word in value):
            return value
        raise InvalidInputError(f"split option by is a list of {', '.join(KINDS)}; got {value!r}")
    wanted, what = ((int, float), "a number") if key in SPLITS else ((int,), "a whole number")
    if type(value) in wanted:
        return value
    raise InvalidInputError(f"split option {key} must be {what}; got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTotal:
    """What one split holds.

    Attributes:
        name: train, validation or test; None for clips without a split.
        num_clips, length_seconds, num_speakers: of its clips.
        num_groups: groups of clips that hang together.
        share: of the length of all clips, range [0, 1].
        wanted_share: as the options ask for; None where nothing was asked.
    """

    name: str | None
    num_clips: int
    length_seconds: float
    num_speakers: int
    num_groups: int
    share: float
    wanted_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLeak:
    """A clip that shares something with a clip of a split that is held out more.

    Attributes:
        clip_id, split: the clip, and the split it is in.
        other_id, other_split: one of those that it shares something with.
        kinds: what it shares with any such clips, the weakest first.
    """

    clip_id: str
    split: str
    other_id: str
    other_split: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCertificate:
    """What was compared to prove that no clip of one split leaks to another, and what was found.

    Attributes:
        name: what was certified: `scots@v3`, or the dataset for its working clips.
        kinds: of edges that were looked for; two clips that share something are an edge.
        min_words: of a sentence that counts.
        near_compared: whether the sound of all clips was compared for near-duplicates.
        num_without_audio: clips whose sound could not be read for that.
        digest: sha256 over clip ids and their splits, hex: the assignment that was certified.
        num_clips: all clips, with a split or not.
        num_groups: connected components: groups of clips that hang together by edges.
        splits: what each split holds, in the order of `SPLITS`; last what has none, if any.
        edges: by kind, the pairs of clips that were checked.
        leaks: by kind, those pairs whose clips are in different splits.
        num_leaking: clips that share something with a clip of a split that is held out more.
        examples: the first of them, by clip id.
        one_speaker: names of speakers that differ by case, accents or blanks only, and were held to
            be of one speaker each; nothing was renamed.
    """

    name: str
    kinds: tuple[str, ...]
    min_words: int
    near_compared: bool
    num_without_audio: int
    digest: str
    num_clips: int
    num_groups: int
    splits: tuple[SplitTotal, ...]
    edges: Mapping[str, int]
    leaks: Mapping[str, int]
    num_leaking: int
    examples: tuple[SplitLeak, ...]
    one_speaker: tuple[tuple[str, ...], ...] = ()

    @property
    def is_clean(self) -> bool:
        """No leak was found."""
        return not self.num_leaking

    @property
    def verdict(self) -> str:
        """`none`, or the leaking pairs by kind, such as `speaker 12, sentence 3`."""
        found = [f"{kind} {number}" for kind, number in self.leaks.items() if number]
        return ", ".join(found) or "none"

    def to_json(self) -> str:
        """Encode as JSON, indented, keys sorted."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutClip:
    """A new clip that shares something with clips of several splits, and therefore gets none.

    Attributes:
        clip_id, length_seconds: the clip.
        splits: those that it shares something with.
        kinds: what it shares.
    """

    clip_id: str
    length_seconds: float
    splits: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReport:
    """What `audioset split` planned, and what it wrote.

    Attributes:
        options: as wanted, with the seed that was used.
        num_new: clips that had no split, and were put into one.
        num_kept: clips that stay where an earlier version or run of the command put them.
        num_by_people: clips whose split a person decided or gave.
        left_out: new clips that get no split.
        changes: the decisions that the plan needs, by clip id.
        kept_seconds: length of the clips that have a split.
        dropping_seconds: length that the common rule would keep: whole speakers (or single clips)
            drawn into splits at random, and what leaks dropped from training and validation.
        largest_group_share: of the length, range [0, 1].
        largest_joined_by: the kind without which the largest group falls apart most; None when
            the group is not too large.
        largest_example: two clips that this kind joins, and why: `a-1f and b-2c: line 1, 'five',
            neither with a speaker`; empty when it is None.
        certificate: of the splits as planned.
        num_decisions: that were written; 0 when it only looked.
        num_withdrawn: working clips that were withdrawn, and are not divided.
        alike: pairs of speakers who were held to be one, as they sound like one voice.
    """

    options: SplitOptions
    num_new: int
    num_kept: int
    num_by_people: int
    left_out: tuple[LeftOutClip, ...]
    changes: SplitChanges
    kept_seconds: float
    dropping_seconds: float
    largest_group_share: float
    largest_joined_by: str | None
    certificate: SplitCertificate
    num_decisions: int = 0
    num_withdrawn: int = 0
    largest_example: str = ""
    alike: tuple[tuple[str, str], ...] = ()
