"""Small parts of a diff: rows that differ, clips that were cut anew, sums by group."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from audioset.records.manifest import Clip, table_from_clips
from audioset.versions.diff import DiffInput, diff_rows
from audioset.versions.diff.recut import CutPlaces, pair_recut
from audioset.versions.read.differing import differing_rows
from tests.workspaces import make_clip

MAPS = pa.map_(pa.string(), pa.string())


@pytest.mark.parametrize(
    ("kind", "before", "after", "rows"),
    [
        (pa.int64(), [1, 2, None, None, 5], [1, 3, None, 4, None], [1, 3, 4]),
        (pa.string(), ["a", "b", None], ["a", "B", ""], [1, 2]),
        (pa.float64(), [float("nan"), 1.0, None], [float("nan"), float("nan"), None], [1]),
        (pa.float64(), [0.0, 1.5, 2.0], [-0.0, 1.5, None], [2]),
        (pa.bool_(), [True, False, None], [True, None, False], [1, 2]),
        (pa.int64(), [1, 2], [1, 2], []),
        (
            MAPS,
            [[("a", "1"), ("b", "2")], [("a", "1")], [], None, [("a", "1")], [("a", "1")], None],
            [
                [("b", "2"), ("a", "1")],
                [("a", "2")],
                None,
                [],
                [("b", "1")],
                [("a", "1")],
                [("a", "")],
            ],
            [1, 4, 6],
        ),
        (
            MAPS,
            [[("a", "1")], [("a", "1"), ("b", "2")], [("c", "3")]],
            [[("a", "1"), ("b", "2")], [("a", "1")], [("c", "3")]],
            [0, 1],
        ),
        (MAPS, [[("a", None)], [("b", "1")]], [[("a", None)], [("b", "2")]], [1]),
    ],
)
def test_rows_differ_by_what_they_say(
    kind: pa.DataType, before: list[Any], after: list[Any], rows: list[int]
) -> None:
    one, other = pa.array(before, kind), pa.array(after, kind)
    expected = [row in rows for row in range(len(before))]
    assert differing_rows(one, other).tolist() == expected
    assert differing_rows(other, one).tolist() == expected
    padded = (pa.concat_arrays([other.slice(0, 1), side]).slice(1) for side in (one, other))
    assert differing_rows(*padded).tolist() == expected


def stretch(start: int, end: int, source: str = "a", **part: int) -> dict[str, Any]:
    place = {"source_sha256": source, "track": None, "channel": None, **part}
    return {**place, "start_sample": start, "end_sample": end}


def paired(removed: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[tuple[int, int]]:
    names = list(stretch(0, 0))
    kinds = [pa.string(), pa.int16(), pa.int16(), pa.int64(), pa.int64()]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    tapes: dict[str, int] = {}
    sides = [CutPlaces(tapes), CutPlaces(tapes)]
    for places, rows in zip(sides, (removed, added), strict=True):
        for row in rows or [None]:  # each in a batch of its own
            places.add(pa.RecordBatch.from_pylist([row] if row else [], schema))
    return [(int(row), int(other)) for row, other in pair_recut(*sides)]


@pytest.mark.parametrize(
    ("other", "is_pair"),
    [
        (stretch(100, 200), True),
        (stretch(150, 250), True),  # half of both
        (stretch(151, 251), False),
        (stretch(50, 150), True),
        (stretch(49, 149), False),
        (stretch(0, 1000), True),
        (stretch(120, 130), True),  # all of the shorter one
        (stretch(195, 205), True),
        (stretch(196, 206), False),
        (stretch(200, 300), False),
        (stretch(0, 100), False),
        (stretch(100, 200, "b"), False),
        (stretch(100, 200, track=2), False),
        (stretch(100, 200, track=1), True),  # a missing track is the first
        (stretch(100, 200, channel=1), False),
        (stretch(100, 200, channel=0), True),
    ],
)
def test_half_of_the_shorter_clip_makes_a_pair(other: dict[str, Any], is_pair: bool) -> None:
    expected = [(0, 0)] if is_pair else []
    assert paired([stretch(100, 200)], [other]) == expected
    assert paired([other], [stretch(100, 200)]) == expected


def test_of_several_that_fit_those_that_share_most_are_pairs() -> None:
    removed = [stretch(0, 100), stretch(100, 200)]
    assert paired(removed, [stretch(0, 110), stretch(110, 200)]) == [(0, 0), (1, 1)]
    assert paired(removed, [stretch(20, 180)]) == [(0, 0)], "of equals the first"
    assert paired(removed, [stretch(30, 200)]) == [(1, 0)]
    assert paired([stretch(0, 100)], [stretch(0, 60), stretch(0, 90), stretch(5, 95)]) == [(0, 1)]
    assert paired(
        [stretch(0, 10_000), stretch(50, 90)], [stretch(9000, 9900), stretch(50, 80)]
    ) == [
        (0, 0),
        (1, 1),
    ]
    assert paired([], [stretch(0, 1)]) == paired([stretch(0, 1)], []) == []


def test_sources_do_not_touch_however_long_they_are() -> None:
    removed = [stretch(0, 1000, "a"), stretch(0, 10, "b")]
    added = [stretch(0, 10, "b"), stretch(990, 1000, "a"), stretch(0, 10, "c")]
    assert paired(removed, added) == [(0, 1), (1, 0)]


def side(name: str, clips: list[Clip], *, at_once: int = 100, num_withdrawn: int = 0) -> DiffInput:
    table = table_from_clips(sorted(clips, key=lambda clip: clip.clip_id))
    return DiffInput(name, table.to_batches(at_once), num_withdrawn)


CLIPS = [
    replace(make_clip("talk.mp4", number, seconds=0.25)[0], speaker="ada", split="train")
    for number in range(6)
]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_each_kind_of_change_is_told_once(at_once: int) -> None:
    after = [
        CLIPS[0],
        replace(CLIPS[1], text="words", speaker="ben"),
        replace(CLIPS[2], snr_db=3.0),
        replace(CLIPS[3], pcm_sha256="0" * 64, end_seconds=9.0),
        replace(CLIPS[4], extra={"room": "hall"}, snr_db=1.0),
    ]
    new = replace(make_clip("other.mp4", 0, seconds=0.5)[0], speaker=None, split="test")
    changes = diff_rows(
        side("old", CLIPS, at_once=at_once, num_withdrawn=3),
        side("new", [*after, new], at_once=at_once),
    )
    assert [clip.clip_id for clip in changes.added] == [new.clip_id]
    assert [clip.clip_id for clip in changes.removed] == [CLIPS[5].clip_id]
    assert [(one.clip_id, one.before, one.after) for one in changes.retexted] == [
        (CLIPS[1].clip_id, None, "words")
    ]
    assert [(c.clip_id, c.column, c.before, c.after) for c in changes.relabelled] == [
        (CLIPS[1].clip_id, "speaker", "ada", "ben"),
        (CLIPS[4].clip_id, "extra['room']", None, "hall"),
    ]
    (recut,) = changes.recut
    assert recut.before.clip_id == recut.after.clip_id == CLIPS[3].clip_id
    assert (changes.num_remeasured, changes.num_unchanged) == (1, 1)
    before, now = changes.before, changes.after
    assert (before.name, before.num_clips, before.length_seconds, before.num_withdrawn) == (
        "old",
        6,
        1.5,
        3,
    )
    assert (now.name, now.num_clips, now.length_seconds, now.num_withdrawn) == ("new", 6, 1.75, 0)
    speakers = [
        (t.name, t.num_before, t.num_after, t.before_seconds, t.after_seconds)
        for t in changes.speakers
    ]
    assert speakers == [
        ("ada", 6, 4, 1.5, 1.0),
        (None, 0, 1, 0.0, 0.5),
        ("ben", 0, 1, 0.0, 0.25),
    ]
    assert [(t.name, t.num_before, t.num_after) for t in changes.splits] == [
        ("test", 0, 1),
        ("train", 6, 5),
    ]


def test_what_is_shown_of_a_clip_is_its_own() -> None:
    shown = replace(CLIPS[0], text="words")
    (clip,) = diff_rows(side("old", []), side("new", [shown])).added
    assert (clip.clip_id, clip.source_name, clip.length_seconds) == (
        shown.clip_id,
        "talk.mp4",
        0.25,
    )
    assert (clip.speaker, clip.split, clip.text) == ("ada", "train", "words")
    (other,) = diff_rows(side("old", [shown]), side("new", [])).removed
    assert other == clip


def test_nothing_and_the_same_are_no_change() -> None:
    none = diff_rows(side("old", []), side("new", []))
    assert (none.before.num_clips, none.num_unchanged, none.speakers) == (0, 0, ())
    same = diff_rows(side("old", CLIPS), side("new", CLIPS, at_once=2))
    assert (same.num_unchanged, same.num_remeasured) == (6, 0)
    assert same.added == same.removed == same.recut == same.retexted == same.relabelled == ()
    assert [(t.num_before, t.num_after) for t in same.speakers] == [(6, 6)]


def test_facts_are_told_one_by_one_in_order_of_their_names() -> None:
    old = replace(CLIPS[0], extra={"b": "1", "c": "2", "d": "3"})
    new = replace(CLIPS[0], extra={"a": "0", "b": "1", "c": "9"})
    changes = diff_rows(side("old", [old]), side("new", [new])).relabelled
    assert [(c.column, c.before, c.after) for c in changes] == [
        ("extra['a']", None, "0"),
        ("extra['c']", "2", "9"),
        ("extra['d']", "3", None),
    ]
