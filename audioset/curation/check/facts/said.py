"""What is said of one fact: each value by clips and speakers, and the command that changes it."""

import shlex
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from audioset.curation.check.facts.counts import IDS_KEPT, Said, Uses, sum_uses
from audioset.curation.check.facts.values import PERSONAL, fold
from audioset.records.speaker_names import naming_command

_IF_ONE = "  # if all are one person"
Values = Mapping[str, Uses]  # each value, most clips first


class SaidOf:
    """All that is said of one fact."""

    def __init__(
        self,
        fact: str,
        counts: Mapping[Said, Uses],
        decided: Callable[[], Container[tuple[str, str]]],
    ) -> None:
        """Take what was counted.

        Args:
            fact: its name.
            counts: how often each value is said of each speaker.
            decided: gives pairs of clip id and fact that were decided for one clip.
        """
        self.fact = fact
        self._counts = counts
        self._decided = decided

    def values(self) -> Values:
        """Give each value, whoever has it."""
        return {value: sum_uses(of.values()) for value, of in self._by_value.items()}

    def of_speakers(self) -> Iterator[tuple[str, Values]]:
        """Give each speaker that is named, with the values said of them."""
        found: dict[str, dict[str, Uses]] = {}
        for (value, speaker), uses in self._counts.items():
            if speaker is not None:
                found.setdefault(speaker, {})[value] = uses
        for speaker, values in found.items():
            yield speaker, _ranked(values)

    @property
    def is_personal(self) -> bool:
        """Whether a speaker has one value of it."""
        return self.fact in PERSONAL

    def change(self, values: Sequence[str], to: str) -> str:
        """Give the command that makes a value another one wherever it is said.

        Args:
            values: that are said now; but of speakers, the command is for the first of them.
            to: that shall be said; empty to empty it.
        """
        if self.fact == "speaker":
            return f"{naming_command(values, to)}{_IF_ONE}"
        return self._decide(values[0], {self.fact: to}, personal=self.is_personal)

    def rename(self, value: str, fact: str, *, personal: bool) -> str:
        """Give the command that says a value under the name of another fact.

        Args:
            personal: whether no clip has the other fact, and a speaker can have one value of it.
        """
        return self._decide(value, {self.fact: "", fact: value}, personal=personal)

    def decide_for(self, speaker: str, values: Sequence[str], to: str) -> str:
        """Give the command that makes some values of a speaker another one."""
        uses = sum_uses(self._counts[Said(value, speaker)] for value in values)
        wishes = _wishes({self.fact: to})
        if self._is_decided(uses.clip_ids):
            return self._decide_clips(uses, wishes)
        return f"audioset decide --speaker {shlex.quote(speaker)} {wishes}"

    def _decide(self, value: str, to: Mapping[str, str], *, personal: bool) -> str:
        of = self._by_value[value]
        uses, wishes = sum_uses(of.values()), _wishes(to)
        speakers = [speaker for speaker in of if speaker is not None and self._has_one(speaker)]
        if not personal or len(speakers) < len(of) or self._is_decided(uses.clip_ids):
            return self._decide_clips(uses, wishes)
        more = f"  # so for {len(speakers) - 1:,} more speakers" if len(speakers) > 1 else ""
        return f"audioset decide --speaker {shlex.quote(speakers[0])} {wishes}{more}"

    def _has_one(self, speaker: str) -> bool:
        """Tell whether all that is said of a speaker means the same."""
        return len(self._meanings.get(speaker, ())) == 1

    def _decide_clips(self, uses: Uses, wishes: str) -> str:
        left = uses.num_clips - IDS_KEPT
        more = f"  # {left:,} more: audioset decide --from TABLE" if left > 0 else ""
        return f"audioset decide {' '.join(uses.clip_ids)} {wishes}{more}"

    def _is_decided(self, clip_ids: Iterable[str]) -> bool:
        """Tell whether clips were decided one by one: a decision about the speaker gives way."""
        decided = self._decided()
        return any((clip_id, self.fact) in decided for clip_id in clip_ids)

    @cached_property
    def _by_value(self) -> Mapping[str, Mapping[str | None, Uses]]:
        found: dict[str, dict[str | None, Uses]] = {}
        for (value, speaker), uses in self._counts.items():
            found.setdefault(value, {})[speaker] = uses
        totals = {value: sum_uses(of.values()) for value, of in found.items()}
        return {value: found[value] for value in _ranked(totals)}

    @cached_property
    def _meanings(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for value, speaker in self._counts:
            if speaker is not None:
                found.setdefault(speaker, set()).add(fold(self.fact, value))
        return found


def _ranked(values: Mapping[str, Uses]) -> dict[str, Uses]:
    return dict(sorted(values.items(), key=lambda item: (-item[1].num_clips, item[0])))


def _wishes(values: Mapping[str, str]) -> str:
    return " ".join(f"--set {shlex.quote(f'{fact}={value}')}" for fact, value in values.items())
