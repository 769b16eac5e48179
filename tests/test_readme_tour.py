"""Both evenings of the README, line by line as they stand, among a person's own files."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

import audioset
from tests.sounds import tone, write_audio, write_speech

PROJECT = Path(__file__).parents[1]
# What a line may end with besides 0: the tour's own videos are not perfect.
MAY_FIND = {"audioset check": "3"}
CORRECTED = "gonnae no dae that"
# What the person does meanwhile; before the first evening there is nothing to rename.
BETWEEN = [
    "if [ -d ~/scots ]; then",
    "mv ~/videos/talk.mp4 ~/videos/renamed.mp4",
    "mv ~/new.wav ~/videos/",
    "fi",
]


def steps() -> list[tuple[str, str]]:
    """Give (language, code) of the blocks of both evenings, in order."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The first ten minutes\n")[2].partition("\n![")[0]
    return re.findall(r"^```(\w*)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


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


def as_script() -> str:
    """Give the tour as one script; it tells each exit status, and corrects the table."""
    script = []
    for language, code in steps():
        if language == "python":
            script.append(f"cat > train.py <<'END_OF_PYTHON'\n{code}END_OF_PYTHON")
            continue
        for line in code.splitlines():
            if "activate" in line:  # a new evening
                script += [f"cd {shlex.quote(str(PROJECT))}", *BETWEEN]
            script += [f"echo {shlex.quote(f'$ {line}')}", line, 'echo "@ $?"']
            if line.startswith("audioset export table"):
                script.append(f"{shlex.quote(sys.executable)} -m tests.test_readme_tour clips.xlsx")
    return "\n".join(script)


def test_every_line_of_the_tour_works_as_it_stands(tmp_path: Path) -> None:
    if Path(sys.prefix) != PROJECT / ".venv":
        pytest.skip("the tour begins with the environment that scripts/test makes in .venv")
    write_files_of_a_person(tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AUDIOSET_", "MLFLOW_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        ["bash"],
        input=as_script(),
        cwd=PROJECT,
        env=environment | {"HOME": str(tmp_path), "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    lines = re.findall(r"^\$ (.*?)$(.*?)^@ (\d+)$", done.stdout, re.MULTILINE | re.DOTALL)
    assert len(lines) == sum(len(c.splitlines()) for language, c in steps() if not language)
    for line, printed, status in lines:
        usual = {"0", MAY_FIND.get(" ".join(line.split()[:2]), "0")}
        assert status in usual, f"{line}\n{printed}"
    ws = audioset.open_workspace(tmp_path / "scots")
    texts = ws.open("scots@v1").to_pandas()["text"].dropna().tolist()
    assert CORRECTED in texts
    assert {"phrase number 2", "phrase number 3"} <= set(texts)
    assert ws.clips_behind("models:/scots-words/1").versions[0].num_consumed == len(texts)
    assert "renamed.mp4 is talk.mp4 under a new name" in done.stdout
    assert ws.diff("scots@v1", "scots@v2").added


if __name__ == "__main__":
    correct(Path(sys.argv[1]))
