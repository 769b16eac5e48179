"""The report of `audioset check` as one HTML file: findings that can be heard and seen.

The file loads nothing from elsewhere: style, script and audio are inside. At most 20 clips per
rule are shown, and at most 24 MB of FLAC are embedded (32 MB as base64), the worst clips of every
rule first; with drawings and texts the file stays below 40 MB, whatever the dataset.
"""

import base64
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioset.curation.check import MEANINGS
from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, places_of
from audioset.curation.workspace.clip_sets import ClipSet, decode_mono
from audioset.errors import AudiosetError
from audioset.pages.html import format_place, render, write_page
from audioset.pages.wave import WAVE_BOX, draw_wave
from audioset.records.check_report import CheckReport, FactFinding, Finding

CLIPS_PER_RULE = 20
FACTS_PER_RULE = 100
AUDIO_BYTES = 24_000_000
# One clip never takes more, so that others are heard too; half a minute at 48 kHz is about 2 MB.
_CLIP_BYTES = 3_000_000
_COLUMNS = (
    *PLACE_COLUMNS,
    "text",
    "source_name",
    "start_seconds",
    "length_seconds",
    "speaker",
    "sampling_rate",
)
_MAX_GAIN = 100.0
_GAIN_TOLD = 1.95  # a smaller one deceives nobody


@dataclass(frozen=True, slots=True)
class _ClipSound:
    """A clip's audio as the page has it."""

    flac: bytes | None  # None: too large for the page
    wave: str  # path of an SVG drawing
    gain: float  # by which the drawing is higher than the sound


def write_check_page(report: CheckReport, clips: ClipSet, path: Path, *, review: str = "") -> Path:
    """Write the report as an HTML file, and return `path`.

    Args:
        clips: those that were checked; read again for texts and audio.
        path: replaced when it exists.
        review: address of the review into which ids lead; "" where there is none.

    Raises:
        StorageError: the file cannot be written.
    """
    shown = _worst(report)
    turns = _in_turn(shown)
    rows = _read_rows(clips, turns)
    sounds = _listen(turns, rows, clips)
    return write_page(path, _page(report, shown, rows, sounds, review))


def _worst(report: CheckReport) -> dict[str, list[Finding]]:
    """Give the worst of every rule; of what whole recordings share, an example of each."""
    shown: dict[str, list[Finding]] = defaultdict(list)
    examples = {(each.rule, each.clip_ids[0]) for each in report.shared}
    of_clips = {id(finding) for finding in report.of_clips}
    for finding in report.findings:
        if id(finding) not in of_clips and (finding.rule, finding.clip_id) not in examples:
            continue
        if len(shown[finding.rule]) < CLIPS_PER_RULE:
            shown[finding.rule].append(finding)
    return shown


def _first_facts(report: CheckReport) -> dict[str, list[FactFinding]]:
    shown: dict[str, list[FactFinding]] = defaultdict(list)
    for finding in report.facts:
        if len(shown[finding.rule]) < FACTS_PER_RULE:
            shown[finding.rule].append(finding)
    return shown


def _in_turn(shown: dict[str, list[Finding]]) -> list[str]:
    """Give the clips by turns, the worst of every rule first: that is how audio is shared out."""
    turns = zip_longest(*shown.values())
    found = [finding for turn in turns for finding in turn if finding is not None]
    return list(dict.fromkeys(clip_id for finding in found for clip_id in _clips_of(finding)))


def _clips_of(finding: Finding) -> tuple[str, ...]:
    """Give the clip, and the one that a duplicate repeats."""
    if finding.rule in ("duplicate_audio", "near_duplicate"):
        return finding.clip_id, str(finding.value)
    return (finding.clip_id,)


def _read_rows(clips: ClipSet, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(wanted, pa.string())
    found = (batch.filter(pc.is_in(batch.column("clip_id"), ids)) for batch in clips.scan(_COLUMNS))
    return {row["clip_id"]: row for batch in found for row in batch.to_pylist()}


def _listen(
    clip_ids: Sequence[str], rows: dict[str, dict[str, Any]], clips: ClipSet
) -> dict[str, _ClipSound]:
    """Read the clips' audio; one that cannot be read is left out."""
    sounds: dict[str, _ClipSound] = {}
    left = AUDIO_BYTES
    for clip_id in clip_ids:
        [place] = places_of([rows[clip_id]])
        try:
            flac = clips.audio.read(place)
            samples, _ = decode_mono(flac, name=clip_id)
        except AudiosetError:
            continue
        fits = len(flac) <= min(left, _CLIP_BYTES)
        left -= len(flac) if fits else 0
        gain = _gain(samples)
        sounds[clip_id] = _ClipSound(flac if fits else None, draw_wave(samples * gain), gain)
    return sounds


def _gain(samples: NDArray[np.float32]) -> float:
    """Give the gain at which a quiet clip can be seen, at most 100."""
    peak = float(np.abs(samples).max(initial=0.0))
    return min(_MAX_GAIN, max(1.0, 0.8 / peak)) if peak else 1.0


def _page(
    report: CheckReport,
    shown: dict[str, list[Finding]],
    rows: dict[str, dict[str, Any]],
    sounds: dict[str, _ClipSound],
    review: str,
) -> str:
    counts = {rule: count for rule, count in report.counts.items() if count}
    most = max(counts.values(), default=1)
    return render(
        "check.html",
        title=f"Check of {report.name}",
        report=report,
        review=review,
        meanings=MEANINGS,
        bars={rule: max(1, round(100 * count / most)) for rule, count in counts.items()},
        clean=[rule for rule, count in report.counts.items() if not count],
        facts=_first_facts(report),
        shown=shown,
        clips_of=_clips_of,
        clips={clip_id: _shown_clip(row, sounds.get(clip_id)) for clip_id, row in rows.items()},
        audio={
            clip_id: base64.b64encode(clip.flac).decode()
            for clip_id, clip in sounds.items()
            if clip.flac is not None
        },
        wave_box=WAVE_BOX,
    )


def _shown_clip(row: dict[str, Any], sound: _ClipSound | None) -> dict[str, Any]:
    return {
        "clip_id": row["clip_id"],
        "text": row["text"],
        "facts": list(_facts(row, sound)),
        "wave": sound.wave if sound is not None else None,
    }


def _facts(row: dict[str, Any], sound: _ClipSound | None) -> Iterator[str]:
    yield f"{row['source_name']} at {format_place(row['start_seconds'], 1)}"
    yield f"{row['length_seconds']:.2f} s"
    yield f"{row['sampling_rate'] / 1000:g} kHz"
    if row["speaker"]:
        yield row["speaker"]
    if sound is not None and sound.gain > _GAIN_TOLD:
        yield f"drawn {sound.gain:.0f} times as high"
