"""`audioset check`: what is wrong with clips, by rules over their manifest rows and their audio.

Two passes over the rows: one to learn what is usual, one to judge. Held in memory are 8 bytes per
clip for the usual, the findings, one count for each value of a fact and speaker, and for
near-duplicates what `near_duplicates` needs.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.check.facts import FACT_RULES, FactCounts, find_in_facts
from audioset.curation.check.facts.counts import COUNTED_COLUMNS
from audioset.curation.check.rules import (
    RATE_COLUMNS,
    Corpus,
    Rule,
    chars_per_second,
    choose_rules,
    usual_rates,
)
from audioset.curation.check.shared import find_shared
from audioset.curation.check.text_rules import is_empty
from audioset.curation.check.unjudged import Unjudged
from audioset.curation.check.voices import VOICE_RULES, find_in_voices
from audioset.curation.duplicates.find import find_duplicates
from audioset.curation.split.leaks import find_leaks, has_two_splits
from audioset.curation.split.shared import NearPairs
from audioset.curation.workspace.clip_sets import ClipSet, large_batches, without_rejected
from audioset.engine import Progress, no_progress
from audioset.records.check_report import CheckLimits, CheckReport, Finding
from audioset.records.dedupe_report import ClipWithin, DuplicateGroup
from audioset.records.split_report import KINDS, SplitLeak, SplitOptions

_EXACT, _NEAR, _LEAK = "duplicate_audio", "near_duplicate", "leak"


def check_clips(
    clips: ClipSet,
    *,
    limits: CheckLimits,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    split: SplitOptions | None = None,
    decided: Callable[[], Container[tuple[str, str]]] = frozenset,
    progress: Progress = no_progress,
) -> CheckReport:
    """Apply rules to clips; rejected ones are left out, as a publish leaves them out.

    Args:
        limits: of the rules.
        only: names of the rules to apply; those that are on by default when empty.
        skip: names of rules to leave out.
        split: what clips of different splits must not share; anything when None.
        decided: gives pairs of clip id and fact that people decided for one clip.

    Raises:
        InvalidInputError: no such rule.
    """
    rules = choose_rules(only, skip)
    names = [rule.name for rule in rules]
    facts = FactCounts() if any(name in FACT_RULES for name in names) else None
    unjudged = Unjudged(rules)
    findings, num_clips, num_rejected = _judge_rows(clips, rules, limits, facts, unjudged)
    about_facts = tuple(find_in_facts(facts, names, decided=decided)) if facts else ()
    not_judged = dict(unjudged.counts)
    if of_voices := [name for name in names if name in VOICE_RULES]:
        found_in_voices = find_in_voices(clips, of_voices, limits, progress)
        about_facts += found_in_voices.findings
        if found_in_voices.num_not_judged:
            not_judged |= dict.fromkeys(of_voices, found_in_voices.num_not_judged)
    wanted = split or SplitOptions()
    leaks = _LEAK in names and has_two_splits(clips)
    # A leak of nearly the same sound counts unless sounds are not to be compared.
    near = _NEAR in names or (leaks and "duplicates" in wanted.by and _NEAR not in skip)
    num_without_audio = 0
    pairs: tuple[tuple[str, str], ...] = ()
    if _EXACT in names or near:
        near_limit = limits.near_duplicate if near else None
        found = find_duplicates(clips, near_limit=near_limit, progress=progress)
        num_without_audio = found.num_without_audio
        repeated = [f for group in found.groups for f in _repeats(group, limits.near_duplicate)]
        repeated += [_as_part(clip, limits.near_duplicate) for clip in found.within]
        findings += [finding for finding in repeated if finding.rule in names]
        pairs = found.near_pairs
    if leaks:
        findings += map(_as_finding, find_leaks(clips, wanted, NearPairs(pairs)))
    order = {name: number for number, name in enumerate(names)}
    findings.sort(key=lambda f: (order[f.rule], -f.badness, f.clip_id))
    counts = Counter([f.rule for f in findings] + [f.rule for f in about_facts])
    return CheckReport(
        name=clips.name,
        num_clips=num_clips,
        num_rejected=num_rejected,
        num_flagged=len({finding.clip_id for finding in findings}),
        counts={name: counts[name] for name in names},
        findings=tuple(findings),
        limits=limits,
        shared=find_shared(clips, findings, num_clips),
        num_without_audio=num_without_audio,
        facts=about_facts,
        facts_not_compared=tuple(sorted(facts.too_many)) if facts else (),
        not_judged=not_judged,
        num_unmeasured=unjudged.num_unmeasured,
    )


def _judge_rows(
    clips: ClipSet,
    rules: Sequence[Rule],
    limits: CheckLimits,
    facts: FactCounts | None,
    unjudged: Unjudged,
) -> tuple[list[Finding], int, int]:
    """Give what the rules of rows find, the number of clips, and of those that were rejected.

    The facts of the same clips are counted in `facts`, what no rule can judge in `unjudged`.
    """
    corpus = _learn(clips, rules, limits)
    counted = COUNTED_COLUMNS if facts is not None else ()
    of_rules = (column for rule in rules for column in rule.columns)
    columns = dict.fromkeys(["clip_id", "accepted", *counted, *unjudged.columns, *of_rules])
    findings: list[Finding] = []
    num_clips = num_rejected = 0
    for whole in large_batches(clips.scan(tuple(columns)), tuple(columns)):
        batch = without_rejected(whole)
        num_clips += len(batch)
        num_rejected += len(whole) - len(batch)
        if facts is not None and len(batch):
            facts.add(batch)
        unjudged.add(batch)
        for rule in rules:
            findings += _apply(rule, batch, limits, corpus)
    return findings, num_clips, num_rejected


def _apply(
    rule: Rule, batch: pa.RecordBatch, limits: CheckLimits, corpus: Corpus
) -> Iterator[Finding]:
    if rule.find is None:
        return
    ids = batch.column("clip_id")
    for hit in rule.find(batch, limits, corpus):
        yield Finding(
            clip_id=ids[hit.row].as_py(),
            rule=rule.name,
            value=hit.value,
            limit=hit.limit,
            sentence=hit.sentence,
            badness=hit.badness,
        )


def _learn(clips: ClipSet, rules: Sequence[Rule], limits: CheckLimits) -> Corpus:
    """Learn what is usual of the texts; reads nothing when no rule needs it."""
    if not any("text" in rule.columns for rule in rules):
        return Corpus(has_texts=False, usual_rates=None)
    has_texts, rates = False, [np.zeros(0)]
    for batch in map(without_rejected, clips.scan((*RATE_COLUMNS, "accepted"))):
        has_texts = has_texts or not pc.all(is_empty(batch.column("text")), min_count=0).as_py()
        found = chars_per_second(batch)
        rates.append(found[found > 0])
    usual = usual_rates(np.concatenate(rates), limits.chars_per_second_deviations)
    return Corpus(has_texts=has_texts, usual_rates=usual)


def _repeats(group: DuplicateGroup, near_limit: float) -> Iterator[Finding]:
    """Give one finding for every clip of a group but the one to keep."""
    for clip_id in group.others:
        if clip_id in group.exact:
            yield Finding(
                clip_id=clip_id,
                rule=_EXACT,
                value=group.keep,
                limit=None,
                sentence=f"the same samples as {group.keep}",
                badness=0.0,
            )
        else:
            yield Finding(
                clip_id=clip_id,
                rule=_NEAR,
                value=group.keep,
                limit=near_limit,
                sentence=f"the same recording as {group.keep}: {group.reasons[clip_id]}",
                badness=1 - group.bit_errors,
            )


def _as_part(clip: ClipWithin, near_limit: float) -> Finding:
    return Finding(
        clip_id=clip.clip_id,
        rule=_NEAR,
        value=clip.within,
        limit=near_limit,
        sentence=f"a part of {clip.within}, from {max(0.0, clip.starts_seconds):.2f} s on",
        badness=1 - clip.bit_errors,
    )


def _as_finding(leak: SplitLeak) -> Finding:
    sentence = (
        f"in {leak.split}, but shares {', '.join(leak.kinds)} with {leak.other_split}, such as "
        f"{leak.other_id}"
    )
    return Finding(
        clip_id=leak.clip_id,
        rule=_LEAK,
        value=leak.other_id,
        limit=None,
        sentence=sentence,
        badness=float(KINDS.index(leak.kinds[-1])),
    )
