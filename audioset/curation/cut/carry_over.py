"""What was said of the clips that a cut replaced: carried over to equal clips, or counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audioset.curation.workspace.effective import Decisions
from audioset.records.manifest import MODEL_WRITER, Clip
from audioset.records.split_report import SPLIT_AUTHOR


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """What the clips of a source had before it was cut again, and no clip has now.

    Attributes:
        num_decisions: of people, about clips that are gone. A text that was decided and is the text
            of another clip now is not among them, nor are splits that `audioset split` planned.
        num_texts: that models wrote, nobody decided, and no clip holds as text or hypothesis; and
            those that people wrote into a lines file, when the source is not cut by lines any more.
    """

    num_decisions: int = 0
    num_texts: int = 0

    def sentences(self) -> tuple[str, ...]:
        """Say it in one short sentence; in none when nothing is left behind."""
        parts = [
            f"{number:,} {thing}{'' if number == 1 else 's'} {which}"
            for number, thing, which in (
                (self.num_decisions, "decision", "about clips that are gone"),
                (self.num_texts, "text", "that no clip has now"),
            )
            if number
        ]
        return (f"left behind: {', '.join(parts)}",) if parts else ()


def with_model_texts(old: Sequence[Clip], new: Sequence[Clip]) -> list[Clip]:
    """Give the new clips with the texts that models wrote for clips of just the same span.

    Only clips without any text of their own take one.
    """
    transcribed = {_span(row): row for row in old if _was_transcribed(row)}
    return [_filled(row, transcribed.get(_span(row))) for row in new]


def _filled(row: Clip, before: Clip | None) -> Clip:
    if before is None or row.text is not None or _was_transcribed(row):
        return row
    return replace(
        row,
        text=before.text,
        text_source=before.text_source,
        text_score=before.text_score,
        hypothesis=before.hypothesis,
        hypothesis_source=before.hypothesis_source,
    )


def _span(row: Clip) -> tuple[int | None, int | None, int, int]:
    return row.track, row.channel, row.start_sample, row.end_sample


def _was_transcribed(row: Clip) -> bool:
    return row.hypothesis_source is not None or _by_model(row)


def _by_model(row: Clip) -> bool:
    return MODEL_WRITER.fullmatch(row.text_source or "") is not None


def _by_person(row: Clip) -> bool:
    """Whether a person's text came with a lines file."""
    return row.text_source == "human" and row.line is not None


def left_behind(old: Sequence[Clip], new: Sequence[Clip], decisions: Decisions) -> LeftBehind:
    """Count what the old clips had and the new ones have not.

    Args:
        old, new: clips of one source before and after a cut.
        decisions: all that hold.
    """
    there = {row.clip_id for row in new}
    words = set(_words(new))
    lost = 0
    judged: set[str] = set()  # their machine text holds no longer, or is not wanted
    before = {row.clip_id for row in old}
    for (kind, clip_id, field), (value, author) in decisions.items():
        if kind != "clip" or clip_id not in before or (field, author) == ("split", SPLIT_AUTHOR):
            continue
        if field == "text" or (field, value) == ("accepted", False):
            judged.add(clip_id)
        lives_on = field == "text" and isinstance(value, str) and _flat(value) in words
        lost += clip_id not in there and not lives_on
    by_lines = any(row.line is not None for row in new)
    texts = [
        row.text
        for row in old
        if row.clip_id not in judged and (_by_model(row) or (_by_person(row) and not by_lines))
    ]
    return LeftBehind(
        num_decisions=lost, num_texts=sum(_flat(text or "") not in words for text in texts)
    )


def _words(rows: Sequence[Clip]) -> Iterator[str]:
    for row in rows:
        yield _flat(row.text or "")
        yield _flat(row.hypothesis or "")


def _flat(text: str) -> str:
    return " ".join(text.split())
