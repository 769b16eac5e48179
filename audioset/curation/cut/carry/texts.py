"""What models wrote of the clips that a cut replaces is carried over to equal clips."""

from collections.abc import Sequence
from dataclasses import replace

from audioset.records.manifest import MODEL_WRITER, Clip


def with_model_texts(old: Sequence[Clip], new: Sequence[Clip]) -> list[Clip]:
    """Give the new clips with the texts that models wrote for clips of just the same span.

    Only clips without any text of their own take one.
    """
    transcribed = {_span(row): row for row in old if _was_transcribed(row)}
    return [_filled(row, transcribed.get(_span(row))) for row in new]


def _filled(row: Clip, before: Clip | None) -> Clip:
    if before is None or row.text is not None or _was_transcribed(row):
        return row
    return with_text_of(row, before)


def with_text_of(row: Clip, before: Clip) -> Clip:
    """Give a row with the text of another one, who wrote it, and what a model heard."""
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
