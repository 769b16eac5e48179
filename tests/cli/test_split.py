"""`audioset split`: what it prints, what it writes, and how it ends."""

import json
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.workspace import Workspace, init
from tests.curation.splitting import add_clip, sentence


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Ten speakers with two clips each."""
    ws = init(tmp_path / "scots")
    for number in range(20):
        add_clip(ws, f"talk {number}.wav", speaker=f"s{number % 10}", text=sentence(number))
    monkeypatch.chdir(ws.folder)
    return ws


def test_it_shows_the_splits_and_writes_them_when_told(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["split"]) == 0
    out, err = capsys.readouterr()
    assert "train          16       8         8  0:00:08  80.0%   80.0%" in out
    assert "leaks: none (pairs that share something: speaker 10, source 0," in out
    assert "kept 100.0% of the length" in out
    assert "nothing was changed; --yes records 20 decisions" in err
    assert set(splits_of(ws).values()) == {None}
    assert run(["split", "--yes"]) == 0
    assert "20 decisions recorded" in capsys.readouterr().err
    assert sorted(map(str, splits_of(ws).values())).count("train") == 16
    assert run(["split", "--yes"]) == 0
    assert "20 stay" in capsys.readouterr().err
    assert run(["check", "--rule", "leak"]) == 0


def test_as_json_everything_is_told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--test", "0.5", "--validation", "0", "--seed", "3", "--by", "speaker,takes"]
    assert run(["split", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["options"]["by"] == ["speaker", "takes"]
    assert (told["options"]["train"], told["options"]["seed"]) == (0.5, 3)
    assert len(told["changes"]) == 20
    assert set(told["changes"][0]) == {"clip_id", "before", "after"}
    assert told["certificate"]["leaks"] == {"speaker": 0, "takes": 0}
    assert told["certificate"]["splits"][0]["wanted_share"] == 0.5


def test_leaks_of_splits_that_are_held_end_with_3(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["split", "--yes"]) == 0
    tested = next(clip for clip, side in splits_of(ws).items() if side == "test")
    assert run(["decide", tested, "--split", "train"]) == 0
    capsys.readouterr()
    assert run(["split"]) == 3
    out, err = capsys.readouterr()
    assert "leaks: speaker 1" in out
    assert tested in out
    assert "audioset decide" in err
    assert run(["check", "--rule", "leak"]) == 3
    assert "in train, but shares speaker with test" in capsys.readouterr().out


def test_what_gets_no_split_is_named(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["split", "--yes"]) == 0
    sides = {side: clip for clip, side in splits_of(ws).items()}
    texts = {row.clip_id: row for row in rows_of(ws)}
    bridge = add_clip(
        ws, "bridge.wav", text=texts[sides["test"]].text, speaker=texts[sides["train"]].speaker
    )
    capsys.readouterr()
    assert run(["split", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert bridge.clip_id in out
    assert "train, test" in out
    assert "1 without a split" in err


def rows_of(ws: Workspace) -> list[audioset.Clip]:
    from audioset.curation.workspace.effective import read_effective
    from audioset.records.manifest import clips_from_table

    return list(clips_from_table(read_effective(ws.working)))


def splits_of(ws: Workspace) -> dict[str, str | None]:
    return {row.clip_id: row.split for row in rows_of(ws)}


def test_the_choice_of_kinds_can_be_stated_once(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["split", "--by", "sentence,takes"]) == 0
    assert 'by = "sentence,takes", min_words = 4' in capsys.readouterr().err
    toml = ws.folder / "audioset.toml"
    text = toml.read_text().replace("[split]", '[split]\nby = "sentence,takes"\ntest = 0.3')
    toml.write_text(text)
    assert run(["split", "--json"]) == 0
    options = json.loads(capsys.readouterr().out)["options"]
    assert (options["by"], options["test"], options["train"]) == (["sentence", "takes"], 0.3, 0.6)
    toml.write_text(text.replace('"sentence,takes"', '"nose"'))
    assert run(["split"]) == 1
    assert "got 'nose'" in capsys.readouterr().err


def test_wrong_shares_are_one_line(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["split", "--train", "0.5"]) == 1
    assert "shares that make 1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_per_cent_in_the_place_of_a_share_are_told_how_to_write(
    ws: Workspace, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(["split", f"--{name}", "20"]) == 2
    said = "is a share from 0 to 1; got 20; write 0.2 for 20 %"
    assert capsys.readouterr().err.splitlines()[0].endswith(f"'--{name}': {said}")
    assert run(["split", f"--{name}", "-0.1"]) == 2
    assert "is a share from 0 to 1; got -0.1" in capsys.readouterr().err
    toml = ws.folder / "audioset.toml"
    toml.write_text(toml.read_text().replace("[split]", f"[split]\n{name} = 20"))
    assert run(["split"]) == 1
    assert capsys.readouterr().err == f"audioset: {name} {said}\n"
