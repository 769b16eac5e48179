"""Which clips hold withdrawn speech: equal samples, whole sources, and shared spans of a source."""

from dataclasses import replace

import pytest

from audioset.records.manifest import Clip, table_from_clips
from audioset.records.withdrawal import (
    Withdrawal,
    WithdrawnRows,
    is_span_of,
    make_span,
    reach_of,
    runs_of,
    spans_of,
)
from audioset.versions.read.sieve import Withdrawn
from tests.workspaces import make_clip

TALK, _ = make_clip("talk.mp4", 0)


def at(start: float, end: float, **values: object) -> Clip:
    """A clip of talk.mp4 whose samples nobody withdrew."""
    clip = replace(TALK, start_seconds=start, end_seconds=end, length_seconds=end - start)
    return replace(clip, pcm_sha256="0" * 64, **values)  # type: ignore[arg-type]


def withdrawn(*clips: Clip, whole_sources: bool = False) -> Withdrawn:
    reach = reach_of(table_from_clips(clips), whole_sources=whole_sources)
    return Withdrawn.of(
        [
            Withdrawal(
                dataset="scots",
                number=1,
                recordings=("f" * 64,),
                spans=tuple(sorted(reach.spans)),
                sources=tuple(sorted(reach.sources)),
                versions=(),
                message="",
                created_at="",
                created_by="",
                nonce="",
            )
        ]
    )


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        (10.0, 12.0, True),  # the very span
        (10.5, 11.0, True),  # a part of it
        (5.0, 30.0, True),  # it and more
        (12.0, 14.0, False),  # the neighbour
        (11.91, 14.0, False),  # a neighbour that shares 0.09 s of padding
        (11.89, 14.0, True),  # 0.11 s could be a word
        (8.0, 10.09, False),
        (8.0, 10.11, True),
        (11.0, 11.06, True),  # a short one within it
        (11.97, 12.07, False),  # a short one, 30 % of it
        (11.93, 12.03, True),  # 70 % of it
        (11.95, 20.05, True),  # 0.05 s at each end: two withdrawn clips
        (11.97, 20.05, False),  # 0.08 s of both together
    ],
)
def test_shared_speech_counts_from_a_tenth_of_a_second(
    start: float, end: float, *, held: bool
) -> None:
    found = withdrawn(at(10, 12), at(20, 22))
    assert found.holds(table_from_clips([at(start, end)])).tolist() == [held]


def test_spans_that_overlap_count_once() -> None:
    found = withdrawn(at(10, 12), at(11.95, 14), at(11, 11.5))
    rows = table_from_clips([at(11.94, 11.99), at(13.9, 14.5), at(13.95, 14.5)])
    assert found.holds(rows).tolist() == [True, True, False]


def test_other_sources_are_not_touched_and_other_channels_are() -> None:
    found = withdrawn(at(10, 12, channel=1, track=1))
    other = {"source_sha256": "1" * 64}
    rows = table_from_clips(
        [at(10, 12, **other), at(10, 12, channel=2), at(10, 12, track=2), at(10, 12)]
    )
    assert found.holds(rows).tolist() == [False, True, True, True]


def test_a_whole_source_is_withdrawn_with_all_that_no_clip_held() -> None:
    rows = table_from_clips([at(500, 502), at(500, 502, source_sha256="1" * 64)])
    assert withdrawn(at(10, 12), whole_sources=True).holds(rows).tolist() == [True, False]


@pytest.mark.parametrize("part", [{}, {"track": 1}, {"track": 2, "channel": 1}, {"channel": 2}])
def test_a_span_knows_the_id_of_its_clip_and_no_other(part: dict[str, int]) -> None:
    from audioset.records.identity import make_clip_id

    values = (TALK.source_sha256, 1.25, 4.5, part.get("track"), part.get("channel"))
    names = {"track": part.get("track", 1), "channel": part.get("channel")}
    clip_id = make_clip_id(TALK.source_id, 1.25, 4.5, **names)  # type: ignore[arg-type]
    span = make_span(*values)
    assert is_span_of(span, clip_id)
    assert TALK.source_id not in span
    for other in (
        make_clip_id(TALK.source_id, 1.25, 4.501, **names),  # type: ignore[arg-type]
        make_clip_id(TALK.source_id, 1.25, 4.5, track=3),
        make_clip_id("talk-00000000", 1.25, 4.5, **names),  # type: ignore[arg-type]
        "a-name-without-times",
    ):
        assert not is_span_of(span, other)


def test_rows_that_follow_each_other_are_one_run() -> None:
    spans = spans_of(table_from_clips([at(n, n + 0.5) for n in range(5)]))
    found = runs_of([3, 4, 7, 9], [spans[0], spans[1], spans[2], spans[4]], spans)
    assert found == (
        WithdrawnRows(position=3, span=0, num_rows=2),
        WithdrawnRows(position=7, span=2, num_rows=1),
        WithdrawnRows(position=9, span=4, num_rows=1),
    )
