"""What the modules behind the readers of labels and tables give, value by value."""

from decimal import Decimal
from pathlib import Path

import pytest

from audioset.documents.cues.audacity import parse_audacity, read_label
from audioset.documents.cues.columns import Column, Columns, named_columns, unnamed_columns
from audioset.documents.cues.eaf import parse_eaf
from audioset.documents.cues.fit import Misfit, explain_misfit
from audioset.documents.cues.recordings import of_recording, recording_name
from audioset.documents.cues.speech_lists import parse_ctm, parse_rttm, parse_stm, read_kaldi
from audioset.documents.cues.table import parse_csv
from audioset.documents.cues.textgrid import parse_textgrid
from audioset.documents.cues.tidy import Tidied, tidy, trim
from audioset.documents.cues.tiers import Tier, choose_tier
from audioset.documents.cues.units import in_unit
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.time_unit import parse_time_unit


def cue(start: float, end: float, text: str | None = None, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" talks/ted_01.MP4 ", "ted_01"),
        ("c:\\talks\\ted_01.wav", "ted_01"),
        ("ted.01", "ted.01"),
        ("", ""),
    ],
)
def test_a_recording_is_named_without_folders_and_ending(name: str, expected: str) -> None:
    assert recording_name(name) == expected


def test_the_cues_of_one_recording_are_taken_or_asked_for() -> None:
    one, two = cue(0, 1), cue(1, 2)
    assert of_recording([("a.wav", one), ("x/a", two)], None) == [one, two]
    assert of_recording([("a", one), ("b", two)], "b.mp4") == [two]
    assert of_recording([], "b") == []
    six = [(name, one) for name in "abcdef"]
    told = r"^is about 6 recordings \('a', 'b', 'c', 'd', 'e' and 1 more\); say which one is meant$"
    with pytest.raises(InvalidInputError, match=told):
        of_recording(six, None)
    told = r"^has nothing about 'z', only about 'a', 'b', 'c', 'd', 'e'; name the recording"
    with pytest.raises(InvalidInputError, match=told):
        of_recording(six[:5], "z.wav")


def test_the_tier_that_is_meant() -> None:
    words, none = Tier("w", 3, 3, independent=False), Tier("n", 2, 0)
    said, empty = Tier("s", 2, 1), Tier("e", 0, 0)
    assert choose_tier([words, none, empty], None) == "w", "the only one with text"
    assert choose_tier([words, said], None) == "s", "the only one that is about the sound"
    assert choose_tier([none, empty], None) == "n", "the only one with cues"
    assert choose_tier([said, empty], "e") == "e"
    for tiers, asked, told in (
        ([said, words], "x", r"^has no tier 'x'; its tiers are 's' \(2 cues\), 'w' \(3 cues\)$"),
        ([said, said], "s", r"^has 2 tiers 's'; its tiers are"),
        ([], "x", r"^has no tier 'x'; its tiers are none$"),
        ([empty], None, r"^has no tier with cues in it; its tiers are 'e' \(0 cues\)$"),
        (
            [said, said, empty],
            None,
            r"^has several tiers, name one of them: 's' \(2 cues\), 's' \(2 cues\)$",
        ),
        ([none, none], None, "^has several tiers, name one of them"),
        ([said] * 13, None, r" and 1 more$"),
        ([said] * 12, None, r"'s' \(2 cues\)$"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            choose_tier(tiers, asked)


def test_tidy_at_its_borders() -> None:
    assert tidy([]) == Tidied(cues=())
    found = tidy([cue(-0.5, 1, "a"), cue(-2, 0, "b"), cue(0, 0.5, "c")])
    assert found.cues == (cue(0, 0.5, "c"), cue(0, 1, "a"))
    assert found.problems == (
        "2 cues start before 0 (e.g. at -0.50 s); set to 0",
        "1 cue ends at or before its start (e.g. at 0.00 s) and was left out",
        "1 cue starts before an earlier one has ended (e.g. at 0.00 s); overlaps are kept",
    )
    found = tidy([cue(3, 4, "a", "x"), cue(1, 2, "b"), cue(3.0001, 4, "b", "x"), cue(3, 4, "a")])
    assert found.cues == (cue(1, 2, "b"), cue(3, 4, "a b"))
    assert found.problems == (
        "1 cue starts before the one above in the file (e.g. at 1.00 s); ordered by time",
        "1 span with several cues each (e.g. at 3.00 s); each became one cue",
    )
    same = tidy([cue(0, 1, None, "x"), cue(0, 1, None, "x"), cue(1, 2), cue(1, 2, "a"), cue(1, 2)])
    assert same.cues == (cue(0, 1, None, "x"), cue(1, 2, "a"))
    assert same.problems == (
        "2 spans with several cues each (e.g. at 0.00 s); each became one cue",
    )
    backward = tidy([cue(2, 1), cue(2, 2)])
    assert backward.problems == (
        "2 cues end at or before their start (e.g. at 2.00 s) and were left out",
    )


def test_trim_at_its_borders() -> None:
    inside = (cue(0, 1), cue(1, 2.0), cue(1.5, 2.01))
    assert trim(inside, 2.0) == Tidied(cues=(cue(0, 1), cue(1, 2), cue(1.5, 2)))
    found = trim([cue(1, 2.02), cue(1.99, 3), cue(2, 3), cue(5, 6)], 2.0)
    assert found.cues == (cue(1, 2), cue(1.99, 2))
    assert found.problems == (
        "2 cues start after the end of the recording (2.00 s >= 2.00 s) and were left out",
        "2 cues end after the recording (2.02 s > 2.00 s) and were trimmed",
    )
    assert tidy([cue(0, 3)], 2.0) == Tidied(
        cues=(cue(0, 2),),
        problems=("1 cue ends after the recording (3.00 s > 2.00 s) and was trimmed",),
    )


def fit(cues: list[Cue], length_seconds: float = 100.0, **values: object) -> Misfit:
    options: dict[str, object] = {"unit": None, "may_be_large": True, **values}
    return explain_misfit(cues, length_seconds, 16_000, **options)  # type: ignore[arg-type]


def rows(*starts: float, length: float = 1.0) -> list[Cue]:
    return [cue(start, start + length) for start in starts]


def test_cues_that_fit_need_no_words() -> None:
    assert fit([]) == Misfit(sentences=())
    assert fit(rows(0, 50, 99)) == Misfit(sentences=())
    assert fit(rows(0, 200), length_seconds=0.0).hopeless is False
    late = fit([*rows(0, 50), cue(90, 120)])  # within a fifth of the recording
    assert late == Misfit(
        sentences=("1 cue ends after the recording (120.00 s > 100.00 s) and was trimmed",)
    )
    short = fit(rows(1.0, 3.0, 9.5, length=5.5), length_seconds=10.0)  # within five seconds
    assert (short.hopeless, len(short.sentences)) == (False, 1)


def test_a_few_late_cues_are_told_and_more_are_explained() -> None:
    few = fit(rows(10, 50, 70, 80, 90, 200, 201))
    assert not few.hopeless
    assert few.sentences == (
        "2 cues start after the end of the recording (200.00 s >= 100.00 s) and were left out",
    )
    more = fit(rows(10, 50, 70, 80, 90, 200, 201, 202))
    assert not more.hopeless
    assert more.sentences[1] == (
        "3 of 8 cues lie beyond the end (the last ends at 3:23, the recording at 1:40)"
    )
    none = fit(rows(200, 201.5, 7202.25))
    assert none == Misfit(
        sentences=(
            "3 of 3 cues lie beyond the end (the last ends at 2:00:03, the recording at 1:40); "
            "are they of another recording?",
        ),
        hopeless=True,
    )
    speed = fit(rows(*range(5, 104, 2)), length_seconds=100.0 * 24 / 25 - 5)
    assert not speed.hopeless


@pytest.mark.parametrize(
    ("cues", "told"),
    [
        (
            rows(1000, 50_000, 90_500, length=1000),
            "the times seem to be milliseconds: --time-unit milliseconds (time_unit=millis",
        ),
        (
            rows(16_000, 800_000, 1_500_000, length=16_000),
            "seem to be samples: --time-unit samples@16000 (time_unit=samples@16000 in Python)",
        ),
        (
            rows(1e6, 5e7, 9e7, length=1e6),
            "seem to be microseconds: --time-unit microseconds (time_unit=microseconds in Python)",
        ),
        (
            rows(1e7, 5e8, 9e8, length=1e7),
            "seem to be ticks: --time-unit ticks (time_unit=ticks in Python)",
        ),
        (
            rows(250, 1250, 2400, length=25),
            "seem to be frames: --time-unit frames@25 (time_unit=frames@25 in Python), or 24, 30, "
            "50, 60 a second",
        ),
        (rows(250.5, 1250, 2400, length=25), "--stretch 1/60 (stretch=1/60 in Python)"),
        (
            rows(3610, 3650, 3690),
            "the cues seem to begin at 1:00:00: --shift -1:00:00 (shift_seconds= in Python)",
        ),
        (
            rows(200.5, 230, 290),
            "the cues seem to begin at 3:20: --shift -3:20 (shift_seconds= in Python)",
        ),
        (
            rows(1_700_000_001, 1_700_000_050),
            "the cues seem to begin at 1700000001: --shift -1700000001 (shift_seconds= in Python)",
        ),
    ],
)
def test_what_would_make_all_cues_fit_is_said(cues: list[Cue], told: str) -> None:
    found = fit(cues)
    assert found.hopeless
    assert told in found.sentences[0]


def test_another_speed_or_a_beginning_that_was_cut() -> None:
    film = fit(rows(*range(1, 104)), length_seconds=100.0 * 0.8)
    assert not film.hopeless
    assert "--" not in film.sentences[-1]
    pal = fit(rows(*range(1, 250, 2)), length_seconds=240.0)
    assert pal.sentences[-1].endswith(
        "; if they are of a film at another speed: --stretch 24/25 (stretch=24/25 in Python)"
    )
    cut = fit(rows(*range(40, 140, 2)), length_seconds=100.0)
    assert cut.sentences[-1].endswith(
        "; if the beginning was cut away: --shift -0:39 (shift_seconds= in Python)"
    )


def test_tiny_cues_of_a_table_are_of_a_larger_unit() -> None:
    minutes = rows(0.1, 0.8, 1.5, length=0.05)
    told = fit(minutes)
    assert told.hopeless
    assert told.sentences[0] == (
        "all 3 cues lie in the first 1.55 s of 1:40; the times seem to be minutes: --time-unit "
        "minutes (time_unit=minutes in Python); --time-unit seconds (time_unit=seconds in Python) "
        "takes them as they are"
    )
    nothing = Misfit(sentences=())
    assert fit(minutes, may_be_large=False) == nothing
    assert fit(minutes, unit="seconds") == nothing
    assert fit(minutes[:2]) == nothing
    assert fit(rows(0.1, 0.8, 2.5, length=0.05)) == nothing
    assert fit(rows(0.1, 0.8, 1.5, length=0.11)) == nothing


def test_labels_of_audacity() -> None:
    assert read_label("1\t2\t a \t b") == cue(1, 2, "a b")
    assert read_label("1\t2") == cue(1, 2)
    assert [read_label(line) for line in ("1", "1 2 a", "x\t2\ta", "1\tx\ta")] == [None] * 4
    parsed = parse_audacity("1\t2\ta\n\\\t100\t200\n\nno\n")
    assert parsed.cues == [cue(1, 2, "a")]
    assert parsed.problems == ["line 4: 'no' is not start, tab, end, tab, label; left out"]
    for text, told in (
        ("no\nx", "^line 1: 'no' is not start, tab, end, tab, label, nor is any other line$"),
        ("\n", "^line 1: no labels, nor is any other line$"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            parse_audacity(text)


def test_lists_of_speech_research() -> None:
    rttm = parse_rttm(
        ";; note\nSPEAKER a b 1 1.0 0.5 <NA> <NA> Mary Jane 0.9 <NA>\nSPEAKER a 1 "
        "2 x <NA> <NA> m <NA>\n"
        "SPKR-INFO a 1 <NA> <NA> <NA> unknown m <NA>\nLEXEME a 1 1 1 x lex m <NA>\n"
        "SPEAKER a 1 3 1 <NA> <NA> <NA>"
    )
    assert rttm.cues == [("a b", cue(1, 1.5, None, "Mary Jane")), ("a", cue(3, 4))]
    assert rttm.num_unread == 1
    assert rttm.problems[0].startswith(
        "line 3: 'SPEAKER a 1 2 x <NA> <NA> m <NA>' is not SPEAKER, file"
    )
    assert rttm.problems[1] == "only the lines of SPEAKER are read; left out are 1 of LEXEME"
    for text, told in (
        ("LEXEME a 1 1 1 x lex m <NA>", "^has lines of LEXEME and none of SPEAKER"),
        ("a b", "^line 1: no line starts with SPEAKER; is this an RTTM file"),
        ("SPEAKER a", "and no other line can be used$"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            parse_rttm(text)
    ctm = parse_ctm(
        "a 1 0.5 0.25 one 0.9 lex Mary\na 1 1 1 @\na 1 1 1 @\na 1 * * <ALT_BEGIN>\na 1 "
        "1 1 two\na 1 * * <ALT>\n"
        "a 1 1 1 too\na 1 * * <ALT_END>\na 1 2 1 three 0.9 lex <NA>\na 1 x 1 four\na 1 5 1\n"
    )
    assert ctm.cues == [
        ("a", cue(0.5, 0.75, "one", "Mary")),
        ("a", cue(1, 2, "two")),
        ("a", cue(2, 3, "three")),
    ]
    assert ctm.num_unread == 2
    assert ctm.problems[2:] == [
        "line 7: of alternative words the first ones were taken; 1 other word was left out",
        "line 2: @ says that there is no word; 2 lines were left out",
    ]
    stm = parse_stm(
        "a 1 Mary 0.5 1.5 <o,f0,male> one  two\na 1 Mary 2 3\na 1 inter_segment_gap 3 4 x\n"
        "a 1 m 4 5 IGNORE_TIME_SEGMENT_IN_SCORING\na 1 m x 5 y\n"
    )
    assert stm.cues == [("a", cue(0.5, 1.5, "one two", "Mary")), ("a", cue(2, 3, None, "Mary"))]
    assert stm.num_unread == 1
    assert stm.problems[1] == "line 3: not for scoring; 2 such lines were left out"


def test_kaldi_beside_its_segments(tmp_path: Path) -> None:
    segments = tmp_path / "segments"
    segments.write_text("u1 rec 0.5 1.5\nu2 rec 2 -1\nu3 rec x 3\nu4 rec 3 4\nu5 rec 4 5\n")
    (tmp_path / "text").write_text("u1 one  two\nu4\n")
    (tmp_path / "utt2spk").write_text("u1 mary\nu4 u4\n")
    for path in (segments, tmp_path):
        found = read_kaldi(path)
        assert found.cues == [
            ("rec", cue(0.5, 1.5, "one two", "mary")), ("rec", cue(3, 4)), ("rec", cue(4, 5)),
        ]  # fmt: skip
        assert found.num_unread == 2
        assert found.problems[0] == "line 2: 'u2 rec 2 -1' has no end; left out"
        assert found.problems[1].startswith("line 3: 'u3 rec x 3' is not ")


GRID = 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 5 <exists> '


def test_textgrids_in_short_form() -> None:
    text = (
        GRID
        + '2 "IntervalTier" "w" 0 5 3 0 1 "a ""b""" 1 2 " " 2 5 "c\nd" "TextTier" "p" 0 5 1 3 "x"'
    )
    parsed = parse_textgrid(text, None)
    assert parsed.cues == [cue(0, 1, 'a "b"'), cue(2, 5, "c d")]
    assert parsed.tier == "w"
    with pytest.raises(InvalidInputError, match=r"^line 4: 'p' is a tier of 1 points, and a point"):
        parse_textgrid(text, "p")
    for bad, told in (
        (text[:-4], "^line 4: the TextGrid breaks off where a string should be; save it again"),
        (GRID + '1 "Other" "w" 0 5 0', "^line 3: a tier of unknown kind 'Other'$"),
        (
            GRID + '1 "IntervalTier" "w" 0 5 1 0 "a"',
            "^line 3: 'a' where a number should be; save it",
        ),
        (GRID + '1 "IntervalTier" "w\n', "^line 3: a text without its closing quote"),
        (GRID + '1 "IntervalTier" "w" 1e99 0', "^line 3: '1e99' is not a time$"),
        (
            '"ooTextFile" "Pitch"',
            "^line 1: not a Praat TextGrid in text form but 'ooTextFile Pitch'",
        ),
        (GRID.replace("<exists>", "<absent>"), "^has no tier with cues in it; its tiers are none$"),
        (
            GRID + '1 "IntervalTier" "w" 0 5 -3',
            r"^has no tier with cues in it; its tiers are 'w' \(0",
        ),
    ):
        with pytest.raises(InvalidInputError, match=told):
            parse_textgrid(bad, None)


def test_elan_shares_time_evenly_and_follows_references() -> None:
    def aligned(name: str, start: str, end: str, text: str) -> str:
        return (
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" TIME_SLOT_REF1="{start}" '
            f'TIME_SLOT_REF2="{end}"><ANNOTATION_VALUE> {text} </ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>\n"
        )

    def referring(name: str, parent: str) -> str:
        return (
            f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{parent}">'
            f"<ANNOTATION_VALUE>{name}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>\n"
        )

    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{name}"{value}/>'
        for name, value in (
            ("a", ' TIME_VALUE="1000"'), ("b", ""), ("c", ""), ("d", ' TIME_VALUE="4000"'),
            ("e", ' TIME_VALUE="x"'),
        )
    )  # fmt: skip
    head = '<HEADER TIME_UNITS="milliseconds"><MEDIA TIME_ORIGIN=" 0 "/></HEADER>'
    tiers = (
        '<TIER TIER_ID="s" PARTICIPANT=" Mary  J ">'
        + aligned("1", "a", "b", "x")
        + aligned("2", "b", "c", "")
        + aligned("3", "c", "d", "z  z")
        + aligned("4", "d", "e", "none")
        + '</TIER><TIER TIER_ID="r" PARENT_REF="s">'
        + referring("5", "6") + referring("6", "1") + referring("7", "8") + referring("8", "7")
        + "</TIER>"
    )  # fmt: skip
    data = (
        f"<ANNOTATION_DOCUMENT>{head}<TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>"
    )
    parsed = parse_eaf(data.encode(), None)
    assert parsed.tier == "s"
    assert parsed.cues == [
        cue(1, 2, "x", "Mary J"), cue(2, 3, None, "Mary J"), cue(3, 4, "z z", "Mary J"),
    ]  # fmt: skip
    assert [told.partition(";")[0] for told in parsed.problems] == [
        "line 4: annotation '4' has no times"
    ]
    below = parse_eaf(data.encode(), "r")
    assert below.cues == [cue(1, 2, "5"), cue(1, 2, "6")]
    assert len(below.problems) == 2
    for before, after, told in (
        ("ANNOTATION_DOCUMENT", "x", "^line 1: an XML file of <x>, not an ELAN file$"),
        (
            '"milliseconds"',
            '"PAL-frames"',
            "^has times in 'PAL-frames'; audioset reads milliseconds$",
        ),
        ('" 0 "', '"40"', r"^has a media offset \(TIME_ORIGIN\)"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            parse_eaf(data.replace(before, after).encode(), None)


def test_columns_by_their_names() -> None:
    found = named_columns(["Text", "Start (ms)", "End (ms)", "Speaker", "file"])
    assert found == Columns(Column(1, "milliseconds"), Column(2, "milliseconds"), None, 0, 3, 4)
    assert named_columns(["onset", "duration"]) == Columns(Column(0), None, Column(1))
    assert named_columns(["onset", "offset"]) == Columns(Column(0), Column(1), None)
    assert named_columns(["offset", "duration"]) == Columns(Column(0), None, Column(1))
    assert named_columns(["start", "end", "offset"]) == Columns(Column(0), Column(1), None)
    assert [named_columns([name, "text"]) for name in ("start", "end", "offset")] == [None] * 3
    frames = named_columns(["start_frame", "end_frame"])
    assert frames is not None
    assert frames.unit == "counted"
    with pytest.raises(
        InvalidInputError, match=r"^the times are counted in frames or samples; say"
    ):
        frames.start.seconds(["10", "20"])
    assert frames.start.seconds(["10", "20"], parse_time_unit("frames@20")) == Decimal("0.5")


def test_a_cell_of_a_time() -> None:
    milli, bare = Column(1, "milliseconds"), Column(0)
    assert milli.seconds(["", "1500"]) == Decimal("1.5")
    assert milli.seconds(["", "0:01"]) == 1, "a clock needs no unit"
    assert milli.seconds([""]) is None
    assert (bare.seconds(["2,5"]), bare.seconds(["x"]), bare.seconds([""])) == (
        Decimal("2.5"),
        None,
        None,
    )
    assert bare.seconds(["2"], parse_time_unit("minutes")) == 120
    with pytest.raises(InvalidInputError, match="'00:00:01:12' counts frames after the seconds"):
        bare.seconds(["00:00:01:12"])
    assert bare.seconds(["00:00:01:12"], parse_time_unit("frames@24")) == Decimal("1.5")


def test_columns_by_what_is_in_them() -> None:
    table = [["1", "0.5", "1.5", "a", "longer"], ["2", "2", "3", "b", "words"]]
    assert unnamed_columns(table) == Columns(Column(1), Column(2), None, text=4)
    assert unnamed_columns([["0", "1", "a"], ["1", "2", "b"]]) == Columns(
        Column(0), Column(1), None, text=2
    )
    longest = unnamed_columns([["1", "2", "longest", "w", ""]])
    assert longest == Columns(Column(0), Column(1), None, text=2)
    assert unnamed_columns([["3", "4"], ["1", "2"]]) is None, "starts go down"
    assert unnamed_columns([["2", "1"]]) is None, "an end before its start"
    assert unnamed_columns([["1", "a", "2"]]) is None, "not neighbours"
    assert unnamed_columns([["1", "1"]]) == Columns(Column(0), Column(1), None)
    assert unnamed_columns([]) is None
    nine = [[str(at), str(at + 1), "w"] for at in range(9)]
    assert unnamed_columns([*nine, ["x", "y", "w"]]) == Columns(Column(0), Column(1), None, text=2)
    assert unnamed_columns([*nine[:8], ["x", "y", "w"]]) is None, "a tenth may be no times"


def test_rows_become_cues() -> None:
    parsed = parse_csv(
        "a title\nstart_ms;end_ms;text;speaker;file\n1000;2000; a  b ;m;x.wav\n"
        ";;c;;\n3000;4000;d;;\n"
    )
    assert parsed.cues == [("x.wav", cue(1, 2, "a b", "m"))]
    assert parsed.problems == [
        "line 4: ', , c, ,' has no times; left out",
        "line 5: names no recording; left out",
        "what stands above the table is left out (lines 1)",
        "times are read as milliseconds: so their column is named",
    ]
    assert parsed.unit == "milliseconds"
    clock = parse_csv("start,end,text\n0:01,0:02,a\n")
    assert (clock.unit, clock.cues) == ("clock", [("", cue(1, 2, "a"))])
    assert parse_csv("start,end,text\n0:01,0:02,a\n3,4,b\n").unit is None
    told = parse_csv("start,end,text\n1,2,a\n", parse_time_unit("minutes"))
    assert (told.unit, told.cues) == (None, [("", cue(60, 120, "a"))])
    length = parse_csv("start\tduration\n1\t0.5\n")
    assert length.cues == [("", cue(1, 1.5))]
    with pytest.raises(
        InvalidInputError, match=r"^line 2: 'x, y' has no times, and no other row can"
    ):
        parse_csv("start,end\nx,y\n")
    with pytest.raises(
        InvalidInputError, match=r"^line 1: no columns for start and end found .* 'a', 'b'$"
    ):
        parse_csv("a,b\n1,x\n")
    with pytest.raises(InvalidInputError, match=r"^line 2: '00:00:01:12' counts frames"):
        parse_csv("start,end\n00:00:01:12,00:00:02:12\n")


def test_numbers_of_another_unit() -> None:
    assert in_unit([cue(1500, 2500, "a", "m")], parse_time_unit("milliseconds")) == [
        cue(1.5, 2.5, "a", "m")
    ]
    assert in_unit([cue(0.1, 0.3)], parse_time_unit("minutes")) == [cue(6, 18)]
