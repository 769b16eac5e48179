"""Cues of a video that was edited since: the same file, and the sound is elsewhere now.

A cut by them would put each text beside other words, and say nothing.
"""

from pathlib import Path
from statistics import median

import numpy as np

from audioset.curation.cut.earlier import EarlierCut
from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, places_of
from audioset.curation.workspace.clip_sets import decode_mono
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError, as_option
from audioset.hearing.fingerprint import RATE, make_fingerprint
from audioset.hearing.matches import Heard
from audioset.hearing.shifts import WholePrint, find_shifts
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.records.cut_options import CutOptions

_CLIPS_HEARD = 16  # spread over the recording; of each part the longest
_SHARPNESS_SECONDS = 0.25  # what an encoder or another cut of the same second moves is less


def why_stale(path: Path, before: EarlierCut, options: CutOptions, working: Working) -> str | None:
    """Say why the cues that an earlier source was cut by do not fit the file that takes its place.

    Args:
        path: the file.
        before: the earlier source, cut by the same cues.
        options: by which both are cut.
        working: the workspace, which has the clips of the earlier source.

    Returns:
        Why, in one clause; None where they fit, or nothing of the sound is found again.

    Raises:
        MediaError: the file cannot be used.
    """
    clips = _some_clips(before, working)
    with listen_apart(
        path, track=options.track, channels=options.channels, sampling_rate=RATE
    ) as listening:
        sound = (np.mean([piece.sound for piece in same], axis=0) for same in listening.pieces())
        shifts = find_shifts(clips, WholePrint.of(sound))
    moved = [shift for shift in shifts if abs(shift) > _SHARPNESS_SECONDS]
    if not moved:
        return None
    if max(shifts) - min(shifts) > _SHARPNESS_SECONDS:
        return (
            "the sound was moved by other amounts in other places (by "
            f"{min(shifts):+.1f} to {max(shifts):+.1f} s); give a file of cues that fits it"
        )
    shift = median(shifts)
    total = options.shift_seconds + shift
    move = as_option("shift_seconds", f"{total:.2f}", flag="shift")
    return (
        f"the sound lies {abs(shift):.2f} s {'later' if shift > 0 else 'earlier'} now; give a file "
        f"of cues that fits it, or move the cues: {move}"
    )


def _some_clips(before: EarlierCut, working: Working) -> list[Heard]:
    """Give clips from all parts of the earlier source, with their sound."""
    rows = before.table.select([*PLACE_COLUMNS, "start_seconds", "length_seconds"]).to_pylist()
    rows.sort(key=lambda row: row["start_seconds"])
    parts = [part for part in np.array_split(np.arange(len(rows)), _CLIPS_HEARD) if len(part)]
    chosen = [max((rows[n] for n in part), key=lambda row: row["length_seconds"]) for part in parts]
    found: list[Heard] = []
    for row in chosen:
        try:
            [place] = places_of([row])
            flac = working.audio.read(place)
            heard = make_fingerprint(*decode_mono(flac, name=row["clip_id"]))
        except AudiosetError:
            continue  # not here, or damaged: the others tell
        found.append((row["start_seconds"], heard))
    return found
