"""Files as programs and people write them: what is in other clothes than expected, or damaged."""

from pathlib import Path

import pytest

from audioset.documents.cues import read_cues
from audioset.errors import InvalidInputError

Cues = list[tuple[float, float, str | None]]
BOTH: Cues = [(1, 2, "the fox"), (4, 5, "one day")]
FIRST = BOTH[:1]
HEADER = "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"


def read(path: Path, name: str, text: str | bytes) -> tuple[Cues, str]:
    """Read a file of this name and text; give its cues, and all that was told."""
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_cues(file)
    cues = [(cue.start_seconds, cue.end_seconds, cue.text) for cue in found.cues]
    return cues, "; ".join(found.problems)


def srt(first: str, second: str = "00:00:04,000 --> 00:00:05,000") -> str:
    return f"1\n{first}\nthe fox\n\n2\n{second}\none day\n"


SECOND = "00:00:04,000{}00:00:05,000"
WIDE = (*b",->:", *range(48, 58))
LINES_OF_TIMES = {
    "direction marks": "\u200f\u202a00:00:04,000 --> 00:00:05,000\u202c",
    "mark of byte order": "\ufeff00:00:04,000 --> 00:00:05,000",
    "short arrow": SECOND.format(" -> "),
    "arrow taken apart": SECOND.format(" - -> "),
    "one sign for the arrow": SECOND.format(" \u2192 "),
    "long dash": SECOND.format(" \u2013> "),
    "escaped": SECOND.format(" --&gt; "),
    "dash": SECOND.format(" - "),
    "no space": SECOND.format("-->"),
    "colon before milliseconds": "00:00:04:000 --> 00:00:05:000",
    "points": "00:00:04.000 --> 00:00:05.000",
    "spaces inside": "00 : 00 : 04 , 000 -> 00: 00: 05,000",
    "no hours": "00:04,000 --> 00:05,000",
    "no fraction": "00:00:04 --> 00:00:05",
    "one digit each": "0:0:4,0 --> 0:0:5,0",
    "seconds": "4.0 --> 5.0",
    "other digits": SECOND.format(" --> ").translate({48 + at: 0x660 + at for at in range(10)}),
    "wide signs": SECOND.format(" --> ").translate({each: each + 0xFEE0 for each in WIDE}),
    "places": "00:00:04,000 --> 00:00:05,000  X1:117 X2:619 Y1:042 Y2:428",
}  # fmt: skip


@pytest.mark.parametrize("clothes", LINES_OF_TIMES)
def test_lines_of_times_are_known_in_any_clothes(tmp_path: Path, clothes: str) -> None:
    text = srt("00:00:01,000 --> 00:00:02,000", LINES_OF_TIMES[clothes])
    assert read(tmp_path, "a.srt", text) == (BOTH, "")


@pytest.mark.parametrize(
    "line",
    [
        "00:0O:04,000 --> 00:00:06,000",
        "00:00:04,000 -->",
        "--> 00:00:06,000",
        "00:00:04,000 --> later",
        "00:00:04,000 --> 00:00:06.x00",
        "00:61:04,000 --> 00:00:06,000",
        "00:00:04,000",
        "0:00:04.x00,0:00:06.000",
    ],
)
def test_a_line_of_times_that_cannot_be_read_is_told_and_never_text(
    tmp_path: Path, line: str
) -> None:
    cues, told = read(tmp_path, "a.srt", srt("00:00:01,000 --> 00:00:02,000", line))
    assert cues == FIRST
    assert told == (
        f"1 of 2 cues not understood; line 6: {line!r} are not two times; the cue is left out"
    )


@pytest.mark.parametrize(
    "said",
    ["x --> y", "1 -> 2", "at 12:30, 13:30 or 14:30", "from 1:30 --> 2:30", "it is 10:15:20 now"],
)
def test_what_people_say_of_times_and_arrows_is_text(tmp_path: Path, said: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n"
    assert read(tmp_path, "a.srt", text) == ([(1, 2, said)], "")


WILD: dict[str, tuple[str | bytes, Cues, str]] = {
    "carriage_returns.srt": (srt("00:01,0 --> 00:02,0").replace("\n", "\r"), BOTH, ""),
    "utf16.srt": (srt("00:01,0 --> 00:02,0").encode("utf-16"), BOTH, ""),
    "number_before_times.srt": (
        "1 00:01,0 --> 00:02,0\nthe fox\n2 00:04,0 --> 00:05,0\none day\n",
        BOTH,
        "",
    ),
    "numbers_from_0.srt": (
        "0\n00:01,0 --> 00:02,0\nthe fox\n1\n00:04,0 --> 00:05,0\none day\n",
        BOTH,
        "",
    ),
    "words_behind_times.srt": (
        "1\n00:01,0 --> 00:02,0 the fox\n\n2\n00:04,0 --> 00:05,0 X1:1 one day\n",
        BOTH,
        "",
    ),
    "breaks_off.srt": (
        "1\n00:01,0 --> 00:02,0\nthe fox\n\n2\n",
        FIRST,
        "line 5: 2 is the number of a cue that is not there; the file breaks off",
    ),
    "says_two.srt": ("1\n00:01,0 --> 00:02,0\n2\n", [(1, 2, "2")], ""),
    "marks_of_others.srt": (
        "1\n00:01,0 --> 00:02,0\n{\\an8}{y:i}<font color=red>the</font>\\N<v Mary>fox\n",
        FIRST,
        "",
    ),
    "above.srt": (
        "made by X\nat http://x\n\n1\n00:01,0 --> 00:02,0\nthe fox\n",
        FIRST,
        "line 1: 'made by X' belongs to no times; left out (so is line 2)",
    ),
    "recogniser.txt": (
        "[00:00:01.000 --> 00:00:02.000]   the fox\n[4.00s -> 5.00s] one day\n",
        BOTH,
        "read as srt by what is in it, not as audacity by its ending",
    ),
    "joined.vtt": (
        f"WEBVTT\n{HEADER}\n\n00:01.000 --> 00:02.000\nthe foxWEBVTT\n{HEADER}\n\n"
        "00:04.000 --> 00:05.000\none day\n\n\ufeffWEBVTT - more\nKind: captions\n",
        BOTH,
        "",
    ),
    "clocks.vtt": (
        f"WEBVTT\n{HEADER}\n\n00:01.000 --> 00:02.000\nthe fox\n\nWEBVTT\n"
        "X-TIMESTAMP-MAP=LOCAL:00:00:01.000,MPEGTS:1170000\n\n00:02.000 --> 00:03.000\none day\n",
        BOTH,
        "line 8: pieces of a stream with clocks of their own (X-TIMESTAMP-MAP); their times were "
        "moved to the clock of the first",
    ),
    "wrapped.vtt": (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:8589844592,LOCAL:00:00.000\n\n00:01.000 --> 00:02.000\n"
        "the fox\n\nWEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00.000\n\n00:03.000 --> 00:04.000\n"
        "one day\n",
        BOTH,
        "line 8: pieces of a stream with clocks of their own (X-TIMESTAMP-MAP); their times were "
        "moved to the clock of the first",
    ),
    "settings.vtt": (
        "WEBVTT\n00:01.000 --> 00:02.000 align:start line:0 colour:red\nthe fox\n\n"
        "NOTE\nnot said\n\nid\n00:04.000 --> 00:05.000\n<laugh>one <c.x>day\n",
        BOTH,
        "line 2: 'colour:red' behind the times is no setting of WebVTT; left out; line 9: "
        "'<laugh>' is no tag of WebVTT; left out",
    ),
    "named_otherwise.srt": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nthe fox\n",
        FIRST,
        "read as vtt by what is in it, not as srt by its ending",
    ),
    "subviewer.sub": (
        "[INFORMATION]\n[TITLE]x\n[SUBTITLE]\n00:00:01.00,00:00:02.00\nthe[br]fox\n",
        FIRST,
        "",
    ),
    "drawing.ass": (
        "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,{\\p1}m 0 0{\\p0}the {\\k9}fox\n"
        "dialogue: 0,0:00:04.00,0:00:05.00,,,0,0,0,,one\\Nday\nComment: x\n; note\nodd line\n",
        BOTH,
        "line 6: 'odd line' is no event; left out",
    ),
    "tt.csv": (
        '<?xml version="1.0"?>\n<tt><body>\n<p begin="1" end="0:02">\n the\n fox </p>\n'
        '<p begin="4000ms" end="00:00:05.0">one<br/>day</p>\n<p begin="soon" end="9s">x</p>\n'
        "</body></tt>",
        BOTH,
        "read as ttml by what is in it, not as csv by its ending; 1 of 3 cues not understood; "
        "line 7: <p>: 'soon' is not a time; it is left out",
    ),
    "relative.ttml": (
        '<tt><body><div begin="1s" end="9s"><p begin="0s" end="1s">the fox</p>'
        '<p begin="3s" end="4s">one day</p></div></body></tt>',
        BOTH,
        "",
    ),
    "absolute.ttml": (
        '<tt><body><div begin="1s" end="5s"><p begin="1s" end="2s">the fox</p>'
        '<p begin="4s" end="5s">one day</p></div></body></tt>',
        BOTH,
        "times inside of timed elements are counted from the beginning of the file: counted from "
        "those elements they would lie outside of them",
    ),
    "loose.ttml": (
        '<tt><body><p><span begin="1s" end="2s">the <span xmlns:tts="x" tts:ruby="text">again'
        "</span>fox</span> loose</p></body></tt>",
        FIRST,
        "line 1: 'loose' beside timed words has no times; it is left out",
    ),
    "conf.ctm": (
        "talk A 1 1 the 0.5\ntalk A 4 * one\ntalk 1 * * <ALT_BEGIN>\ntalk 1 5 1 a\n"
        "talk 1 * * <ALT>\ntalk 1 5 1 @\ntalk 1 * * <ALT_END>\ntalk 1 6 1 b NA lex Ann\n",
        [(1, 2, "the"), (5, 6, "a"), (6, 7, "b")],
        "1 of 4 cues not understood; line 2: 'talk A 4 * one' is not file, channel, start, "
        "length, word; left out; line 6: of alternative words the first ones were taken; 1 other "
        "word was left out",
    ),
    "words.stm": (
        ";; x\ntalk 1 Mary 1 2 <o,f0,female> the fox\ntalk 1 inter_segment_gap 2 4 <o,,>\n"
        "talk 1 Tom 4 5 one day\ntalk 1 Tom 5\n",
        BOTH,
        "1 of 3 cues not understood; line 5: 'talk 1 Tom 5' is not file, channel, speaker, start, "
        "end, text; left out; line 3: not for scoring; 1 such line was left out",
    ),
}


@pytest.mark.parametrize("name", WILD)
def test_files_as_programs_write_them(tmp_path: Path, name: str) -> None:
    text, cues, told = WILD[name]
    assert read(tmp_path, name, text) == (cues, told)


@pytest.mark.parametrize(
    ("line", "recording", "speaker"),
    [
        ("SPEAKER t 1 1.00 1 <NA> <NA> Mary Jane <NA> <NA>", "t", "Mary Jane"),
        ("SPEAKER t 1 1.00 1 <NA> <NA> Mary Jane <NA>", "t", "Mary Jane"),
        ("SPEAKER t 1 1.00 1 <NA> <NA> Speaker 1 <NA> <NA>", "t", "Speaker 1"),
        ("SPEAKER t 1 1.00 1 <NA> <NA> Mary 0.9 <NA>", "t", "Mary"),
        ("SPEAKER t 1 1.00 1 <NA> <NA> <NA> <NA> <NA>", "t", None),
        ("SPEAKER\tmy talk\t1\t1.00\t1\t<NA>\t<NA>\tMary Jane\t<NA>\t<NA>", "my talk", "Mary Jane"),
        ("SPEAKER my talk 1 1.00 1 <NA> <NA> Mary <NA> <NA>", "my talk", "Mary"),
    ],
)
def test_names_with_spaces_in_rttm(
    tmp_path: Path, line: str, recording: str, speaker: str | None
) -> None:
    (tmp_path / "a.rttm").write_text(f"{line}\n")
    found = read_cues(tmp_path / "a.rttm", recording=recording)
    assert [(each.start_seconds, each.end_seconds, each.speaker) for each in found.cues] == [
        (1, 2, speaker)
    ]
    assert found.problems == ()


def test_other_kinds_of_rttm_lines_are_counted(tmp_path: Path) -> None:
    lexeme = "LEXEME t 1 1 0.5 hello lex Ann 0.9 <NA>\n"
    _, told = read(tmp_path, "a.rttm", f"{lexeme}SPEAKER t 1 1 2 <NA> <NA> Ann\nodd\n")
    assert told.startswith(
        "1 of 2 cues not understood; line 3: 'odd' is not SPEAKER, file, channel, start, "
    )
    assert told.endswith("only the lines of SPEAKER are read; left out are 1 of LEXEME")
    with pytest.raises(InvalidInputError, match="has lines of LEXEME and none of SPEAKER"):
        read(tmp_path, "b.rttm", lexeme)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a.lrc": ("[00:12.00]the fox\n", "starts and no ends .LRC.*save it as .srt or .vtt"),
    "a.sub": ("{25}{75}the fox\n", "frames of the video .MicroDVD"),
    "b.sub": (b"\x00\x00\x01\xbaD" + bytes(9), "pictures of text .VobSub"),
    "a.idx": ("# VobSub index file, v7\n", "pictures of text .VobSub"),
    "a.scc": ("Scenarist_SCC V1.0\n", "codes .SCC.; *which|SCC"),
    "a.smi": ("<SAMI><BODY><SYNC Start=1></SAMI>", "a SAMI file"),
    "a.stl": (b"850STL25.01   ", "EBU STL"),
    "a.edl": ("001  AX  V  C  00:00:01:00 00:00:02:00\n", "an edit list .EDL.*as .csv"),
    "a.txt": ("SESSION NAME:\ttalk\n", "a session of Pro Tools"),
    "b.txt": ("00;00;01;12 - 00;00;03;04\nthe fox\n", "times as frames"),
    "a.cha": ("@UTF8\n@Begin\n", "a CHAT transcript.*CHAT2ELAN"),
    "a.trs": ('<?xml version="1.0"?>\n<!DOCTYPE Trans SYSTEM "x">\n<Trans>', "a Transcriber file"),
    "a.srv3": ('<?xml version="1.0"?><timedtext format="3">', "YouTube's own captions.*.vtt"),
    "a.xml": ("<fcpxml/>", "a project of Final Cut"),
    "a.srt": ("<!DOCTYPE html>\n<html>", "a page of the web"),
    "b.srt": (b"{\\rtf1 x}", "rich text"),
    "c.srt": (b"\x1f\x8b\x08", "packed with gzip"),
    "d.srt": (b"\x00\x00\x00\x18ftypmp42", "a media file"),
    "e.srt": (
        "1\n00:00:04,000 --> x\nthe fox\n",
        "can be cut: 1 of 1 cues not understood; line 2: '00:0",
    ),
    "f.srt": ("1\n00:01,0 --> 00:02,0\n[Music]\n", "nothing in it can be cut: 1 cue .line 2: '.Mu"),
    "a.ttml": (
        '<tt xmlns:s="x"><body><div begin="1s" end="2s" s:backgroundImage="#i"/></body></tt>',
        "pictures of text",
    ),
    "a.TextGrid": ('"Praat chronological TextGrid text file"\n0 1\n', "a chronological TextGrid"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_kinds_that_are_not_read_are_named(tmp_path: Path, name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(InvalidInputError, match=reason) as refused:
        read(tmp_path, name, text)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / name))
