"""Front door: a transcript, whatever its kind, becomes numbered lines."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audioset.documents.reading.book import is_book
from audioset.documents.reading.office import require_open
from audioset.documents.reading.sheet import split_rows
from audioset.documents.reading.text import decode_text, first_problems, shown
from audioset.documents.transcripts.docx import parse_docx
from audioset.documents.transcripts.docx_file import load_bytes
from audioset.documents.transcripts.lines_file import LinesFile, Phrase
from audioset.documents.transcripts.prefix import (
    is_comment,
    with_speakers,
    with_takes,
    without_numbers,
)
from audioset.documents.transcripts.rows_of_files import phrases_of
from audioset.documents.transcripts.sheets import read_sheet_of_lines
from audioset.documents.transcripts.table import read_rows
from audioset.documents.transcripts.unsaid import Unsaid, without_marks, without_page
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.line_options import MOST_TAKES
from audioset.records.lines import Line, RowsWanted

_SUFFIXES = {
    ".txt": "txt", ".text": "txt", ".lines": "txt", ".md": "txt", "": "txt",
    ".docx": "docx", ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx",
}  # fmt: skip
_SAVE_AS = {
    ".doc": ".docx", ".docm": ".docx", ".odt": ".docx", ".rtf": ".docx", ".pdf": "plain text",
    ".xls": ".xlsx", ".xlsm": ".xlsx", ".ods": ".xlsx",
}  # fmt: skip
_TIMED = (".srt", ".vtt", ".ass", ".ssa", ".sbv", ".ttml", ".textgrid", ".eaf", ".rttm", ".ctm",
          ".json", ".jsonl")  # fmt: skip
_MAX_LINES = 20_000
_MAX_CHARACTERS = 2_000


def read_lines(
    path: Path,
    *,
    column: str | None = None,
    speakers: bool | None = None,
    wanted: RowsWanted | None = None,
) -> LinesFile:
    """Read a transcript: one phrase per line, paragraph or row.

    The kind is told by the ending: txt (or none), docx, csv, tsv, xlsx. Blank lines and those that
    begin with `#` are skipped. `prefix.py` states what is read of numbers, speakers and takes, and
    `unsaid.py` what is taken out because nobody says it; the texts of a table that says who wrote
    them (`writer.py`) are taken as they stand.

    Args:
        path: the file, of up to 32 MiB.
        column: of a table: name of the column with the text, or its number from 1. Of a document,
            its tables alone are read then.
        speakers: whether `name: words` names a speaker; None goes by the rule of `prefix.py`.
        wanted: whose rows are read of a table for several recordings; None reads all.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not of its kind, not UTF-8 or UTF-16, no lines in it, or more than
            audioset takes; with file, place and what to do.
    """
    try:
        kind = _kind(path)
        if column is not None and kind == "txt":
            raise InvalidInputError(
                f"a file of kind {kind} has no columns; leave {as_option('column')} out"
            )
        unsaid = Unsaid()
        all_phrases = _parse(path, kind, column, unsaid, wanted)
        phrases = phrases_of(all_phrases, wanted) if wanted else all_phrases
        if not any(phrase.writer for phrase in phrases):
            phrases = _as_said(phrases, unsaid, speakers=speakers)
        elif speakers:
            raise InvalidInputError(
                "has a column text_source: its texts are taken as they stand; leave "
                f"{as_option('speakers')} out"
            )
        lines, problems = _number(phrases)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    return LinesFile(
        format=kind,
        lines=lines,
        problems=(*unsaid.sentences(), *problems),
        file_column=next((each.file_column for each in all_phrases if each.file_column), None),
        files=tuple(each.file or "" for each in all_phrases),
    )


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    kind = _SUFFIXES.get(suffix)
    if kind is not None:
        return kind
    if not path.exists():
        raise NotFoundError(f"{path}: no such file")
    if suffix in _SAVE_AS:
        raise InvalidInputError(f"audioset does not read {suffix}; save it as {_SAVE_AS[suffix]}")
    if suffix in _TIMED:
        raise InvalidInputError(
            f"tells when things are said; cut by it with {as_option('labels')} instead"
        )
    raise InvalidInputError(
        f"the ending {path.suffix!r} does not tell what it is; audioset reads transcripts in txt, "
        "docx, csv, tsv and xlsx"
    )


def _parse(
    path: Path, kind: str, column: str | None, unsaid: Unsaid, wanted: RowsWanted | None
) -> list[Phrase]:
    data = load_bytes(path)
    require_open(data, kind)
    if kind == "docx":
        return parse_docx(data, column, wanted, unsaid)
    if kind == "xlsx" or is_book(data):
        rows = read_sheet_of_lines(data, path.name, unsaid)
        return read_rows(rows, column, unsaid, wanted)
    try:
        text = decode_text(data)
    except InvalidInputError as error:
        hint = ", in Excel: CSV UTF-8" if kind == "csv" else ""
        raise InvalidInputError(f"{error}{hint}") from error
    if kind == "csv":
        return read_rows(split_rows(text), column, unsaid, wanted)
    return parse_plain(text)


def _as_said(phrases: Sequence[Phrase], unsaid: Unsaid, *, speakers: bool | None) -> list[Phrase]:
    """Give what is said, who says it and how often, of lines as they stand on a page."""
    page = without_page([replace(each, written=each.text) for each in phrases], unsaid)
    divided = with_speakers(without_numbers(page, unsaid), wanted=speakers)
    return without_marks([with_takes(phrase) for phrase in divided], unsaid)


def _number(phrases: Sequence[Phrase]) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    lines: list[Line] = []
    problems: list[str] = []
    for phrase in phrases:
        if not any(letter.isalnum() for letter in phrase.text):
            problems.append(
                f"{phrase.place}: {shown(phrase.written or phrase.text)} has no words; left out"
            )
            continue
        _require_sayable(phrase)
        lines.append(
            Line(
                number=len(lines) + 1,
                text=phrase.text,
                speaker=phrase.speaker,
                takes=phrase.takes,
                writer=phrase.writer,
                facts=phrase.facts,
                written=phrase.written if phrase.written != phrase.text else None,
            )
        )
    if not lines:
        raise InvalidInputError("has no lines; write one phrase per line")
    if len(lines) > _MAX_LINES:
        raise InvalidInputError(
            f"has {len(lines):,} lines, audioset takes up to {_MAX_LINES:,}; split it by recording"
        )
    return tuple(lines), tuple(first_problems(problems))


def _require_sayable(phrase: Phrase) -> None:
    if len(phrase.text) > _MAX_CHARACTERS:
        raise InvalidInputError(
            f"{phrase.place}: has {len(phrase.text):,} characters, a line has up to "
            f"{_MAX_CHARACTERS:,}; write one phrase per line"
        )
    if phrase.takes is not None and phrase.takes > MOST_TAKES:
        raise InvalidInputError(
            f"{phrase.place}: {phrase.takes} takes are more than {MOST_TAKES}; write fewer, or none"
        )


def parse_plain(text: str) -> list[Phrase]:
    r"""Read phrases of text with line ends as `\n`."""
    phrases = []
    for number, row in enumerate(text.split("\n"), 1):
        words = " ".join(row.split())
        if words and not is_comment(words):
            phrases.append(Phrase(place=f"line {number}", text=words))
    return phrases
