import datetime as dt
import os
from pathlib import Path

import pytest

from audioset.documents.cues import find_cues_beside, read_cues, tidy
from audioset.documents.cues.tidy import trim
from audioset.documents.transcripts import find_lines_beside
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.cue import Cue
from audioset.records.cue_file import CueFile

Row = tuple[float, float, str | None, str | None]


def cue(start: float, end: float, text: str | None = None, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def rows(read: CueFile) -> list[Row]:
    return [(each.start_seconds, each.end_seconds, each.text, each.speaker) for each in read.cues]


def test_audacity_labels_points_and_spectra(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.txt",
        "0.000000\t1.500000\tone  two\n\\\t100.0\t4000.0\n2,5\t2,5\tpoint\n3\t4\nhello\n5\tx\ty\n",
    )
    read = read_cues(path)
    assert read.format == "audacity"
    assert rows(read) == [(0, 1.5, "one two", None), (2.5, 2.5, "point", None), (3, 4, None, None)]
    (problem,) = read.problems
    assert problem.startswith("line 5: ")
    assert problem.endswith("left out (so is line 6)")


LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 3
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.1
            text = ""
        intervals [2]:
            xmin = 1.1
            xmax = 2.7
            text = "she said ""å 12 <x>""
! no comment" ! a comment "
        intervals [3]:
            xmin = 2.7
            xmax = 3
            text = " "
    item [2]:
        class = "TextTier"
        name = "beeps"
        xmin = 0
        xmax = 3
        points: size = 1
        points [1]:
            number = 1.5
            mark = "beep"
    item [3]:
        class = "IntervalTier"
        name = "empty"
        xmin = 0
        xmax = 3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 3
            text = ""
"""
SHORT = """File type = "ooTextFile"
"TextGrid"

0
3
<exists>
2
"IntervalTier" "a" 0 3 1
0 3 "first"
"IntervalTier"
"b"
0
3
1
0.25
3
"second"
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_long_textgrid(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.TextGrid", LONG, encoding)
    read = read_cues(path)  # the only tier with text
    assert read.tier == "words"
    assert rows(read) == [(1.1, 2.7, 'she said "å 12 <x>" ! no comment', None)]
    with pytest.raises(InvalidInputError, match="line 29: 'beeps' is a tier of 1 points"):
        read_cues(path, tier="beeps")
    assert read_cues(path, tier="empty").problems == ("no cues in it",)


def test_short_textgrid_with_several_tiers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.textgrid", SHORT)
    assert rows(read_cues(path, tier="b")) == [(0.25, 3, "second", None)]
    with pytest.raises(InvalidInputError, match=r"name one of them: 'a' \(1 cues\), 'b'"):
        read_cues(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LONG[:600], "line 30: the TextGrid breaks off"),
        (SHORT.replace("TextGrid", "PitchTier"), "line 1: not a Praat TextGrid"),
        (SHORT.replace('"second"', '"second'), "line 17: a text without its closing quote"),
        (SHORT.replace("1\n0.25", "9999999\n0.25"), "line 18: the TextGrid breaks off"),
        ("ooBinaryFile\x08TextGrid", "holds a file of Praat in binary form.*Save as text file"),
    ],
)
def test_broken_textgrids_are_refused_with_their_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = write(tmp_path / "a.TextGrid", text)
    with pytest.raises(InvalidInputError, match=rf"a\.TextGrid: (?:{reason})"):
        read_cues(path)


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"/><TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="t2"/>
<TIME_SLOT TIME_SLOT_ID="t3"/><TIME_SLOT TIME_SLOT_ID="t4" TIME_VALUE="2501"/></TIME_ORDER>
<TIER TIER_ID="said" PARTICIPANT="Ann" LINGUISTIC_TYPE_REF="u"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t4">
<ANNOTATION_VALUE>one two
three</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="thirds" PARENT_REF="said" LINGUISTIC_TYPE_REF="w">{thirds}</TIER>
<TIER TIER_ID="words" PARENT_REF="said" LINGUISTIC_TYPE_REF="w">{words}</TIER>
<TIER TIER_ID="tags" PARENT_REF="words" LINGUISTIC_TYPE_REF="w"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="c1" ANNOTATION_REF="b2"><ANNOTATION_VALUE>noun</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="c2" ANNOTATION_REF="gone"><ANNOTATION_VALUE>x</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>""".format(
    thirds="".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="d{at}" TIME_SLOT_REF1="t{at}" '
        f'TIME_SLOT_REF2="t{at + 1}"><ANNOTATION_VALUE>{word}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        for at, word in enumerate(["one", "two", "three"], 1)
    ),
    words="".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b{at}" ANNOTATION_REF="a1">'
        f"<ANNOTATION_VALUE>{word}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for at, word in enumerate(["one", "two"], 1)
    ),
)


def test_elan_tiers_take_the_times_of_what_they_refer_to(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf", EAF)
    assert rows(read_cues(path)) == [(1, 2.501, "one two three", "Ann")]  # depends on no other
    assert rows(read_cues(path, tier="words")) == [(1, 2.501, "one", None), (1, 2.501, "two", None)]
    thirds = [(each[0], each[1]) for each in rows(read_cues(path, tier="thirds"))]
    assert thirds == [(1, 4501 / 3000), (4501 / 3000, 6002 / 3000), (6002 / 3000, 2.501)]
    tags = read_cues(path, tier="tags")
    assert rows(tags) == [(1, 2.501, "noun", None)]
    assert tags.problems == (
        "1 of 2 cues not understood",
        "line 14: annotation 'c2' has no times; it is left out",
    )


def test_xml_with_entities_is_refused_unread(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for number, head in enumerate((bomb, outside)):
        for ending in ("eaf", "ttml"):
            path = write(tmp_path / f"{number}.{ending}", f"{head}<tt>&a;</tt>")
            with pytest.raises(InvalidInputError, match="document type or entities"):
                read_cues(path)
    path = write(tmp_path / "b.eaf", "<ANNOTATION_DOCUMENT>\n<TIER></TIERS>\n")
    with pytest.raises(InvalidInputError, match=r"b\.eaf: line 2: not well-formed XML"):
        read_cues(path)


def test_rttm_of_several_recordings_gives_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "all.rttm",
        ";; comment\nSPKR-INFO a.b 1 <NA> <NA> <NA> unknown Ann <NA> <NA>\n"
        "SPEAKER a.b 1 1.1 2.2 <NA> <NA> Ann <NA> <NA>\nSPEAKER c 1 0 1 <NA> <NA> <NA> <NA>\n"
        "SPEAKER c 1 zero 1 <NA> <NA> Bob\n",
    )
    assert rows(read_cues(path, recording="a.b.mp4")) == [(1.1, 3.3, None, "Ann")]
    read = read_cues(path, recording="c")
    assert rows(read) == [(0, 1, None, None)]
    assert read.problems[1].startswith("line 5: 'SPEAKER c 1 zero 1")
    for recording, reason in [
        (None, r"is about 2 recordings \('a.b', 'c'\)"),
        ("a.mp4", "nothing about 'a', only about 'a.b', 'c'"),
        ("C.mp4", "nothing about 'C'"),
    ]:
        with pytest.raises(InvalidInputError, match=reason):
            read_cues(path, recording=recording)


def test_ctm_gives_words(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ctm", ";; c\na 1 0.10 0.20 hello 0.98\na 1 0.3 0.1 you\na 1 * * <x>\n"
    )
    read = read_cues(path, recording="a.wav")
    assert rows(read) == [(0.1, 0.3, "hello", None), (0.3, 0.4, "you", None)]
    assert read.problems == (
        "1 of 3 cues not understood",
        "line 4: 'a 1 * * <x>' is not file, channel, start, length, word; left out",
    )


def test_kaldi_folder_or_its_segments(tmp_path: Path) -> None:
    write(tmp_path / "segments", "u1 r1 0.5 1.25\nu2 r1 2 -1\nu3 r1 3 4\nu4 r2 0 1\n")
    write(tmp_path / "text", "u1 hello  there\nu3\n")
    write(tmp_path / "utt2spk", "u1 Ann\nu3 u3\n")
    read = read_cues(tmp_path, recording="r1.flac")
    assert read == read_cues(tmp_path / "segments", recording="r1")
    assert read.format == "kaldi"
    assert rows(read) == [(0.5, 1.25, "hello there", "Ann"), (3, 4, None, None)]
    assert read.problems == (
        "1 of 3 cues not understood",
        "line 2: 'u2 r1 2 -1' has no end; left out",
    )
    with pytest.raises(InvalidInputError, match="without a file named segments"):
        read_cues(tmp_path.parent)


TABLES = {
    "names.csv": 'Begin,Stop,Speaker,Transcript\n0.5,1.25,Ann,"Hi, you"\n00:01:02.5,1:03.75,,x\n',
    "length.csv": 'file,start_ms,duration_seconds,text,speaker_id\nr.wav,500,0.75,"Hi, you",Ann\n'
    "r.wav,62500,1.25,x,\nother.wav,1,2,y,\n",
    "comma.csv": "start;end;text;speaker\n0,5;1,25;Hi, you;Ann\n62,5;63,75;x;\n",
    "onset.tsv": "onset\toffset\tlabel\twho\n.5\t1.25\tHi, you\tAnn\n62.5\t63.75\tx\t\n",
    "nemo.csv": "audio_filepath,offset,duration,text,speaker\n"
    'd/r.wav,0.5,0.75,"Hi, you",Ann\n/x/r.wav,62.5,1.25,x,\n',
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_by_the_names_of_their_columns(tmp_path: Path, name: str) -> None:
    read = read_cues(write(tmp_path / name, TABLES[name]), recording="r.mp4")
    assert rows(read) == [(0.5, 1.25, "Hi, you", "Ann"), (62.5, 63.75, "x", None)]


def test_tables_without_names(tmp_path: Path) -> None:
    text = (
        "0,u7,0.0,2.5,hello you,1.0\n1,u8,2.5,0:03.5,bye,0.9\n2,u9,4,x,lost,0.8\n3,u10,5,6,so,1\n"
    )
    text += "".join(f"{n},u{n + 7},{n + 10},{n + 11},more,0\n" for n in range(4, 20))
    read = read_cues(write(tmp_path / "a.csv", text))
    assert rows(read)[:3] == [
        (0, 2.5, "hello you", None),
        (2.5, 3.5, "bye", None),
        (5, 6, "so", None),
    ]
    assert read.problems == ("line 3: '2, u9, 4, x, lost, 0.8' has no times; left out",)
    counted = read_cues(write(tmp_path / "c.csv", "0,0.0,2.5,a\n1,2.5,3.5,b\n2,3.5,4,c\n"))
    assert [row[:2] for row in rows(counted)] == [(0, 2.5), (2.5, 3.5), (3.5, 4)]
    with pytest.raises(InvalidInputError, match=r"no columns for start and end .* 'name', 'text'"):
        read_cues(write(tmp_path / "b.csv", "name,text\na,b\n"))


def test_xlsx_has_the_same_columns(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "first"
    sheet.append(["start", "end", "text", "speaker"])
    sheet.append([0.1 + 0.2, 1.25, " Hi  you", "Ann"])
    sheet.append([None])
    sheet.append([dt.time(0, 1, 2, 680000), dt.timedelta(hours=25), 42, None])
    sheet.append(["01:02:03.004", "01:02:04", "x", None])
    sheet.append(["#REF!", 1, "lost", None])
    other = book.create_sheet("second")
    other.append([1.5, 2.5, "only"])
    book.save(tmp_path / "a.xlsx")
    read = read_cues(tmp_path / "a.xlsx")
    assert (read.format, read.tier) == ("xlsx", "first")
    assert rows(read) == [
        (0.3, 1.25, "Hi you", "Ann"),
        (62.68, 90000, "42", None),
        (3723.004, 3724, "x", None),
    ]
    assert read.problems == (
        "read is the sheet 'first', not 'second'",
        "line 6: '#REF!, 1, lost' has no times; left out",
    )
    assert rows(read_cues(tmp_path / "a.xlsx", tier="second")) == [(1.5, 2.5, "only", None)]
    with pytest.raises(InvalidInputError, match="no sheet 'third'; its sheets are 'first'"):
        read_cues(tmp_path / "a.xlsx", tier="third")


def test_files_that_are_not_cues_are_refused(tmp_path: Path) -> None:
    cases = {
        "empty.srt": (b"  \n", "is empty"),
        "latin.srt": ("1\n\nnaïve".encode("latin-1"), "line 3: not UTF-8"),
        "binary.csv": (b"start,end\n\0\0", "line 2: not text"),
        "a.docx": (b"PK", "neither the ending '.docx' nor its first lines tell"),
        "a.xlsx": (b"PK\3\4", "not an .xlsx workbook"),
        "talk.txt": (b"Once upon a time\n", "line 1: 'Once upon a time' is not start, tab"),
    }
    for name, (data, reason) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InvalidInputError, match=reason):
            read_cues(tmp_path / name)
    os.mkfifo(tmp_path / "pipe.srt")
    with pytest.raises(InvalidInputError, match="is not a file"):
        read_cues(tmp_path / "pipe.srt")
    with (tmp_path / "huge.srt").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(InvalidInputError, match="has 65 MiB, audioset reads cues from up to 64"):
        read_cues(tmp_path / "huge.srt")
    with pytest.raises(NotFoundError, match="no such file"):
        read_cues(tmp_path / "none.srt")
    with pytest.raises(InvalidInputError, match="kind srt has no tiers"):
        read_cues(tmp_path / "huge.srt", tier="x")


def test_tidy_states_everything_it_puts_right() -> None:
    result = tidy(
        [
            cue(-0.5, 1, "a"),
            cue(3, 4, "late"),
            cue(2, 2, "point"),
            cue(1, 2, "one", "Ann"),
            cue(1.0001, 2.0001, "two", "Bob"),
            cue(1, 2, "one", "Ann"),
            cue(3.5, 5, "both"),
            cue(9.5, 17.66, "over"),
            cue(20, 21),
        ],
        10.0,
    )
    assert result.cues == (
        cue(0, 1, "a"),
        cue(1, 2, "one two"),
        cue(3, 4, "late"),
        cue(3.5, 5, "both"),
        cue(9.5, 10, "over"),
    )
    assert result.problems == (
        "1 cue starts before 0 (e.g. at -0.50 s); set to 0",
        "1 cue ends at or before its start (e.g. at 2.00 s) and was left out",
        "1 cue starts before the one above in the file (e.g. at 1.00 s); ordered by time",
        "1 span with several cues each (e.g. at 1.00 s); each became one cue",
        "1 cue starts before an earlier one has ended (e.g. at 3.50 s); overlaps are kept",
        "1 cue starts after the end of the recording (20.00 s >= 10.00 s) and was left out",
        "1 cue ends after the recording (17.66 s > 10.00 s) and was trimmed",
    )


def test_every_cue_inside_a_longer_one_overlaps() -> None:
    result = tidy([cue(0, 10), cue(1, 2), cue(3, 4)])
    assert len(result.cues) == 3
    assert result.problems == (
        "2 cues start before an earlier one has ended (e.g. at 1.00 s); overlaps are kept",
    )


def test_tidy_leaves_good_cues_alone_and_trim_knows_rounding() -> None:
    good = (cue(0, 1, "a"), cue(1, 2.004, "b"))
    assert tidy(good).cues == good
    assert tidy(good).problems == ()
    assert trim(good, 2.0).cues == (good[0], cue(1, 2.0, "b"))
    assert trim(good, 2.0).problems == ()
    assert trim(good, 1.0).problems == (
        "1 cue starts after the end of the recording (1.00 s >= 1.00 s) and was left out",
    )


def test_cues_beside_a_source_by_order_of_kinds(tmp_path: Path) -> None:
    source = tmp_path / "talk.v2.mp4"
    for name in ("talk.srt", "talk.v2.transcript.vtt", "talk.v2.json", "other.vtt"):
        (tmp_path / name).touch()
    write(tmp_path / "talk.v2.txt", "Once upon a time\n")
    assert find_cues_beside(source, kinds="any") is None
    (tmp_path / "talk.v2.raw.csv").touch()
    assert find_cues_beside(source, kinds="any") is None
    (tmp_path / "talk.v2.csv").touch()
    (tmp_path / "talk.v2.en-GB.SRT").touch()
    assert find_cues_beside(source, kinds="subtitles") == tmp_path / "talk.v2.en-GB.SRT"
    assert find_cues_beside(source, kinds="any") == tmp_path / "talk.v2.en-GB.SRT"
    assert find_cues_beside(source, kinds="labels") == tmp_path / "talk.v2.csv"
    write(tmp_path / "talk.v2.txt", "0.0\t1.0\tonce\n")
    assert find_cues_beside(source, kinds="any") == tmp_path / "talk.v2.txt"
    (tmp_path / "talk.v2.TextGrid").touch()
    assert find_cues_beside(source, kinds="labels") == tmp_path / "talk.v2.TextGrid"


def test_a_text_file_beside_a_source_is_known_by_what_it_holds(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    text = tmp_path / "talk.txt"
    for holds, labels in (
        ("Once upon a time\n", False),
        ("0.0\t1.0\tonce\n", True),
        ("[00:00.000 --> 00:01.000] once\n", True),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\nonce\n", True),
        ("[00:12.00] once\n", False),  # no ends: not labels, so lines of a text
    ):
        text.write_text(holds)
        assert find_cues_beside(source, kinds="labels") == (text if labels else None)
        assert find_lines_beside(source) == (None if labels else text)


def test_of_several_languages_the_spoken_one_is_taken_or_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    for language in ("en", "en-US"):
        (tmp_path / f"talk.{language}.vtt").touch()
    assert find_cues_beside(source, kinds="subtitles") == tmp_path / "talk.en.vtt"
    (tmp_path / "talk.de.vtt").touch()
    with pytest.raises(InvalidInputError, match=r"several languages .*talk\.de\.vtt"):
        find_cues_beside(source, kinds="subtitles")
    (tmp_path / "talk.de-orig.vtt").touch()
    assert find_cues_beside(source, kinds="subtitles") == tmp_path / "talk.de-orig.vtt"
    (tmp_path / "talk.vtt").touch()
    assert find_cues_beside(source, kinds="subtitles") == tmp_path / "talk.vtt"
