"""Review: what is opened once to go through clips, and answers within the pause of a key press."""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from audioset.catalog.decisions import Decision
from audioset.catalog.fields import DECIDABLE_COLUMNS, require_decision
from audioset.curation.check.rules import MEANINGS
from audioset.curation.review.clip_table import TABLE_COLUMNS, ClipTable
from audioset.curation.review.details import details_of, short_row
from audioset.curation.review.held import HeldDecisions
from audioset.curation.review.kept import keep, read_kept
from audioset.curation.review.live import LiveClips
from audioset.curation.review.long_sources import describe_source, read_source
from audioset.curation.review.pace import Pace
from audioset.curation.review.queue import WORST, QueueWish, column_values, ordered, rows_where
from audioset.curation.review.rows import RowReader
from audioset.curation.review.sounds import SourceSound, SourceSounds
from audioset.curation.workspace.clip_sets import ClipAudio
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.lines import FLAGS
from audioset.records.manifest import columns
from audioset.records.review_summary import ReviewSummary

MOST_ROWS = 200  # that one answer holds
_FIRST_FILES = 24  # that are read for the rows which come with a queue


class Review:
    """Clips to go through, and what is decided of them meanwhile. Safe to use from any thread.

    Attributes:
        name: of the dataset.
        version: the published version that is reviewed; None for the working clips.
        reviewer: who decides.
        sounds: of the sources.
    """

    def __init__(
        self,
        working: Working,
        audio: ClipAudio,
        *,
        home: Path,
        reviewer: str,
        version: str | None = None,
    ) -> None:
        """Read the columns of all clips.

        Args:
            working: the clips; of a version a folder that holds its rows.
            audio: reads the audio of clips.
            home: folder of the workspace, where the reviewer's settings lie.

        Raises:
            InvalidInputError: there is no clip, or a file is not a manifest.
            StorageError: a manifest or the catalog cannot be read.
        """
        self.name, self.version, self.reviewer = working.name, version, reviewer
        self.sounds = SourceSounds(working)
        self._working, self._audio, self._home = working, audio, home
        self._lock = threading.RLock()
        self._held = HeldDecisions(working)
        self._table = ClipTable(working.manifests_dir)
        self._live = LiveClips(self._table, self._held)
        self._reader = RowReader(self._table, self._held)
        self._start, self._pace = QueueWish(), Pace()
        self._table.refresh()
        if not len(self._table):
            raise InvalidInputError(
                f"there is no clip to review in {working.manifests_dir}; cut a source first: "
                "audioset cut FILE"
            )
        self._held.load()
        self._live.lay_all()

    def begin_with(self, wish: QueueWish) -> None:
        """Show these clips first.

        Raises:
            InvalidInputError: the condition is none.
        """
        if wish.where:
            rows_where(wish.where, self._working, self._held.all(), self._table.row_of)
        self._start = wish

    def summary(self, length_seconds: float) -> ReviewSummary:
        """Tell what was done.

        Args:
            length_seconds: since the review began.
        """
        with self._lock:
            return self._pace.summary(
                self.reviewer,
                num_left=self._live.verdicts.count(None),
                num_clips=len(self._table),
                length_seconds=length_seconds,
            )

    def refresh(self) -> bool:
        """Notice what changed beside: manifests; tell whether there are other clips now."""
        with self._lock:
            changed = self._table.refresh()
            if changed:
                self._live.lay_all()
            return changed

    def session(self) -> dict[str, Any]:
        """Tell what is reviewed, by whom, and in which words."""
        kept = read_kept(self._home, self.reviewer)
        return {
            "dataset": self.name,
            "version": self.version,
            "reviewer": self.reviewer,
            "pass": 1,
            "blind": False,
            "num_clips": len(self._table),
            "generation": self._table.generation,
            "flags": {**FLAGS, **MEANINGS},
            "columns": [
                {"name": column.name, "type": column.metadata["arrow"], **_words(column.metadata)}
                for column in columns()
            ],
            "facts": list(DECIDABLE_COLUMNS),
            "can_cut": self.version is None,
            "start": {"where": self._start.where, "order": self._start.order},
            "settings": kept["settings"],
            "filters": kept["filters"],
            "last_row_id": self._held.last_row_id,
        }

    def keep(self, name: str, value: object) -> dict[str, Any]:
        """Keep the reviewer's `settings` or `filters`; gives both."""
        return keep(self._home, self.reviewer, name, value)

    def queue(self, wish: QueueWish) -> dict[str, Any]:
        """Give the clips that somebody wants to hear, in their order, a column each."""
        self.refresh()
        with self._lock:
            rows = self._ordered(self._chosen(wish), wish)
            asked = f"{self._table.generation} {wish}"
            first = self._live.in_few_files(rows[:MOST_ROWS], _FIRST_FILES)
            return {
                "key": hashlib.sha256(asked.encode()).hexdigest()[:16],
                "generation": self._table.generation,
                "total": len(rows),
                "reviewed": sum(self._live.verdicts[row] is not None for row in rows),
                "columns": self._columns(rows),
                "first": self._told(first),
            }

    def rows(self, clip_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Give clips as the page shows them, in the order asked for; without those that are gone.

        Raises:
            InvalidInputError: more than `MOST_ROWS` are asked for.
        """
        if len(clip_ids) > MOST_ROWS:
            raise InvalidInputError(
                f"{len(clip_ids)} rows are asked for; {MOST_ROWS} are the most at once"
            )
        self.refresh()
        with self._lock:
            found = [self._table.row_of[clip] for clip in clip_ids if clip in self._table.row_of]
            return self._told(found)

    def clip(self, clip_id: str) -> dict[str, Any]:
        """Give all that is known of a clip: row, history, takes of its line.

        Raises:
            NotFoundError: no such clip.
        """
        self.refresh()
        with self._lock:
            row = self._live.row_of(clip_id)
            [told] = self._told([row])
            takes = self._told(self._live.takes_of(row)[:MOST_ROWS])
        history = self._working.catalog.history("clip", clip_id)
        return {**told, **details_of(told, takes, history)}

    def audio(self, audio_sha256: str) -> bytes:
        """Give the FLAC bytes of a clip of the review.

        Raises:
            NotFoundError: no clip of the review has this audio, or it is gone.
            StorageError: it cannot be read.
        """
        self.refresh()
        with self._lock:
            row = self._live.row_by_audio.get(audio_sha256)
            if row is None:
                raise NotFoundError("no clip of this review has that audio")
            place = self._reader.place(row)
        flac = self._audio.read(place)
        if hashlib.sha256(flac).hexdigest() != audio_sha256:
            raise NotFoundError(
                f"the audio of clip {place.clip_id} is another one than its row says: it is being "
                "cut anew, or the file was changed"
            )
        return flac

    def sources(self) -> list[dict[str, Any]]:
        """List the sources of the clips, with how many each has and how many are judged."""
        self.refresh()
        with self._lock:
            found: dict[str, dict[str, Any]] = {}
            for row, source_id in enumerate(self._live.column("source_id")):
                told = found.setdefault(
                    source_id, {"source_id": source_id, "num_clips": 0, "num_judged": 0}
                )
                told["num_clips"] += 1
                told["num_judged"] += self._live.verdicts[row] is not None
            return list(found.values())

    def source(self, source_id: str) -> dict[str, Any]:
        """Give a source as one long sound: clips, speech in no line, missing lines.

        Raises:
            NotFoundError: it was not cut in this workspace.
        """
        self.refresh()
        long = read_source(self._working.manifests_dir, source_id)
        with self._lock:
            rows = self._live.with_value(range(len(self._live)), "source_id", source_id)
            clips = [short_row(told) for told in self._told(rows)]
        return describe_source(long, clips, self.sounds)

    def source_sound(self, source_id: str) -> SourceSound:
        """Give a source decoded; the first time it takes a while.

        Raises:
            NotFoundError: it was not cut in this workspace, or its file lies nowhere here.
            MediaError: it cannot be decoded any more.
            StorageError: the disk is full.
        """
        long = read_source(self._working.manifests_dir, source_id)
        return self.sounds.open(long.source, **self._heard(source_id))

    def source_stretch(self, source_id: str, start: int, end: int) -> bytes:
        """Give samples of a source as FLAC; errors as `source_sound` and `SourceSounds.stretch`."""
        long = read_source(self._working.manifests_dir, source_id)
        return self.sounds.stretch(long.source, start, end, **self._heard(source_id))

    def decide(self, changes: Iterable[Decision]) -> dict[str, Any]:
        """Record decisions of the reviewer, all or none; gives the rows that changed.

        Raises:
            NotFoundError: a clip or speaker that is not in the review.
            InvalidInputError: a field that a person cannot decide, or a bad value.
            StorageError: the catalog cannot be reached or refused.
        """
        wanted = list(changes)
        for decision in wanted:
            require_decision(decision)
        with self._lock:
            self._live.require_known(wanted)
            self._working.catalog.record(wanted, by=self.reviewer)
            self._pace.add(wanted)
            self._held.load()
            rows = self._live.lay(wanted)
            return {"rows": self._told(rows[:MOST_ROWS])}

    def close(self) -> None:
        """Delete what was decoded for this review."""
        self.sounds.close()

    def _told(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Give rows as the page shows them; audio that no manifest has the hash of gets one."""
        told = self._reader.as_json(rows)
        for row, each in zip(rows, told, strict=True):
            if each["audio_sha256"] is None:
                each["audio_sha256"] = self._live.hash_audio(row, self._read_audio)
        return told

    def _read_audio(self, row: int) -> bytes:
        return self._audio.read(self._reader.place(row))

    def _heard(self, source_id: str) -> dict[str, int | None]:
        """Tell which track and channel of a source its first clip is of."""
        with self._lock:
            rows = self._live.with_value(range(len(self._live)), "source_id", source_id)
            if not rows:
                raise NotFoundError(f"no clip of source {source_id!r} in this review")
            [(clip, _)] = self._reader.clips(rows[:1])
            return {"track": clip.track, "channel": clip.channel}

    def _chosen(self, wish: QueueWish) -> list[int]:
        live = self._live
        rows: Iterable[int] = range(len(live))
        if wish.where:
            decisions = self._held.all()
            rows = sorted(rows_where(wish.where, self._working, decisions, self._table.row_of))
        if wish.speaker is not None:
            rows = live.with_value(rows, "speaker", wish.speaker)
        if wish.source_id is not None:
            rows = live.with_value(rows, "source_id", wish.source_id)
        if wish.flag is not None:
            rows = live.with_flag(rows, wish.flag)
        if wish.tag is not None:
            rows = live.with_tag(rows, wish.tag)
        return self._of_state(rows, wish)

    def _of_state(self, rows: Iterable[int], wish: QueueWish) -> list[int]:
        if wish.state == "all":
            return list(rows)
        if wish.state == "disagreement":
            raise InvalidInputError("nobody has given a second opinion yet")
        if wish.state == "heard_otherwise":
            return self._live.heard_otherwise(rows)
        wanted = None if wish.state == "unreviewed" else wish.state
        return [row for row in rows if self._live.verdicts[row] == wanted]

    def _ordered(self, rows: list[int], wish: QueueWish) -> list[int]:
        name, descending = wish.column_of_order()
        if name == WORST:
            return ordered(rows, self._live.scores, descending=True)
        if name in TABLE_COLUMNS and name != "accepted":
            values = self._live.column(name)
        else:
            values = column_values(name, self._working, self._held.all(), self._table.row_of)
        return ordered(rows, values, descending=descending)

    def _columns(self, rows: list[int]) -> dict[str, list[Any]]:
        live, ids = self._live, self._table.clip_ids
        lengths, speakers = live.column("length_seconds"), live.column("speaker")
        flags, audio = live.column("flags"), live.column("audio_sha256")
        return {
            "clip_id": [ids[row] for row in rows],
            "verdict": [live.verdicts[row] for row in rows],
            "length_seconds": [round(lengths[row], 3) for row in rows],
            "speaker": [speakers[row] for row in rows],
            "flags": [flags[row] for row in rows],
            "score": [round(live.scores[row], 3) for row in rows],
            "audio_sha256": [audio[row] for row in rows],
        }


def _words(metadata: Any) -> dict[str, str]:
    return {"unit": metadata["unit"], "meaning": metadata["meaning"]}
