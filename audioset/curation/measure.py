"""`audioset measure`: fill the quality columns of working clips that were not measured yet.

Clips that were imported, or cut by an older release, lack some. Each clip is measured by itself,
from its own first sample: at its edges the numbers can differ a little from those of a cut, where
the detector has heard what came before.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from audioset.curation.workspace.clip_audio import place_of_clip
from audioset.curation.workspace.one_writer import change_rows
from audioset.curation.workspace.working import Working
from audioset.engine import Needs, Progress, map_items, no_progress
from audioset.errors import AudiosetError, MediaError, NotFoundError
from audioset.hearing.quality import Quality, measure
from audioset.hearing.speech.detector import DETECTOR_RATE, SpeechDetector
from audioset.media.flac import decode_flac
from audioset.media.resample import Resampler
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import list_manifests, read_manifest

# Null in these can be the answer; null in all of the others means that nobody measured.
_ALWAYS_MEASURED = ("clipped_share", "dc_offset", "speech_share", "edge_speech")
_NEEDS = Needs(memory_bytes=500_000_000)  # of a worker
_GONE = "taken out, moved or cut anew meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReport:
    """What became of the clips of all working manifests.

    Attributes:
        num_clips: how many there are.
        num_measured: how many were measured now.
        failures: clips that could not be, with the reason.
    """

    num_clips: int
    num_measured: int
    failures: tuple[tuple[str, str], ...] = ()


def measure_clips(
    working: Working,
    *,
    again: bool = False,
    workers: int = 1,
    progress: Progress = no_progress,
) -> MeasureReport:
    """Measure the working clips that lack a quality column, or all of them `again`.

    Raises:
        NotFoundError: the workspace has no manifest.
    """
    manifests = list_manifests(working.manifests_dir)
    function: Callable[[Path], MeasureReport] = partial(
        _measure_manifest, working=working, again=again
    )
    reports = []
    for outcome in map_items(function, manifests, workers=workers, needs=_NEEDS):
        failed = ((outcome.item.name, str(outcome.error)),)
        reports.append(outcome.value or MeasureReport(num_clips=0, num_measured=0, failures=failed))
        progress("measuring", len(reports), len(manifests), "manifests")
    return MeasureReport(
        num_clips=sum(report.num_clips for report in reports),
        num_measured=sum(report.num_measured for report in reports),
        failures=tuple(sorted(each for report in reports for each in report.failures)),
    )


def measure_flac(
    flac: bytes, *, name: str, gain_db: float | None = None, bit_depth: int = 16
) -> Quality:
    """Measure one clip by itself.

    Args:
        flac: its bytes.
        name: for messages.
        gain_db: what its level was changed by.
        bit_depth: of the clip, 16 or 24.

    Raises:
        MediaError: the bytes are not whole FLAC of one channel.
    """
    samples, sampling_rate = decode_flac(flac, name=name)
    if samples.ndim != 1 or samples.size == 0:
        raise MediaError(f"{name}: not one channel of sound; import it again")
    at_16_khz = Resampler(sampling_rate, DETECTOR_RATE).push(samples, last=True)
    frames = SpeechDetector().push(at_16_khz, last=True)
    if len(frames) == 0:
        raise MediaError(f"{name}: too short to be measured ({samples.size} samples)")
    return measure(samples, sampling_rate, frames, gain_db=gain_db, bit_depth=bit_depth)


def _measure_manifest(manifest: Path, *, working: Working, again: bool) -> MeasureReport:
    rows, failures = list(clips_from_table(read_manifest(manifest))), []
    measured: dict[str, Quality] = {}
    for row in rows:
        if not again and _is_measured(row):
            continue
        try:
            flac = working.audio.read(place_of_clip(row))
            measured[row.clip_id] = measure_flac(
                flac, name=row.clip_id, gain_db=row.gain_db, bit_depth=row.bit_depth
            )
        except NotFoundError:
            failures.append((row.clip_id, "its file is missing; cut or import its source again"))
        except AudiosetError as error:
            failures.append((row.clip_id, str(error)))
    gone = _save(manifest, measured, working) if measured else []
    return MeasureReport(
        num_clips=len(rows),
        num_measured=len(measured) - len(gone),
        failures=(*failures, *((clip_id, _GONE) for clip_id in gone)),
    )


def _save(manifest: Path, measured: Mapping[str, Quality], working: Working) -> list[str]:
    """Write what was measured into the rows as they are now; give the clips that are gone."""
    there = change_rows(
        working, manifest, measured, lambda row: replace(row, **asdict(measured[row.clip_id]))
    )
    return sorted(measured.keys() - there)


def _is_measured(row: Clip) -> bool:
    if any(getattr(row, name) is None for name in _ALWAYS_MEASURED):
        return False
    # A clip with speech has a head and a tail; an older release did not measure them.
    return not (row.speech_share and row.head_silence_seconds is None)
