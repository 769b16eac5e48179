"""What an audioset is installed, packed, released and cited by names what is there."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from audioset.cli.app import COMMANDS

PROJECT = Path(__file__).parents[1]
ABOUT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = set(ABOUT["optional-dependencies"])
# For scripts of a clone, and for those who change audioset.
OF_A_CLONE = {"demo", "team", "docs", "test", "check", "faults"}
CONTAINERS = sorted((PROJECT / "scripts" / "containers").glob("*.Containerfile"))
TEMPLATES = sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def read(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def extras_in(text: str) -> set[str]:
    return {
        name for names in re.findall(r"audioset'?\[([a-z,-]+)\]", text) for name in names.split(",")
    }


def test_all_is_every_extra_of_a_user_without_the_smaller_one_of_two() -> None:
    (everything,) = ABOUT["optional-dependencies"]["all"]
    assert everything.startswith("audioset[")
    assert extras_in(everything) == EXTRAS - OF_A_CLONE - {"all", "whisper"}
    whisper, base = (ABOUT["optional-dependencies"][name] for name in ("whisper", "whisper-base"))
    assert set(whisper) < set(base)


def test_the_page_tells_what_each_extra_is_for() -> None:
    page = (PROJECT / "docs" / "install.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z-]+)`", page)) >= EXTRAS
    assert extras_in(page) <= EXTRAS


def test_the_workflow_calls_scripts_that_are_there() -> None:
    jobs = read(".github/workflows/test.yml")["jobs"]
    lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    called = {word for line in lines for word in line.split() if word.startswith("scripts/")}
    assert called == {"scripts/check", "scripts/test"}
    assert all(os.access(PROJECT / name, os.X_OK) for name in called)
    programs = next(line for line in lines if "apt-get install" in line)
    wanted = set(re.findall(r"command -v (\w+)", (PROJECT / ".ci" / "run").read_text()))
    packages = programs.replace("postgresql", "initdb").replace("gcc", "cc").split()
    assert wanted <= set(packages), "a program without which tests skip"


def test_it_is_cited_as_what_it_is() -> None:
    cited = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert (cited["title"], cited["version"]) == (ABOUT["name"], ABOUT["version"])
    assert (cited["license"], cited["keywords"]) == (ABOUT["license"], ABOUT["keywords"])
    assert cited["authors"] == ABOUT["authors"]
    assert cited["abstract"] == ABOUT["description"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_of_issues_has_what_it_needs(path: Path) -> None:
    template = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem == "config":
        assert template == {"blank_issues_enabled": True}
        return
    assert template["name"]
    assert template["description"]
    ids = [field["id"] for field in template["body"]]
    assert len(ids) == len(set(ids)) > 0
    for field in template["body"]:
        known = {"textarea", "input", "checkboxes"}
        assert field["type"] in known
        assert field["type"] == "checkboxes" or field["attributes"]["label"]


def test_hooks_start_what_is_there() -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    program, command = hook["entry"].split()
    assert program in ABOUT["scripts"]
    assert command in COMMANDS
    assert re.search(hook["files"], "audioset.toml")
    assert re.search(hook["files"], "scots/manifests/talk-12345678.parquet")
    (own,) = read(".pre-commit-config.yaml")["repos"]
    checks = " ".join(ABOUT["optional-dependencies"]["check"])
    for one in own["hooks"]:
        program = one["entry"].split()[0]
        if program.startswith(".venv/bin/"):
            assert Path(program).name in checks
        else:
            assert os.access(PROJECT / program, os.X_OK)


@pytest.mark.parametrize("path", CONTAINERS, ids=lambda path: path.stem)
def test_a_container_copies_and_installs_what_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    copied = [
        word
        for words in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
        for word in words.split()
    ]
    assert copied
    assert all((PROJECT / name).exists() for name in copied)
    (extras,) = re.findall(r"^ARG EXTRAS=(\S+)$", text, re.MULTILINE)
    assert set(extras.split(",")) <= EXTRAS
    assert "\nUSER audioset\n" in text
    assert f"scripts/containers/{path.name}" in text, "how to build it"


def test_what_a_release_lacks_or_has_too_much_is_named(tmp_path: Path) -> None:
    (tmp_path / "audioset").mkdir()
    for name in ("audioset/a.py", "audioset/page.html", "README.md"):
        (tmp_path / name).write_text("x")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        for name in ("audioset/a.py", "audioset/old.py", "audioset-1.dist-info/METADATA"):
            wheel.writestr(name, "x")
    with tarfile.open(tmp_path / "a.tar.gz", "w") as archive:
        for name in ("audioset/a.py", "audioset/page.html"):
            archive.add(tmp_path / name, f"audioset-1/{name}")
    (tmp_path / ".gitignore").write_text("/a.*\n.gitignore\n")
    command = [sys.executable, PROJECT / "scripts" / "look_into_release.py", "a.whl", "a.tar.gz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        "a.whl lacks audioset/page.html",
        "a.whl has audioset/old.py, which git does not know",
        "a.tar.gz lacks README.md",
    ]


@pytest.mark.slow
def test_a_release_is_built_and_works_in_empty_environments(tmp_path: Path) -> None:
    command = [PROJECT / "scripts" / "release", tmp_path / "made"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    name = f"audioset-{ABOUT['version']}"
    made = {path.name for path in (tmp_path / "made").glob("audioset-*")}
    assert made == {f"{name}.tar.gz", f"{name}-py3-none-any.whl"}
    assert "uv publish" in done.stderr
