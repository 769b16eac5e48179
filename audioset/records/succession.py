"""Succession: what became of a source's clips when another file took its place."""

from dataclasses import dataclass

CARRIED = ", carried over from "  # behind the name of who decided, before the clip's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Something said of a clip of the earlier source that found no place in the new one.

    Attributes:
        clip_id: of the earlier source.
        field: that was decided; "text" for one that a model or a file of cues wrote.
        value: as it was.
        by: who decided, or what wrote the text.
        why: it found none, in a few words.
    """

    clip_id: str
    field: str
    value: str | bool | int | None
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What a source took over from the one whose place it took.

    Attributes:
        source_id: of the earlier source, which is out of the workspace now.
        name: its file name.
        num_clips: that it had.
        num_found: of these, that have the same sound as a clip of the new source.
        num_decisions: carried over to clips of the new source.
        num_texts: carried over, that models or files of cues wrote and nobody decided.
        num_removed: clips that had been removed, found again in the new source and removed there.
        unplaced: what found no place; it stays in the catalog, and comes back with the clips.
    """

    source_id: str
    name: str
    num_clips: int
    num_found: int
    num_decisions: int = 0
    num_texts: int = 0
    num_removed: int = 0
    unplaced: tuple[Unplaced, ...] = ()


def person_of(author: str) -> str:
    """Give who decided, without the clip from which the decision was carried over."""
    return author.partition(CARRIED)[0]
