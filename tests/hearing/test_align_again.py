"""A second aligner hears again what is in doubt; what both find stays where the first put it."""

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from audioset.hearing.align.again import align_again, doubtful_stretches, may_hear_again
from audioset.hearing.align.align import align_lines
from audioset.records.line_options import AlignOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan
from tests.hearing.test_align import read, read_truth, right

HAS_HAMA = find_spec("hama") is not None
if not HAS_HAMA and os.environ.get("REQUIRE_HAMA"):
    raise AssertionError("REQUIRE_HAMA is set, but hama is missing")
LINES = [Line(number=n, text=text) for n, text in enumerate(("one", "two", "three", "four"), 1)]


def alignment(*spans: LineSpan, missing: tuple[int, ...] = ()) -> Alignment:
    return Alignment(
        aligner="bootstrap@1", spans=spans, missing=missing, unexplained=(), length_seconds=20
    )


def span(line: int, *flags: str, score: float = 0.9) -> LineSpan:
    start = 4.0 * line
    return LineSpan(
        line=line, take=1, start_seconds=start, end_seconds=start + 2, score=score, flags=flags
    )


def test_what_lies_between_takes_that_are_not_in_doubt_is_heard_again() -> None:
    sure = [span(1), span(2), span(3), span(4)]
    assert doubtful_stretches(alignment(*sure), LINES) == []
    doubted = [span(1), span(2, "low_score"), span(3, "odd_take"), span(4)]
    assert doubtful_stretches(alignment(*doubted), LINES) == [(6, 16)]
    assert doubtful_stretches(alignment(span(1), span(2, "low_score")), LINES[:2]) == [(6, 20)]


def test_a_missing_line_is_looked_for_where_it_should_be() -> None:
    found = alignment(span(1), span(3), span(4), missing=(2,))
    assert doubtful_stretches(found, LINES) == [(6, 12)]


def test_lacking_words_pauses_and_what_a_person_confirmed_are_no_reason_to_hear_again() -> None:
    found = [
        span(1, "words_missing: four"),
        span(2, "inner_pause"),
        span(3, "low_score", score=1.0),
        span(4, "out_of_order"),
    ]
    assert doubtful_stretches(alignment(*found), LINES) == []


def test_only_where_it_is_installed_and_knows_the_language() -> None:
    assert may_hear_again("en-GB-scotland") == HAS_HAMA
    assert not may_hear_again("fr")


@pytest.mark.skipif(not HAS_HAMA, reason="pip install 'audioset[hama]' to run this")
def test_takes_in_doubt_are_found_where_they_are_said_and_the_others_stay(real_media: Path) -> None:
    path = real_media / "long/lj_chapter01.flac"
    truth = read_truth(path)
    lines = [Line(number=n, text=text, takes=1) for n, (_, _, text) in enumerate(truth, 1)]
    options = AlignOptions(voice="en-us")
    first = align_lines(read(path), lines, options)
    spans = list(first.spans)
    assert not spans[2].flags + spans[4].flags
    spans[3] = replace(spans[3], start_seconds=spans[3].end_seconds - 1, flags=("odd_length",))
    spans[5] = replace(spans[5], flags=("low_score",))
    doubted = replace(first, spans=tuple(spans))
    stretches = doubtful_stretches(doubted, lines)
    found = align_again(doubted, read(path), lines, options, stretches)
    assert [each.line for each in found.spans] == [each.line for each in first.spans]
    assert all(right(each, place[:2]) for each, place in zip(found.spans, truth, strict=True))
    by = [each.aligner for each in found.spans]
    assert by[3] is not None
    assert by[3].startswith("hama@1.")
    assert by.count(None) == len(by) - 1, "what both find is the first one's"
    assert found.spans[3].flags == ("aligners_disagree",)
    assert found.spans[5].flags == ()
    assert found.spans[2] == spans[2]
    report = LineReport(
        transcript="lines.txt", lines=tuple(lines), alignment=found, heard_again_seconds=20.0
    )
    assert LineReport.from_json(report.to_json()) == report
    told = report.heard_again_in_words or ""
    assert told.startswith("a second aligner heard 20 of 57 s again")
    assert told.endswith("it found 1 of 8 takes")
