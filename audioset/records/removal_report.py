"""RemovalReport: what leaves a workspace, or comes back to it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRemoval:
    """What goes of one source, or comes back.

    Attributes:
        source_id, source_name: of the source.
        is_whole: the source goes, with all of its clips; else only these clips.
        clip_ids: of its clips that go.
        length_seconds: their total length.
        num_texts: how many of them have a text.
        decisions: of people about them, by field; they stay in the catalog.
        is_kept: the clips are kept aside, and come back as they were. Where a publish let them go,
            they come back when their source is cut again.
    """

    source_id: str
    source_name: str
    is_whole: bool
    clip_ids: tuple[str, ...] = ()
    length_seconds: float = 0.0
    num_texts: int = 0
    decisions: Mapping[str, int]
    is_kept: bool = True

    @property
    def num_clips(self) -> int:
        """How many clips go."""
        return len(self.clip_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHolding:
    """A version that holds clips which leave the workspace.

    Attributes:
        ref: of the version.
        num_clips: how many of them it holds.
    """

    ref: VersionRef
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalReport:
    """What leaves a workspace, or comes back to it.

    Attributes:
        sources: that it is about, by id.
        undo: whether it comes back.
        done: whether it was carried out, or only told.
        let_go: where all that is kept aside is asked for, what was removed too, and is not kept any
            more: by name it comes back with the next cut.
        versions: that hold some of the clips, and keep them; oldest first.
        versions_error: why they are not known, one line; None when they are.
    """

    sources: tuple[SourceRemoval, ...]
    undo: bool
    done: bool
    let_go: tuple[SourceRemoval, ...] = ()
    versions: tuple[VersionHolding, ...] = ()
    versions_error: str | None = None

    @property
    def clip_ids(self) -> tuple[str, ...]:
        """All clips that it is about."""
        return tuple(clip_id for source in self.sources for clip_id in source.clip_ids)

    @property
    def num_clips(self) -> int:
        """How many clips it is about."""
        return sum(source.num_clips for source in self.sources)

    @property
    def length_seconds(self) -> float:
        """Their total length."""
        return sum(source.length_seconds for source in self.sources)

    @property
    def num_texts(self) -> int:
        """How many of them have a text."""
        return sum(source.num_texts for source in self.sources)

    @property
    def decisions(self) -> Mapping[str, int]:
        """Decisions of people about them, by field, most first."""
        total: Counter[str] = Counter()
        for source in self.sources:
            total.update(source.decisions)
        return dict(total.most_common())
