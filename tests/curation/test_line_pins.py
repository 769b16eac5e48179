"""Accepted takes of an earlier cut stay where they are, also when the transcript was edited."""

from dataclasses import replace

from audioset.curation.cut.lines.pins import confirmed_spans, with_kept
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan


def lines_of(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(number=number, text=text) for number, text in enumerate(texts, 1))


def report(*texts: str, flagged: str = "", kept: str = "") -> LineReport:
    """Each line was found once, one after the other, as clips a, b, c, ..."""
    spans = tuple(
        LineSpan(
            line=k,
            take=1,
            start_seconds=2.0 * k,
            end_seconds=2.0 * k + 1,
            score=0.8,
            flags=("odd_length",) if clip in flagged else (),
            kept=clip in kept,
        )
        for k, clip in zip(range(1, len(texts) + 1), "abcdef", strict=False)
    )
    found = Alignment(
        aligner="bootstrap@1", spans=spans, missing=(), unexplained=(), length_seconds=60
    )
    return LineReport(
        transcript="talk.txt",
        lines=lines_of(*texts),
        alignment=found,
        clip_ids=tuple("abcdef"[: len(texts)]),
    )


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


def test_a_line_of_which_only_the_text_was_changed_keeps_what_was_found_without_a_flag() -> None:
    earlier = report("aye", "och no", "see you", flagged="c")
    now = lines_of("aye", "och naw", "see ye")
    assert pinned(earlier, now, "") == [(2, 4.0)]
    assert pinned(earlier, now, "ac") == [(1, 2.0), (2, 4.0), (3, 6.0)]
    assert pinned(earlier, lines_of("title", "aye", "och naw", "see you"), "") == [(3, 4.0)]


def test_what_is_kept_stays_when_the_line_is_cut_again_or_changed_once_more() -> None:
    earlier = report("aye", "och naw", "see you", kept="b")
    assert pinned(earlier, earlier.lines, "") == [(2, 4.0)]
    assert pinned(earlier, lines_of("aye", "och nah", "see you"), "") == [(2, 4.0)]
    assert pinned(earlier, lines_of("aye", "see you"), "") == []


def test_lines_put_in_taken_out_or_moved_beside_a_change_are_looked_for_anew() -> None:
    earlier = report("aye", "och no", "see you", "good night")
    for now in (
        lines_of("aye", "och", "naw", "see you", "good night"),
        lines_of("aye", "och no see ye", "good night"),
        lines_of("och no", "aye", "good night", "see you"),
    ):
        assert pinned(earlier, now, "") == []


def test_a_transcript_of_something_else_with_as_many_lines_keeps_nothing() -> None:
    earlier = report("aye", "och no", "see you")
    assert pinned(earlier, lines_of("the king called", "his captains", "to him"), "") == []
    assert pinned(earlier, lines_of("ay", "och naw", "see ye"), "") == [
        (1, 2.0),
        (2, 4.0),
        (3, 6.0),
    ]


def test_only_who_was_accepted_is_sure() -> None:
    earlier = report("aye", "och no")
    pins = confirmed_spans(earlier, lines_of("ay", "och naw"), {"a": None})
    assert [(pin.score, pin.kept) for pin in pins] == [(1.0, True), (0.8, True)]
    found = replace(
        earlier.alignment, spans=tuple(replace(span, score=1.0) for span in earlier.alignment.spans)
    )
    assert with_kept(found, pins).spans == tuple(pins)
    assert with_kept(found, ()) == found


def test_an_accepted_take_is_of_the_line_with_the_text_that_was_decided_for_it() -> None:
    earlier = report("aye", "och no")
    assert pinned(earlier, lines_of("aye", "och naw"), "a", b="och naw") == [(1, 2.0), (2, 4.0)]
    assert pinned(earlier, earlier.lines, "a", b="och naw") == [(1, 2.0)]


def test_of_lines_with_one_text_the_number_tells_which_is_meant() -> None:
    earlier = report("aye", "och no", "aye")
    assert pinned(earlier, earlier.lines, "c") == [(3, 6.0)]
    assert pinned(earlier, lines_of("title", "aye", "och no", "aye"), "ac") == []


def test_a_take_out_of_order_stays_and_says_nothing_of_the_order_of_the_lines() -> None:
    earlier = report("aye", "och no", "see you")
    first, second, _ = earlier.alignment.spans
    again = replace(first, take=2, start_seconds=6.0, end_seconds=7.0, flags=("out_of_order",))
    found = replace(earlier.alignment, spans=(first, second, again))
    assert pinned(replace(earlier, alignment=found), earlier.lines, "abc") == [
        (1, 2.0),
        (2, 4.0),
        (1, 6.0),
    ]


def test_lines_in_another_order_have_no_pins() -> None:
    assert pinned(report("aye", "och no"), lines_of("och no", "aye"), "ab") == []
