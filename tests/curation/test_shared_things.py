"""What clips share and what leaks, on tables of a few rows: groups, pairs and certificates."""

import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audioset.curation.split.leaks import Sides, certify, list_leaks, sides_of, split_names
from audioset.curation.split.shared import SHARED_COLUMNS, NearPairs, find_shared
from audioset.records.manifest import manifest_schema
from audioset.records.split_report import KINDS, SplitLeak, SplitOptions, SplitTotal

USUAL: dict[str, Any] = {"start_seconds": 0.0, "end_seconds": 1.0, "length_seconds": 1.0}


def table(*rows: dict[str, Any]) -> pa.Table:
    """Rows that share nothing but what they say."""
    fields = [manifest_schema().field(name) for name in SHARED_COLUMNS]
    own = ("clip_id", "source_sha256", "pcm_sha256")
    filled = [
        {**dict.fromkeys(SHARED_COLUMNS), **USUAL, **{name: f"{name}{at}" for name in own}, **row}
        for at, row in enumerate(rows)
    ]
    return pa.table({field.name: pa.array([row[field.name] for row in filled], field.type)
                     for field in fields})  # fmt: skip


def groups(kind: str, *rows: dict[str, Any], near: NearPairs | None = None, **more: Any) -> str:
    """The clips of each group of several, as letters: `ac bd`."""
    options = SplitOptions(by=(kind,), **more)
    shared = find_shared(table(*rows), options, near or NearPairs())
    assert list(shared) == [kind]
    codes = shared[kind]
    assert codes.shape == (len(rows),)
    assert codes.dtype in (np.int32, np.int64)
    of_code: dict[int, str] = {}
    for at, code in enumerate(codes.tolist()):
        if code >= 0:
            of_code[code] = of_code.get(code, "") + "abcdefghij"[at]
    return " ".join(sorted(found for found in of_code.values() if len(found) > 1))


def texts(*given: str | None, **more: Any) -> list[dict[str, Any]]:
    return [{"text": text, **more} for text in given]


def spans(*given: tuple[float, float], **more: Any) -> list[dict[str, Any]]:
    return [{"source_sha256": "s", "start_seconds": a, "end_seconds": b, **more} for a, b in given]


def test_equal_speakers_are_one_and_blank_ones_nobody() -> None:
    named = [{"speaker": name} for name in ("ada", "ben", "ada", None, None, "", "", "  ", "  ")]
    assert groups("speaker", *named) == "ac"
    assert groups("source", *({"source_sha256": name} for name in "xyxyz")) == "ac bd"


def test_contractions_and_numerals_make_no_other_sentence_in_its_language() -> None:
    english = texts("I don't see 3 of them", "i do not see three of them", "I do see 3 of them")
    assert groups("sentence", *english) == "ab"
    french = texts("il y a 21 moutons ici", "il y a vingt et un moutons ici", language="fr")
    assert groups("sentence", *english, *french) == "ab de"
    assert groups("sentence", *texts("do not", "don't"), min_words=3) == ""
    assert groups("sentence", *texts("one two three four", "1 2 3 4")) == "ab"


def test_spellings_of_a_speaker_are_one_and_are_named_in_the_certificate() -> None:
    named = [{"speaker": name, "split": "train"} for name in ("Mairi", "Ben", "mairi ")]
    named.append({"speaker": "Màiri", "split": "test"})
    assert groups("speaker", *named) == "acd"
    rows = table(*named)
    sides = sides_of(rows["split"])
    for by, told in (("speaker", (("Mairi", "Màiri", "mairi "),)), ("source", ())):
        found = certify(rows, sides, NearPairs(), name="scots", options=SplitOptions(by=(by,)))
        assert found.one_speaker == told
        assert found.num_leaking == (2 if told else 0)


def test_a_sentence_of_enough_words_is_one_however_it_is_written() -> None:
    four = texts("It's the kettle on!", "its the KETTLE on", "it's the kettle", "its the kettle")
    assert groups("sentence", *four) == "ab"
    assert groups("sentence", *four, min_words=3) == "ab cd"
    assert groups("sentence", *four, min_words=5) == ""
    none = texts(None, None, "", "", "…", "?!", min_words=None)
    for row in none:
        del row["min_words"]
    assert groups("sentence", *none, min_words=1) == ""
    assert groups("sentence", *texts("a", None, "b", "A", "b."), min_words=1) == "ad ce"


def test_takes_are_of_one_line_with_one_text_or_in_one_source() -> None:
    lines = [
        {"line": 0, "text": "aye", "source_sha256": "x"},
        {"line": 0, "text": "no", "source_sha256": "x"},
        {"line": 0, "text": "Aye.", "source_sha256": "y"},
        {"line": 1, "text": "aye", "source_sha256": "x"},
        {"line": 1, "text": None, "source_sha256": "z"},
        {"line": 1, "text": None, "source_sha256": "w"},
        {"line": None, "text": "aye", "source_sha256": "x"},
        {"line": None, "text": "aye", "source_sha256": "x"},
    ]
    assert groups("takes", *lines) == "abc"
    assert groups("takes", *lines[1:3]) == ""
    assert groups("takes", *lines[6:]) == ""
    assert groups("takes", *(dict(row, line=0) for row in lines[6:])) == "ab"
    others = [{"line": line, "text": text} for text in ("m", "n") for line in (2, 3, 2)]
    assert groups("takes", *others) == "ac df"


def test_whoever_else_reads_a_line_takes_it_for_the_first_time() -> None:
    five = {"line": 1, "text": "five"}
    speakers = ["Lucas", "Jackson", "lucas ", "Jackson", None, None, "Theo"]
    said = [
        {**five, "speaker": name, "source_sha256": f"s{at}"} for at, name in enumerate(speakers)
    ]
    assert groups("takes", *said) == "ac bd ef"
    assert groups("takes", *(dict(row, source_sha256="one") for row in said)) == "abcdefg"
    assert groups("sentence", *said, min_words=1) == "abcdefg"


def test_the_same_samples_and_near_ones_are_one_recording_in_chains() -> None:
    rows = [{"pcm_sha256": name} for name in ("p", "q", "p", "r", "s", "t")]
    assert groups("duplicates", *rows) == "ac"
    near = NearPairs(pairs=(("q", "r"), ("r", "p"), ("t", "of others"), ("of none", "s")))
    assert groups("duplicates", *rows, near=near) == "abcd"
    assert groups("duplicates", *rows, near=NearPairs(pairs=(("s", "t"),))) == "ac ef"


def test_spans_of_one_track_and_channel_overlap_by_more_than_a_tenth_of_a_second() -> None:
    assert groups("duplicates", *spans((0, 2), (1.875, 3), (2.875, 4))) == "abc"
    assert groups("duplicates", *spans((0, 2), (1.95, 3))) == ""
    assert groups("duplicates", *spans((0, 2), (2, 3), (5, 6))) == ""
    assert groups("duplicates", *spans((1, 3), (0, 10), (4, 5), (9, 12), (20, 21))) == "abcd"
    assert groups("duplicates", *spans((0, 10), (1, 2), (3, 4), (8, 9), (9.95, 11))) == "abcd"
    apart = [
        *spans((0, 2), (1, 3)),
        *spans((1, 3), track=2),
        *spans((0, 2), track=2),
        *spans((0, 2), channel=1),
        *spans((1, 2), channel=2),
        *spans((0, 2), channel=1, track=2),
    ]
    assert groups("duplicates", *apart) == "ab cd"
    other = [*spans((0, 2)), {"source_sha256": "t", "start_seconds": 1.0, "end_seconds": 2.0}]
    assert groups("duplicates", *other) == ""
    many = [dict(row, source_sha256=name) for name in "uvw" for row in spans((0, 9), (8, 9))]
    assert groups("duplicates", *many) == "ab cd ef"


def test_kinds_come_in_their_order_and_of_no_clips_there_is_nothing() -> None:
    shared = find_shared(table(), SplitOptions(by=("takes", "speaker")), NearPairs())
    assert {kind: codes.tolist() for kind, codes in shared.items()} == {"speaker": [], "takes": []}
    assert list(find_shared(table({}), SplitOptions(), NearPairs())) == list(KINDS)


def test_splits_are_numbered_with_those_of_older_data_behind() -> None:
    column = pa.chunked_array([["test", None], ["dev", "train", "a"]])
    names = ("train", "validation", "test", "a", "dev")
    assert split_names(column) == names
    assert split_names(column, pa.chunked_array([["b", "test"]])) == (*names[:4], "b", "dev")
    sides = sides_of(column)
    assert (sides.names, sides.of_clip.tolist()) == (names, [2, -1, 4, 0, 3])
    assert [sides.name_of(clip) for clip in range(5)] == ["test", None, "dev", "train", "a"]
    assert sides_of(column, names[:3]).of_clip.tolist() == [2, -1, -1, 0, -1]
    assert sides.of_clip.dtype == np.int16


ROWS = table(
    {"speaker": "ada", "split": "train", "length_seconds": 2.0},
    {"speaker": "ada", "split": "test", "text": "one two three four", "length_seconds": 1.0},
    {"speaker": "ada", "split": "validation", "length_seconds": 0.5},
    {"speaker": "ben", "split": "train", "text": "One two three four", "length_seconds": 0.5},
    {"speaker": "ben", "split": None, "length_seconds": 3.0},
    {"speaker": None, "split": "test", "length_seconds": 1.0},
)
BY = SplitOptions(by=("speaker", "sentence"), train=0.5, validation=0.25, test=0.25)


def leak(clip: int, split: str, other: int, other_split: str, *kinds: str) -> SplitLeak:
    return SplitLeak(
        clip_id=f"clip_id{clip}", split=split, other_id=f"clip_id{other}",
        other_split=other_split, kinds=kinds,
    )  # fmt: skip


LEAKS = [
    leak(0, "train", 1, "test", "speaker"),
    leak(2, "validation", 1, "test", "speaker"),
    leak(3, "train", 1, "test", "sentence"),
]


def test_leaks_are_listed_by_clip_and_named_by_the_strongest_kind() -> None:
    placed = ROWS.take([0, 1, 2, 3, 5])
    shared = find_shared(placed, BY, NearPairs())
    sides = sides_of(placed["split"])
    assert list_leaks(placed, shared, sides) == (3, LEAKS)
    assert list_leaks(placed, shared, sides, at_most=1) == (3, LEAKS[:1])
    both = table(
        *({"speaker": "a", "text": text, "split": split} for text, split in (
            ("a b c d", "train"), (None, "test"), ("A b c d", "validation"))),
    )  # fmt: skip
    found = list_leaks(both, find_shared(both, BY, NearPairs()), sides_of(both["split"]))[1]
    assert found == [
        leak(0, "train", 2, "validation", "speaker", "sentence"),
        leak(2, "validation", 1, "test", "speaker"),
    ]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_certificate_counts_pairs_groups_and_shares(wanted: bool) -> None:
    near = NearPairs(compared=True, num_without_audio=2)
    made = certify(ROWS, sides_of(ROWS["split"]), near, name="scots", options=BY, wanted=wanted)
    lines = "".join(
        f"clip_id{at}\t{split or ''}\n" for at, split in enumerate(ROWS["split"].to_pylist())
    )
    assert made.digest == hashlib.sha256(f"audioset split 1\n{lines}".encode()).hexdigest()
    assert (made.name, made.kinds, made.min_words) == ("scots", ("speaker", "sentence"), 4)
    assert (made.near_compared, made.num_without_audio) == (True, 2)
    assert (made.num_clips, made.num_groups) == (6, 2)
    assert dict(made.edges) == {"speaker": 3, "sentence": 1}
    assert dict(made.leaks) == {"speaker": 3, "sentence": 1}
    assert (made.num_leaking, made.examples, made.is_clean) == (3, tuple(LEAKS), False)
    assert made.verdict == "speaker 3, sentence 1"
    shares = BY.ratios if wanted else (None, None, None)
    assert made.splits == tuple(
        SplitTotal(
            name=name, num_clips=clips, length_seconds=seconds, num_speakers=speakers,
            num_groups=parts, share=seconds / 8, wanted_share=share,
        )
        for name, clips, seconds, speakers, parts, share in (
            ("train", 2, 2.5, 2, 1, shares[0]), ("validation", 1, 0.5, 1, 1, shares[1]),
            ("test", 2, 2.0, 1, 2, shares[2]), (None, 1, 3.0, 1, 1, None),
        )
    )  # fmt: skip
    text = made.to_json()
    values = json.loads(text)
    assert text == json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert list(values) == sorted(values)
    assert "\n  " in text


def test_a_split_that_is_wanted_and_empty_is_told_and_one_that_is_not_wanted_is_not() -> None:
    rows = table({"split": "train"}, {"split": "dev"})
    nothing = NearPairs()
    for wanted, names in (
        (True, ["train", "validation", "test", "dev"]),
        (False, ["train", "dev"]),
    ):
        made = certify(rows, sides_of(rows["split"]), nothing, name="x", options=BY, wanted=wanted)
        assert [total.name for total in made.splits] == names
        assert (made.is_clean, made.verdict, made.near_compared) == (True, "none", False)
    assert made.splits[0].share == 0.5
    empty = certify(table(), sides_of(table()["split"]), nothing, name="x", options=BY, wanted=True)
    assert [(total.num_clips, total.share) for total in empty.splits] == [(0, 0.0)] * 3
    assert (empty.num_groups, empty.num_clips, empty.num_leaking) == (0, 0, 0)


def test_within_a_split_everything_may_be_shared() -> None:
    rows = table(*({"speaker": "a", "split": "dev"} for _ in range(4)))
    made = certify(rows, sides_of(rows["split"]), NearPairs(), name="x", options=BY)
    assert (dict(made.edges), made.is_clean) == ({"speaker": 6, "sentence": 0}, True)
    assert dict(made.leaks) == {"speaker": 0, "sentence": 0}
    other = Sides(("train", "validation", "test"), np.array([0, 0, 1, 2]))
    leaking = certify(rows, other, NearPairs(), name="x", options=BY)
    assert (leaking.leaks["speaker"], leaking.num_leaking) == (5, 3)
