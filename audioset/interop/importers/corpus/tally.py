"""What is counted and listed while a corpus is imported; the first of many is kept, all count."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from audioset.interop.importers.corpus.said import ORIGIN, SaidOfItem
from audioset.records.corpus_item import CorpusItem
from audioset.records.corpus_report import CorpusProblem

MOST_PROBLEMS = 1000  # of each kind that a report lists; more are counted
_OURS = frozenset({ORIGIN, "corpus"})
_MOST_MAPPED = 200  # pairs of words


@dataclass(slots=True)
class CorpusTally:
    """What became of the items so far; see `CorpusReport`."""

    num_items: int = 0
    num_new: int = 0
    num_same: int = 0
    num_changed: int = 0
    num_removed: int = 0
    num_elsewhere: int = 0
    num_sources: int = 0
    length_seconds: float = 0.0
    num_without_licence: int = 0
    num_without_text: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[CorpusProblem] = field(default_factory=list)
    num_problems: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    mapped: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def read(self, item: CorpusItem) -> None:
        """Count an item that was read."""
        self.num_items += 1
        self.lost.update(item.lost)

    def new(self, said: SaidOfItem, length_seconds: float) -> None:
        """Count an item that is a clip now."""
        self.num_new += 1
        self.length_seconds += length_seconds
        self.num_without_licence += "licence" not in said.columns
        self.num_without_text += "text" not in said.columns
        self.extra.update(name for name in said.extra if name not in _OURS)
        for words in said.mapped:
            if words in self.mapped or len(self.mapped) < _MOST_MAPPED:
                self.mapped[words] += 1

    def problem(self, *problems: CorpusProblem) -> None:
        """List problems."""
        for problem in problems:
            self.num_problems[problem.kind] += 1
            if self.num_problems[problem.kind] <= MOST_PROBLEMS:
                self.problems.append(problem)

    def note(self, sentences: Iterable[str]) -> None:
        """Note sentences, each once."""
        self.notes += [sentence for sentence in sentences if sentence not in self.notes]
