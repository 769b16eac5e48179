"""Transcripts as people have them become numbered lines, or are refused with their place."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from audioset.documents.transcripts import find_lines_beside, read_lexicon, read_lines
from audioset.errors import InvalidInputError, NotFoundError
from tests.word_files import document, paragraph


def texts(path: Path, column: str | None = None, speakers: bool | None = None) -> list[str]:
    return [line.text for line in read_lines(path, column=column, speakers=speakers).lines]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_plain_text_in_any_unicode_with_blank_lines_and_comments(
    tmp_path: Path, encoding: str, end: str
) -> None:
    rows = ["# session 3", "", "Whit's  fur ye'll no go by ye", "   ", "It's a braw nicht"]
    path = written(tmp_path / "talk.txt", end.join(rows), encoding)
    read = read_lines(path)
    assert [line.text for line in read.lines] == ["Whit's fur ye'll no go by ye", rows[-1]]
    assert [line.number for line in read.lines] == [1, 2]


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "talk.txt", "one\ncafé\n", "latin-1")
    with pytest.raises(InvalidInputError, match=r"talk\.txt: line 2: not UTF-8 text; save"):
        read_lines(path)


def test_a_prefix_is_a_speaker_when_it_comes_again(tmp_path: Path) -> None:
    path = written(tmp_path / "t.txt", "Isla: aye\nRab C: naw\nNote: mind the gap\nhm\nisla: och\n")
    assert [(line.speaker, line.text) for line in read_lines(path).lines] == [
        ("Isla", "aye"),
        (None, "Rab C: naw"),
        (None, "Note: mind the gap"),
        (None, "hm"),
        ("isla", "och"),
    ]


def test_prefixes_on_every_line_are_speakers_and_the_caller_may_say_so(tmp_path: Path) -> None:
    path = written(tmp_path / "t.txt", "Isla: aye\nRab C: naw\n")
    assert [line.speaker for line in read_lines(path).lines] == ["Isla", "Rab C"]
    assert texts(path, speakers=False) == ["Isla: aye", "Rab C: naw"]
    lone = written(tmp_path / "lone.txt", "Isla: aye\nnaw\n")
    assert texts(lone) == ["Isla: aye", "naw"]
    assert texts(lone, speakers=True) == ["aye", "naw"]


@pytest.mark.parametrize("text", ["a long prefix: words", "12: words", "at 12:30 it ends", "x:y"])
def test_what_is_no_prefix_stays_in_the_text(tmp_path: Path, text: str) -> None:
    assert texts(written(tmp_path / "t.txt", f"{text}\n{text}\n")) == [text, text]


@pytest.mark.parametrize(
    ("text", "said", "takes"),
    [
        ("aye (x3)", "aye", 3),
        ("aye [2x]", "aye", 2),
        ("aye (×4)", "aye", 4),
        ("aye x3", "aye x3", None),
        ("aye (three)", "aye (three)", None),
        ("(x3)", "(x3)", None),
    ],
)
def test_takes_stand_in_brackets_at_the_end(
    tmp_path: Path, text: str, said: str, takes: int | None
) -> None:
    [line] = read_lines(written(tmp_path / "t.txt", text)).lines
    assert (line.text, line.takes) == (said, takes)


def test_numbers_that_count_the_lines_are_taken_off_and_others_stay(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.txt", "1. aye\n2. naw\n")) == ["aye", "naw"]
    assert texts(written(tmp_path / "b.txt", "1. aye\n3. naw\n")) == ["1. aye", "3. naw"]


def test_rows_without_words_are_left_out_and_told(tmp_path: Path) -> None:
    read = read_lines(written(tmp_path / "t.txt", "aye\n---\nnaw\n"))
    assert [line.number for line in read.lines] == [1, 2]
    assert read.problems == ("line 2: '---' has no words; left out",)


def test_paragraphs_and_cells_of_a_document_are_lines(tmp_path: Path) -> None:
    table = f"<w:tbl><w:tr><w:tc>{paragraph('in a cell')}</w:tc></w:tr></w:tbl>"
    split = (
        "<w:p><w:r><w:t>split</w:t></w:r><w:r><w:tab/><w:t xml:space='preserve'>into </w:t></w:r>"
        "<w:r><w:t>runs</w:t><w:br/><w:t>new line</w:t></w:r></w:p>"
    )
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"
    gone = "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
    body = f"{paragraph('# note')}{paragraph('first')}<w:p/>{table}{split}{hidden}{gone}"
    path = document(tmp_path / "talk.docx", body)
    assert texts(path) == ["first", "in a cell", "split into runs", "new line"]


@pytest.mark.parametrize(
    ("name", "body", "members", "reason"),
    [
        ("macro.docx", paragraph("a"), {"word__vbaProject_bin": "x"}, "holds macros"),
        ("empty.docx", "", {}, "has no lines"),
        ("bomb.docx", paragraph("a" * (33 * 2**20)), {}, "unpacks to 33 MiB"),
    ],
)
def test_documents_with_macros_or_bombs_are_refused(
    tmp_path: Path, name: str, body: str, members: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInputError, match=rf"{name}: {reason}"):
        read_lines(document(tmp_path / name, body, **members))


def test_a_document_with_entities_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(InvalidInputError, match="entities"):
        read_lines(path)
    with pytest.raises(InvalidInputError, match=r"not a \.docx document"):
        read_lines(written(tmp_path / "text.docx", "just text"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", 'id,Sentence,speaker,takes\n7,"aye, but",isla,3\n8,naw,rab,\n'),
        ("t.tsv", "text\tspeaker\ttakes\naye, but\tisla\t3\nnaw\trab\t\n"),
        ("semicolon.csv", "speaker;text;takes\nisla;aye, but;3\nrab;naw;\n"),
    ],
)
def test_columns_of_a_table_are_found_by_name(tmp_path: Path, name: str, text: str) -> None:
    lines = read_lines(written(tmp_path / name, text)).lines
    assert [(line.text, line.speaker, line.takes) for line in lines] == [
        ("aye, but", "isla", 3),
        ("naw", "rab", None),
    ]


def test_a_workbook_is_a_table_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["nr", "phrase", "takes"], [1, "aye", 2], [], [2, "naw", None]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    lines = read_lines(tmp_path / "t.xlsx").lines
    assert [(line.text, line.takes) for line in lines] == [("aye", 2), ("naw", None)]


def test_a_column_that_is_not_found_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "id,scots,english\n1,aye,yes\n")
    with pytest.raises(InvalidInputError, match=r"--column .*, one of 'id', 'scots', 'english'"):
        read_lines(path)
    assert texts(path, column="scots") == ["aye"]
    with pytest.raises(InvalidInputError, match="has no column 'welsh'"):
        read_lines(path, column="welsh")
    headless = written(tmp_path / "h.csv", "1,aye\n2,naw\n")
    assert texts(headless, column="2") == ["aye", "naw"]


@pytest.mark.parametrize("takes", ["some", "0", "-1", "1.5"])
def test_a_count_that_is_none_is_refused_with_its_row(tmp_path: Path, takes: str) -> None:
    path = written(tmp_path / "t.csv", f"text,takes\naye,2\nnaw,{takes}\n")
    with pytest.raises(InvalidInputError, match=r"row 3: .* is no number of takes"):
        read_lines(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.doc", r"save it as \.docx"),
        ("a.docm", r"save it as \.docx"),
        ("a.pdf", "plain text"),
        ("a.mp4", "does not tell what it is"),
    ],
)
def test_other_kinds_are_refused_with_a_way_out(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_lines(written(tmp_path / name, "x"))
    with pytest.raises(NotFoundError, match="no such file"):
        read_lines(tmp_path / f"missing{Path(name).suffix}")


def test_a_transcript_beside_a_source_is_found_and_labels_are_none(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    assert find_lines_beside(source) is None
    written(tmp_path / "talk.txt", "0.5\t1.5\taye\n")
    assert find_lines_beside(source) is None
    document(tmp_path / "talk.docx", paragraph("a"))
    assert find_lines_beside(source) == tmp_path / "talk.docx"
    written(tmp_path / "talk.txt", "aye\n")
    assert find_lines_beside(source) == tmp_path / "talk.txt"
    written(tmp_path / "talk.lines.txt", "aye\n")
    assert find_lines_beside(source) == tmp_path / "talk.lines.txt"


def test_a_lexicon_says_how_words_are_said(tmp_path: Path) -> None:
    path = written(tmp_path / "l.txt", "# ours\nHoose  [[h'u:s]]\ndreich\tdr'i:x\n")
    assert read_lexicon(path) == {"hoose": "h'u:s", "dreich": "dr'i:x"}
    with pytest.raises(InvalidInputError, match=r"bad\.txt: line 2: .* says not how"):
        read_lexicon(written(tmp_path / "bad.txt", "a  b\nhoose\n"))
    with pytest.raises(InvalidInputError, match=r"line 2: .* is there twice"):
        read_lexicon(written(tmp_path / "two.txt", "a  b\nA  c\n"))
