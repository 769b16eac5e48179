"""The sources of a review as long sounds: their clips, and speech that is in none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioset.curation.cut.lines import gaps_of
from audioset.curation.review.sounds import SourceSounds
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import CLIP_ID_PATTERN
from audioset.records.line_report import LineReport
from audioset.records.manifest import LINES_KEY, SOURCE_KEY
from audioset.records.source import Source
from audioset.storage.tables import read_manifest_metadata


@dataclass(frozen=True, slots=True)
class LongSource:
    """A source that was cut here, and what became of the lines of its transcript, if any."""

    source: Source
    lines: LineReport | None


def read_source(manifests_dir: Path, source_id: str) -> LongSource:
    """Read what the manifest of a source says of it.

    Raises:
        NotFoundError: no such source was cut here; it may be of an import, or of a version.
        StorageError: the manifest cannot be read.
    """
    # The id comes from a web page and becomes part of a path.
    if CLIP_ID_PATTERN.fullmatch(source_id) is None:
        raise NotFoundError(f"no source {source_id!r}")
    try:
        metadata = read_manifest_metadata(manifests_dir / f"{source_id}.parquet")
    except (NotFoundError, InvalidInputError):
        metadata = {}
    if SOURCE_KEY not in metadata:
        raise NotFoundError(f"source {source_id!r} was not cut in this workspace")
    lines = metadata.get(LINES_KEY)
    return LongSource(
        Source.from_json(metadata[SOURCE_KEY].decode()),
        LineReport.from_json(lines.decode()) if lines else None,
    )


def list_sources(
    source_ids: Sequence[str], names: Sequence[str], verdicts: Sequence[str | None]
) -> list[dict[str, Any]]:
    """Give the sources of clips, with how many each has and how many are judged; one of each."""
    found: dict[str, dict[str, Any]] = {}
    for source_id, name, verdict in zip(source_ids, names, verdicts, strict=True):
        none = {"source_id": source_id, "name": name, "num_clips": 0, "num_judged": 0}
        told = found.setdefault(source_id, none)
        told["num_clips"] += 1
        told["num_judged"] += verdict is not None
    return list(found.values())


def describe_source(
    long: LongSource, clips: Sequence[Mapping[str, Any]], sounds: SourceSounds
) -> dict[str, Any]:
    """Give a source as the page shows it.

    Args:
        clips: its clips, as short rows.
    """
    source = long.source
    return {
        "source_id": source.source_id,
        "name": source.name,
        "rate": source.sampling_rate,
        "num_samples": source.num_samples,
        "length_seconds": source.length_seconds,
        "has_sound": sounds.place_of(source) is not None,
        "clips": sorted(clips, key=lambda clip: (clip["start_sample"], clip["end_sample"])),
        "gaps": _gaps(long),
        "missing_lines": _missing(long),
    }


def _gaps(long: LongSource) -> list[dict[str, Any]]:
    """Give speech that is in no line."""
    if long.lines is None:
        return []
    at = _in_samples(long.source)
    return [
        {"start_sample": at(start), "end_sample": at(end)} for start, end in long.lines.in_no_line
    ]


def _missing(long: LongSource) -> list[dict[str, Any]]:
    """Give the lines that were not found, with the stretch in which each should be."""
    if long.lines is None:
        return []
    at, gaps = _in_samples(long.source), gaps_of(long.lines)
    missing = set(long.lines.alignment.missing)
    return [
        {
            "line": line.number,
            "text": line.text,
            "start_sample": at(gaps[line.number].start_seconds) if line.number in gaps else None,
            "end_sample": at(gaps[line.number].end_seconds) if line.number in gaps else None,
        }
        for line in long.lines.lines
        if line.number in missing
    ]


def _in_samples(source: Source) -> Callable[[float], int]:
    return lambda seconds: max(0, min(source.num_samples, round(seconds * source.sampling_rate)))
