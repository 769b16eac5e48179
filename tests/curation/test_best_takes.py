"""Of the takes of a line, one that is whole is proposed before one that is cut."""

from dataclasses import replace

import pytest

from audioset.curation.cut.lines.clips_of_takes import with_clips
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.records.manifest import table_from_clips
from tests.workspaces import make_clip


def take(number: int, **values: object) -> LineSpan:
    span = LineSpan(
        line=1, take=number, start_seconds=number, end_seconds=number + 0.9, score=0.9,
        similarity=0.8,
    )  # fmt: skip
    return replace(span, **values)  # type: ignore[arg-type]


def proposed(spans: list[LineSpan], edges: list[float | None]) -> list[bool]:
    """Give which takes are proposed, of clips that are so surely cut."""
    alignment = Alignment(
        aligner="a@1", spans=tuple(spans), missing=(), unexplained=(), length_seconds=9
    )
    lines = (Line(number=1, text="aye"),)
    report = LineReport(transcript="lines.txt", lines=lines, alignment=alignment)
    rows = [
        make_clip("talk.wav", n, seconds=0.01, line=1, take=span.take, edge_speech=edge)[0]
        for n, (span, edge) in enumerate(zip(spans, edges, strict=True))
    ]
    found = with_clips(report, table_from_clips(rows))
    assert found.clip_ids == tuple(row.clip_id for row in rows)
    return [span.best for span in found.alignment.spans]


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([0.1, 0.2, 0.1], [False, False, True]),  # the last one, all else being equal
        ([0.1, 0.2, 1.0], [False, True, False]),
        ([0.1, 0.95, 1.0], [True, False, False]),
        ([1.0, 1.0, 1.0], [False, False, True]),
        ([0.1, None, 1.0], [False, True, False]),  # a manifest of an older release
    ],
)
def test_a_take_that_is_whole_is_proposed_first(
    edges: list[float | None], expected: list[bool]
) -> None:
    assert proposed([take(1), take(2), take(3)], edges) == expected


def test_likeness_to_the_others_gives_way_to_being_whole() -> None:
    assert proposed([take(1, similarity=0.5), take(2)], [0.0, 1.0]) == [True, False]
    assert proposed([take(1, similarity=0.5), take(2)], [0.0, 0.0]) == [False, True]


def test_a_cut_word_counts_as_one_flag() -> None:
    assert proposed([take(1, flags=("odd_take", "short")), take(2)], [0.0, 1.0]) == [False, True]
    assert proposed([take(1, flags=("odd_take",)), take(2)], [0.0, 0.0]) == [False, True]
