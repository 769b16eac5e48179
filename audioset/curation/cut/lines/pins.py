"""What stays of an earlier cut by lines when it is cut again.

Spans that a person confirmed, and those of lines of which only the text was corrected.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from audioset.curation.workspace.working import Working
from audioset.records.line_report import LineReport
from audioset.records.lines import (
    CONFIRMED_SCORE,
    OUT_OF_ORDER,
    Alignment,
    Line,
    LineSpan,
    edges_of,
)
from audioset.records.span import Span

# A transcript of something else may have as many lines: then a line is the same only if its texts
# are alike. Of texts, the share of letters in common.
_LEAST_UNCHANGED, _LEAST_ALIKE = 0.5, 0.5


def accepted_clips(working: Working) -> dict[str, str | None]:
    """Give the roots of the clips that a person accepted, with the text that a person decided.

    Returns:
        Root to text; None where nobody decided the text.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    decisions = working.catalog.current_with_author()
    accepted = (
        subject
        for (kind, subject, field), (value, _) in decisions.items()
        if kind == "clip" and field == "accepted" and value is True
    )
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
    """Give the spans of an earlier cut that stay, with the numbers that their lines have now.

    These are accepted ones, and of a line of which only the text was changed (`renamed_lines`) all
    that were found without a flag: those are `kept`, in later cuts as well.

    A line is known by its text, also when others were put before it; by its number as well where
    several lines have its text. The text that a person decided for a clip goes before its line's.

    Args:
        earlier: what was found then.
        lines: of the transcript as it is now.
        accepted: clip ids to decided texts, as `accepted_clips` gives them.

    Returns:
        In order of time; none at all when the order of the lines was changed. Takes that were found
        out of order tell nothing of it.
    """
    texts = {line.number: line.text for line in earlier.lines}
    numbers = {line.text: line.number for line in lines}
    often = {text for text, count in Counter(line.text for line in lines).items() if count > 1}
    now = {line.number: line.text for line in lines}
    renamed = renamed_lines(earlier.lines, lines)
    pins = []
    for span, clip_id in zip(earlier.alignment.spans, earlier.clip_ids, strict=False):
        stays = span.kept or (span.line in renamed and not span.flags)
        if not clip_id or (clip_id not in accepted and not stays):
            continue
        text = accepted.get(clip_id) or texts[span.line]
        number = span.line if text in often and now.get(span.line) == text else numbers.get(text)
        if number is None or (text in often and number != span.line):
            number = renamed.get(span.line)
        if number is not None:
            pins.append(
                replace(
                    span,
                    line=number,
                    kept=span.kept or span.line in renamed,
                    score=CONFIRMED_SCORE if clip_id in accepted else span.score,
                )
            )
    ordered = [pin for pin in pins if OUT_OF_ORDER not in pin.flags]
    in_order = all(one.line <= next_.line for one, next_ in pairwise(ordered))
    return tuple(pins) if in_order else ()


def renamed_lines(before: Sequence[Line], now: Sequence[Line]) -> dict[int, int]:
    """Find the lines of which only the text was changed: as many, between lines that are the same.

    A line that was put in or taken out beside a changed one, or that was moved, leaves nobody sure
    which it is, so it is none of them.

    Returns:
        Number before to number now.
    """
    old, new = [line.text for line in before], [line.text for line in now]
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    same = 1 - gone.total() / len(old) if old else 0.0
    return {
        before[i].number: now[j].number
        for word, low, high, first, last in steps
        if word == "replace" and high - low == last - first
        for i, j in zip(range(low, high), range(first, last), strict=True)
        if old[i] in gone
        and new[j] in come
        and (same >= _LEAST_UNCHANGED or _alike(old[i], new[j]) >= _LEAST_ALIKE)
    }


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def with_kept(alignment: Alignment, pins: Sequence[LineSpan]) -> Alignment:
    """Mark the spans that are kept although the text of their line was changed.

    Scores of those that nobody accepted stay as they were: nobody said that they are right.
    """
    kept = {edges_of(pin): pin for pin in pins if pin.kept}
    spans = (
        replace(span, kept=True, score=kept[edges_of(span)].score)
        if edges_of(span) in kept
        else span
        for span in alignment.spans
    )
    return replace(alignment, spans=tuple(spans))


def kept_clips(
    earlier: LineReport, pins: Sequence[LineSpan], clip_spans: Mapping[str, Span]
) -> dict[Span, Span]:
    """Give the edges of the clips of confirmed spans: an accepted clip stays as it was heard.

    Args:
        earlier: what was found then.
        pins: of `confirmed_spans`.
        clip_spans: of the clips of the earlier cut, by clip id.

    Returns:
        Span of the span, as `edges_of` gives them, to edges of its clip, room around it included.
    """
    wanted = {edges_of(pin) for pin in pins}
    return {
        edges_of(span): clip_spans[clip_id]
        for span, clip_id in zip(earlier.alignment.spans, earlier.clip_ids, strict=False)
        if edges_of(span) in wanted and clip_id in clip_spans
    }
