"""What documents are made of: text, cells, times of a clock, names of columns."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from audioset.documents.reading.book import is_book, read_book
from audioset.documents.reading.cell import (
    DATE,
    ERROR,
    LOST,
    NO_RESULT,
    SCIENTIFIC,
    TIME,
    TRUTH,
    address,
    as_text,
    made_of,
    without_result,
)
from audioset.documents.reading.clock import clock_seconds, number_seconds, time_seconds
from audioset.documents.reading.header import find_column, normal_name, place_of
from audioset.documents.reading.office import is_older, require_open
from audioset.documents.reading.sheet import (
    csv_rows,
    filled_rows,
    load_table_bytes,
    require_kept,
    split_rows,
    without_separator,
)
from audioset.documents.reading.text import (
    decode_text,
    first_problems,
    load_bytes,
    read_whole,
    shown,
)
from audioset.documents.reading.xml_tree import attribute, element_lines, local_name, xml_root
from audioset.errors import InvalidInputError, NotFoundError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:00", "0"),
        (" 1:02:03,5 ", "3723.5"),
        ("-0:01.250", "-1.25"),
        ("999:59", "59999"),
        ("99999:59:59", "359999999"),
        ("1:2", "62"),
        ("0:60", None),
        ("1:60:00", None),
        ("75:00", "4500"),
        ("100000:00:00", None),
        ("1000:00", None),
        ("0:00.1234567890", None),
        ("0:00.123456789", "0.123456789"),
        ("+0:01", None),
        ("1:2:3:4", None),
        ("12", None),
        ("\u0661:00", None),
    ],
)
def test_times_of_a_clock(text: str, expected: str | None) -> None:
    assert clock_seconds(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        (" 12,5 ", "12.5"),
        ("-0.25", "-0.25"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.25e1", "12.5"),
        ("1E-2", "0.01"),
        ("9999999999999999", "9999999999999999"),
        ("12345678901234567", None),
        ("1e16", None),
        ("9e15", "9000000000000000"),
        ("-1e16", None),
        ("1e100", None),
        ("", None),
        (".", None),
        ("1:00", None),
        ("nan", None),
        ("1 000", None),
        ("\u0661", None),
    ],
)
def test_plain_numbers_of_seconds(text: str, expected: str | None) -> None:
    value = None if expected is None else Decimal(expected)
    assert number_seconds(text) == value
    assert time_seconds(text) == (clock_seconds(text) if value is None else value)


def test_a_time_is_a_number_or_of_a_clock() -> None:
    assert time_seconds("1:00") == 60
    assert time_seconds("soon") is None


DAY_ZERO = datetime(1899, 12, 30)


@pytest.mark.parametrize(
    ("value", "number_format", "text", "made"),
    [
        (None, "General", "", ""),
        (True, "General", "TRUE", TRUTH),
        (False, "General", "FALSE", TRUTH),
        (1, "General", "1", ""),
        (10, "General", "10", ""),
        (0, "General", "0", ""),
        (0.5, "General", "0.5", ""),
        (1 / 3, "General", "0.333333333", ""),
        (7, "000", "007", ""),
        (1234, "000", "1234", ""),
        (7, "0.0", "7", ""),
        (1e9, "0.00E+00", "1000000000", SCIENTIFIC),
        (1e9, "0.00e+00", "1000000000", SCIENTIFIC),
        (timedelta(minutes=1, milliseconds=500), "General", "60.5", TIME),
        (timedelta(microseconds=1600), "General", "0.002", TIME),
        (timedelta(hours=30), "General", "108000", TIME),
        (time(1, 2, 3, 500_000), "h:mm:ss", "3723.5", TIME),
        (datetime(1899, 12, 31, 6), "h:mm", "21600", TIME),  # openpyxl counts a day too many
        (datetime(1900, 2, 28), "h:mm", "5097600", TIME),
        (datetime(1900, 3, 1), "h:mm", "5270400", TIME),
        (datetime(2024, 5, 6, 7, 8, 9), "yyyy-mm-dd hh:mm", "2024-05-06 07:08:09", DATE),
        (datetime(2024, 5, 6), "d/m/yy", "2024-05-06", DATE),
        (datetime(1900, 1, 2), "[h]:mm;yyyy", "172800", TIME),
        (date(2024, 5, 6), "General", "2024-05-06", DATE),
        ("#N/A", "General", "#N/A", ERROR),
        ("Err:502", "General", "Err:502", ERROR),
        ("Err:402", "General", "Err:402", ""),
        ("#hash", "General", "#hash", ""),
        (" words ", "General", " words ", ""),
    ],
)
def test_a_value_of_a_sheet_as_text(
    value: object, number_format: str, text: str, made: str
) -> None:
    cell = as_text(value, number_format, epoch=DAY_ZERO)
    assert (cell, made_of(cell)) == (text, made)


def test_sheets_that_count_from_1904_have_no_day_too_many() -> None:
    assert as_text(datetime(1904, 1, 1, 1), "h:mm", epoch=datetime(1904, 1, 1)) == "3600"
    assert as_text(datetime(1904, 1, 2), "h:mm", epoch=datetime(1904, 1, 1)) == "86400"


def test_a_formula_without_a_result_and_an_error_in_plain_text() -> None:
    assert (without_result(), made_of(without_result())) == ("", NO_RESULT)
    assert made_of(" #REF! ") == ERROR
    assert made_of("#REF! and more") == ""
    assert {ERROR, NO_RESULT, DATE, TIME} == LOST


def test_a_cell_is_addressed_by_letters_and_a_row() -> None:
    found = [address(range(before), 3) for before in (0, 1, 25, 26, 51, 52, 701, 702)]
    assert found == ["A3", "B3", "Z3", "AA3", "AZ3", "BA3", "ZZ3", "AAA3"]


def test_names_of_columns_are_compared_as_people_mean_them() -> None:
    assert normal_name(" Start (s) ") == "start_s"
    assert normal_name("Speaker-ID") == "speaker_id"
    assert normal_name("--") == ""
    names = ["a", "speaker_id", "speaker", "b", "b"]
    assert find_column(names, "voice speaker speaker_id") == 2
    assert find_column(names, "voice") is None
    assert place_of(names, "speaker_id") == 1
    with pytest.raises(InvalidInputError, match="has two columns named 'b'"):
        find_column(names, "b a")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        ("\ufeffä".encode(), "ä"),
        (b"\xff\xfe" + "ä\r\n".encode("utf-16-le"), "ä\n"),
        (b"\xfe\xff" + "ä".encode("utf-16-be"), "ä"),
    ],
)
def test_text_in_the_encodings_that_say_what_they_are(data: bytes, text: str) -> None:
    assert decode_text(data) == text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\n\nb\xff", r"^line 3: not UTF-8 text; save the file as UTF-8$"),
        (b"\xff", r"^line 1: not UTF-8 text"),
        (b"\xff\xfea", r"^line 1: not UTF-16-LE text"),
        (b"\na\0", r"^line 2: not text, or UTF-16 without its mark; save as UTF-8$"),
        (b"\0", r"^line 1: not text"),
    ],
)
def test_text_in_other_encodings_is_refused_with_its_line(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        decode_text(data)


def test_a_piece_of_a_file_is_shown_in_one_bounded_line() -> None:
    assert shown(" a \n b ") == "'a b'"
    assert shown("x" * 40) == repr("x" * 40)
    assert shown("x" * 41) == repr("x" * 37 + "...")
    assert shown("x " * 80 + "y") == repr(("x " * 80)[:37] + "...")
    assert shown("x" + " " * 159 + "y") == "'x'"


def test_files_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    def read(path: Path) -> bytes:
        return read_whole(
            path, max_bytes=2**20, what="a list", contents="up to", remedy="cut it", empty="add"
        )

    path = tmp_path / "a"
    with pytest.raises(NotFoundError, match=f"^{path}: no such file$"):
        read(path)
    for text in (b"", b" \n"):
        path.write_bytes(text)
        with pytest.raises(InvalidInputError, match=r"^is empty; add$"):
            read(path)
    path.write_bytes(b"a" * 2**20)
    assert read(path) == b"a" * 2**20
    path.write_bytes(b"a" * (2**20 + 1))
    with pytest.raises(InvalidInputError, match=r"^has 1 MiB, audioset reads up to 1 MiB; cut it$"):
        read(path)
    with pytest.raises(InvalidInputError, match=r"^is not a file; name a list$"):
        read(tmp_path)
    with pytest.raises(InvalidInputError, match=r"^cannot be read \(embedded null byte\)$"):
        read(tmp_path / "a\0")
    with pytest.raises(InvalidInputError, match=r"^cannot be read \(Not a directory\)$"):
        read(path / "below")
    path.write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"^is empty; there are no cues in it$"):
        load_bytes(path)
    with pytest.raises(InvalidInputError, match=r"^is not a file; name a subtitle or label file$"):
        load_bytes(tmp_path)


def test_problems_of_one_kind_are_one_sentence() -> None:
    def lines(*numbers: int) -> list[str]:
        return [f"line {number}: 'a\\'{number}' has no end" for number in numbers]

    assert first_problems([]) == []
    assert first_problems([*lines(1), "other", *lines(2)]) == [
        "line 1: 'a\\'1' has no end (so is line 2)",
        "other",
    ]
    (told,) = first_problems(lines(*range(1, 7)))
    assert told == "line 1: 'a\\'1' has no end (so are lines 2, 3, 4, 5, 6)"
    (told,) = first_problems(lines(*range(1, 9)))
    assert told.endswith("(so are lines 2, 3, 4, 5, 6 and 2 more)")
    assert first_problems(['"x" is odd', '"y" is odd', '"z" is odd']) == [
        '"x" is odd; and 2 more of this sort'
    ]
    kinds = [f"kind {'x' * number}" for number in range(21)]
    assert first_problems(kinds[:20]) == kinds[:20]
    assert first_problems(kinds) == [*kinds[:20], "and 1 more of this sort"]


def test_xml_of_strangers() -> None:
    data = b'<a xmlns:n="urn:n" n:x="1">\n<n:b y="2"/>\n\n<c/></a>'
    root = xml_root(data)
    assert [local_name(each) for each in root.iter()] == ["a", "b", "c"]
    assert list(element_lines(root, data).values()) == [1, 2, 4]
    assert (attribute(root, "x"), attribute(root, "y")) == ("1", None)
    assert attribute(root[0], "y") == "2"
    for bad, told in (
        (b"<a>\n<b></a>", r"^line 2: not well-formed XML at column 6; "),
        (b"<!DOCTYPE a><a/>", "^line 1: defines a document type or entities"),
        (b'<?xml version="1.0" encoding="no"?><a/>', "^line 1: XML in an encoding that cannot be"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            xml_root(bad)


def test_older_and_locked_documents() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert is_older(old + b"x")
    assert not is_older(b"x" + old)
    assert is_book(old)
    assert is_book(b"PK\x03\x04")
    assert not is_book(b"PK\x05\x06")
    require_open(b"x", "docx")
    with pytest.raises(InvalidInputError, match=r"an older Word or Excel.*save it as \.docx$"):
        require_open(old, "docx")
    with pytest.raises(InvalidInputError, match=r"^is locked with a password; "):
        require_open(old + "EncryptedPackage".encode("utf-16-le"), "docx")
    for data in (b"PK\x03\x04 nothing", b""):
        with pytest.raises(InvalidInputError, match=r"^not an \.xlsx workbook"):
            read_book(data, None)


def test_the_line_that_names_a_separator() -> None:
    assert without_separator("sep=;\na;b") == ("\na;b", ";")
    assert without_separator(' "SEP=|" \na|b') == ("\na|b", "|")
    assert without_separator("sep=\na\tb") == ("\na\tb", None)
    assert without_separator("sep=ab\na") == ("sep=ab\na", None)
    assert without_separator("a;sep=;\n") == ("a;sep=;\n", None)
    assert without_separator("sep=,") == ("\n", ",")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\n1\t2", [["a", "b"], ["1", "2"]]),
        ("a;b,c\n1;2,5\n3;4,5", [["a", "b,c"], ["1", "2,5"], ["3", "4,5"]]),
        ("a,b;c,d\n1,2,3\n", [["a", "b;c", "d"], ["1", "2", "3"]]),
        ("\n\na|b\n", [[], [], ["a", "b"]]),
        ("words", [["words"]]),
        ('"a, b",c\n1,2', [["a, b", "c"], ["1", "2"]]),
        ('a|"b\n1|2', [["a", '"b'], ["1", "2"]]),
        ('5" disk\ta\n"b" c\td', [['5" disk', "a"], ['"b" c', "d"]]),
        ("sep=x\n1x2", [[], ["1", "2"]]),
        ("a,b,c;d\n1,2,3;4\n", [["a", "b", "c;d"], ["1", "2", "3;4"]]),
        ("a,b;c;d\n1,2;3;4\n", [["a,b", "c", "d"], ["1,2", "3", "4"]]),
    ],
)
def test_rows_are_split_by_the_separator_that_they_have(text: str, rows: list[list[str]]) -> None:
    assert [row for _, row in split_rows(text)] == rows


def test_rows_have_the_lines_where_they_end_and_at_most_1000_cells() -> None:
    assert list(csv_rows('a,"b\nc"\nd', ",")) == [(2, ["a", "b\nc"]), (3, ["d"])]
    ((_, row),) = csv_rows(",".join(map(str, range(1001))), ",")
    assert row[-1] == "999"
    assert filled_rows([(1, ["", " "]), (2, []), (3, ["", "x"]), (4, [without_result()])]) == [
        (3, ["", "x"]),
        (4, [""]),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [('a,b\n"c,d\ne,f\n', 2), ('a,b\n1,2\n"c,d\n"e",f\n', 3)]
)
def test_a_quote_that_is_not_closed_is_refused_where_it_begins(text: str, line: int) -> None:
    with pytest.raises(InvalidInputError, match=f"^line {line}: a quote begins here that is not"):
        list(csv_rows(text, ","))


def test_a_cell_that_a_program_changed_is_refused_where_it_counts() -> None:
    assert require_kept("a", "row 1") == "a"
    with pytest.raises(InvalidInputError, match=r"^row 1: '#N/A' is one of the errors of a spread"):
        require_kept("#N/A", "row 1")
    with pytest.raises(
        InvalidInputError, match=r"^row 1: 'nothing' is one of the formulas without"
    ):
        require_kept(without_result(), "row 1")


def book(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    made = openpyxl.Workbook()
    fill(made)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_the_rows_of_a_sheet_with_what_is_not_seen_at_first_sight() -> None:
    def fill(made: openpyxl.Workbook) -> None:
        page = made.active
        page.title = "first"
        page.append(["a", "b", None])
        page.append([])
        page.append([None, "=1+1"])
        page["A5"], page["C5"], page["A8"] = "merged", "x", "y"
        page.merge_cells("A5:A7")
        page["C6"], page["C7"] = "x2", "x3"
        page.row_dimensions[6].hidden = True
        page["ALM1"] = "the 1001st"
        made.create_sheet("second")["A1"] = "z"
        made.create_sheet("third").sheet_state = "hidden"

    data = book(fill)
    rows, name, notes = read_book(data, None)
    assert rows == [
        (1, ["a", "b"]), (3, ["", ""]), (5, ["merged", "", "x"]), (6, ["merged", "", "x2"]),
        (7, ["merged", "", "x3"]), (8, ["y"]),
    ]  # fmt: skip
    assert made_of(rows[1][1][1]) == NO_RESULT
    assert name == "first"
    assert notes == [
        "read is the sheet 'first', not 'second', 'third'",
        "rows that are hidden in the sheet are read too (1); delete them if not",
    ]
    assert read_book(data, "second") == ([(1, ["z"])], "second", [])
    told = r"^has no sheet 'x'; its sheets are 'first', 'second', 'third'$"
    with pytest.raises(InvalidInputError, match=told):
        read_book(data, "x")


def test_a_hidden_sheet_is_not_the_first() -> None:
    def fill(made: openpyxl.Workbook) -> None:
        made.active["A1"] = "hidden"
        made.active.sheet_state = "hidden"
        made.create_sheet("seen")["A1"] = "seen"

    rows, name, _ = read_book(book(fill), None)
    assert (rows, name) == ([(1, ["seen"])], "seen")


def test_an_empty_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"^is empty; its first line must name the columns"):
        load_table_bytes(path)


def test_quotes_between_tabs_that_take_up_several_even_lines_are_signs() -> None:
    text = 'a\tx "y"\nb\t"open\nc\tmid\nd\tclosed"\n'
    assert list(csv_rows(text, "\t"))[1:3] == [(2, ["b", '"open']), (3, ["c", "mid"])]
    cell = 'a\tx\nb\t"one\ntwo"\n'
    assert list(csv_rows(cell, "\t"))[1] == (3, ["b", "one\ntwo"])
    assert list(csv_rows('a|"one"\nb|"two"\n', "|")) == [(1, ["a", "one"]), (2, ["b", "two"])]


def test_other_archives_are_named() -> None:
    for name, told in (
        ("content.xml", r"^is an OpenDocument file; save it as \.xlsx, or as CSV UTF-8$"),
        ("xl/workbook.bin", r"^is a binary workbook \(\.xlsb\)"),
        ("other", "^not a workbook that can be read"),
    ):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(InvalidInputError, match=told):
            read_book(file.getvalue(), None)
