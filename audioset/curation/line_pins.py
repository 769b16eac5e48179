"""What a person confirmed of an earlier cut by lines: spans that stay when it is cut again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from audioset.curation.effective import read_decisions
from audioset.records.line_report import LineReport
from audioset.records.transcript import Line, LineSpan
from audioset.settings import Settings

Edges = tuple[float, float]  # start and end in the source, in seconds


def accepted_clips(settings: Settings) -> dict[str, str | None]:
    """Give the ids of the clips that a person accepted, with the text that a person decided.

    Returns:
        Clip id to text; None where nobody decided the text.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    decisions = read_decisions(settings)
    accepted = (
        subject for (kind, subject, field), (value, _) in decisions.items()
        if kind == "clip" and field == "accepted" and value is True
    )  # fmt: skip
    texts = {
        clip_id: decisions.get(("clip", clip_id, "text"), (None, ""))[0] for clip_id in accepted
    }
    return {
        clip_id: " ".join(text.split()) if isinstance(text, str) else None
        for clip_id, text in texts.items()
    }


def confirmed_spans(
    earlier: LineReport, lines: Sequence[Line], accepted: Mapping[str, str | None]
) -> tuple[LineSpan, ...]:
    """Give the accepted spans of an earlier cut, with the numbers that their lines have now.

    A line is known by its text, also when others were put before it; by its number as well where
    several lines have its text. The text that a person decided for a clip goes before its line's.

    Args:
        earlier: what was found then.
        lines: of the transcript as it is now.
        accepted: clip ids to decided texts, as `accepted_clips` gives them.

    Returns:
        In order of time; none at all when the order of the lines was changed.
    """
    texts = {line.number: line.text for line in earlier.lines}
    numbers = {line.text: line.number for line in lines}
    often = {text for text, count in Counter(line.text for line in lines).items() if count > 1}
    now = {line.number: line.text for line in lines}
    pins = []
    for span, clip_id in zip(earlier.alignment.spans, earlier.clip_ids, strict=False):
        text = accepted.get(clip_id) or texts[span.line]
        number = span.line if text in often and now.get(span.line) == text else numbers.get(text)
        if (
            clip_id in accepted
            and number is not None
            and (text not in often or number == span.line)
        ):
            pins.append(replace(span, line=number))
    in_order = all(one.line <= next_.line for one, next_ in pairwise(pins))
    return tuple(pins) if in_order else ()


def kept_clips(
    earlier: LineReport, pins: Sequence[LineSpan], edges_seconds: Mapping[str, Edges]
) -> dict[Edges, Edges]:
    """Give the edges of the clips of confirmed spans: an accepted clip stays as it was heard.

    Args:
        earlier: what was found then.
        pins: of `confirmed_spans`.
        edges_seconds: of the clips of the earlier cut, by clip id.

    Returns:
        Edges of the span, as `edges_of` gives them, to edges of its clip, room around it included.
    """
    wanted = {edges_of(pin) for pin in pins}
    return {
        edges_of(span): edges_seconds[clip_id]
        for span, clip_id in zip(earlier.alignment.spans, earlier.clip_ids, strict=False)
        if edges_of(span) in wanted and clip_id in edges_seconds
    }


def edges_of(span: LineSpan) -> Edges:
    """Give the edges of a span to a millisecond, so that they can be compared."""
    return round(span.start_seconds, 3), round(span.end_seconds, 3)
