"""Review: what is opened once to go through clips, and answers within the pause of a key press."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from audioset.catalog.decisions import Decision, DecisionValue, Recorded
from audioset.catalog.fields import DECIDABLE_COLUMNS
from audioset.curation.check.rules import MEANINGS
from audioset.curation.review.beside import Beside
from audioset.curation.review.chosen import Chooser
from audioset.curation.review.clip_table import ClipTable
from audioset.curation.review.details import details_of, news_of, told_columns
from audioset.curation.review.held import HeldDecisions
from audioset.curation.review.kept import keep, read_kept
from audioset.curation.review.listening import ReviewSound
from audioset.curation.review.live import LiveClips
from audioset.curation.review.long_sources import list_sources
from audioset.curation.review.operations import Operations, Wanted
from audioset.curation.review.pace import Pace
from audioset.curation.review.queue import QueueWish
from audioset.curation.review.recut import Recut
from audioset.curation.review.rows import RowReader
from audioset.curation.review.seat import Seat
from audioset.curation.review.shared_work import SharedWork
from audioset.curation.workspace.clip_audio import ClipAudio
from audioset.curation.workspace.working import Working
from audioset.errors import ConflictError, InvalidInputError
from audioset.records.lines import FLAGS
from audioset.records.reshape_report import ReshapeReport
from audioset.records.review_summary import ReviewSummary

MOST_ROWS = 200  # that one answer holds
_EXAMPLES = 5  # of the clips of a bulk action
_FIRST_FILES = 8  # that are read for the rows which come with a queue


def _nowhere() -> None:
    """Look no further than this machine."""


class Review:
    """Clips to go through, and what is decided of them meanwhile. Safe to use from any thread.

    Attributes:
        name: of the dataset.
        version: the published version that is reviewed; None for the working clips.
        seat: who decides, in which pass, and what is seen from there.
        shared: what others have to do with it.
        listening: what it sounds like.
        recut: cuts clips otherwise.
    """

    def __init__(
        self,
        working: Working,
        audio: ClipAudio,
        *,
        home: Working,
        reviewer: str,
        review_pass: int = 1,
        version: str | None = None,
        withdrawn: Callable[[], frozenset[str]] = frozenset,
        look_far: Callable[[], None] = _nowhere,
    ) -> None:
        """Read the columns of all clips.

        Args:
            working: the clips; of a version a folder that holds its rows.
            audio: reads the audio of clips.
            home: the workspace: where settings lie, sources are known, and clips are cut.
            reviewer: who decides.
            review_pass: from 2 on the reviewer is blind.
            withdrawn: gives the `pcm_sha256` of all recordings that were withdrawn by now.
            look_far: sees to it that what others changed on object storage comes here, at once or
                soon; it is called before each look, and does not wait.

        Raises:
            InvalidInputError: there is no clip, or a file is not a manifest.
            StorageError: a manifest or the catalog cannot be read.
        """
        self.name, self.version = working.name, version
        self.seat = seat = Seat(reviewer, review_pass)
        self._working, self._home = working, home
        self._lock = threading.RLock()
        self._held = HeldDecisions(working, home, seat)
        self.shared = SharedWork(working, self._held)
        self._table = ClipTable(working.manifests_dir)
        self._table.refresh()  # what is there now comes from nowhere
        self._live = LiveClips(self._table, self._held)
        self._beside = Beside(self._live)
        self._chooser = Chooser(working, self._live, self.shared)
        self._reader = RowReader(self._table, self._held)
        self.listening = ReviewSound(
            home, audio, self._live, self._reader, lock=self._lock, refresh=self.refresh
        )
        self._start, self._pace = QueueWish(), Pace()
        self._withdrawn, self._known_withdrawn = withdrawn, frozenset[str]()
        self._look_far = look_far
        self._look_at_clips()
        if not len(self._table):
            raise InvalidInputError(
                f"there is no clip to review in {working.manifests_dir}; cut a source first: "
                "audioset cut FILE"
            )
        working.catalog.keep_open()
        self._held.load()
        self._live.lay_all()
        self._operations = Operations(working, self._live, self._pace, seat=seat)
        self.recut = Recut(
            working,
            self._operations,
            seat=seat,
            version=version,
            tell=self._reshaped,
            table=self._table,
            beside=self._beside,
        )

    def begin_with(self, wish: QueueWish) -> None:
        """Show these clips first.

        Raises:
            InvalidInputError: the condition is none.
        """
        if wish.where:
            self._chooser.where(wish.where)
        self._start, self._chooser.whose = wish, wish.whose

    def summary(self, length_seconds: float) -> ReviewSummary:
        """Tell what was done.

        Args:
            length_seconds: since the review began.
        """
        with self._lock:
            mine = self.shared.own(range(len(self._table)), self._table.clip_ids)
            return self._pace.summary(
                self.seat.reviewer,
                num_left=sum(self._live.verdicts[row] is None for row in mine),
                num_clips=len(mine),
                length_seconds=length_seconds,
            )

    def refresh(self) -> bool:
        """Notice what changed beside: clips and decisions; tell whether there are other clips."""
        self._look_far()
        with self._lock:
            changed = self._look_at_clips()
            if changed:
                self._held.catch_up_where_possible()
                self._live.lay_all()
            else:
                self._catch_up()
            return changed

    def session(self) -> dict[str, Any]:
        """Tell what is reviewed, by whom, and in which words."""
        self.refresh()
        kept = read_kept(self._home.folder, self.seat.reviewer)
        return {
            "dataset": self.name,
            "version": self.version,
            "reviewer": self.seat.reviewer,
            "pass": self.seat.review_pass,
            "blind": self.seat.is_blind,
            "num_assigned": self.shared.read_again(),
            "num_clips": len(self._table),
            **self._now(),
            "flags": {**FLAGS, **MEANINGS},
            "columns": told_columns(),
            "facts": list(DECIDABLE_COLUMNS),
            "can_cut": self.version is None,
            "waiting": self.recut.waiting(self._held.held),
            "tags": self._held.tags(),
            "start": {
                "where": self._start.where,
                "order": self._start.order,
                "whose": self._start.whose or "mine",
            },
            "settings": kept["settings"],
            "filters": kept["filters"],
            "last_row_id": self._held.last_row_id,
        }

    def keep(self, name: str, value: object) -> dict[str, Any]:
        """Keep the reviewer's `settings` or `filters`; gives both."""
        return keep(self._home.folder, self.seat.reviewer, name, value)

    def queue(self, wish: QueueWish) -> dict[str, Any]:
        """Give the clips that somebody wants to hear, in their order, a column each."""
        self.refresh()
        with self._lock:
            every = self._chooser.in_any_state(wish)
            rows = self._chooser.ordered(self._chooser.of_state(every, wish), wish)
            beside = every if wish.state == "unreviewed" else ()
            asked = f"{self._table.generation} {wish}"
            first = self._live.in_few_files(rows[:MOST_ROWS], _FIRST_FILES)
            return {
                "key": hashlib.sha256(asked.encode()).hexdigest()[:16],
                **self._now(),
                "total": len(rows),
                "why_none": self._chooser.why_none(wish),
                "reviewed": self._num_judged(rows),
                "judged_beside": self._num_judged(beside),  # left out, since they are judged
                "columns": self._chooser.columns(rows),
                "first": self._told(first),
            }

    def rows(self, clip_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Give clips as the page shows them, in the order asked for; without those that are gone.

        An id from before a clip was moved, split or merged gives what is there instead.

        Raises:
            InvalidInputError: more than `MOST_ROWS` are asked for.
        """
        if len(clip_ids) > MOST_ROWS:
            raise InvalidInputError(
                f"{len(clip_ids)} rows are asked for; {MOST_ROWS} are the most at once"
            )
        self.refresh()
        with self._lock:
            return self._told(self._held.rows_now(clip_ids, self._table.row_of))

    def clip(self, clip_id: str) -> dict[str, Any]:
        """Give all that is known of a clip: row, history, takes of its line.

        A clip that was cut anew meanwhile is known by its earlier id, too.

        Raises:
            NotFoundError: no such clip.
        """
        self.refresh()
        with self._lock:
            now = self._held.rows_now([clip_id], self._table.row_of)
            row = now[0] if now else self._live.row_of(clip_id)
            [told] = self._told([row])
            takes = self._told(self._live.takes_of(row)[:MOST_ROWS])
        every = self._working.catalog.history("clip", self._held.root_of(clip_id))
        history = self.seat.seen(every)
        said = {"agreement": self.shared.disagreements_of(history)}
        return {**told, **details_of(told, takes, history), **said}

    def sources(self) -> list[dict[str, Any]]:
        """List the sources of the clips, with how many each has and how many are judged."""
        self.refresh()
        with self._lock:
            column = self._live.column
            return list_sources(column("source_id"), column("source_name"), self._live.verdicts)

    def decide(self, wanted: Wanted) -> dict[str, Any]:
        """Record decisions of the reviewer, all or none; gives the rows that changed.

        Raises:
            DecisionConflict, NotFoundError, InvalidInputError, StorageError: as
                `Operations.record`.
        """
        with self._lock:
            return self._done(self._operations.record(wanted))

    def undo(self, op_id: str, undoes: str) -> dict[str, Any]:
        """Take back an operation of the reviewer; gives the rows that changed.

        Raises:
            DecisionConflict, NotFoundError, InvalidInputError, StorageError: as `Operations.undo`.
        """
        with self._lock:
            recorded = self._operations.undo(op_id, undoes)
            if recorded is not None:
                return self._done(recorded)
        return self.recut.undo(op_id, undoes)

    def bulk(
        self, op_id: str, wish: QueueWish, field: str, value: DecisionValue, *, count: int | None
    ) -> dict[str, Any]:
        """Decide one field of all clips of a filter, or tell how many they are.

        Of these, `already` have the value.

        Args:
            count: how many clips the person has seen that they are; None only tells.

        Raises:
            ConflictError: they are more or fewer by now; nothing was recorded.
            DecisionConflict, NotFoundError, InvalidInputError, StorageError: as
                `Operations.record`.
        """
        self.refresh()
        with self._lock:
            rows = self._chooser.chosen(wish)
            told = {"count": len(rows), "examples": self._told(rows[:_EXAMPLES])}
            if count is None:
                return {**told, "already": self._chooser.count_with(rows, field, value)}
            if earlier := self.seat.seen(self._working.catalog.operation(op_id)):  # it is repeated
                return {**told, "count": len(earlier), "op_id": op_id}
            if count != len(rows):
                now = f"the filter holds for {len(rows):,} clips by now, not for {count:,}"
                raise ConflictError(f"{now}; nothing was recorded: look at them again")
            ids = self._table.clip_ids
            decisions = [Decision("clip", ids[row], field, value) for row in rows]
            if not decisions:
                raise InvalidInputError("the filter holds for no clip; there is nothing to decide")
            self._operations.record(Wanted(op_id=op_id, decisions=decisions))
            self._catch_up()
            return {**told, "op_id": op_id}

    def changes(self, since: int) -> dict[str, Any]:
        """Tell what was decided after a row of the catalog, and whether there are other clips.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        with self._lock:
            self.refresh()
            self._held.catch_up()
            found = self.seat.seen(self._working.catalog.since(since))
            subjects = {self._held.subject_of(row.decision) for row in found}
            rows = self._live.lay(subjects)
            return {
                "last_row_id": found[-1].row_id if found else max(since, self._held.last_row_id),
                **self._now(),
                "rows": self._told(rows[:MOST_ROWS]),
                "more": len(rows) > MOST_ROWS,
                "news": news_of(found[-MOST_ROWS:], self.seat.reviewer),
            }

    def _look_at_clips(self) -> bool:
        """Read what changed of the clips; those that were withdrawn are left out."""
        changed, withdrawn = self._table.refresh(), self._withdrawn()
        if changed:
            self._beside.note(self._table.changed)
        if withdrawn != self._known_withdrawn or (changed and withdrawn):
            before, self._known_withdrawn = self._table.generation, withdrawn
            self._table.leave_out(withdrawn)
            if self._table.generation != before:
                self._beside.count += not changed
                changed = True
        return changed

    def _num_judged(self, rows: Sequence[int]) -> int:
        return sum(self._live.verdicts[row] is not None for row in rows)

    def _reshaped(self, report: ReshapeReport, *also: str) -> dict[str, Any]:
        """Tell what became of clips, and take over their rows; `also` are told, too."""
        self._table.look_again()
        self.refresh()
        return {
            "op_id": report.op_id,
            "rows": self.rows([*(clip.clip_id for clip in report.rows), *also][:MOST_ROWS]),
            "replaced": {old: list(new) for old, new in report.replaced.items()},
            "waits": report.waits,
            "notes": list(report.notes),
            **self._now(),
        }

    def _now(self) -> dict[str, int]:
        """Tell by which numbers a page sees that there are other clips, and by whose doing."""
        return {
            "generation": self._table.generation,
            "elsewhere": self._beside.count,
            "came": self._beside.num_came,
            "gone": self._beside.num_gone,
        }

    def _catch_up(self) -> None:
        """Take over what was decided meanwhile, and lay it over the rows."""
        news = self._held.catch_up_where_possible()
        self._live.lay({self._held.subject_of(row.decision) for row in news})

    def _done(self, recorded: Recorded) -> dict[str, Any]:
        """Tell what an operation did, once it is in the catalog."""
        news = {self._held.subject_of(row.decision) for row in self._held.catch_up()}
        about = {self._held.subject_named(kind, name) for kind, name, _ in recorded.row_ids}
        self._live.lay(news - about)
        rows = self._live.lay(about)
        return {
            "op_id": recorded.op_id,
            "repeated": recorded.repeated,
            "row_ids": [
                {"subject_kind": kind, "subject_id": subject, "field": name, "row_id": row_id}
                for (kind, subject, name), row_id in recorded.row_ids.items()
            ],
            "rows": self._told(rows[:MOST_ROWS]),
        }

    def close(self) -> None:
        """Close the catalog, and delete what was decoded for this review."""
        self.listening.close()
        self._working.catalog.close()

    def _told(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        return self.listening.told(rows)
