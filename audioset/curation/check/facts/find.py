"""What is wrong with facts: contradictions, spellings, values and names that cannot be meant."""

import difflib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache

from audioset.curation.check.facts.ages import parse_age
from audioset.curation.check.facts.counts import FactCounts, Uses, sum_uses
from audioset.curation.check.facts.said import SaidOf
from audioset.curation.check.facts.values import PERSONAL, explain_value, fold
from audioset.records.check_report import FactFinding
from audioset.records.manifest import FACT_COLUMNS
from audioset.wording import count

_CONTRADICTION, _SPELLING = "contradicting_facts", "fact_spelling"
_ODD_FACT, _FACT_NAME = "odd_fact", "fact_name"
# Speakers who may be more than one person, and values that contradict nothing.
_NOT_KNOWN = {"unknown", "not known", "unidentified", "various", "several", "multiple", "mixed"}
_YEARS_APART = 1  # a birthday may lie between two recordings
_ALIKE = 0.85  # gendr and gender; names of columns differ more from each other
_VALUES_TOLD = 4
_BLANKS = "blanks at its ends, or two in a row"


def find_in_facts(
    counted: FactCounts,
    rules: Container[str],
    *,
    decided: Callable[[], Container[tuple[str, str]]] = frozenset,
) -> Iterator[FactFinding]:
    """Give what is wrong with facts.

    Args:
        counted: all clips.
        rules: names of those of `FACT_RULES` that are wanted.
        decided: gives pairs of clip id and fact that were decided for one clip, which what is
            decided about its speaker does not change; called when something is found.
    """
    facts = [SaidOf(name, counts, cache(decided)) for name, counts in counted.counts.items()]
    for rule, (_, find) in FACT_RULES.items():
        if rule in rules:
            found = sorted(find(facts), key=lambda f: (-f.num_clips, f.fact, f.speaker or ""))
            yield from found


def _find_contradictions(facts: Sequence[SaidOf]) -> Iterator[FactFinding]:
    for said in facts:
        if not said.is_personal:
            continue
        for speaker, values in said.of_speakers():
            possible = [value for value in values if explain_value(said.fact, value) is None]
            if len(possible) < 2 or fold("", speaker) in _NOT_KNOWN:
                continue
            usual = possible[0]
            others = [v for v in possible if _contradicts(said.fact, usual, v)]
            if others:
                yield _finding(
                    _CONTRADICTION,
                    said,
                    {value: values[value] for value in (usual, *others)},
                    wrong=others,
                    speaker=speaker,
                    remedy=said.decide_for(speaker, others, usual)
                    + "  # or --set speaker=NAME for clips of somebody else",
                )


def _contradicts(fact: str, one: str, other: str) -> bool:
    meanings = {fold(fact, one), fold(fact, other)}
    if len(meanings) == 1 or meanings & _NOT_KNOWN:
        return False
    if fact != "age":
        return True
    ages = parse_age(one), parse_age(other)
    if ages[0] is None or ages[1] is None:  # a word such as adult
        return False
    return max(a.first for a in ages if a) - min(a.last for a in ages if a) > _YEARS_APART


def _find_spellings(facts: Sequence[SaidOf]) -> Iterator[FactFinding]:
    for said in facts:
        alike: dict[str, dict[str, Uses]] = {}
        for value, uses in said.values().items():
            alike.setdefault(fold(said.fact, value), {})[value] = uses
        for values in alike.values():
            # The commonest, unless it is odd by itself.
            usual = next((value for value in values if _plain(value) == value), next(iter(values)))
            others = [value for value in values if value != _plain(usual)]
            if others:
                remedy = said.change(others, _plain(usual))
                told = None if len(values) > 1 else f"{usual!r} has {_BLANKS}"
                yield _finding(_SPELLING, said, values, wrong=others, remedy=remedy, sentence=told)


def _plain(value: str) -> str:
    return " ".join(value.split())


def _find_odd(facts: Sequence[SaidOf]) -> Iterator[FactFinding]:
    for said in facts:
        for value, uses in said.values().items():
            found = explain_value(said.fact, value)
            if found is not None:
                reason, meant = found
                yield _finding(
                    _ODD_FACT,
                    said,
                    {value: uses},
                    wrong=[value],
                    sentence=f"{value!r} {reason}",
                    remedy=said.change([value], "VALUE" if meant is None else meant),
                )


def _find_names(facts: Sequence[SaidOf]) -> Iterator[FactFinding]:
    """Find facts whose names look like another's: a column's, or a fact's that more clips have."""
    numbers = {said.fact: sum_uses(said.values().values()).num_clips for said in facts}
    extra = [said for said in facts if said.fact not in FACT_COLUMNS]
    ranked = sorted(extra, key=lambda said: (-numbers[said.fact], said.fact))
    for place, said in enumerate(ranked):
        meant = _meant(said.fact, [other.fact for other in ranked[:place]])
        if meant is not None:
            values = said.values()
            value = next(iter(values))
            yield _finding(
                _FACT_NAME,
                said,
                values,
                wrong=list(values),
                sentence=f"a fact of this name in {_clips(numbers[said.fact])}; {meant!r} is meant",
                remedy=said.rename(value, meant, personal=meant in PERSONAL - numbers.keys()),
            )


def _meant(fact: str, others: Iterable[str]) -> str | None:
    same = {fold("", name): name for name in (*others, *FACT_COLUMNS)}.get(fold("", fact))
    near = difflib.get_close_matches(fact.lower(), FACT_COLUMNS, 1, cutoff=_ALIKE)
    return same or (near[0] if near else None)


def _finding(
    rule: str,
    said: SaidOf,
    values: Mapping[str, Uses],
    *,
    wrong: Sequence[str],
    remedy: str,
    speaker: str | None = None,
    sentence: str | None = None,
) -> FactFinding:
    rarer = sum_uses(values[value] for value in wrong)
    whose = f"{said.fact} of {speaker}" if speaker is not None else said.fact
    return FactFinding(
        rule=rule,
        fact=said.fact,
        speaker=speaker,
        values={value: uses.num_clips for value, uses in values.items()},
        num_clips=rarer.num_clips,
        clip_ids=rarer.clip_ids,
        sentence=f"{whose}: {sentence or _tell(values)}",
        remedy=remedy,
    )


def _tell(values: Mapping[str, Uses]) -> str:
    """Say how many clips have each value, such as `'female' in 40 clips, 'male' in 3`."""
    (first, uses), *others = values.items()
    told = [f"{first!r} in {_clips(uses.num_clips)}"]
    told += [f"{value!r} in {other.num_clips:,}" for value, other in others[: _VALUES_TOLD - 1]]
    if len(values) > _VALUES_TOLD:
        told.append(f"and {len(values) - _VALUES_TOLD:,} more values")
    return ", ".join(told)


def _clips(number: int) -> str:
    return count(number, "clip")


# The meaning of each rule, and what finds it, in the order of reports.
FACT_RULES: Mapping[str, tuple[str, Callable[[Sequence[SaidOf]], Iterator[FactFinding]]]] = {
    _CONTRADICTION: ("two values of what a person has one of", _find_contradictions),
    _SPELLING: ("one value spelled in several ways", _find_spellings),
    _ODD_FACT: ("a value that cannot be one", _find_odd),
    _FACT_NAME: ("a fact named almost like another", _find_names),
}
