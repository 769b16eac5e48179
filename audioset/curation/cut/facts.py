"""Static facts of a source: set without cutting it, and what others would leave behind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from audioset.curation.cut.left_behind import LeftBehind
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.working import Working
from audioset.records.manifest import FACT_COLUMNS, Clip, split_facts
from audioset.storage.tables import list_manifests, scan_manifests


def with_facts(
    rows: Sequence[Clip], before: Mapping[str, str], now: Mapping[str, str]
) -> list[Clip]:
    """Give the clips of a source with other static facts.

    A speaker that a file of cues names for a clip stays.

    Args:
        rows: the clips, with the facts of before.
        before, now: facts that were given for the whole source.
    """
    (old, _), (new, extra) = split_facts(before), split_facts(now)
    return [
        replace(
            row,
            extra=extra,
            **{name: value for name, value in new.items() if getattr(row, name) == old.get(name)},  # type: ignore[arg-type]  # facts are text
        )
        for row in rows
    ]


def facts_replaced(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Say which given facts become others, such as `speaker 'isla' becomes 'ailsa'`."""
    return tuple(
        f"{name} {value!r} becomes {now[name]!r}"
        for name, value in before.items()
        if now.get(name, value) != value
    )


def facts_left_behind(
    old: Sequence[Clip],
    new: Sequence[Clip],
    decisions: Decisions,
    working: Working,
    *,
    before: Mapping[str, str],
    now: Mapping[str, str],
) -> LeftBehind:
    """Count facts that the clips of a source have and lose with a cut, or with other facts.

    Args:
        old, new: its clips before and after.
        decisions: all that hold.
        working: whose other clips may be of the same speakers.
        before, now: facts that were given for the whole source.
    """
    speakers = {row.speaker for row in new}
    given = sum(now.get(name) != value for name, value in before.items())
    named = sum(row.speaker not in (None, before.get("speaker"), *speakers) for row in old)
    gone = {row.speaker for row in old if row.speaker} - speakers
    if gone and any(kind == "speaker" and name in gone for kind, name, _ in decisions):
        gone -= set(_other_speakers(working, {row.source_id for row in old}))
    about = sum(kind == "speaker" and name in gone for kind, name, _ in decisions)
    still = {name for row in new for name in _names_of_facts(row)} | set(before)
    said = sum(not still.issuperset(_names_of_facts(row)) for row in old)
    counts = Counter(
        given_facts=given, named_speakers=named, line_facts=said, speaker_decisions=about
    )
    return LeftBehind(kinds=dict(+counts))


def _names_of_facts(row: Clip) -> list[str]:
    """Name the facts but the speaker that a clip has; a file of lines may say them of each."""
    return [name for name in FACT_COLUMNS if name != "speaker" and getattr(row, name)]


def _other_speakers(working: Working, source_ids: set[str]) -> Iterator[str]:
    """Give the speakers of the clips of other sources."""
    for path in list_manifests(working.manifests_dir):
        for batch in scan_manifests([path], ["source_id", "speaker"]):
            pairs = zip(*(batch.column(k).to_pylist() for k in (0, 1)), strict=True)
            yield from {who for source, who in pairs if who and source not in source_ids}
