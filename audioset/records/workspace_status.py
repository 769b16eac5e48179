"""WorkspaceStatus: how things stand in a workspace, and what is to be done next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from audioset.records.identity import VersionRef
from audioset.records.source_state import SourcesHere

_NO_SOURCES = SourcesHere(sources=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswer:
    """Where the store, the catalog or MLflow is, and whether it answers.

    Attributes:
        place: which of them.
        address: without secrets.
        state: "answers", "not made yet" (a file or folder of this machine that the first use
            makes), or "silent".
        holds: what is there, in a few words such as "3 versions"; empty when nothing is known.
        error: why it is silent, one line.
    """

    place: Literal["store", "catalog", "tracking"]
    address: str
    state: Literal["answers", "not made yet", "silent"]
    holds: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotals:
    """The sources of a workspace.

    Attributes:
        here: how each is found on this machine, and new files in folders that were cut.
        ways: how many were cut in which way: `speech`, `subtitles` and so on; those of imported
            folders are `imported`, those of a version `checked out`, those of corpora `of corpora`,
            or `spans of corpora`.
        num_without_clips: sources that gave no clip.
        lines_without_clips: numbers of the lines of transcripts of which there is no clip, by the
            id of the source in which they were looked for.
        num_of_corpora: files that corpora gave whole; where they lie is not remembered.
        num_removed: sources that were removed as a whole.
    """

    here: SourcesHere = _NO_SOURCES
    ways: Mapping[str, int] = field(default_factory=dict)
    num_without_clips: int = 0
    lines_without_clips: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    num_of_corpora: int = 0
    num_removed: int = 0

    @property
    def num_sources(self) -> int:
        """How many there are."""
        return len(self.here.sources) + self.num_of_corpora


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTotals:
    """The clips of a workspace, rejected ones included, with what people decided.

    Attributes:
        num_clips: how many there are.
        length_seconds: their total length.
        num_undecided: that nobody judged.
        num_flagged: of these, those that carry flags.
        num_unsure: of which a person was unsure: the next publish leaves them out, unless asked.
        num_rejected: that the next publish leaves out.
        num_without_text: of those that are not rejected.
        num_thin: of those, whose audio lies in the store and not here.
        without_audio: ids of clips whose file is gone, though they are not rejected.
        without_audio_of: names of their sources.
        num_kept_aside: that were removed and can still be brought back.
        one_speaker: names that may be of one speaker, that with most clips first.
    """

    num_clips: int = 0
    length_seconds: float = 0.0
    num_undecided: int = 0
    num_flagged: int = 0
    num_unsure: int = 0
    num_rejected: int = 0
    num_without_text: int = 0
    num_thin: int = 0
    without_audio: tuple[str, ...] = ()
    without_audio_of: tuple[str, ...] = ()
    num_kept_aside: int = 0
    one_speaker: tuple[tuple[str, ...], ...] = ()

    @property
    def num_accepted(self) -> int:
        """Those that a person accepted."""
        return self.num_clips - self.num_undecided - self.num_unsure - self.num_rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPublish:
    """What the next publish would change.

    Attributes:
        latest: the version that it goes on from; None when it would be the first.
        num_added, num_removed: clips that the latest version has not, or that leave it.
        num_not_here: clips of the latest version that the workspace lacks, and nobody took out
            here; `publish` keeps them when it was told so, and else asks.
        num_changed: clips with another sound, text or fact.
        num_unchanged: clips that stay as they are.
        num_left_out: clips that were withdrawn.
    """

    latest: VersionRef | None
    num_added: int = 0
    num_removed: int = 0
    num_not_here: int = 0
    num_changed: int = 0
    num_unchanged: int = 0
    num_left_out: int = 0

    @property
    def is_needed(self) -> bool:
        """Whether it would change anything."""
        return bool(self.num_added or self.num_removed or self.num_changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Something that is sensible to do now.

    Attributes:
        command: as it is typed.
        why: in a few words.
    """

    command: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceStatus:
    """How things stand in a workspace.

    Attributes:
        folder: of the workspace.
        dataset: name of its dataset.
        places: store, catalog and MLflow.
        sources: as they are found on this machine.
        clips: None when they cannot be read; a problem says why.
        next_publish: None when it is not known: store, catalog or manifests cannot be read.
        unlogged: published versions that MLflow does not know; None when that is not known.
        problems: what needs a person, one sentence each.
        steps: what is sensible to do now, the first thing first; empty when all is done.
    """

    folder: Path
    dataset: str
    places: tuple[PlaceAnswer, ...]
    sources: SourceTotals
    clips: ClipTotals | None
    next_publish: NextPublish | None
    unlogged: tuple[VersionRef, ...] | None
    problems: tuple[str, ...]
    steps: tuple[NextStep, ...]

    def place(self, name: str) -> PlaceAnswer:
        """Give what is known of "store", "catalog" or "tracking"."""
        return next(each for each in self.places if each.place == name)
