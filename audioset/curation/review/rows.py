"""One clip as the page shows it: its row with decisions applied, and who decided what."""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.catalog.decisions import HeldDecision
from audioset.curation.review.clip_table import ClipTable, FileMark
from audioset.curation.review.held import HeldDecisions, Subject
from audioset.curation.workspace.clip_audio import AudioPlace, place_of_clip
from audioset.curation.workspace.laid_over import lay_over
from audioset.curation.workspace.private_words import note_of, tags_of, text_accepted
from audioset.errors import NotFoundError
from audioset.records.manifest import FACT_COLUMNS, Clip, clips_from_table
from audioset.storage.tables import read_manifest

_MOST_HELD_BYTES = 128_000_000  # of manifests that were read last
_EDGES = ("clip_id", "start_sample", "end_sample")
_SHOWN_COLUMNS = (
    "clip_id", "source_id", "source_name", "audio_sha256", "length_seconds", "start_sample",
    "end_sample", "sampling_rate", "channels", "track", "channel", "head_silence_seconds",
    "tail_silence_seconds", "text", "text_source", "text_score", "hypothesis",
    "hypothesis_source", "line", "take", "take_similarity", "speaker", "split", "loudness_lufs",
    "peak_dbfs", "clipped_share", "snr_db", "speech_share", "bandwidth_hz", "edge_speech",
)  # fmt: skip


def verdict_of(value: object) -> str | None:
    """Say a decision about `accepted` as a verdict: accept, reject, unsure, or none."""
    return {True: "accept", False: "reject", "unsure": "unsure"}.get(value)


@dataclass(slots=True)
class RowReader:
    """Whole rows of clips, a manifest at a time; those that were read last stay in memory."""

    table: ClipTable
    held: HeldDecisions
    _tables: "OrderedDict[tuple[Path, FileMark], pa.Table]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clips(self, rows: Sequence[int]) -> list[tuple[Clip, Clip]]:
        """Give some rows as machines wrote them, and as they are with decisions applied.

        Raises:
            NotFoundError: the manifest of one was changed since, so that the clip is gone.
        """
        if not rows:
            return []
        batch = self._batch(rows)
        clips = list(clips_from_table(batch))
        subjects = dict.fromkeys(each for clip in clips for each in self._subjects(clip))
        decisions = self.held.about(subjects)
        decided = clips_from_table(lay_over(batch, decisions)) if decisions else clips
        return list(zip(clips, decided, strict=True))

    def as_json(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Give some rows as the page takes them."""
        return [self._as_json(*each) for each in self.clips(rows)]

    def edges(self, rows: Sequence[int]) -> list[tuple[int, int]]:
        """Give where some clips begin and end in their sources, in samples, end exclusive.

        Raises:
            NotFoundError: as `clips`.
        """
        files: dict[Path, tuple[list[str], list[int], list[int]]] = {}
        found = []
        for row in rows:
            path, place, mark = self.table.file_of(row)
            if path not in files:
                whole = self._rows_of(path, mark)
                ids, starts, ends = (whole[name].to_pylist() for name in _EDGES)
                files[path] = ids, starts, ends
            ids, starts, ends = files[path]
            self._require(row, ids[place] if place < len(ids) else None)
            found.append((starts[place], ends[place]))
        return found

    def place(self, row: int) -> AudioPlace:
        """Tell where the audio of a clip lies."""
        [(clip, _)] = self.clips([row])
        return place_of_clip(clip)

    def _batch(self, rows: Sequence[int]) -> pa.RecordBatch:
        """Give some rows as machines wrote them, each file looked into once."""
        ordered = sorted(set(rows))  # the rows of a file are next to each other
        tables = []
        for (path, mark), some in groupby(map(self.table.file_of, ordered), itemgetter(0, 2)):
            whole, places = self._rows_of(path, mark), [place for _, place, _ in some]
            tables.append(whole.take(pa.array([p for p in places if p < len(whole)], pa.int64())))
        found = pa.concat_tables(tables)
        for row, clip_id in zip_longest(ordered, found["clip_id"].to_pylist()):
            self._require(row, clip_id)
        places = pa.array([bisect_left(ordered, row) for row in rows], pa.int64())
        [batch] = found.combine_chunks().take(places).to_batches()
        return batch

    def _require(self, row: int, found: str | None) -> None:
        clip_id = self.table.clip_ids[row]
        if found != clip_id:
            raise NotFoundError(f"clip {clip_id} is gone: its source was cut anew or taken out")

    def _subjects(self, clip: Clip) -> list[Subject]:
        named = self.held.clip(clip.clip_id).get("speaker")
        speaker = clip.speaker if named is None else named.value
        return [("clip", clip.clip_id), *([("speaker", str(speaker))] if speaker else [])]  # type: ignore[list-item]

    def _rows_of(self, path: Path, mark: FileMark) -> pa.Table:
        with self._lock:
            if (path, mark) in self._tables:
                self._tables.move_to_end((path, mark))
                return self._tables[path, mark]
        rows = read_manifest(path)
        with self._lock:
            self._tables[path, mark] = rows
            while len(self._tables) > 1 and (
                sum(table.nbytes for table in self._tables.values()) > _MOST_HELD_BYTES
            ):
                self._tables.popitem(last=False)
        return rows

    def _as_json(self, machine: Clip, clip: Clip) -> dict[str, Any]:
        of_clip = self.held.clip(clip.clip_id)
        of_speaker = self.held.speaker(clip.speaker)
        judged = of_clip.get("accepted") or of_speaker.get("accepted")
        facts = {name: getattr(clip, name) for name in FACT_COLUMNS if getattr(clip, name)}
        return {
            **{name: getattr(clip, name) for name in _SHOWN_COLUMNS},
            "root_id": self.held.root_of(clip.clip_id),
            "source_rate": round(clip.end_sample / clip.end_seconds) if clip.end_seconds else None,
            "machine_text": machine.text,
            "flags": flags_of(clip.flags),
            "facts": {**facts, **clip.extra},
            "verdict": verdict_of(judged.value if judged else clip.accepted),
            "accepted_text": text_accepted(of_clip),
            "note": note_of(of_clip),
            "tags": tags_of(of_clip),
            "held": _told(of_clip),
            "speaker_held": _told(of_speaker),
        }


@lru_cache(4096)
def flags_of(flags: str | None) -> tuple[str, ...]:
    """Give the flags in the column of that name."""
    return tuple(name.strip() for name in (flags or "").split(",") if name.strip())


def _told(held: Mapping[str, HeldDecision]) -> dict[str, Any]:
    return {
        name: {
            "row_id": each.row_id,
            "value": each.value,
            "by": each.by,
            "at": each.at.isoformat(),
        }
        for name, each in held.items()
    }
