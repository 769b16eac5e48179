"""What was asked of the import of a corpus, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ProblemKind = Literal["left out", "length", "changed", "doubled", "told"]
# Of these kinds an item is no clip.
NO_CLIP: tuple[ProblemKind, ...] = ("left out", "doubled")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOptions:
    """How a corpus is imported; see `Workspace.import_corpus`.

    Attributes:
        format: its name; None finds out.
        corpus: name of the corpus; that of its folder when None.
        audio: further folders of which files may be used.
        facts: of all clips, where the corpus says nothing.
        dry_run: only tell.
        yes: also take over what changed in items that are clips already.
        workers: processes; None for as many as serve.
    """

    format: str | None = None
    corpus: str | None = None
    audio: tuple[Path, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    yes: bool = False
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class CorpusProblem:
    """What is wrong with one item of a corpus.

    Attributes:
        kind: "left out", it gave no clip; "doubled", nor did it, another item has its id or its
            sound; "length", the corpus claims another length than was decoded; "changed", it says
            something else than when it was imported; "told", something else is to be known.
        name: of the item.
        why: a sentence.
        where: it stands in the corpus; empty where the name says it.
    """

    kind: ProblemKind
    name: str
    why: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusReport:
    """What became of one imported corpus.

    Attributes:
        format: name of the format.
        evidence: by what it was recognised; empty where the user named the format.
        corpus: its name.
        written: whether anything was to be written; not in a dry run.
        num_items: items that were read.
        num_new: items that are clips now, or would be, and were none before.
        num_same: items that are clips already, and are said to be the same.
        num_changed: items that are clips already, of which the corpus says something else now.
        num_removed: items that a person removed from the workspace, and that were not taken again.
        num_elsewhere: items whose sound the workspace has by another import, and not taken.
        num_gone: clips of this corpus that it does not hold any more; they stay.
        gone: ids in the corpus of the first of them.
        num_sources: long recordings, of which new clips are spans.
        length_seconds: total length of the new clips.
        num_without_licence: new clips of which nobody says under which licence they are.
        num_without_text: new clips without a text.
        mapped: how often a word was translated, by (column, word, word of ours).
        extra: how many items say each name that is kept in `extra`.
        lost: how many items have what has no place here.
        problems: the first of them.
        num_problems: of all, by kind.
        notes: what was chosen or left unread, a sentence each.
    """

    format: str
    evidence: str
    corpus: str
    written: bool
    num_items: int
    num_new: int
    num_same: int
    num_changed: int
    num_removed: int
    num_elsewhere: int
    num_gone: int
    gone: tuple[str, ...]
    num_sources: int
    length_seconds: float
    num_without_licence: int
    num_without_text: int
    mapped: tuple[tuple[str, str, str, int], ...]
    extra: Mapping[str, int]
    lost: Mapping[str, int]
    problems: tuple[CorpusProblem, ...]
    num_problems: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def num_left_out(self) -> int:
        """Items that gave no clip because something is wrong with them."""
        return sum(self.num_problems.get(kind, 0) for kind in NO_CLIP)
