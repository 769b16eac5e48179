"""Texts leave the workspace as lines files and come back with nothing lost but what was changed."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import audioset
from audioset.cli.app import run as command
from audioset.documents.transcripts import read_lines
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, Writer
from audioset.records.manifest import LINES_KEY, SOURCE_KEY, Clip, table_from_clips
from audioset.records.source import Source
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_clip

ASR = "model:scots-asr@3"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return audioset.init(tmp_path / "scots")


def heard(text: str, score: float | None = 0.9) -> dict[str, Any]:
    return {
        "text": text,
        "text_source": ASR,
        "text_score": score,
        "hypothesis": text,
        "hypothesis_source": ASR,
    }


def add_cut(ws: Workspace, name: str, *values: dict[str, Any]) -> list[Clip]:
    """Add a source as a cut does, one clip for each mapping of columns."""
    clips = [make_clip(name, k, **columns)[0] for k, columns in enumerate(values)]
    ws.manifests_dir.mkdir(exist_ok=True)
    path = ws.manifests_dir / f"{clips[0].source_id}.parquet"
    write_manifest(path, table_from_clips(clips), metadata={SOURCE_KEY: b"{}"})
    return clips


def test_lines_that_no_clip_is_of_stand_where_they_belong(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [Line(number=n, text=f"line {n}", facts=(("age", "63"),)) for n in range(1, 6)]
    found = Alignment(aligner="by-hand@1", spans=(), missing=(), unexplained=(), length_seconds=9.0)
    report = LineReport(transcript="t.txt", lines=tuple(said), alignment=found)
    rows = [{"line": n, "text": f"line {n}", "age": "63"} for n in (2, 4, 2)]
    clips = [make_clip("talk.mp4", k, **row)[0] for k, row in enumerate(rows)]  # type: ignore[arg-type]
    ws.manifests_dir.mkdir(exist_ok=True)
    write_manifest(
        ws.manifests_dir / f"{clips[0].source_id}.parquet",
        table_from_clips(clips),
        metadata={SOURCE_KEY: b"{}", LINES_KEY: report.to_json().encode()},
    )
    decide(ws, clips[1], "age", "64")
    (file,) = ws.export_lines()
    assert (file.num_lines, file.num_clips, file.num_missing) == (6, 3, 3)
    again = read_lines(file.path).lines
    assert [line.text for line in again] == [f"line {n}" for n in (1, 2, 4, 2, 3, 5)]
    assert [line.takes for line in again] == [None, 1, 1, 1, None, None]
    assert [dict(line.facts)["age"] for line in again] == ["63", "63", "64", "63", "63", "63"]
    assert command(["export", "lines", "--workspace", str(ws.folder)]) == 0
    assert "with 3 lines that no clip is of: the next cut" in capsys.readouterr().err


def decide(ws: Workspace, clip: Clip, field: str, value: str | bool) -> None:
    ws.decide([audioset.Decision("clip", clip.clip_id, field, value)])


def back(path: Path) -> list[Line]:
    return list(read_lines(path).lines)


def test_what_holds_now_is_written_in_order_of_time_and_read_back(ws: Workspace) -> None:
    clips = add_cut(
        ws,
        "talk.mp4",
        heard("aye", 0.123456),
        {**heard("wrang"), "speaker": "isla"},
        {"text": "as subtitled", "text_source": "subtitles"},
        {"text": None},
        {"text": "typed", "text_source": "transcript", "text_score": 0.7},
        heard("noise"),
    )
    decide(ws, clips[1], "text", 'right,\n and "quoted"')
    decide(ws, clips[5], "accepted", False)
    (file,) = ws.export_lines()
    assert file.path == ws.folder / "lines" / "talk.lines.csv"
    assert (file.status, file.num_lines, file.num_clips) == ("written", 4, 4)
    assert (file.num_without_text, file.num_rejected) == (1, 1)
    assert file.text_sources == {ASR: 1, "human": 1, "subtitles": 1, "transcript": 1}
    assert [(line.text, line.speaker, line.takes) for line in back(file.path)] == [
        ("aye", None, 1),
        ('right, and "quoted"', "isla", 1),
        ("as subtitled", None, 1),
        ("typed", None, 1),
    ]
    assert [line.writer for line in back(file.path)] == [
        Writer(text_source=ASR, text_score=0.123456, hypothesis="aye", hypothesis_source=ASR),
        Writer(text_source="human", hypothesis="wrang", hypothesis_source=ASR),
        Writer(text_source="subtitles"),
        Writer(text_source="transcript"),
    ]


def test_takes_of_a_line_are_one_row_with_how_often_it_is_said(ws: Workspace) -> None:
    def take(line: int, text: str) -> dict[str, Any]:
        return {**heard(text), "line": line}

    clips = add_cut(
        ws,
        "talk.mp4",
        *[take(1, "aye")] * 3,
        *[take(2, "naw")] * 2,
        take(3, "aye"),
        take(3, "aye, said otherwise"),
        *[take(4, "cough")] * 2,
    )
    decide(ws, clips[0], "accepted", False)  # it is said all the same
    ws.confirm([clips[3].clip_id])
    for clip in clips[7:]:
        decide(ws, clip, "accepted", False)
    (file,) = ws.export_lines()
    lines = back(file.path)
    assert [(line.text, line.takes) for line in lines] == [
        ("aye", 3),
        ("naw", 2),
        ("aye", 1),
        ("aye, said otherwise", 1),
    ]
    sources = [line.writer.text_source for line in lines if line.writer]
    assert sources == [ASR, "human", ASR, ASR]
    assert file.num_clips == 7


def test_texts_of_models_from_elsewhere_are_held_against_themselves(ws: Workspace) -> None:
    add_cut(ws, "talk.mp4", {"text": "aye", "text_source": ASR})
    (file,) = ws.export_lines()
    [line] = back(file.path)
    assert line.writer == Writer(text_source=ASR, hypothesis="aye", hypothesis_source=ASR)


def test_a_workbook_holds_texts_never_formulas(ws: Workspace, tmp_path: Path) -> None:
    said = ("=1+1", "007", "+44 and so on", "\x0caye\x07")
    add_cut(ws, "talk.mp4", *map(heard, said))
    (file,) = ws.export_lines(tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(file.path).active
    assert page is not None
    assert [page.cell(row, 1).value for row in (2, 3, 4, 5)] == [*said[:3], "aye"]
    assert {page.cell(row, 1).data_type for row in (2, 3, 4)} == {"s"}
    assert page.cell(2, 5).value == pytest.approx(0.9)
    lines = back(file.path)
    assert [line.text for line in lines] == [*said[:3], "aye"]
    assert {line.writer.text_source for line in lines if line.writer} == {ASR}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_program_runs_a_text_and_all_of_it_comes_back(
    ws: Workspace, tmp_path: Path, ending: str
) -> None:
    said = (
        "=cmd|'/c calc'!A1",
        "+1 more",
        "-2+3+cmd|' /c calc'!A0",
        "@SUM(1)",
        "\uff1d1+1 and aye",
        "'=quoted aye",
        "''-twice aye",
        "'tis plain, -3",
        "_x000D_ is no line end",
        "aye; =no; -start",
    )
    add_cut(ws, "talk.mp4", *map(heard, said))
    (file,) = ws.export_lines(tmp_path / f"t.{ending}")
    assert [line.text for line in back(file.path)] == list(said)
    assert {line.writer.text_source for line in back(file.path) if line.writer} == {ASR}
    (again,) = ws.export_lines(tmp_path / f"t.{ending}")
    assert again.status == "unchanged"
    if ending == "csv":
        with file.path.open(encoding="utf-8-sig", newline="") as table:
            cells = [cell for row in csv.reader(table) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\uff1d"))]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_that_was_changed_is_replaced_only_when_told(
    ws: Workspace, tmp_path: Path, ending: str
) -> None:
    add_cut(ws, "talk.mp4", heard("aye"), heard("naw"))
    path = tmp_path / f"t.{ending}"
    ws.export_lines(path)
    (again,) = ws.export_lines(path)
    assert again.status == "unchanged"
    if ending == "csv":
        path.write_text(path.read_text("utf-8-sig").replace("aye", "och aye", 1))
    else:
        book = openpyxl.load_workbook(path)
        book.active["A2"] = "och aye"
        book.save(path)
    before = path.read_bytes()
    with pytest.raises(AlreadyExistsError, match=r"says something else than the clips do"):
        ws.export_lines(path)
    assert path.read_bytes() == before
    (told,) = ws.export_lines(path, overwrite=True)
    assert told.status == "written"
    assert [line.text for line in back(path)] == ["aye", "naw"]


def test_a_file_saved_by_another_program_for_tables_says_the_same(
    ws: Workspace, tmp_path: Path
) -> None:
    add_cut(ws, "talk.mp4", heard("aye, aye"))
    path = tmp_path / "t.csv"
    ws.export_lines(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(
            table
        )
    (again,) = ws.export_lines(path)
    assert again.status == "unchanged"


def test_every_source_that_was_cut_gets_a_file_of_its_own(ws: Workspace, tmp_path: Path) -> None:
    add_cut(ws, "talk.mp4", heard("aye"))
    first = add_cut(ws, "chat.mp4", heard("naw"))
    second = add_cut(ws, "Chat.wav", heard("och"))
    add_cut(ws, "quiet.mp4", {"text": None})
    add_source(ws, "imported.wav", 2, text="no recording to cut", text_source="human")
    files = {file.source_name: file for file in ws.export_lines(tmp_path)}
    assert {name: file.path.name for name, file in files.items() if file.num_lines} == {
        "talk.mp4": "talk.lines.csv",
        "chat.mp4": f"{first[0].source_id}.lines.csv",
        "Chat.wav": f"{second[0].source_id}.lines.csv",
    }
    assert files["quiet.mp4"].status == "empty"
    assert not files["quiet.mp4"].path.exists()
    (one,) = ws.export_lines(tmp_path / "one.csv", source="/videos/talk.mp4")
    assert back(one.path)[0].text == "aye"
    (same,) = ws.export_lines(tmp_path / "b.csv", source=one.source_id)
    assert same.source_name == "talk.mp4"


def test_what_cannot_be_written_is_said_in_one_line(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        ws.export_lines()
    add_source(ws, "imported.wav", 2, text="x", text_source="human")
    with pytest.raises(NotFoundError, match="no source was cut here"):
        ws.export_lines()
    add_cut(ws, "talk.mp4", {"text": None})
    with pytest.raises(
        NotFoundError, match=r"no clip of talk\.mp4 has a text; audioset transcribe"
    ):
        ws.export_lines(source="talk.mp4")
    add_cut(ws, "chat.mp4", heard("naw"))
    with pytest.raises(InvalidInputError, match="is one file for 2 sources; name a folder, or one"):
        ws.export_lines(tmp_path / "t.csv")
    with pytest.raises(InvalidInputError, match=r"neither a \.csv nor a \.xlsx"):
        ws.export_lines(tmp_path / "t.docx", source="chat.mp4")
    with pytest.raises(NotFoundError, match=r"no source 'x' was cut here; sources are chat\.mp4"):
        ws.export_lines(source="x")
    twin = replace(make_clip("chat.mp4", 9)[0], source_id="chat-other", clip_id="chat-other-1")
    path = ws.manifests_dir / "chat-other.parquet"
    write_manifest(path, table_from_clips([twin]), metadata={SOURCE_KEY: b"{}"})
    with pytest.raises(
        InvalidInputError, match=r"several sources are called chat\.mp4; name one by"
    ):
        ws.export_lines(source="chat.mp4")
    assert not [*tmp_path.glob("*.csv")]


def test_the_command_shows_files_and_who_wrote_them(
    ws: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_cut(ws, "talk.mp4", heard("aye"), heard("naw"), {"text": None})
    monkeypatch.chdir(ws.folder)
    assert command(["export", "lines", "t.csv"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].split() == ["t.csv", "written", "2", "2", ASR, "2"]
    assert "left out: 1 clip without a text" in err
    assert "next: correct the texts, then audioset cut talk.mp4 --transcript t.csv, with" in err
    assert "the options of the first cut (such as --voice, --lexicon, --aligner, --track)" in err
    assert command(["export", "lines", "--source", "talk.mp4", "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)
    assert (file["num_lines"], file["text_sources"]) == (2, {ASR: 2})


def test_a_source_on_object_storage_is_named_by_its_url(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    [clip] = add_cut(ws, "talk.mp4", heard("aye"))
    source = Source(
        source_id=clip.source_id,
        name="talk.mp4",
        sha256=clip.source_sha256,
        container="mp4",
        codec="aac",
        sampling_rate=8000,
        channels=1,
        num_samples=9000,
        url="s3://talks/talk.mp4",
    )
    path = ws.manifests_dir / f"{clip.source_id}.parquet"
    write_manifest(path, table_from_clips([clip]), metadata={SOURCE_KEY: source.to_json().encode()})
    assert command(["export", "lines", "--workspace", str(ws.folder)]) == 0
    assert "audioset cut s3://talks/talk.mp4 --transcript" in capsys.readouterr().err
