"""What `audioset clips-behind` shows."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import short_digest
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.clip_lineage import ConsumedClips


def show_clips_behind(
    found: "ConsumedClips", rows: int, *, output: Path | None, as_json: bool
) -> None:
    """Show how much of each version a model rests on, and the clips."""
    if as_json:
        write_json(
            {"subject": found.subject, "versions": found.versions, "clips": found.table.to_pylist()}
        )
    else:
        _show_versions(found)
    _say_splits(found)
    ids = found.table.column("clip_id").to_pylist()
    if output is not None:
        say(f"{count(len(ids), 'clip')} written to {output}")
    elif not as_json:
        _show_clips(ids, rows)


def _show_versions(found: "ConsumedClips") -> None:
    rows: list[tuple[str, ...]] = [
        (
            str(one.version),
            short_digest(one.digest),
            f"{one.num_consumed:,}",
            f"{one.num_clips:,}",
            format_hms(one.consumed_seconds),
            one.known_by,
        )
        for one in found.versions
    ]
    num_withdrawn = sum(one.num_withdrawn for one in found.versions)
    length = ">length left" if num_withdrawn else ">length"
    heads = ["version", "digest", ">clips consumed", ">of", length, "known by"]
    if num_withdrawn:
        heads.insert(4, ">withdrawn since")
        rows = [
            (*row[:4], f"{one.num_withdrawn:,}", *row[4:])
            for row, one in zip(rows, found.versions, strict=True)
        ]
    show(make_table(heads, rows), "")
    if num_withdrawn:
        say(
            f"{count(num_withdrawn, 'clip')} of what it consumed withdrawn since "
            "(audioset forget), and not listed: neither audio nor text is left"
        )
    for one in found.versions:
        if one.known_by == "version":
            say(f"{one.version} is known by version, and may have been consumed whole: {one.why}")
        elif one.num_perhaps:
            say(
                f"{one.version}: {count(one.num_perhaps, 'clip')} of these only perhaps consumed: "
                f"{one.why}"
            )


def _say_splits(found: "ConsumedClips") -> None:
    """Tell the clips that a run learned of from those that it was only tested on."""
    numbers = Counter(found.table.column("split").to_pylist())
    if set(numbers) - {None}:
        told = [f"{number:,} of {split or 'no split'}" for split, number in numbers.most_common()]
        say(f"by split: {', '.join(told)}")


def _show_clips(ids: Sequence[str], limit: int) -> None:
    for clip_id in ids[:limit]:
        write_line(clip_id)
    if len(ids) > limit:
        say(f"{len(ids) - limit:,} more clips; --rows N, --output FILE or --json")
