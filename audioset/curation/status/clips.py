"""The clips of a workspace, counted."""

import os
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, ids_in_store
from audioset.curation.workspace.clip_sets import without_rejected
from audioset.curation.workspace.effective import find_unsure, list_clip_ids, scan_effective
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.records.identity import clip_file_name
from audioset.records.speaker_names import spellings_of_one
from audioset.records.workspace_status import ClipTotals
from audioset.storage.arrays import as_numbers, fill_null

_COLUMNS = (
    *PLACE_COLUMNS, "source_name", "speaker", "length_seconds", "text", "flags", "accepted"
)  # fmt: skip


def count_clips(working: Working, decisions: Decisions) -> ClipTotals:
    """Count the clips of a workspace with the decisions that hold.

    Raises:
        InvalidInputError: a file is not a manifest, or two files hold the same clip.
        StorageError: a manifest or the folder of the clips cannot be read.
    """
    kept_aside = len(list_clip_ids(working.aside))
    if not any(working.manifests_dir.glob("*.parquet")):
        return ClipTotals(num_kept_aside=kept_aside)
    files = _files_of(working)
    counts: Counter[str] = Counter()
    speakers: Counter[str | None] = Counter()
    seconds = 0.0
    lost: dict[str, str] = {}
    unsure_ids = pa.array(sorted(find_unsure(working, decisions)), pa.string())
    for batch in scan_effective(working, _COLUMNS, decisions=decisions):
        unsure = pc.is_in(batch["clip_id"], unsure_ids)
        undecided = pc.and_(pc.is_null(batch["accepted"]), pc.invert(unsure))
        kept = without_rejected(batch)
        counts["num_clips"] += batch.num_rows
        for found in pc.value_counts(batch["speaker"]).to_pylist():
            speakers[found["values"]] += found["counts"]
        counts["num_undecided"] += _count(undecided)
        counts["num_unsure"] += _count(unsure)
        counts["num_flagged"] += _count(pc.and_(undecided, _is_filled(batch["flags"])))
        counts["num_rejected"] += batch.num_rows - kept.num_rows
        counts["num_without_text"] += kept.num_rows - _count(_is_filled(kept["text"]))
        seconds += float(as_numbers(batch["length_seconds"]).sum())
        names = zip(kept["clip_id"].to_pylist(), kept["source_name"].to_pylist(), strict=True)
        stored = ids_in_store(kept)
        for clip_id, name in names:
            if clip_file_name(clip_id) in files:
                continue
            if clip_id in stored:
                counts["num_thin"] += 1
            else:
                lost[clip_id] = name
    return ClipTotals(
        **counts,
        length_seconds=seconds,
        without_audio=tuple(sorted(lost)),
        without_audio_of=tuple(sorted(set(lost.values()))),
        num_kept_aside=kept_aside,
        one_speaker=spellings_of_one(speakers),
    )


def _files_of(working: Working) -> set[str]:
    try:
        return {entry.name for entry in os.scandir(working.clips_dir)}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise StorageError(f"cannot read {working.clips_dir}: {error.strerror}") from error


def _is_filled(texts: pa.Array) -> pa.Array:
    """Tell for each text whether there is anything in it."""
    lengths = pc.utf8_length(pc.utf8_trim_whitespace(texts))
    return pc.cast(fill_null(lengths), pa.bool_())


def _count(chosen: pa.Array) -> int:
    return int(pc.sum(chosen).as_py() or 0)
