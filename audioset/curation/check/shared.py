"""What nearly all clips of a recording have against them: it belongs to the recording.

A telephone call has no high tones in any of its clips. That is told once; clips are looked at one
by one where only a few of them have it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_sets import ClipSet, without_rejected
from audioset.records.check_report import Finding, SharedFinding

_OF_RECORDINGS = ("too_quiet", "dc_offset", "low_snr", "narrow_band")
_LEAST_SHARED = 5  # of fewer nobody can say what nearly all of them have
_NEARLY_ALL = 0.9
_FoundIn = Mapping[str, Finding]  # by clip


def find_shared(
    clips: ClipSet, findings: Sequence[Finding], num_clips: int
) -> tuple[SharedFinding, ...]:
    """Give what nearly all clips have, or nearly all of a source; in the order of the rules.

    Reads the rows again where there may be something, and holds the ids of the clips in question.

    Args:
        findings: of all rules.
        num_clips: that were checked.
    """
    by_rule: defaultdict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in findings:
        if finding.rule in _OF_RECORDINGS:
            by_rule[finding.rule][finding.clip_id] = finding
    many = {rule: found for rule, found in by_rule.items() if len(found) >= _LEAST_SHARED}
    if not many:
        return ()
    sources = {rule: _sources_of(clips, found) for rule, found in many.items()}
    names = _names(clips, {source for of in sources.values() for source in of.values()})
    return tuple(
        shared
        for rule, found in many.items()
        for shared in _shared(rule, found, sources[rule], names, num_clips)
    )


def _shared(
    rule: str,
    found: _FoundIn,
    sources: Mapping[str, str],
    names: Mapping[str, tuple[str, int]],
    num_clips: int,
) -> Iterator[SharedFinding]:
    of_source: defaultdict[str, list[str]] = defaultdict(list)
    for clip_id, source in sources.items():
        of_source[source].append(clip_id)
    if len(of_source) > 1 and len(found) >= _NEARLY_ALL * num_clips:
        yield _told(rule, list(found.values()), None, num_clips)
        return
    for source, ids in sorted(of_source.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        name, num_of_source = names[source]
        if len(ids) >= max(_LEAST_SHARED, _NEARLY_ALL * num_of_source):
            yield _told(rule, [found[clip_id] for clip_id in ids], name, num_of_source)


def _told(rule: str, found: list[Finding], source: str | None, num_clips: int) -> SharedFinding:
    found.sort(key=lambda finding: (finding.badness, finding.clip_id))
    return SharedFinding(
        rule=rule,
        source_name=source,
        num_clips=num_clips,
        clip_ids=tuple(sorted(finding.clip_id for finding in found)),
        sentence=found[len(found) // 2].sentence,
    )


def _sources_of(clips: ClipSet, found: _FoundIn) -> dict[str, str]:
    """Give the id of the source of each of these clips."""
    wanted = pa.array(found, pa.string())
    sources: dict[str, str] = {}
    for batch in clips.scan(("clip_id", "source_id")):
        some = batch.filter(pc.is_in(batch["clip_id"], wanted))
        pairs = zip(some["clip_id"].to_pylist(), some["source_id"].to_pylist(), strict=True)
        sources.update(pairs)
    return sources


def _names(clips: ClipSet, sources: set[str]) -> dict[str, tuple[str, int]]:
    """Give the file name of each of these sources, and how many clips it has."""
    wanted = pa.array(sorted(sources), pa.string())
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    columns = ("source_id", "source_name", "accepted")
    for batch in map(without_rejected, clips.scan(columns)):
        some = batch.filter(pc.is_in(batch["source_id"], wanted)).select(columns[:2])
        rows = (
            pa.Table.from_batches([some]).group_by(list(columns[:2])).aggregate([([], "count_all")])
        )
        for row in rows.to_pylist():
            names[row["source_id"]] = row["source_name"]
            counts[row["source_id"]] += row["count_all"]
    return {source: (name, counts[source]) for source, name in names.items()}
