"""Damaged files are refused or read; they never crash, and never hang."""

import random
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from audioset.documents.cues import read_cues, tidy
from audioset.errors import InvalidInputError
from audioset.records.cue_file import CueFile

ENDINGS = ["srt", "vtt", "sbv", "ttml", "aud", "textgrid", "eaf", "csv", "tsv"]
ALL_ENDINGS = [*ENDINGS, "ass", "rttm", "ctm", "stm", "xlsx"]
SLOWEST_SECONDS = 5.0  # of CPU


def read_or_refuse(path: Path) -> CueFile | None:
    """Read; only InvalidInputError may come out, and what was read can be tidied."""
    started = time.process_time()
    refused = ""
    try:
        read = read_cues(path)
    except InvalidInputError as error:
        refused = str(error)
    assert time.process_time() - started < SLOWEST_SECONDS
    assert "\n" not in refused
    if refused:
        assert refused.startswith(f"{path}: ")
        return None
    assert all(0 <= cue.start_seconds < cue.end_seconds for cue in tidy(read.cues, 1e6).cues)
    assert all("\n" not in problem for problem in read.problems)
    return read


def mutations(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Flip, cut out, double and swap pieces; put in what means something to a parser."""
    spice = [b'"', b"<", b">", b"-->", b"\n\n", b"\t", b",", b"\xff", b"\0", b"9" * 400, b"{\\p1}"]
    while True:
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            at, length = chance.randrange(len(damaged) + 1), chance.randint(0, 60)
            match chance.randrange(5):
                case 0 if at < len(damaged):
                    damaged[at] = chance.randrange(256)
                case 1:
                    del damaged[at : at + length]
                case 2:
                    damaged[at:at] = damaged[at : at + length]
                case 3:
                    damaged[at:at] = chance.choice(spice)
                case _:
                    damaged = damaged[: max(1, at)] if chance.random() < 0.2 else damaged
        yield bytes(damaged)


@pytest.mark.parametrize("ending", ENDINGS)
def test_mutated_real_files(real_media: Path, tmp_path: Path, ending: str) -> None:
    data = (real_media / "audio" / f"sonnet_001.{ending}").read_bytes()
    path = tmp_path / f"a.{ending}"
    source = mutations(data, random.Random(ending))
    read = 0
    for _ in range(30):
        path.write_bytes(next(source))
        read += read_or_refuse(path) is not None
    assert ending in ("eaf", "ttml", "textgrid") or read > 0  # damage is not the end of a list


@pytest.mark.parametrize("name", ["audio/aesop_fable.eaf", "audio/ami_trn08.rttm"])
def test_mutated_annotations(real_media: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / Path(name).name
    source = mutations((real_media / name).read_bytes(), random.Random(name))
    for _ in range(15):
        path.write_bytes(next(source))
        read_or_refuse(path)


def test_mutated_workbooks(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for at in range(5):
        book.active.append([at, at + 1, f"line {at}"])
    whole = BytesIO()
    book.save(whole)
    chance = random.Random(7)
    path = tmp_path / "a.xlsx"
    for _ in range(10):  # damage of the archive
        path.write_bytes(next(mutations(whole.getvalue(), chance)))
        read_or_refuse(path)
    for _ in range(20):  # damage inside a good archive
        with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as copy:
            for member in archive.namelist():
                data = archive.read(member)
                if member.endswith(("sheet1.xml", "workbook.xml")):
                    data = next(mutations(data, chance))
                copy.writestr(member, data)
        read_or_refuse(path)


@pytest.mark.parametrize("ending", ALL_ENDINGS)
def test_random_bytes(tmp_path: Path, ending: str) -> None:
    chance = random.Random(ending)
    path = tmp_path / f"a.{ending}"
    letters = '0123456789:.,->\t\n "<>/&;abWEBVTT|'
    for size in (1, 20, 400, 5000):
        path.write_bytes(chance.randbytes(size))
        read_or_refuse(path)
        path.write_bytes("".join(chance.choices(letters, k=size)).encode())
        read_or_refuse(path)


HOSTILE = {
    "open.srt": "00:00:01,000 --> 00:00:02,000\n" + "<i " * 100_000,
    "braces.srt": "00:00:01,000 --> 00:00:02,000\n" + "{\\a" * 100_000,
    "voices.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " + " " * 200_000,
    "many_voices.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v.a" * 100_000,
    "ruby.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<rt>a" * 100_000,
    "lines.vtt": "WEBVTT\n\n" + "00:01.000 --> 00:02.000\n" + "a\n" * 200_000
    + "\n00:02.000 --> 00:03.000\n" + "a\n" * 200_000,
    "digits.srt": "9" * 300_000 + "\n00:00:01,000 --> 00:00:02,000\n" + "9" * 300_000,
    "dashes.srt": "00:00:01,000 " + "- " * 300_000 + "> 00:00:02,000\n" + "-" * 300_000,
    "spaces.srt": "00:00:01" + " " * 300_000 + "--> 00:00:02,000\n",
    "times.srt": "0:" * 50_000 + "\n" + "0:0:0," * 50_000 + "\n0:0:1 --> 0:0:2\nx",
    "names.srt": "0:0:1,0 --> 0:0:2,0\n" + "A b " * 100_000 + "\n" + "A: " * 100_000,
    "brackets.srt": "0:0:1,0 --> 0:0:2,0\n" + "[(" * 100_000 + "\n" + "*a" * 100_000,
    "chevrons.srt": "0:0:1,0 --> 0:0:2,0\n" + ">> " * 100_000,
    "headers.vtt": "WEBVTT\n" + "X-TIMESTAMP-MAP=MPEGTS:1,LOCAL:0:0.0\nWEBVTT\n\n" * 20_000
    + "".join(f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{n}\n\n0:1.0 --> 0:2.0\nx\n" for n in range(5000)),
    "shapes.ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,{" + "\\p1" * 100_000,
    "fields.rttm": "SPEAKER" + " 1" * 200_000 + "\n" + "SPEAKER " * 100_000,
    "labels.stm": "t 1 a 1 2 <" + "," * 200_000 + "\n" + "t 1 a 1 2 " + "<a," * 100_000,
    "comments.xml": "<?xml ?>" + "<!--" * 50_000,
    "arrows.srt": "1:" + " " * 300_000 + "-->\n" + "1:-->" * 50_000,
    "quotes.textgrid": '"ooTextFile""' + '"" ' * 200_000,
    "quote_pairs.textgrid": '"ooTextFile" "TextGrid" 0 1 <exists> 1 "' + '""' * 200_000,
    "exponent.aud": "1e99\t2e99\tx\n1\t2\ty\n",
    "braces.ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,," + "{\\p" * 100_000,
    "quotes.csv": '0,1,"' + "a" * 200_000,
    "columns.csv": ",".join(["1"] * 100_000) + "\n" + "1,2,x\n" * 1000,
    "deep.ttml": "<tt><body>" + "<div>" * 50_000 + "</div>" * 50_000 + "</body></tt>",
    "deep.eaf": "<a>" * 50_000 + "</a>" * 50_000,
    "circle.eaf": "<ANNOTATION_DOCUMENT><TIER TIER_ID='a'>" + "".join(
        f"<ANNOTATION><REF_ANNOTATION ANNOTATION_ID='{n}' ANNOTATION_REF='{(n + 1) % 30_000}'/>"
        "</ANNOTATION>" for n in range(30_000)) + "</TIER></ANNOTATION_DOCUMENT>",
    "chain.eaf": "<ANNOTATION_DOCUMENT><TIME_ORDER>" + "".join(
        f"<TIME_SLOT TIME_SLOT_ID='v{n}' TIME_VALUE='1'/>" for n in range(15_000))
        + "</TIME_ORDER><TIER TIER_ID='a'>" + "".join(
        f"<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID='a{n}' TIME_SLOT_REF1='v{n}' "
        f"TIME_SLOT_REF2='u0'/></ANNOTATION><ANNOTATION><ALIGNABLE_ANNOTATION "
        f"ANNOTATION_ID='b{n}' TIME_SLOT_REF1='u{n}' TIME_SLOT_REF2='u{n + 1}'/></ANNOTATION>"
        for n in range(15_000)) + "</TIER></ANNOTATION_DOCUMENT>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_files_made_to_be_slow_are_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(HOSTILE[name], "utf-8")
    read_or_refuse(path)


# A caption file in pieces: each is a line, and only those of TEXTS may come out as text.
TEXTS = ["zig", "zag zig", "<i>zag</i>", "MARY: zig", "- zag", "&gt;&gt; zig", "[SPEAKER_00]: zag"]
STRUCTURE = [
    *("", "", "", "7", "WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"),
    *("00:00:01,000 --> 00:00:02,500", "00:03.000 --> 00:04.000 align:start"),
    *("\u200f00:00:07,0 --> 00:00:08,0", "[0.5s -> 1.5s] zig", "2 00:00:09,000 -> 00:00:10,000"),
    *("00:0O:04,000 --> 00:00:06,000", "00:00:04,000 -->", "--> 00:00:06,000"),
    *("0:00:04.x00,0:00:06.0", "0:00:05.0,0:00:06.0"),
    *("00 : 00 : 04 , 000 -> 00: 00: 05,000", "00:00:04,000", "00:00:11:000 \u2013> 00:00:12:000"),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["srt", "vtt", "sbv"])
def test_no_structure_ever_becomes_text(tmp_path: Path, ending: str) -> None:
    chance = random.Random(ending)
    path = tmp_path / f"a.{ending}"
    num_cues = 0
    for _ in range(150):
        lines = chance.choices([*TEXTS, *STRUCTURE, *STRUCTURE], k=chance.randint(2, 25))
        if ending == "vtt":
            lines.insert(0, "WEBVTT")
        path.write_text("\n".join(lines), "utf-8")
        read = read_or_refuse(path)
        for cue in read.cues if read else ():
            num_cues += 1
            words = (cue.text or "").replace("MARY: ", "").split()
            assert set(words) <= {"zig", "zag", "7"}, (lines, cue)
            assert cue.speaker in (None, "MARY", "SPEAKER_00")
    assert num_cues > 50


def test_a_sheet_that_claims_endless_rows_ends(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append([0, 1, "x"])
    whole = BytesIO()
    book.save(whole)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as copy:
        for member in archive.namelist():
            data = archive.read(member)
            copy.writestr(
                member,
                data.replace(b'<row r="1"', b'<row r="999999999999"').replace(b'r="A1"', b""),
            )
    assert read_or_refuse(path) is None


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append([0, 1, "x"])
    whole = BytesIO()
    book.save(whole)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as copy:
        for member in archive.namelist():
            data = archive.read(member)
            if member.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            copy.writestr(member, data)
    with pytest.raises(InvalidInputError, match="Entit"):
        read_cues(path)


def test_a_workbook_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (70 * 2**20))
    with pytest.raises(InvalidInputError, match="unpacks to 70 MiB"):
        read_cues(path)
