"""The first user's own case: a synced folder of videos, clips cut by hand, and a spreadsheet.

Two videos with the phrases that are said in them, each three times, one with subtitles, 600 clips,
and a table of 200 rows as people write them. It is all cut, imported, corrected and published by
commands alone, and each row that is wrong is named.
"""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import soundfile

import audioset
from audioset.cli.app import run
from audioset.hearing.align.voices.espeak import is_installed
from scripts.demo_video import SAMPLING_RATE, Speaker, recite
from tests.sounds import write_audio

pytestmark = pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")

NUM_CLIPS = 600
CLIP_RATE = 8000
PHRASES = {"monday": ("the kettle is on", "good morning to you"), "friday": ("bring the coats in",)}
SPEAKER = Speaker("isla", "en-gb-scotland")
# Rows of the spreadsheet from its first clip on, as (name of the file, phrase).
EXACT = [(f"phrase_{n:03d}.wav", f"phrase {n}") for n in range(1, 141)]
LOOSE = [(f"Phrase {n:03d}", f"phrase {n}") for n in range(141, 161)]
MISSPELT = [(f"phrsae_{n:03d}.wav", f"phrase {n}") for n in range(161, 166)]
DOUBLED = [(f"phrase_{n:03d}.wav", f"phrase {n}") for n in range(1, 6)]
CONTRADICTING = [(f"phrase_{n:03d}.wav", "something else") for n in range(6, 11)]
MISSING = [(f"lost_{n}.wav", f"lost {n}") for n in range(1, 16)]
NAMELESS: list[tuple[str | None, str]] = [(None, f"of no file {n}") for n in range(1, 11)]
ROWS = [*EXACT, *LOOSE, *MISSPELT, *DOUBLED, *CONTRADICTING, *MISSING, *NAMELESS]
FIRST_ROW = 4  # as the program for spreadsheets numbers it: a title, a blank row, the names


def write_clips(folder: Path) -> None:
    folder.mkdir()
    chosen = np.random.default_rng(7)
    time = np.arange(CLIP_RATE // 4) / CLIP_RATE
    for number in range(1, NUM_CLIPS + 1):
        sound = 0.3 * np.sin(2 * np.pi * (150 + number) * time) + chosen.normal(0, 0.01, time.size)
        soundfile.write(folder / f"phrase_{number:03d}.wav", sound, CLIP_RATE)


def write_spreadsheet(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Transcriptions"
    sheet.append(["Dialect project, all phrases"])
    sheet.append([])
    sheet.append(["File name", "Transcription", "Speaker", "Class"])
    for name, phrase in ROWS:
        sheet.append([name, phrase, "mairi", "middle"])
    notes = book.create_sheet("Notes")
    notes.append(["to do", "by"])
    notes.append(["record Aberdeen", "May"])
    book.save(path)


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder as it lies on the cloud drive."""
    folder = tmp_path_factory.mktemp("cloud") / "Dialect project"
    folder.mkdir()
    for name, phrases in PHRASES.items():
        sound, _ = recite(phrases, [SPEAKER])
        write_audio(folder / f"{name}.mp4", sound, SAMPLING_RATE, codec="aac")
        (folder / f"{name}.txt").write_text("\n".join(phrases), encoding="utf-8")
    sound, said = recite(("nobody told me", "we went home"), [SPEAKER], takes=1)
    write_audio(folder / "interview.mp4", sound, SAMPLING_RATE, codec="aac")
    cues = [
        f"{number}\n{srt_time(take.start_seconds)} --> {srt_time(take.end_seconds)}\n{take.text}\n"
        for number, take in enumerate(said, 1)
    ]
    (folder / "interview.srt").write_text("\n".join(cues), encoding="utf-8")
    write_clips(folder / "clips")
    write_spreadsheet(folder / "clips" / "Transcriptions.xlsx")
    return folder


def srt_time(seconds: float) -> str:
    whole = int(seconds)
    return f"00:00:{whole:02d},{round((seconds - whole) * 1000):03d}"


def rows_from(first: int, count: int) -> list[int]:
    return list(range(FIRST_ROW + first, FIRST_ROW + first + count))


def fates(printed: str) -> dict[str, list[int]]:
    """Give the numbers of the rows of each fate, as `import folder --json` tells them."""
    found: dict[str, list[int]] = {}
    for row in json.loads(printed)["rows"]:
        found.setdefault(row["fate"], []).append(row["row"])
    return found


def correct(table: Path) -> None:
    """Write what is missing, and take a clip out, as in a program for spreadsheets."""
    book = openpyxl.load_workbook(table)
    sheet = book.active
    column = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        clip_id = sheet.cell(row, column["clip_id"]).value
        if clip_id.startswith("phrase-006-"):
            sheet.cell(row, column["text"]).value = "phrase 6, as she says it"
        elif clip_id.startswith("phrase-600-"):
            sheet.cell(row, column["accepted"]).value = False
    book.save(table)


def test_the_first_evening_takes_seven_commands_and_no_script(
    synced: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    typed: list[str] = []

    def ends_with(status: int, *words: str) -> str:
        typed.append(words[0])
        assert run(words) == status, (words, capsys.readouterr())
        return capsys.readouterr().out

    ends_with(0, "init", "scots")
    monkeypatch.chdir(tmp_path / "scots")
    told = fates(ends_with(3, "import", "folder", str(synced / "clips"), "--json"))
    assert told == {
        "taken": [row for row in rows_from(0, 140) if row not in rows_from(0, 10)],
        "doubled": [*rows_from(0, 5), *rows_from(165, 5)],
        "contradicts": [*rows_from(5, 5), *rows_from(170, 5)],
        "respelt": rows_from(140, 20),
        "close": rows_from(160, 5),
        "no file": rows_from(175, 15),
        "no name": rows_from(190, 10),
    }
    sessions = [str(synced / f"{name}.mp4") for name in PHRASES]
    ends_with(0, "cut", *sessions, "--by", "lines", "--speaker", "isla")
    ends_with(0, "cut", str(synced / "interview.mp4"), "--by", "subtitles")
    ends_with(0, "export", "table", "clips.xlsx")
    correct(Path("clips.xlsx"))
    ends_with(0, "decide", "--from", "clips.xlsx")
    ends_with(0, "publish", "--message", "first evening")
    assert len(typed) == 7

    frame = audioset.open("scots@v1").to_pandas()
    assert len(frame) == NUM_CLIPS - 1 + 2 * 3 + 3 + 2
    texts = dict(zip(frame["clip_id"], frame["text"], strict=True))
    assert [text for clip_id, text in texts.items() if clip_id.startswith("phrase-006-")] == [
        "phrase 6, as she says it"
    ]
    assert frame["social_class"].eq("middle").sum() >= 155
    assert set(frame.query("speaker == 'isla'")["text"]) == {*PHRASES["monday"], *PHRASES["friday"]}
