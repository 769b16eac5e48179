"""How much of a transcript was found: each line weighs the same, and takes that lack count."""

import pytest

from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan


def report(lines: list[Line], flags_of_takes: dict[int, list[tuple[str, ...]]]) -> LineReport:
    spans = tuple(
        LineSpan(
            line=line,
            take=take,
            start_seconds=10 * line + take,
            end_seconds=10 * line + take + 0.5,
            score=0.9,
            flags=flags,
        )
        for line, takes in flags_of_takes.items()
        for take, flags in enumerate(takes, 1)
    )
    missing = tuple(line.number for line in lines if line.number not in flags_of_takes)
    found = Alignment(
        aligner="a@1", spans=spans, missing=missing, unexplained=(), length_seconds=100
    )
    return LineReport(transcript="lines.txt", lines=tuple(lines), alignment=found)


def test_one_take_of_three_is_a_third_of_its_line() -> None:
    told = [Line(number=n, text="one", takes=3) for n in (1, 2)]
    found = report(told, {1: [(), ("low_score",), ("low_score", "odd_length")]})
    assert found.credible_share == pytest.approx(1 / 3)  # two of three, and none of three
    assert found.sure_share == pytest.approx(1 / 6)


def test_of_an_unknown_number_of_takes_one_is_enough_and_more_are_no_more() -> None:
    unknown = [Line(number=n, text="one") for n in (1, 2)]
    assert report(unknown, {1: [(), ()], 2: [("low_score",)]}).sure_share == 0.5
    assert report(unknown, {1: [()], 2: [("neighbour_missing",)]}).sure_share == 1.0


def test_a_report_in_a_manifest_of_the_release_before_is_read_and_written_as_it_was() -> None:
    stored = (
        '{"alignment": {"aligner": "hama", "length_seconds": 9.0, "missing": [], "spans": '
        '[{"best": false, "end_seconds": 2.0, "flags": ["heard_otherwise"], "heard": "no", '
        '"kept": false, "line": 1, "score": 0.5, "similarity": null, "start_seconds": 1.0, '
        '"take": 1}], "unexplained": []}, '
        '"channels": "mix", "clip_ids": ["a"], "lines": [{"number": 1, "speaker": null, '
        '"takes": null, "text": "aye", "writer": null}], "track": 1, "transcript": "x.txt"}'
    )
    report = LineReport.from_json(stored)
    assert report.alignment.spans[0].hypothesis == "no"
    assert report.to_json() == stored
