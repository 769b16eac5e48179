from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.documents.cues import read_cues
from audioset.documents.cues.captions.ass import parse_ass
from audioset.documents.cues.captions.lines import parse_sbv, parse_srt, parse_vtt
from audioset.documents.cues.captions.rolling import unroll
from audioset.documents.cues.captions.ttml import parse_ttml
from audioset.documents.cues.said.finish import finish
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

Row = tuple[float, float, str | None]


def rows(cues: tuple[Cue, ...] | list[Cue]) -> list[Row]:
    return [(cue.start_seconds, cue.end_seconds, cue.text) for cue in cues]


def read_srt(text: str) -> Parsed:
    return finish(parse_srt(text), captions=True)


def read_vtt(text: str) -> Parsed:
    return finish(parse_vtt(text), captions=True)


def read_sbv(text: str) -> Parsed:
    return finish(parse_sbv(text), captions=True)


def read_ass(text: str) -> Parsed:
    return finish(parse_ass(text), captions=True)


def read_ttml(data: bytes) -> Parsed:
    return finish(parse_ttml(data), captions=True)


def clock(thousandths: int, point: str, *, hours: bool = True) -> str:
    seconds, fraction = divmod(thousandths, 1000)
    minutes, seconds = divmod(seconds, 60)
    if hours:
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{fraction:03}"
    return f"{minutes:02}:{seconds:02}{point}{fraction:03}"


times = st.integers(0, 99 * 3600 * 1000 - 1)


@given(st.lists(st.tuples(times, times), min_size=1, max_size=20))
def test_srt_times_come_back_to_the_millisecond(spans: list[tuple[int, int]]) -> None:
    text = "\n\n".join(
        f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\nline {number}"
        for number, (start, end) in enumerate(spans, 1)
    )
    assert rows(read_srt(text).cues) == [
        (start / 1000, end / 1000, f"line {number}") for number, (start, end) in enumerate(spans, 1)
    ]


@given(
    st.lists(st.tuples(times, st.integers(0, 3600 * 1000 - 1)), min_size=1, max_size=20),
    st.booleans(),
)
def test_vtt_times_come_back_to_the_millisecond(spans: list[tuple[int, int]], named: bool) -> None:
    text = "WEBVTT\n" + "".join(
        f"\n{'name' if named else ''}\n{clock(start, '.')} --> {clock(end, '.', hours=False)} "
        f"align:start\nline {number}\n"
        for number, (start, end) in enumerate(spans, 1)
    )
    assert rows(read_vtt(text).cues) == [
        (start / 1000, end / 1000, f"line {number}") for number, (start, end) in enumerate(spans, 1)
    ]


def test_srt_as_it_is_found_in_the_wild(tmp_path: Path) -> None:
    path = tmp_path / "a.SRT"
    path.write_bytes(
        "\ufeff1\r\n00:00:01,000 --> 00:00:02.5  X1:40 X2:600\r\n"
        '{\\an8}<i>Tom &amp; <font color="#fff">Ann</font></i>\r\nsay 1 < 2 > 0 at AT&T\r\n\r\n'
        "00:00:03.000 --> 00:00:04,000\r\nno number\r\n\r\n\r\nand blank lines inside\r\n\r\n"
        "7\r\n00:00:05,000-->00:00:06,000\r\n42\r\n\r\n"
        "8\r\n00:61:00,000 --> 00:00:07,000\r\nlost\r\n"
        "9\r\n01:00:08,000 --> 01:00:09,000\r\nx --> y\r\n\r\n"
        "10\r\n01:00:10,000 --> 01:00:11,000\r\n<i> </i>\r\n".encode()
    )
    read = read_cues(path)
    assert rows(read.cues) == [
        (1, 2.5, "Tom & Ann say 1 < 2 > 0 at AT&T"),
        (3, 4, "no number and blank lines inside"),
        (5, 6, "42"),
        (3608, 3609, "x --> y"),
    ]
    assert read.problems == (
        "1 of 6 cues not understood",
        "line 17: '00:61:00,000 --> 00:00:07,000' are not two times; the cue is left out",
        "1 cue without text left out (e.g. at 3610.00 s)",
    )


def test_srt_line_of_digits_is_what_is_said_unless_it_counts() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\n1999\n2\n00:00:02,000 --> 00:00:03,000\n2\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\n7\n00:00:04,000 --> 00:00:05,000\nseven"
    )
    assert [cue.text for cue in read_srt(text).cues] == ["1999", "2", "7", "seven"]


def test_vtt_voices_notes_styles_and_entities() -> None:
    parsed = read_vtt(
        "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue(b) { color: red }\n\n"
        "REGION\nid:bill\n\nNOTE 00:00:00.500 --> 00:00:00.900\nnothing\n\n"
        "intro\n00:01.000 --> 00:02.000 position:10%,line-left size:35%\n"
        "<v.loud Mary Smith>Hi &lt;there&gt;,<c.yellow.bg_blue>\nyou</c>&nbsp;all</v>\n\n"
        "00:02.000 --> 00:03.000\nword<00:00:02.500> by <00:02.700>word\n\n"
        "100:00:03.000 --> 100:00:04.000\n<v A>Yes.</v>\n<v B>No.</v>\n\n"
        "00:05.000 --> 00:06.000\n<ruby>base<rt>said again</rt></ruby> <lang en>ok</lang>\n"
    )
    assert rows(parsed.cues) == [
        (1, 2, "Hi <there>, you all"),
        (2, 3, "word by word"),
        (360003, 360004, "Yes. No."),
        (5, 6, "base ok"),
    ]
    assert [cue.speaker for cue in parsed.cues] == ["Mary Smith", None, None, None]
    assert parsed.problems == [
        "line 21: several voices in one cue (1 such); they have no speaker",
        "1 cue (line 14: 'Hi <there>, you all') with words in brackets, perhaps not said; kept in "
        "the text",
    ]


def test_vtt_without_its_header_is_read_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text("1\n00:00:01,000 --> 00:00:02,000\nhi\n")
    read = read_cues(tmp_path / "a.vtt")
    assert rows(read.cues) == [(1, 2, "hi")]
    assert read.problems == ("read as srt by what is in it, not as vtt by its ending",)
    with pytest.raises(InvalidInputError, match=r"line 1: '1' where WEBVTT should be"):
        parse_vtt("1\n00:00:01,000 --> 00:00:02,000\nhi\n")


def test_sbv_with_and_without_a_frame() -> None:
    lines = "0:00:01.000,0:00:02.500\nOne[br]two\nthree\n\n1:00:03.000,1:00:04.000\nMUSIC\n"
    known = [(1, 2.5, "One two three"), (3603, 3604, "MUSIC")]
    assert rows(read_sbv(lines).cues) == known
    framed = f"[INFORMATION]\n[TITLE]x\n[SUBTITLE]\n\n{lines}\n[END SUBTITLE]\n"
    assert rows(read_sbv(framed).cues) == known


def test_ass_goes_by_its_format_line() -> None:
    parsed = read_ass(
        "[Script Info]\nTitle: x\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n"
        "[Events]\nFormat: Layer, Name, Start, End, Style, Text\n"
        "Dialogue: 0,Bob,0:00:01.25,0:00:02.50,Default,{\\i1}Hi, there{\\i0}\\Nyou\\hall\n"
        "Comment: 0,Bob,0:00:03.00,0:00:04.00,Default,not said\n"
        "Dialogue: 0,,0:00:03.00,0:00:04.00,Default,{\\p1}m 0 0 l 100 100{\\p0}\n"
        "Dialogue: garbage\n"
        "Dialogue: 0,,1:00:05.00,1:00:06.01,Default,last\n"
    )
    assert rows(parsed.cues) == [(1.25, 2.5, "Hi, there you all"), (3605, 3606.01, "last")]
    assert [cue.speaker for cue in parsed.cues] == ["Bob", None]
    assert parsed.problems == [
        "line 13: 'garbage' has no two times; left out",
        "1 cue without text left out (e.g. at 3.00 s)",
    ]


TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:ttm="http://www.w3.org/ns/ttml#metadata" {parameters}>
<head><metadata><ttm:agent type="person" xml:id="a1"><ttm:name>Ann  Lee</ttm:name></ttm:agent>
</metadata></head><body>{body}</body></tt>"""


@pytest.mark.parametrize(
    ("parameters", "begin", "seconds"),
    [
        ("", "1.2s", 1.2),
        ("", "1200ms", 1.2),
        ("", "0.5m", 30),
        ("", "1h", 3600),
        ("", "00:00:01.200", 1.2),
        ('ttp:tickRate="10000000"', "12000000t", 1.2),
        ('ttp:frameRate="25"', "00:00:01:05", 1.2),
        ('ttp:frameRate="25"', "30f", 1.2),
        ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', "30f", 1.001),
        (
            'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" '
            'ttp:dropMode="dropNTSC"',
            "00:10:00:00",
            599.9994,
        ),
    ],
)
def test_ttml_times(parameters: str, begin: str, seconds: float) -> None:
    body = f'<div><p begin="{begin}" end="99999s">x</p></div>'
    data = TTML.format(parameters=parameters, body=body).encode()
    assert read_ttml(data).cues[0].start_seconds == seconds


def test_ttml_parents_breaks_spans_and_agents() -> None:
    body = (
        '<div begin="10s"><p begin="1s" dur="2s" ttm:agent="a1">one<br/>two <span>and</span> '
        "<metadata><x>unsaid</x></metadata>three</p>"
        '<p><span begin="4s" end="5s">word</span> <span begin="5s" end="6s">word</span></p>'
        '<p begin="7s">no end</p><p begin="soon" end="8s">x</p></div>'
    )
    parsed = read_ttml(TTML.format(parameters="", body=body).encode())
    assert rows(parsed.cues) == [(11, 13, "one two and three"), (14, 15, "word"), (15, 16, "word")]
    assert [cue.speaker for cue in parsed.cues] == ["Ann Lee", None, None]
    assert parsed.problems == [
        "line 5: 'no end' has no end; it is left out",
        "line 5: <p>: 'soon' is not a time; it is left out",
    ]


YOUTUBE = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
\x20
so<00:00:00.320><c> today</c><00:00:00.480><c> we</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
so today we
\x20

00:00:02.399 --> 00:00:04.950 align:start position:0%
so today we
are<00:00:02.639><c> going</c>

00:00:04.950 --> 00:00:04.960 align:start position:0%
are going
\x20

00:00:04.960 --> 00:00:07.829 align:start position:0%
are going
<00:00:05.500><c>no</c><00:00:06.000>

00:00:07.829 --> 00:00:07.839 align:start position:0%
no
\x20

00:00:07.839 --> 00:00:09.000 align:start position:0%
no
no

00:00:09.000 --> 00:00:11.000 align:start position:0%
no
<00:00:09.500><c>no</c>

00:00:20.000 --> 00:00:21.000 align:start position:0%
no
"""


def test_youtube_captions_give_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "a.en.vtt"
    path.write_text(YOUTUBE)
    read = read_cues(path)
    assert rows(read.cues) == [
        (0.16, 2.389, "so today we"),
        (2.399, 4.95, "are going"),
        (5.5, 6, "no"),  # by its own times
        (7.839, 9, "no"),  # said again: a new line under the old one
        (9.5, 11, "no"),  # and again: a line with times is new
        (20, 21, "no"),  # and after a pause
    ]
    assert read.problems == ("rolling captions: 9 cues became 6 lines, each given once",)


def test_rolling_srt_without_inline_times(tmp_path: Path) -> None:
    lines = ["a b", "c d", "e f", "g h", "i j"]
    text = "".join(
        f"00:00:0{at},000 --> 00:00:0{at + 1},000\n{above}\n{line}\n\n"
        for at, (above, line) in enumerate(zip(["", *lines], lines, strict=False))
    )
    (tmp_path / "a.srt").write_text(text)
    assert rows(read_cues(tmp_path / "a.srt").cues) == [
        (at, at + 1, line) for at, line in enumerate(lines)
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["no", "no", "no"],
        ["la la\nla la", "la la\nla la", "la la\nla la"],
        ["la", "la\nla", "other\nlines", "more\nlines", "end"],
        ["- Who?\n- You.", "- You.\n- Me?", "So it is.", "It was", "always\nso"],
        ["one\n<00:00:01.500>two", "three"],
        ["la", "la\nla"],
        ["a", "a\nb", "c", "c\nd", "e", "e\nf", "g", "h", "i"],
    ],
)
def test_captions_that_do_not_roll_are_left_alone(texts: list[str]) -> None:
    cues = tuple(
        Cue(start_seconds=at, end_seconds=at + 1, text=text) for at, text in enumerate(texts)
    )
    assert unroll(cues) == (cues, None)


def test_blank_lines_that_a_tool_put_into_rolling_captions_do_no_harm() -> None:
    text = YOUTUBE.replace("\n \n", "\n\n")
    assert [cue.text for cue in read_vtt(text).cues] == ["so today we", "are going", *4 * ["no"]]


def test_unroll_of_nothing_is_nothing() -> None:
    assert unroll(()) == ((), None)
