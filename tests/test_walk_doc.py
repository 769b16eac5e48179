"""`docs/walk.md` is true: its code runs, its table is the import contract, its files are there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.sounds import LINES, write_speech

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "audioset"
WALK = PROJECT / "docs" / "walk.md"
PAGES = sorted(
    [
        *(PROJECT / name for name in ("CONTRIBUTING.md", "README.md", "benchmarks/README.md")),
        *(PROJECT / "docs").rglob("*.md"),
    ]
)
# What is in backticks and has a folder and the ending of a file of the package, or is a folder.
FILE = re.compile(r"`((?:[\w-]+/)+[\w-]+\.(?:pyi?|html|js|css|md))`")
FOLDER = re.compile(r"`((?:[\w-]+/)+)`")
# Folders of a store, a workspace, a corpus or an export, which are not ours.
OF_USERS = {"clips/", "lines/", "originals/", "removed/", "shards/", "store/", "team/"}
OF_USERS |= {"audio/", "dev/", "sharded_manifests/", "train/", "txt/", "wavs/"}
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = SETTINGS["importlinter"]["contracts"]


def table_of_floors() -> list[list[str]]:
    """Give the cells of each row of the table, from the highest floor down."""
    rows = [line for line in WALK.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def wings_of(cell: str) -> list[str]:
    return [name.removesuffix("/").removesuffix(".py") for name in re.findall("`(.*?)`", cell)]


def is_there(place: str) -> bool:
    return any((root / place).exists() for root in (PACKAGE, PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_file_and_folder_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {*FILE.findall(text), *(set(FOLDER.findall(text)) - OF_USERS)}
    assert sorted(place for place in named if not is_there(place)) == []


def test_the_walk_names_files_by_their_whole_path() -> None:
    bare = re.findall(r"`(\w+\.py)`", WALK.read_text(encoding="utf-8"))
    assert [name for name in bare if not (PACKAGE / name).is_file()] == []


def test_the_walk_goes_through_every_chapter_of_the_front_door() -> None:
    text = WALK.read_text(encoding="utf-8")
    named = re.findall(r"^## (\d)\. .*\(`api/(\w+)\.py`\)$", text, re.MULTILINE)
    chapters = []
    for path in (PACKAGE / "api").glob("*.py"):
        number = re.match(r'"""Chapter (\d):', path.read_text(encoding="utf-8"))
        if number:
            chapters.append((number[1], path.stem))
    assert named == sorted(chapters)


def test_the_table_of_floors_is_the_import_contract() -> None:
    layers = next(c["layers"] for c in CONTRACTS if "audioset.workspace" in c.get("layers", ()))
    allowed = [{one.removeprefix("audioset.") for one in layer.split(" | ")} for layer in layers]
    assert [set(wings_of(row[1])) for row in table_of_floors()] == allowed


def test_the_table_says_where_each_library_may_be_imported() -> None:
    told = {}
    for row in table_of_floors():
        for part in filter(None, row[3].split(" · ")):
            wing = re.search(r"\((\w+)\)$", part)
            told[wing[1] if wing else wings_of(row[1])[0]] = set(wings_of(part))
    held = {}
    for contract in CONTRACTS:
        if contract["type"] == "forbidden":
            wing = re.search(r"in (\w+) only$", contract["name"])
            assert wing is not None
            assert f"audioset.{wing[1]}" not in contract["source_modules"]
            held[wing[1]] = set(contract["forbidden_modules"])
    assert told == held


def test_the_code_of_the_walk_runs(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.mp4", codec="aac")
    (tmp_path / "lines.txt").write_text("\n".join(LINES), encoding="utf-8")
    text = WALK.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    # What the words between the code say of it.
    proposed = "\nassert [s.take for s in lines.alignment.spans if s.best and s.line == 2] == [3]"
    told = "\nassert reach.num_working == 1 and [len(plan.versions) for plan in reach.plans] == [2]"
    done = subprocess.run(
        [sys.executable, "-c", code + proposed + told],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
