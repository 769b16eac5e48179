"""The clips of a review with decisions laid over them, kept true while people decide."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.catalog.decisions import Decision
from audioset.curation.review.clip_table import ClipTable
from audioset.curation.review.held import HeldDecisions, Subject
from audioset.curation.review.rows import flags_of, verdict_of
from audioset.curation.workspace.laid_over import lay_over
from audioset.curation.workspace.private_words import tags_of, text_accepted
from audioset.curation.workspace.worst import heard_otherwise, worst_first
from audioset.errors import NotFoundError, StorageError
from audioset.records.lines import flag_name

# What people change and a queue looks at; of these there is a list each, which is changed in place.
_CHANGING = ("text", "line", "take", "speaker", "flags", "accepted", "text_source")
_WHO = ("clip_id", "speaker")


class LiveClips:
    """Columns of all clips as they are now.

    Attributes:
        table: as machines wrote them.
        held: the decisions that hold.
        verdicts: "accept", "reject", "unsure" or None of each clip.
        scores: the worse, the higher; to a thousandth, as are the lengths.
        lengths_seconds: of each clip.
        row_by_audio: the clip whose audio has a hash.
    """

    def __init__(self, table: ClipTable, held: HeldDecisions) -> None:
        self.table, self.held = table, held
        self.verdicts: list[str | None] = []
        self.scores: list[float] = []
        self.lengths_seconds: list[float] = []
        self.row_by_audio: dict[str, int] = {}
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def lay_all(self) -> None:
        """Lay the decisions that hold over all rows, which may be others than before."""
        self.held.name_rows(self.table.row_of)
        batch = lay_over(self.table.batch(), self.held.all())
        self._columns = {name: batch.column(name).to_pylist() for name in _CHANGING}
        self.verdicts = [None] * len(self)
        self._judge(range(len(self)))
        self.scores = worst_first(batch).round(3).tolist()
        lengths = batch.column("length_seconds").to_numpy(zero_copy_only=False)
        self.lengths_seconds = lengths.round(3).tolist()
        audio = self.column("audio_sha256")
        self.row_by_audio = {sha: row for row, sha in enumerate(audio) if sha is not None}

    def lay(self, about: Iterable[Subject]) -> list[int]:
        """Lay the decisions about some subjects over their rows; gives these."""
        rows = sorted({row for subject in about for row in self._rows_about(subject)})
        if not rows:
            return []
        batch = self.table.batch(rows)
        subjects: set[Subject] = {("clip", self.table.clip_ids[row]) for row in rows}
        for clip, speaker in zip(*(batch[name].to_pylist() for name in _WHO), strict=True):
            named = self.held.clip(clip).get("speaker")
            spoken = speaker if named is None else named.value
            if spoken:
                subjects.add(("speaker", str(spoken)))
        laid = lay_over(batch, self.held.about(subjects))
        for name in _CHANGING:
            for row, value in zip(rows, laid.column(name).to_pylist(), strict=True):
                self._columns[name][row] = value
        self._judge(rows)
        return rows

    def column(self, name: str) -> list[Any]:
        """Give a column of all clips, one of `TABLE_COLUMNS`."""
        if name not in self._columns:
            self._columns[name] = self.table.rows[name].to_pylist()
        return self._columns[name]

    def hash_audio(self, row: int, read: Callable[[int], bytes]) -> str | None:
        """Hash the audio of a clip whose manifest does not tell it; None where there is none."""
        hashes = self.column("audio_sha256")
        if hashes[row] is None:
            with suppress(NotFoundError, StorageError):
                hashes[row] = hashlib.sha256(read(row)).hexdigest()
                self.row_by_audio[hashes[row]] = row
        return hashes[row]  # type: ignore[no-any-return]

    def row_of(self, clip_id: str) -> int:
        """Find a clip.

        Raises:
            NotFoundError: no such clip.
        """
        row = self.table.row_of.get(clip_id)
        if row is None:
            raise NotFoundError(f"no clip {clip_id!r} in this review")
        return row

    def require_known(self, decisions: Iterable[Decision]) -> None:
        """Require that decisions are about clips and speakers that are there.

        Raises:
            NotFoundError: one is about another.
        """
        for decision in decisions:
            if decision.subject_kind == "clip":
                self.row_of(self.held.id_of(decision.subject_id))
            elif decision.subject_id not in self.column("speaker"):
                raise NotFoundError(f"no speaker {decision.subject_id!r} in this review")

    def takes_of(self, row: int) -> list[int]:
        """Give the takes of the line of a clip, itself among them; none where it has no line."""
        lines, sources = self.column("line"), self.column("source_id")
        if lines[row] is None:
            return []
        wanted = lines[row], sources[row]
        return [k for k, each in enumerate(zip(lines, sources, strict=True)) if each == wanted]

    def with_value(self, rows: Iterable[int], name: str, wanted: str) -> list[int]:
        """Keep the rows whose column has a value."""
        values = self.column(name)
        return [row for row in rows if values[row] == wanted]

    def with_flag(self, rows: Iterable[int], flag: str) -> list[int]:
        """Keep the rows that have a flag."""
        flags = self.column("flags")
        return [row for row in rows if flag in map(flag_name, flags_of(flags[row]))]

    def with_tag(self, rows: Iterable[int], tag: str) -> list[int]:
        """Keep the rows that have a tag."""
        ids = self.table.clip_ids
        return [row for row in rows if tag in tags_of(self.held.clip(ids[row]))]

    def heard_otherwise(self, rows: Iterable[int]) -> list[int]:
        """Keep the rows whose text is of no person while a model wrote other words."""
        texts, writers = self.column("text"), self.column("text_source")
        chosen = [row for row in rows if writers[row] != "human"]
        hypotheses = self.table.rows["hypothesis"].take(pa.array(chosen, pa.int64()))
        differs = heard_otherwise(
            pa.chunked_array([pa.array([texts[row] for row in chosen], pa.string())]), hypotheses
        )
        flags = self.column("flags")
        return [
            row
            for row, other in zip(chosen, differs, strict=True)
            if other or "heard_otherwise" in map(flag_name, flags_of(flags[row]))
        ]

    def accepted_otherwise(self, rows: Iterable[int]) -> list[int]:
        """Keep the rows that were accepted with another text than they have now."""
        ids = self.table.clip_ids
        return [row for row in rows if text_accepted(self.held.clip(ids[row]))]

    def in_few_files(self, rows: Sequence[int], most_files: int) -> list[int]:
        """Give as many of the first rows as lie in so many files."""
        files: set[Path] = set()
        for count, row in enumerate(rows):
            files.add(self.table.file_of(row)[0])
            if len(files) > most_files:
                return list(rows[:count])
        return list(rows)

    def _judge(self, rows: Iterable[int]) -> None:
        """Set the verdicts: unsure is one that the column cannot say."""
        accepted, speakers = self._columns["accepted"], self._columns["speaker"]
        ids, some = self.table.clip_ids, bool(self.held.of)
        for row in rows:
            held = self.held.clip(ids[row]).get("accepted") if some else None
            if held is None and some:
                held = self.held.speaker(speakers[row]).get("accepted")
            self.verdicts[row] = verdict_of(accepted[row] if held is None else held.value)

    def _rows_about(self, subject: Subject) -> list[int]:
        kind, subject_id = subject
        if kind == "clip":
            return [self.table.row_of[subject_id]] if subject_id in self.table.row_of else []
        return self.with_value(range(len(self)), "speaker", subject_id)
