"""What the modules behind the readers of captions give, value by value."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element

import pytest

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
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue


def cue(start: float, end: float, text: str | None = None, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


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
