"""Plug-ins are found by entry point, loaded when asked for, and named when they are broken."""

import json
from pathlib import Path

import numpy as np
import pytest

from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.plugins import load_plugin
from tests.plugin_packages import install, install_documented

POINT = "[audioset.transcribers]\n{name} = {module}:{function}\n"


def test_the_package_of_the_docs_is_found_and_writes_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_documented(tmp_path, monkeypatch)
    assert command(["plugins"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["transcriber", "loud-counter", "loud-counter", "1.0", "ready"] in rows
    counter = load_plugin("transcriber", "loud-counter")(None, 1)
    beep = np.concatenate([np.zeros(1600), np.full(1600, 0.5), np.zeros(1600)]).astype(np.float32)
    heard = counter.transcribe([np.tile(beep, 2), np.zeros(4000, np.float32)], [None, "en"])
    assert [hypothesis.text for hypothesis in heard] == ["two", ""]


def test_a_broken_package_is_named_in_one_line_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_documented(tmp_path / "good", monkeypatch)
    install(
        tmp_path / "bad",
        monkeypatch,
        package="bad-ears",
        code="raise SystemError('no\\nluck')",
        points=POINT.format(name="ears", module="bad_ears", function="open"),
    )
    assert command(["plugins", "--json"]) == 1
    found = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert found["loud-counter"]["problem"] is None
    told = (
        "the transcriber 'ears' of the package bad-ears 1.0 cannot be loaded: SystemError: no luck"
    )
    assert found["ears"]["problem"] == told
    with pytest.raises(InvalidInputError, match=told):
        load_plugin("transcriber", "ears")
    assert load_plugin("transcriber", "loud-counter")(None, 1).name == "loud-counter"


def test_what_cannot_be_called_is_no_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        monkeypatch,
        package="stone",
        code="heavy = 3",
        points=POINT.format(name="stone", module="stone", function="heavy"),
    )
    with pytest.raises(InvalidInputError, match="stone:heavy, which cannot be called"):
        load_plugin("transcriber", "stone")


def test_an_unknown_name_is_told_with_those_that_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_documented(tmp_path, monkeypatch)
    with pytest.raises(NotFoundError, match=r"no transcriber 'nobody'.*loud-counter"):
        load_plugin("transcriber", "nobody")
    with pytest.raises(NotFoundError, match="no aligner 'loud-counter' is installed"):
        load_plugin("aligner", "loud-counter")


def test_two_packages_with_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("ears-a", "ears-b"):
        install(
            tmp_path / package,
            monkeypatch,
            package=package,
            code="def open(): ...",
            points=POINT.format(name="ears", module=package.replace("-", "_"), function="open"),
        )
    with pytest.raises(InvalidInputError, match="ears-a and ears-b both bring a transcriber"):
        load_plugin("transcriber", "ears")
