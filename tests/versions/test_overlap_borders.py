"""Overlap of two versions, clip by clip: where it begins, and which test clip is named for it."""

from dataclasses import replace
from typing import Any

import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.overlap import OVERLAP_KINDS, Overlap
from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.storage.tables import order_manifest
from audioset.versions.diff import find_overlap
from audioset.versions.publish.commit import make_record, put_manifests
from tests.workspaces import make_clip


def stored(store: Store, version: int, clips: list[Clip]) -> VersionRecord:
    """Put rows as a version that nobody can hear."""
    rows = order_manifest(table_from_clips(clips), "rows")
    return make_record(
        rows,
        dataset="scots",
        version=version,
        digest=f"{version}" * 64,
        shards=(),
        manifests=put_manifests(store, "scots", rows.to_batches()),
        parent=None,
        message="",
        num_withdrawals=0,
        shard_bytes=1,
    )


def compare(training: list[Clip], test: list[Clip], *kinds: str, min_words: int = 2) -> Overlap:
    store = open_store("memory://")
    records = stored(store, 1, training), stored(store, 2, test)
    return find_overlap(store, *records, kinds or OVERLAP_KINDS, min_words=min_words)


def at(number: int, start: float, end: float, source: str = "talk.mp4", **values: Any) -> Clip:
    clip, _ = make_clip(source, number)
    place = {"start_seconds": start, "end_seconds": end, "clip_id": f"{source[:-4]}-{number:02d}"}
    return replace(clip, pcm_sha256=f"{number:064d}", **{**place, **values})


def names(found: Overlap) -> list[tuple[str, str, str]]:
    return [(one.clip_id, one.test_id, one.kind) for one in found.examples]


@pytest.mark.parametrize(
    ("start", "end", "shared"),
    [
        (10.0, 12.0, True),
        (0.0, 30.0, True),
        (11.0, 11.5, True),
        (8.0, 10.09, False),
        (8.0, 10.11, True),
        (11.91, 14.0, False),
        (11.89, 14.0, True),
        (12.0, 14.0, False),
        (0.0, 10.0, False),
        (11.0, 11.05, True),  # shorter, and all of it
    ],
)
def test_a_tenth_of_a_second_of_one_source_is_overlap(
    start: float, end: float, shared: bool
) -> None:
    tests = [at(1, 10.0, 12.0, split="test"), at(2, 50.0, 52.0, split="test")]
    found = compare([at(7, start, end)], tests, "span")
    assert found.counts == {"span": int(shared)}
    assert names(found) == ([("talk-07", "talk-01", "span")] if shared else [])


@pytest.mark.parametrize(
    "part", [{"track": 2}, {"channel": 1}, {"source_sha256": "0" * 64}], ids=str
)
def test_other_tracks_channels_and_sources_are_not_the_same_stretch(part: dict[str, Any]) -> None:
    tests = [at(1, 10.0, 12.0, split="test", **part), at(2, 0.0, 1.0, split="test")]
    assert compare([at(7, 10.0, 12.0)], tests, "span").num_clips == 0
    assert compare([at(7, 10.0, 12.0, **part)], tests, "span").num_clips == 1


def test_the_test_clip_that_reaches_furthest_is_named() -> None:
    tests = [
        at(1, 0.0, 60.0, split="test"),
        at(2, 10.0, 11.0, split="test"),
        at(3, 20.0, 90.0, split="test"),
        at(4, 30.0, 31.0, split="test"),
    ]
    training = [at(5, 15.0, 16.0), at(6, 40.0, 41.0), at(7, 70.0, 71.0), at(8, 95.0, 96.0)]
    assert names(compare(training, tests, "span")) == [
        ("talk-05", "talk-01", "span"),
        ("talk-06", "talk-03", "span"),
        ("talk-07", "talk-03", "span"),
    ]


def test_sentences_count_from_some_words_on_and_whatever_their_signs() -> None:
    tests = [
        at(1, 0, 1, "a.mp4", split="test", text="Aye, right."),
        at(2, 2, 3, "a.mp4", split="test", text="aye"),
        at(3, 4, 5, "a.mp4", split="test"),
    ]
    training = [
        at(4, 0, 1, "b.mp4", text="aye RIGHT"),
        at(5, 0, 1, "c.mp4", text="Aye!"),
        at(6, 0, 1, "d.mp4"),
    ]
    assert names(compare(training, tests, "sentence")) == [("b-04", "a-01", "sentence")]
    assert compare(training, tests, "sentence", min_words=1).num_clips == 2
    assert compare(training, tests, "sentence", min_words=3).num_clips == 0


def test_only_training_and_test_clips_are_compared() -> None:
    tests = [at(1, 0, 1, split="test", speaker="ada"), at(2, 5, 6, split="train", speaker="ben")]
    training = [
        at(3, 0, 1, "b.mp4", split="train", speaker="ada"),
        at(4, 0, 1, "c.mp4", split="test", speaker="ada"),
        at(5, 0, 1, "d.mp4", speaker="ada"),
        at(6, 0, 1, "e.mp4", split="train", speaker="ben"),
        at(7, 0, 1, "f.mp4", split="train"),
    ]
    found = compare(training, tests)
    assert (found.num_training, found.num_test, found.num_clips) == (3, 1, 1)
    assert (found.training, found.test) == ("scots@v1", "scots@v2")
    assert found.kinds == tuple(OVERLAP_KINDS)
    assert found.counts == {kind: int(kind == "speaker") for kind in OVERLAP_KINDS}
    assert names(found) == [("b-03", "talk-01", "speaker")]
    with pytest.raises(InvalidInputError, match="scots@v2 has no clip of split test"):
        compare(training, tests[1:])
    with pytest.raises(InvalidInputError, match="has no clip of split test"):
        compare(training, [at(1, 0, 1)])


def test_a_clip_that_overlaps_in_several_ways_counts_once() -> None:
    test = at(1, 0, 1, split="test", speaker="ada", text="aye right")
    found = compare([replace(test, split="train"), at(3, 0.5, 1, split="train")], [test])
    assert (found.num_clips, set(found.counts.values())) == (2, {1, 2})
    assert found.counts["span"] == 2
    assert names(found) == [("talk-01", "talk-01", "clip"), ("talk-03", "talk-01", "span")]


def test_spellings_of_a_speaker_and_of_a_sentence_are_overlap() -> None:
    test = [
        at(1, 0.0, 1.0, "a.mp4", speaker="Màiri", text="It isn't 3 o'clock", split="test"),
        at(
            2,
            0.0,
            1.0,
            "b.mp4",
            speaker="Ada",
            text="vingt et un moutons",
            language="fr",
            split="test",
        ),
    ]
    training = [
        at(3, 0.0, 1.0, "c.mp4", speaker="mairi ", text="no"),
        at(4, 0.0, 1.0, "d.mp4", speaker="Ben", text="It is not three o'clock."),
        at(5, 0.0, 1.0, "e.mp4", speaker="Ben", text="21 moutons", language="fr"),
        at(6, 0.0, 1.0, "f.mp4", speaker="Ben", text="It is three o'clock."),
    ]
    assert names(compare(training, test, "sentence", "speaker")) == [
        ("d-04", "a-01", "sentence"),
        ("e-05", "b-02", "sentence"),
        ("c-03", "a-01", "speaker"),
    ]
