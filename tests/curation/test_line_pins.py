"""Accepted takes of an earlier cut stay where they are, also when the transcript was edited."""

from audioset.curation.line_pins import confirmed_spans
from audioset.records.line_report import LineReport
from audioset.records.transcript import Alignment, Line, LineSpan


def lines_of(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(number=number, text=text) for number, text in enumerate(texts, 1))


def report(*texts: str) -> LineReport:
    """Each line was found once, one after the other, as clips a, b, c, ..."""
    spans = tuple(
        LineSpan(line=k, take=1, start_seconds=2.0 * k, end_seconds=2.0 * k + 1, score=0.8)
        for k in range(1, len(texts) + 1)
    )
    found = Alignment(
        aligner="bootstrap@1", spans=spans, missing=(), unexplained=(), length_seconds=60
    )
    return LineReport(
        transcript="talk.txt", lines=lines_of(*texts), alignment=found,
        clip_ids=tuple("abcdef"[: len(texts)]),
    )  # fmt: skip


def pinned(
    earlier: LineReport, now: tuple[Line, ...], accepted: str, **decided: str
) -> list[tuple[int, float]]:
    confirmed = {**dict.fromkeys(accepted), **decided}
    return [(pin.line, pin.start_seconds) for pin in confirmed_spans(earlier, now, confirmed)]


def test_only_accepted_takes_are_pins() -> None:
    earlier = report("aye", "och no", "see you")
    assert pinned(earlier, earlier.lines, "ac") == [(1, 2.0), (3, 6.0)]
    assert pinned(earlier, earlier.lines, "") == []


def test_a_line_keeps_its_pin_when_others_are_put_in_or_taken_out() -> None:
    earlier = report("aye", "och no", "see you")
    assert pinned(earlier, lines_of("title", "aye", "see you"), "abc") == [(2, 2.0), (3, 6.0)]


def test_a_line_whose_text_was_changed_is_looked_for_anew() -> None:
    earlier = report("aye", "och no")
    assert pinned(earlier, lines_of("aye", "och naw"), "ab") == [(1, 2.0)]


def test_an_accepted_take_is_of_the_line_with_the_text_that_was_decided_for_it() -> None:
    earlier = report("aye", "och no")
    assert pinned(earlier, lines_of("aye", "och naw"), "a", b="och naw") == [(1, 2.0), (2, 4.0)]
    assert pinned(earlier, earlier.lines, "a", b="och naw") == [(1, 2.0)]


def test_of_lines_with_one_text_the_number_tells_which_is_meant() -> None:
    earlier = report("aye", "och no", "aye")
    assert pinned(earlier, earlier.lines, "c") == [(3, 6.0)]
    assert pinned(earlier, lines_of("title", "aye", "och no", "aye"), "ac") == []


def test_lines_in_another_order_have_no_pins() -> None:
    assert pinned(report("aye", "och no"), lines_of("och no", "aye"), "ab") == []
