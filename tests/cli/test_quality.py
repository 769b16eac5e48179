"""`audioset check` and `audioset dedupe`: what they print, and how they end."""

import json
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.workspace import Workspace, init
from tests.workspaces import add_source


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Three clips: one has a control character in its text."""
    ws = init(tmp_path / "scots")
    add_source(ws, "a.wav", 2, seconds=1.0, text="a text of it", snr_db=30.0)
    add_source(ws, "b.wav", 1, seconds=1.0, text="be\x07ll rings", snr_db=9.0)
    monkeypatch.chdir(ws.folder)
    return ws


def test_check_ends_with_3_and_names_clip_and_rule(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check"]) == 3
    out, err = capsys.readouterr()
    assert "odd_characters  b-" in out
    assert "U+0007" in out
    assert "1 of 3 clips have a finding" in out
    assert "--report" in err


def test_check_ends_with_0_when_nothing_is_found(ws: Workspace) -> None:
    assert run(["check", "--skip", "odd_characters"]) == 0
    assert run(["check", "--rule", "clipped", "--rule", "low_snr"]) == 0
    assert run(["check", "--rule", "low_snr", "--limit", "low_snr=10"]) == 0, "not told: no speech"


def test_check_as_json_has_everything(
    ws: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["check", "--json", "--report", str(tmp_path / "check.html")]) == 3
    told = json.loads(capsys.readouterr().out)
    [finding] = told["findings"]
    assert (finding["rule"], finding["value"]) == ("odd_characters", "U+0007")
    assert told["counts"]["odd_characters"] == 1
    assert told["limits"]["low_snr"] == audioset.CheckLimits().low_snr
    assert (tmp_path / "check.html").read_text().startswith("<!doctype html>")


def test_check_of_digital_silence_is_json_too(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_source(ws, "silent.wav", 1, text="a text", clipped_share=0.0)
    assert run(["check", "--rule", "too_quiet", "--json"]) == 3
    [finding] = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["findings"]
    assert finding["value"] is None


def test_check_lists_its_rules_and_limits(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--list-rules", "--limit", "low_snr=15"]) == 0
    assert "digits (off)" in capsys.readouterr().out
    assert run(["check", "--list-rules", "--json", "--limit", "low_snr=15"]) == 0
    rules = {rule["name"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert rules["low_snr"]["limits"] == {"low_snr": 15.0}
    assert sorted(rules["chars_per_second"]["limits"]) == [
        "chars_per_second_deviations",
        "chars_per_second_max",
        "chars_per_second_min",
    ]


def test_a_wrong_rule_or_limit_is_one_line(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "--rule", "nonsense"]) == 1
    assert run(["check", "--limit", "low_snr:3"]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 2
    assert "no rule 'nonsense'" in err


def test_dedupe_only_shows_until_it_is_told_to_reject(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_a_clip(ws)
    assert run(["dedupe"]) == 3
    out, err = capsys.readouterr()
    assert "1 duplicate in 1 group, of 4 clips" in out
    assert "nothing was changed" in err
    assert ws.describe().num_rejected == 0
    assert run(["dedupe", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["num_decisions"], told["num_duplicates"]) == (1, 1)
    assert ws.describe().num_rejected == 1
    assert run(["dedupe"]) == 0


def copy_a_clip(ws: Workspace) -> None:
    """Add a source whose one clip has the samples of another clip."""
    from dataclasses import replace

    from audioset.records.manifest import clips_from_table, table_from_clips
    from audioset.storage.tables import read_manifest, write_manifest

    path = sorted(ws.manifests_dir.iterdir())[0]
    first = next(iter(clips_from_table(read_manifest(path))))
    copy = replace(first, clip_id="copy-" + first.clip_id, source_id="copy-" + first.source_id)
    write_manifest(ws.manifests_dir / "copy.parquet", table_from_clips([copy]))
    audio = (ws.clips_dir / f"{first.clip_id}.flac").read_bytes()
    (ws.clips_dir / f"{copy.clip_id}.flac").write_bytes(audio)
