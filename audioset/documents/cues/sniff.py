"""What a file of timed text is by what it holds, since names are often wrong.

Only what cannot be anything else is told apart here; all else goes by the name. Kinds that
audioset does not read are named, with what to save instead.
"""

import csv
import re
import zipfile
from pathlib import Path

from audioset.documents.cues.captions.timing import read_timing, seen
from audioset.documents.cues.columns import named_columns
from audioset.documents.reading.sheet import DELIMITERS, HIGHEST_NAMES
from audioset.documents.reading.text import BYTE_ORDER_MARKS
from audioset.errors import InvalidInputError, as_option

_HEAD_BYTES = 16_384
_HEAD_LINES = 200
_SRT = "save it as .srt or .vtt"
_EDITOR = "export its markers or captions as .csv with start and end, or as .srt"
_ITS_CUES = f"name the file of its cues, or cut with {as_option('by', 'subtitles')}"
_BINARY = (  # how the bytes begin, what that is, what to do
    (b"PK\x03\x04", "a ZIP archive, or a document of an office program", "unpack it, or " + _SRT),
    (b"\xd0\xcf\x11\xe0", "an old document of Word or Excel", "save it as .xlsx or .csv"),
    (b"%PDF", "a PDF", "give the file of times that it was made of"),
    (b"{\\rtf", "rich text (RTF)", "save it as plain text in UTF-8"),
    (b"\x1f\x8b", "packed with gzip", "unpack it"),
    (b"\x00\x00\x01\xba", "pictures of text (VobSub)", "turn them into text with an OCR program"),
    (b"PG", "pictures of text (Blu-ray)", "turn them into text with an OCR program"),
    (b"RIFF", "a media file", "name the file of its cues"),
    (b"ID3", "a media file", "name the file of its cues"),
    (b"fLaC", "a media file", "name the file of its cues"),
    (b"OggS", "a media file", "name the file of its cues"),
    (b"\x1aE\xdf\xa3", "a media file", _ITS_CUES),
    (b"ooBinaryFile", "a file of Praat in binary form", 'save it with "Save as text file"'),
    (b"SQLite format 3", "a database", _EDITOR),
)
_ROOTS = {
    "tt": "ttml",
    "ANNOTATION_DOCUMENT": "eaf",
}
_OTHER_ROOTS = {
    "sami": ("a SAMI file", _SRT),
    "html": ("a page of the web, perhaps of an error in the place of a download", _SRT),
    "timedtext": ("YouTube's own captions", "download them as .vtt"),
    "transcript": ("a list of captions in XML", "download them as .vtt"),
    "trans": ("a Transcriber file", "export it as TextGrid, .stm or .srt"),
    "basic-transcription": ("an EXMARaLDA file", "export it as .eaf or TextGrid"),
    "xmeml": ("a project of Final Cut", _EDITOR),
    "fcpxml": ("a project of Final Cut", _EDITOR),
    "project": ("a project of an editor", _EDITOR),
}
_ROOT = re.compile(
    r"\s*(?:<\?[^<>]{0,400}\?>\s*|<!--.{0,2000}?-->\s*|<!DOCTYPE\s(?P<type>\w{1,40})[^<>]{0,400}>\s*)"
    r"{0,9}<(?:[\w.-]{1,40}:)?(?P<root>[\w.-]{1,60})",
    re.DOTALL,
)
_OTHERS = (  # how a line of the head looks, what the file is, what to do
    (r'"Praat chronological', "a chronological TextGrid", 'save it with "Save as text file"'),
    (r"Scenarist_SCC ", "closed captions as codes (SCC)", "convert it with ffmpeg or ccextractor"),
    (r"# VobSub index", "an index of pictures of text (VobSub)", "turn them into text with OCR"),
    (r"\{\d{1,9}\}\{\d{0,9}\}", "times as frames of the video (MicroDVD)", _SRT),
    (r"\[\d{1,9}\]\[\d{0,9}\]", "times in tenths (MPL2)", _SRT),
    (r"\[(?:ti|ar|al|by|offset|length|re|ve):", "lines of a song without ends (LRC)", _SRT),
    (r"\[\d{1,3}:\d\d(?:[.:]\d{1,3})?\](?!\s*-)", "lines with starts and no ends (LRC)", _SRT),
    (r"\d\d?:\d\d:\d\d[:=](?!\d)", "lines with starts and no ends (TMPlayer)", _SRT),
    (
        r"\d\d[:;]\d\d[:;]\d\d[:;]\d\d(?:\s*-\s*|\s+,\s+)\d\d[:;]\d\d[:;]\d\d[:;]\d\d",
        "times as frames",
        _SRT,
    ),
    (r"(?:\S{1,30} ){1,5} ?\(?\d{1,2}:\d\d(?::\d\d)?\)?:?$", "starts and no ends", _SRT),
    (r"\d{3,6}\s+\S+\s+(?:[VA]\d?|AA/V|B)\s", "an edit list (EDL)", _EDITOR),
    (r"SESSION NAME:\t", "a session of Pro Tools", _EDITOR),
    (r"<begin subtitles>|@ This file written with the Avid", "captions of Avid", _SRT),
    (r"@(?:UTF8|Begin)\s*$", "a CHAT transcript", "convert it with CHAT2ELAN or CHAT2SRT of CLAN"),
    (r"<\?xpacket|#\s*EXTM3U|#EXTM3U", "a playlist", "download the captions that it names"),
)
_OTHER_LINES = tuple((re.compile(line), what, instead) for line, what, instead in _OTHERS)
_JSON = re.compile(r'\s*(?:\{\s*(?:"|\})|\[\s*[\[{])')
_FEWEST_COLUMNS = 3
_ASS_SECTION = re.compile(r"\[(?:script info|v4\+? styles|events)\]", re.IGNORECASE)
_RTTM = re.compile(r"SPEAKER\s+\S.{0,200}?\s\d+(?:\.\d+)?\s+\d+(?:\.\d+)?\s+<NA>", re.ASCII)


def sniff(path: Path, *, named_table: bool = False) -> str | None:
    """Tell the kind of a file by its first 16 KiB; None where only its name can say.

    Args:
        path: the file.
        named_table: its name says that it is a table, whose cells may look like anything.

    Raises:
        InvalidInputError: of a kind that is not read; with its name, and what to save instead.
    """
    try:
        if not path.is_file():  # a pipe would wait for ever
            return None
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
    except OSError:
        return None  # whoever reads it says why
    if data.startswith(b"PK\x03\x04") and _is_workbook(path):
        return "xlsx"
    for beginning, what, instead in _BINARY:
        if data.startswith(beginning):
            raise _refusal(what, instead)
    if data[3:8] in (b"STL25", b"STL30"):
        raise _refusal("subtitles of television (EBU STL)", _SRT)
    if data[4:8] == b"ftyp":
        raise _refusal("a media file", _ITS_CUES)
    return _kind_of_text(_decoded(data), named_table=named_table)


def _kind_of_text(text: str, *, named_table: bool) -> str | None:
    lines = [seen(line).strip() for line in text.split("\n")[:_HEAD_LINES]]
    filled = [line for line in lines if line]
    if not filled:
        return None
    if re.match(r"WEBVTT(?:\s|$)", filled[0]):
        return "vtt"
    if any("ooTextFile" in line for line in filled[:3]):
        return "textgrid"
    kind = _kind_of_xml(text) if filled[0].startswith("<") else None
    if kind is None:
        kinds = (_kind_by_line(*pair) for pair in zip(filled, [*filled[1:], ""], strict=True))
        kind = next(filter(None, kinds), None)
    if kind is None and _JSON.match(text):
        return "json"
    if kind is None and any(_names_columns(line) for line in filled[:HIGHEST_NAMES]):
        return "csv"
    if kind is None and not named_table:
        _refuse_others(filled[:3])
    return kind


def _names_columns(line: str) -> bool:
    """Tell whether a line has cells that name start and end; `start, end` alone may be words."""
    rows = (next(csv.reader([line], delimiter=delimiter), []) for delimiter in DELIMITERS)
    return any(len(row) >= _FEWEST_COLUMNS and named_columns(row) is not None for row in rows)


def _kind_by_line(line: str, following: str) -> str | None:
    """Tell the kind by a line that only one kind has."""
    if _ASS_SECTION.fullmatch(line):
        return "ass"
    if _RTTM.match(line):
        return "rttm"
    timing = read_timing(line)
    if timing is None or timing.start is None:
        return None
    if timing.arrow:
        return "srt"
    # A table without texts has nothing but such lines.
    return "sbv" if following and read_timing(following) is None else None


def _refuse_others(lines: list[str]) -> None:
    for line in lines:
        for pattern, what, instead in _OTHER_LINES:
            if pattern.match(line):
                raise _refusal(what, instead)


def _kind_of_xml(text: str) -> str | None:
    match = _ROOT.match(seen(text))
    if match is None:
        return None
    root = match["root"]
    if root in _ROOTS:
        return _ROOTS[root]
    known = _OTHER_ROOTS.get(root.casefold()) or _OTHER_ROOTS.get((match["type"] or "").casefold())
    if known is not None:
        raise _refusal(*known)
    return None


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return True  # damaged; the reader of workbooks says how


def _decoded(data: bytes) -> str:
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            text = data.removeprefix(mark).decode(name, "replace")
            break
    else:
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refusal(what: str, instead: str) -> InvalidInputError:
    return InvalidInputError(f"holds {what}, which audioset does not read; {instead}")
