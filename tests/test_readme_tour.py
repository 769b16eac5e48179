"""Both evenings of the README, line by line as they stand, among a person's own files."""

import sys
from pathlib import Path

import openpyxl
import pytest

import audioset
from tests.sounds import tone, write_audio, write_speech
from tests.typed.pages import PROJECT, Reader, Step, hold, read_steps
from tests.typed.reading import programs

__all__ = ["programs"]  # a fixture
CORRECTED = "gonnae no dae that"
ACTIVATE = ". .venv/bin/activate"
# What the person does before an evening; before the first there is nothing to rename.
BETWEEN = f"""\
cd '{PROJECT}'
if [ -d ~/scots ]; then
mv ~/videos/talk.mp4 ~/videos/renamed.mp4
mv ~/new.wav ~/videos/
fi"""
CORRECT = f"'{sys.executable}' -m tests.test_readme_tour clips.xlsx"


def steps() -> list[Step]:
    """Give what both evenings say."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    return read_steps(text.partition("## The first ten minutes\n")[2].partition("\n![")[0])


def write_files_of_a_person(home: Path) -> None:
    videos, clips = home / "videos", home / "clips"
    videos.mkdir()
    clips.mkdir()
    write_speech(videos / "talk.mp4", codec="aac")
    write_speech(home / "new.wav")  # of the second evening
    book = openpyxl.Workbook()
    book.active.append(["File", "Transcription", "Speaker"])
    for number in range(1, 4):
        write_audio(clips / f"phrase {number}.wav", tone(200 * number, 0.5, 8000), 8000)
        book.active.append([f"Phrase_{number}", f"phrase number {number}", "mairi"])
    book.save(clips / "Transcriptions.xlsx")


def correct(table: Path) -> None:
    """Change a text, as a program for spreadsheets does."""
    book = openpyxl.load_workbook(table)
    names = [cell.value for cell in book.active[1]]
    book.active.cell(2, names.index("text") + 1).value = CORRECTED
    book.save(table)


def test_every_line_of_the_tour_works_as_it_stands(tmp_path: Path, programs: Path) -> None:
    if Path(sys.prefix) != PROJECT / ".venv":
        pytest.skip("the tour begins with the environment that scripts/test makes in .venv")
    write_files_of_a_person(tmp_path)
    reader = Reader(
        tmp_path,
        before={ACTIVATE: BETWEEN, "audioset decide --from clips.xlsx": CORRECT},
        instead={ACTIVATE: f"{ACTIVATE} && PATH='{programs}':$PATH"},
        folder=PROJECT,
    )
    typed = reader.types(steps())
    # The tour's own videos are not perfect.
    hold(steps(), typed, {"audioset check --report check.html": 3})
    ws = audioset.open_workspace(tmp_path / "scots")
    texts = ws.open("scots@v1").to_pandas()["text"].dropna().tolist()
    assert CORRECTED in texts
    assert {"phrase number 2", "phrase number 3"} <= set(texts)
    assert ws.clips_behind("models:/scots-words/1").versions[0].num_consumed == len(texts)
    assert "renamed.mp4 is talk.mp4 under a new name" in "".join(each.printed for each in typed)
    assert ws.diff("scots@v1", "scots@v2").added


if __name__ == "__main__":
    correct(Path(sys.argv[1]))
