"""What the modules behind the readers of cues give, value by value."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from audioset.documents.cues.audacity import parse_audacity, read_label
from audioset.documents.cues.captions.ass import parse_ass
from audioset.documents.cues.captions.lines import parse_sbv, parse_srt, parse_vtt
from audioset.documents.cues.captions.markup import (
    clean_lines,
    flat,
    plain_srt,
    plain_vtt,
    strange_tags,
    voices,
)
from audioset.documents.cues.captions.rolling import unroll
from audioset.documents.cues.captions.timing import Timing, read_timing
from audioset.documents.cues.captions.ttml import parse_ttml
from audioset.documents.cues.captions.ttml_clock import BadTimeError, ttml_clock
from audioset.documents.cues.captions.vtt_blocks import identified_speaker, without_asides
from audioset.documents.cues.columns import Column, Columns, named_columns, unnamed_columns
from audioset.documents.cues.eaf import parse_eaf
from audioset.documents.cues.fit import Misfit, explain_misfit
from audioset.documents.cues.recognised.values import (
    Recognised,
    TimedWord,
    by_model,
    first,
    inner,
    person,
    seconds,
)
from audioset.documents.cues.recognised.values import flat as flat_value
from audioset.documents.cues.recognised.words import sentences
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
            "the times seem to be milliseconds: --time-unit milliseconds",
        ),
        (
            rows(16_000, 800_000, 1_500_000, length=16_000),
            "seem to be samples: --time-unit samples@16000",
        ),
        (rows(1e6, 5e7, 9e7, length=1e6), "seem to be microseconds: --time-unit microseconds"),
        (rows(1e7, 5e8, 9e8, length=1e7), "seem to be ticks: --time-unit ticks"),
        (
            rows(250, 1250, 2400, length=25),
            "seem to be frames: --time-unit frames@25 (or 24, 30, 50, 60 a second)",
        ),
        (rows(250.5, 1250, 2400, length=25), "--stretch 1/60"),
        (rows(3610, 3650, 3690), "the cues seem to begin at 1:00:00: --shift -1:00:00"),
        (rows(200.5, 230, 290), "the cues seem to begin at 3:20: --shift -3:20"),
        (
            rows(1_700_000_001, 1_700_000_050),
            "the cues seem to begin at 1700000001: --shift -1700000001",
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
    assert pal.sentences[-1].endswith("; if they are of a film at another speed: --stretch 24/25")
    cut = fit(rows(*range(40, 140, 2)), length_seconds=100.0)
    assert cut.sentences[-1].endswith("; if the beginning was cut away: --shift -0:39")


def test_tiny_cues_of_a_table_are_of_a_larger_unit() -> None:
    minutes = rows(0.1, 0.8, 1.5, length=0.05)
    told = fit(minutes)
    assert told.hopeless
    assert told.sentences[0] == (
        "all 3 cues lie in the first 1.55 s of 1:40; the times seem to be minutes: --time-unit "
        "minutes; --time-unit seconds takes them as they are"
    )
    nothing = Misfit(sentences=())
    assert fit(minutes, may_be_large=False) == nothing
    assert fit(minutes, unit="seconds") == nothing
    assert fit(minutes[:2]) == nothing
    assert fit(rows(0.1, 0.8, 2.5, length=0.05)) == nothing
    assert fit(rows(0.1, 0.8, 1.5, length=0.11)) == nothing


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("00:00:01,500 --> 00:00:02.5", ("1.5", "2.5", "")),
        ("00:01.000 --> 00:02.000 align:start position:10% hello", ("1", "2", "hello")),
        ("1 00:01.000 → 00:02.000", ("1", "2", "")),
        ("12) 1.5 --> 2.5", ("1.5", "2.5", "")),
        ("[00:01.000 --> 00:02.000]words", ("1", "2", "words")),
        ("[00:01.000 --> 00:02.000] words", ("1", "2", "words")),
        ("1.0s --> 2.0sec said", ("1", "2", "said")),
        ("00:00:01:500 --> 00:00:02:500", ("1.5", "2.5", "")),
        ("0:00:01.000,0:00:02.000", ("1", "2", "")),
        ("0:00:01.000 - 0:00:02.000", ("1", "2", "")),
        ("\u0660\u0660:\u0660\u0661 --> 00:02", ("1", "2", "")),
        ("\ufeff00:01 --> 00:02", ("1", "2", "")),
        ("00:01 -- > 00:02", ("1", "2", "")),
        ("00:01 --&gt; 00:02", ("1", "2", "")),
        ("00:01 => 00:02", ("1", "2", "")),
        ("-00:01 --> 00:02", ("-1", "2", "")),
        ("00:00:06.x00 --> 00:00:07.000", (None, None, "")),
        ("00:00:06.000 --> 00:00:07.x00", (None, None, "")),
        ("00:00:06.000 --> 00:00:07.000x", (None, None, "")),
        ("00:00:06.000 -->", (None, None, "")),
        ("0:06 --> soon", (None, None, "")),
        ("soon --> 00:06.0", (None, None, "")),
        ("0:00:04.x00,0:00:06.000", (None, None, "")),
        ("00:00:04 00:00:06", (None, None, "")),
    ],
)  # fmt: skip
def test_a_line_of_times(line: str, expected: tuple[str | None, str | None, str]) -> None:
    found = read_timing(line)
    assert found is not None
    start, end = (None if each is None else Decimal(each) for each in expected[:2])
    assert (found.start, found.end, found.rest) == (start, end, expected[2])


def test_a_line_of_times_tells_its_clothes() -> None:
    assert read_timing("[00:01 --> 00:02]") == Timing(Decimal(1), Decimal(2), bracketed=True)
    assert read_timing("[00:01 --> 00:02") == Timing(Decimal(1), Decimal(2))
    assert read_timing("0:00:01.000,0:00:02.000") == Timing(Decimal(1), Decimal(2), arrow=False)
    assert read_timing("0:00:01.0-0:00:02.0") == Timing(Decimal(1), Decimal(2), arrow=False)


@pytest.mark.parametrize(
    "line",
    [
        "", "words", "1 -> 2", "1 --> 2", "from 1.5 to 2", "a -> b", "12:30", "1:00:0",
        "at 10:00, or 11:00", "x > y", "1.5 --> 2:00", "12:30:",
        "0:00:01.000,0:00:02.000" + " " * 128, "see: 0:00:01.000,0:00:02.000",
    ],
)  # fmt: skip
def test_a_line_of_text(line: str) -> None:
    assert read_timing(line) is None


def test_markup_is_no_text() -> None:
    assert (
        plain_srt("<i>a</i> <b\nc>d {\\an8}e{y:i}f\\Ng\\hh<br />i a <b c")
        == "a d ef\ng h\ni a <b c"
    )
    assert plain_srt("a < b > c <x> {note}") == "a < b > c <x> {note}"
    assert plain_vtt("<v Mary>a <00:01.000><c.x>b</c><ruby>k<rt>r</rt></ruby>") == "a <00:01.000>bk"
    assert strange_tags(["<v Mary>a<foo>", "<c.x></c><00:01.000><1:2.>", "<Bar x>"]) == [
        "<foo>",
        "<Bar x>",
    ]
    assert voices("<v Mary>a</v> <v.loud  Tom &amp; Ann>b <v Mary>c<v >d") == ["Mary", "Tom & Ann"]
    assert flat("a <00:01.000>\n &amp;\u00a0 b&lt;") == "a & b<"
    assert (
        clean_lines(" a \n\n <01:00:01.000> \nb &#65; AT&T &nosuch; &#x42;")
        == "a\nb A AT&T &nosuch; B"
    )


def test_what_stands_between_the_cues_of_webvtt() -> None:
    kept, maps = without_asides(
        [
            "WEBVTT - a",
            "kind: x",
            "",
            "NOTE a",
            "b",
            "",
            "00:01.000 --> 00:02.000",
            "NOTE said",
            "the foxWEBVTT",
            "X-TIMESTAMP-MAP=MPEGTS:180000,LOCAL:00:00:01.000",
            "",
            "00:01.000 --> 00:02.000",
            "end",
            "WEBVTT",
            "X-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:900000",
            "00:03.000 --> 00:04.000",
            "x",
        ]
    )
    assert kept == [
        "", "", "", "", "", "", "00:01.000 --> 00:02.000", "NOTE said", "the fox", "", "",
        "00:01.000 --> 00:02.000", "end", "", "", "00:03.000 --> 00:04.000", "x",
    ]  # fmt: skip
    assert maps.found == [(10, Decimal(1)), (15, Decimal(10))]
    assert maps.sentence is not None
    assert maps.sentence.startswith("line 15: pieces of a stream with clocks of their own")
    assert [maps.seconds_at(line) for line in (1, 10, 11, 15, 16)] == [0, 0, 0, 0, 9]
    assert identified_speaker('1 "Mary  Jane" (1640895744)') == "Mary Jane"
    assert identified_speaker('1 " " (1640895744)') is None
    assert identified_speaker("1") is None


def test_a_clock_that_begins_again_goes_on() -> None:
    _, maps = without_asides(
        [
            "WEBVTT",
            "X-TIMESTAMP-MAP=MPEGTS:8589900000",
            "",
            "WEBVTT",
            "X-TIMESTAMP-MAP=MPEGTS:90000",
        ]
    )
    assert maps.seconds_at(9) == pytest.approx(Decimal(2**33 - 8589900000 + 90000) / 90000)
    _, same = without_asides(
        ["WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:9", "", "WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:9"]
    )
    assert (same.sentence, same.seconds_at(9)) == (None, 0)


def lines(text: str, parse: Callable[[str], object] = parse_srt) -> list[tuple[object, ...]]:
    parsed = parse(text)
    return [(one.start_seconds, one.end_seconds, one.text, one.speaker) for one in parsed.cues]  # type: ignore[attr-defined]


def test_numbers_of_cues_are_no_text() -> None:
    text = (
        "1\n00:01,0 --> 00:02,0\na\n2\n00:02,0 --> 00:03,0\n1999\n\n7\n00:03,0 "
        "--> 00:04,0\nb\n\n8\n"
    )
    parsed = parse_srt(text)
    assert [(one.text or "").strip() for one in parsed.cues] == ["a", "1999", "b"]
    assert parsed.problems == [
        "line 12: 8 is the number of a cue that is not there; the file breaks off"
    ]
    assert parsed.lines == {1.0: 2, 2.0: 5, 3.0: 9}
    odd = parse_srt("title\n00:01,0 --> 00:02,0\n42\n00:0x,0 --> 00:02,0\nb\n")
    assert [one.text for one in odd.cues] == ["42"]
    assert odd.num_unread == 1
    assert odd.problems == [
        "line 1: 'title' belongs to no times; left out",
        "line 4: '00:0x,0 --> 00:02,0' are not two times; the cue is left out",
    ]
    with pytest.raises(
        InvalidInputError, match=r"^line 1: no line with times like 00:00:01,000 --> "
    ):
        parse_srt("a\nb")
    with pytest.raises(InvalidInputError, match=r"^line 1: no line with times like 0:00:01\.000,"):
        parse_sbv("a\nb")
    assert lines("[SUBTITLE]\n0:00:01.0,0:00:02.0\na[br]b\n[END SUBTITLE]", parse_sbv) == [
        (1.0, 2.0, "a\nb", None)
    ]


def test_webvtt_with_what_its_standard_does_not_know() -> None:
    parsed = parse_vtt(
        'WEBVTT\n\n1 "Mary" (17)\n00:01.000 --> 00:02.000 loud\na <foo>b <foo>c\n\n2 "Tom" (18)\n'
        "00:02.000 --> 00:03.000 align:start\n<v Ann>d <v Tom>e\n\n00:03.000 --> 00:04.000\nf"
    )
    assert [(one.text, one.speaker) for one in parsed.cues] == [
        ("a b c", "Mary"), ("d e", None), ("f", None),
    ]  # fmt: skip
    assert parsed.problems == [
        "line 4: 'loud' behind the times is no setting of WebVTT; left out",
        "line 8: several voices in one cue (1 such); they have no speaker",
        "line 4: '<foo>' is no tag of WebVTT; left out (2 such)",
    ]
    with pytest.raises(InvalidInputError, match=r"^line 1: 'WEBVTTX' where WEBVTT should be; "):
        parse_vtt("WEBVTTX\n")


def test_ass_by_its_fields() -> None:
    head = "[Script Info]\nDialogue: no\n[Events]\n"
    parsed = parse_ass(
        head + "Format: Start, End, Actor, Text\n; note\n! note\nDialogue: 0:00:01.00,"
        "0:00:02.00, Mary ,a, b\n"
        "Comment: x\nPicture: x\nWhat: x\nDialogue: 0:00:0x.00,0:00:02.00,,a\nDialogue: "
        "0:00:03.00,0:00:04.00,,c\n"
    )
    assert parsed.cues == [cue(1, 2, "a, b", "Mary"), cue(3, 4, "c")]
    assert parsed.num_unread == 1
    assert parsed.lines == {1.0: 7, 3.0: 12}
    assert parsed.problems == [
        "line 10: 'What: x' is no event; left out",
        "line 11: '0:00:0x.00,0:00:02.00,,a' has no two times; left out",
    ]
    usual = parse_ass(head + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,a,b")
    assert usual.cues == [cue(1, 2, "a,b", "Ann")]
    with pytest.raises(InvalidInputError, match=r"^line 1: no \[Events\] in the whole file"):
        parse_ass("[Script Info]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,a")
    for fields in ("Start, Text", "End, Text", "Start, Text, End"):
        with pytest.raises(InvalidInputError, match=r"^line 4: the Format line of "):
            parse_ass(f"{head}Format: {fields}\n")


def test_rolling_at_its_borders() -> None:
    def rolls(*spans: tuple[float, float, str]) -> list[str | None] | None:
        found, told = unroll([cue(*span) for span in spans])
        return None if told is None else [one.text for one in found]

    four = [(0.0, 1.0, "a\nb"), (1.0, 2.0, "b\nc"), (2.0, 3.0, "c\nd"), (3.0, 4.0, "d\ne")]
    assert rolls(*four) == ["a\nb", "c", "d", "e"]
    assert rolls(*four[:3]) is None, "two that carry are too few"
    assert rolls((0, 1, "a"), (1, 1.04, "a"), (1.04, 2, "a\nb")) == ["a", "b"]
    assert rolls((0, 1, "a"), (1, 1.06, "a"), (1.06, 2, "a\nb")) is None
    assert rolls((0, 1, "a"), (1.09, 1.13, "a"), (1.13, 2, "a\nb")) == ["a", "b"]
    assert rolls((0, 1, "a"), (1.2, 1.25, "a"), (1.25, 2, "a\nb")) is None
    late = [(at * 6.0, at * 6.0 + 1.0, text) for at, (_, _, text) in enumerate(four)]
    assert rolls(*late) == ["a\nb", "c", "d", "e"], "5 seconds later"
    later = [(at * 6.5, at * 6.5 + 1.0, text) for at, (_, _, text) in enumerate(four)]
    assert rolls(*later) is None
    told = unroll([cue(*span) for span in four])[1]
    assert told == "rolling captions: 4 cues became 4 lines, each given once"


def test_lines_that_roll_start_and_end_at_their_own_times() -> None:
    spans = [
        cue(0, 2, "<00:00:00.500>a<00:00:01.500>", "x"),
        cue(2, 2.01, "a"),
        cue(2.01, 6, "a\n<00:00:03.000>b\n<00:00:04.000>c <00:00:05.000>d"),
        cue(6, 6.01, "c d"),
        cue(6.01, 8, "c d\n<00:00:09.000>e"),
        cue(8, 9, "e\nf\n<00:00:08.500>"),
    ]
    found, told = unroll(spans)
    assert told is not None
    assert [(one.start_seconds, one.end_seconds, one.text, one.speaker) for one in found] == [
        (0.5, 1.5, "a", "x"), (3.0, 4.0, "b", None), (4.0, 6.0, "c d", None),
        (6.01, 8.0, "e", None), (8.0, 9.0, "f", None),
    ]  # fmt: skip


def clock_of(**parameters: str) -> object:
    root = Element("tt", {f"{{urn:p}}{name}": value for name, value in parameters.items()})
    return ttml_clock(root)


@pytest.mark.parametrize(
    ("parameters", "text", "expected"),
    [
        ({}, "1.5h", Fraction(5400)),
        ({}, "2m", Fraction(120)),
        ({}, "250ms", Fraction(1, 4)),
        ({}, " 3s ", Fraction(3)),
        ({}, "60f", Fraction(2)),
        ({}, "7t", Fraction(7)),
        ({}, "2.5", Fraction(5, 2)),
        ({}, "1:02.5", Fraction(125, 2)),
        ({}, "01:02:03", Fraction(3723)),
        ({}, "00:00:01.25", Fraction(5, 4)),
        ({}, "00:00:01,25", Fraction(5, 4)),
        ({}, "00:00:01:15", Fraction(3, 2)),
        ({}, "00:59:59", Fraction(3599)),
        ({}, "1:59", Fraction(119)),
        ({"frameRate": "25"}, "25f", Fraction(1)),
        ({"frameRate": "25"}, "50t", Fraction(2)),
        ({"frameRate": "25", "subFrameRate": "2"}, "100t", Fraction(2)),
        ({"frameRate": "25", "subFrameRate": "2"}, "00:00:01:12.1", Fraction(3, 2)),
        ({"tickRate": "10000000"}, "5000000t", Fraction(1, 2)),
        ({"frameRate": "30", "frameRateMultiplier": "1000 1001"}, "30f", Fraction(1001, 1000)),
        (
            {"frameRate": "24", "timeBase": "smpte", "frameRateMultiplier": "1000:1001"},
            "00:01:00:00",
            Fraction(60 * 1001, 1000),
        ),
        (
            {"timeBase": "smpte", "frameRateMultiplier": "1000 1001", "dropMode": "dropNTSC"},
            "00:10:00:00",
            Fraction((18000 - 18) * 1001, 30000),
        ),
        (
            {"timeBase": "smpte", "frameRateMultiplier": "1000 1001", "dropMode": "dropNTSC"},
            "00:01:00:02",
            Fraction(1800 * 1001, 30000),
        ),
        ({"timeBase": "media", "dropMode": "dropNTSC"}, "00:10:00:15", Fraction(1201, 2)),
    ],
)
def test_times_of_ttml(parameters: dict[str, str], text: str, expected: Fraction) -> None:
    assert clock_of(**parameters).seconds(text) == expected  # type: ignore[attr-defined]


def test_times_of_ttml_that_cannot_be_read() -> None:
    for text in ("1:60", "00:60:00", "00:00:60", "x", "1x", "1:2:3:4:5", ""):
        with pytest.raises(BadTimeError, match=f"^{text}$"):
            clock_of().seconds(text)  # type: ignore[attr-defined]
    for name, value, told in (
        ("timeBase", "clock", r"^line 1: has times of day \(timeBase=clock\)"),
        ("frameRate", "0", "^line 1: frameRate is '0', not a whole number from 1$"),
        ("subFrameRate", "x", "^line 1: subFrameRate is 'x'"),
        ("tickRate", "1.5", "^line 1: tickRate is '1.5'"),
        ("frameRateMultiplier", "0 1", "^line 1: frameRateMultiplier is '0 1', not two numbers$"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            clock_of(**{name: value})


def ttml(body: str, head: str = "") -> bytes:
    return f'<tt xmlns="urn:t" xmlns:ttm="urn:m">{head}<body>{body}</body></tt>'.encode()


def test_ttml_as_a_tree_of_times() -> None:
    head = (
        '<head><ttm:agent xml:id="m"><ttm:name> </ttm:name><ttm:name>Mary  '
        "J</ttm:name></ttm:agent></head>"
    )
    parsed = parse_ttml(
        ttml(
            '<div begin="10s" end="20s" ttm:agent="m x">\n<p begin="1s" dur="2s">a <br/> b</p>\n'
            '<p ttm:agent="t" end="9s">c<metadata>no</metadata></p><p begin="5s" '
            'end="15s">d</p></div>\n'
            '<p begin="30s">e</p><p begin="31s"/><p begin="x">f</p>\n'
            '<p>g<span begin="40s" end="41s">h</span><span> </span></p><p begin="1s" '
            'dur="1s" end="5s">i</p>',
            head,
        )
    )
    assert parsed.cues == [
        cue(11, 13, "a \n b", "Mary J"),
        cue(10, 19, "c", "t"),
        cue(15, 20, "d", "Mary J"),
        cue(40, 41, "h"),
        cue(1, 2, "i"),
    ]
    assert parsed.problems == [
        "line 4: 'e' has no end; it is left out",
        "line 4: <p>: 'x' is not a time; it is left out",
        "line 5: 'g' beside timed words has no times; it is left out",
    ]
    assert parsed.num_unread == 2
    assert parsed.lines == {11.0: 2, 10.0: 3, 15.0: 3, 40.0: 5, 1.0: 5}
    outside = parse_ttml(ttml('<div begin="10s" end="20s"><p begin="11s" end="12s">a</p></div>'))
    assert outside.cues == [cue(11, 12, "a")]
    assert outside.problems[0].startswith("times inside of timed elements are counted from the beg")


def test_ttml_that_is_none() -> None:
    for data, told in (
        (b"<a/>", r"^line 1: an XML file of <a>, not TTML \(<tt>\)$"),
        (ttml('<div timeContainer="seq"/>'), "^has times that follow each other"),
        (ttml('<div backgroundImage="x"/>'), "^its subtitles are pictures of text"),
        (ttml("<image/>"), "^its subtitles are pictures of text"),
        (ttml("<div>" * 101 + "</div>" * 101), "^elements nested deeper than 100"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            parse_ttml(data)
    deep = ttml("<div>" * 99 + '<p begin="0s" end="1s">a</p>' + "</div>" * 99)
    assert parse_ttml(deep).cues == [cue(0, 1, "a")]


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


@pytest.mark.parametrize(
    ("value", "per_second", "expected"),
    [
        (1500, 1000, 1.5),
        (0, 1, 0.0),
        ("1.2", 1, 1.2),
        (" 1.2s ", 1, 1.2),
        ("PT1H2M3.5S", 1, 3723.5),
        ("PT2M1S", 1, 121.0),
        ("-1", 1, -1.0),
        ("1500", 1000, 1.5),
        ("x", 1, None),
        ("", 1, None),
        (True, 1, None),
        (None, 1, None),
        ([1], 1, None),
        (1e10, 1, None),
        (9e9, 1, 9e9),
        (1e19, 1e12, None),
        (1e18, 1e12, 1e6),
        (-1e10, 1, None),
        (float("nan"), 1, None),
        (0.1234567891, 1, 0.123456789),
    ],
)
def test_values_of_times_in_json(value: object, per_second: float, expected: float | None) -> None:
    assert seconds(value, per_second) == expected


def test_values_of_strangers() -> None:
    assert [flat_value(each) for each in (" a \n b ", 7, True, None, 1.5, [])] == [
        "a b",
        "7",
        "",
        "",
        "",
        "",
    ]
    assert len(flat_value("x" * 100_001)) == 100_000
    data = {"a": [{"b": 1}, 2]}
    assert (inner(data, "a", 0, "b"), inner(data, "a", 1), inner(data)) == (1, 2, data)
    assert [inner(data, *path) for path in (("a", 2), ("b",), ("a", "b"), ("a", 1, "c"))] == [
        None
    ] * 4
    assert first({"a": None, "b": 0, "c": 1}, "a b c") == 0
    assert first({}, "a") is None
    assert (person(3), person("3", "channel"), person("Mary"), person(None)) == (
        "speaker 3",
        "channel 3",
        "Mary",
        "",
    )
    assert (by_model("a b@c"), by_model("a", 2), by_model(None, "")) == (
        "model:a-b-c@unknown",
        "model:a@2",
        "model:unknown@unknown",
    )
    found = Recognised()
    found.add(0.0, 1.0, " a  b ", 7, recording=" r ")
    found.add(None, 1.0, "x")
    found.add(1.0, None, "x")
    found.add(1.0, 2.0)
    assert found.cues == [("r", cue(0, 1, "a b", "7")), ("", cue(1, 2))]
    assert found.notes == ["span 2 has no times; left out", "span 3 has no times; left out"]


def test_words_become_sentences() -> None:
    def join(*words: tuple[float | None, float | None, str, str]) -> list[Cue]:
        return list(sentences([TimedWord(*word) for word in words]))

    assert join() == []
    assert join((0, 1, "a", "m"), (1, 2, "b", "m"), (None, None, ".", ""), (2, 3, "c", "m")) == [
        cue(0, 2, "a b.", "m"), cue(2, 3, "c", "m"),
    ]  # fmt: skip
    assert join((0, 1, "a", ""), (1.5, 2, "b", ""), (2.61, 3, "c", "")) == [
        cue(0, 2, "a b"),
        cue(2.61, 3, "c"),
    ]
    assert join((0, 1, "a", "m"), (1, 2, "b", "n")) == [cue(0, 1, "a", "m"), cue(1, 2, "b", "n")]
    assert join((1, 2, "a", ""), (1, 3, "b", ""), (0.5, 1, "c", "")) == [
        cue(1, 3, "a b"),
        cue(0.5, 1, "c"),
    ]
    assert join((0, 1, 'a?"', ""), (1, 2, "b", "")) == [cue(0, 1, 'a?"'), cue(1, 2, "b")]
    long = [(float(at), float(at + 1), "w", "") for at in range(21)]
    assert [one.end_seconds for one in join(*long)] == [20, 21]
    assert join((0, 3, "a", ""), (1, 2, "b", "")) == [cue(0, 3, "a b")]
    assert join((None, None, ".", ""), (0, 1, "a", ""), (None, None, "b", "")) == [cue(0, 1, "a")]
