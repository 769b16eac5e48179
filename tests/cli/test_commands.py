"""Every command does what the verb of the same name does, and shows it."""

import json
from pathlib import Path
from typing import Any

import pytest

from audioset.cli.app import run
from audioset.workspace import Workspace, init, open_workspace
from tests.sounds import LINES, noise, write_audio, write_speech
from tests.workspaces import add_source, make_workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots")
    monkeypatch.chdir(ws.folder)
    return ws


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command that must succeed and give what it printed on stdout."""

    def run_and_read(*arguments: str | Path) -> str:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out

    return run_and_read


def first_clip(ws: Workspace) -> str:
    return min(path.stem for path in ws.clips_dir.iterdir())


def test_init_takes_a_name(tmp_path: Path, shown: Any) -> None:
    values = json.loads(shown("init", tmp_path / "My Talks", "--name", "talks", "--json"))
    assert values["dataset"] == "talks"
    assert open_workspace(tmp_path / "My Talks").name == "talks"


def test_cut_shows_sources_failures_and_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_speech(Path("talk.wav"))
    Path("broken.mp4").write_bytes(b"this is no video")
    assert run(["cut", "talk.wav", "broken.mp4", "--speaker", "isla", "--set", "mic=m7"]) == 1
    out, err = capsys.readouterr()
    assert "talk.wav" in out
    assert "broken.mp4" in out.partition("failed")[2]
    assert "6 clips" in err
    assert "audioset: 1 of 2 sources failed" in err
    assert run(["cut", "talk.wav", "--speaker", "isla", "--set", "mic=m7", "--json"]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["status"], source["num_clips"]) == ("unchanged", 6)
    assert [g.name for g in open_workspace().describe().speakers] == ["isla"]


def test_cut_options_come_from_flags_before_the_file(
    tmp_path: Path, shown: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_speech(Path("talk.wav"))
    Path("audioset.toml").write_text('name = "scots"\n[cut]\npause_seconds = 30\n')
    assert json.loads(shown("cut", "talk.wav", "--json"))["num_clips"] == 1
    assert json.loads(shown("cut", "talk.wav", "--pause", "0.35", "--json"))["num_clips"] == 6
    assert run(["cut", "talk.wav", "--threshold", "2"]) == 1
    assert "threshold must be between 0 and 1" in capsys.readouterr().err


def test_a_cut_that_gives_no_clip_at_all_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_audio(Path("room.wav"), noise(3, 16_000, level=0.003), 16_000)
    assert run(["cut", "room.wav"]) == 3
    assert "nothing was cut: no clip in 1 source" in capsys.readouterr().err
    assert run(["cut", "room.wav"]) == 3  # nor when it is asked again
    write_speech(Path("talk.wav"))
    assert run(["cut", "room.wav", "talk.wav"]) == 0
    assert "1 of 2 sources gave no clip" in capsys.readouterr().err


def test_a_view_is_described_and_pinned_by_its_name(ws: Workspace, shown: Any) -> None:
    ws.publish(track=False)
    name = "scots@v1?speaker = 'speaker1'"
    assert shown("describe", name).startswith(f"{name}: 10 clips")
    assert shown("write-pin", name).strip() == "scots.pin.json"
    pin = json.loads(Path("scots.pin.json").read_text())
    assert pin["filter"] == "speaker = 'speaker1'"
    assert pin["digest"] == ws.open("scots.pin.json").digest != pin["version_digest"]
    assert shown("describe", "scots@v1?speaker = 'nobody'").startswith("scots@v1?")


def test_import_folder_names_each_row_to_look_at(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "takes").mkdir()
    write_speech(tmp_path / "takes" / "a.wav")
    table = tmp_path / "takes" / "metadata.csv"
    table.write_text("file,Sex,mood\na.wav,female,calm\nnone.wav,male,\n")
    command = ["import", "folder", str(tmp_path / "takes")]
    assert run([*command, "--dry-run"]) == 3
    out, err = capsys.readouterr()
    assert "would be 1 clip (1 new" in out
    assert "nothing was written: --dry-run" in err
    assert run(command) == 3
    out, err = capsys.readouterr()
    assert "1 row: name no file of the folder\nrow  what" in out
    assert "3    'none.wav' is not there" in out
    assert "columns: file, 'Sex' as gender" in err
    assert "kept under their own names (extra): 'mood'" in err
    assert "1 row of the table to look at" in err
    table.write_text("file,text\na.wav,aye\n")
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["num_clips"], told["num_changed"], told["num_texts"]) == (1, 1, 1)
    table.write_text("file,speaker\na.wav,isla\n")
    assert run(command) == 3
    assert "1 text would go: a.wav: 'aye'" in capsys.readouterr().err
    assert run([*command, "--yes"]) == 0


def test_describe_shows_the_block_of_pandas(ws: Workspace, shown: Any) -> None:
    import pandas as pd

    clips = [*add_source(ws, "x.mp4", 3, seconds=0.377), *add_source(ws, "y.mp4", 2)]
    lengths = [clip.length_seconds for clip in clips] + [0.25] * 30
    expected = pd.Series(lengths).describe().to_string()
    assert expected in shown("describe")


def test_describe_shows_totals_goal_and_histogram(ws: Workspace, shown: Any) -> None:
    text = shown("describe", "--goal", "10s")
    assert "scots: 30 clips, 0:00:08 (7.50 s)" in text
    assert "75% of 0:00:10, 0:00:03 to go" in text
    assert ["speaker0", "20", "0:00:05", "5.00", "66.7%"] in map(str.split, text.splitlines())
    assert "█" in text
    assert "reached" in shown("describe", "--goal", "7s")


def test_describe_takes_a_manifest_a_folder_and_a_version(
    ws: Workspace, shown: Any, tmp_path: Path
) -> None:
    shown("publish", "--no-track")
    path = next(ws.manifests_dir.iterdir())
    assert json.loads(shown("describe", path, "--json"))["num_clips"] == 10
    assert json.loads(shown("describe", ws.manifests_dir, "--json"))["num_clips"] == 30
    assert json.loads(shown("describe", "scots@v1", "--json"))["num_clips"] == 30
    shown("describe", "scots@v1", "--plot", tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_describe_before_anything_was_cut_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path / "scots")
    assert run(["describe", "--workspace", str(tmp_path / "scots")]) == 1
    assert "audioset cut" in capsys.readouterr().err


def test_decide_by_flags_and_by_table(ws: Workspace, shown: Any, tmp_path: Path) -> None:
    clip = first_clip(ws)
    shown("decide", clip, "--text", "Aye", "--reject", "--set", "shoe=42", "--by", "ada")
    table = tmp_path / "t.csv"
    table.write_text(f"clip_id,accepted,take\n{clip},yes,2\n")
    told = json.loads(shown("decide", "--from", table, "--json"))
    assert (told["num_decisions"], told["num_by_field"]) == (2, {"accepted": 1, "take": 1})
    shown("decide", "--speaker", "speaker0", "--set", "gender=f")
    history = shown("history", clip)
    assert [line.split()[2:5] for line in history.splitlines()[2:5]] == [
        ["ada", "text", "Aye"],
        ["ada", "accepted", "no"],
        ["ada", "shoe", "42"],
    ]
    entries = json.loads(shown("history", clip, "--json"))
    assert [entry["decision"]["value"] for entry in entries] == ["Aye", False, "42", True, 2]


def test_decide_takes_many_clips_and_empties_a_field(ws: Workspace, shown: Any) -> None:
    clips = sorted(path.stem for path in ws.clips_dir.iterdir())[:3]
    shown("decide", *clips, "--reject")
    assert ws.describe().num_rejected == 3
    shown("decide", *clips, "--set", "accepted=")
    assert ws.describe().num_rejected == 0


def test_decide_refuses_what_it_does_not_know(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["nope", "--accept"], [first_clip(ws), "--split", "dev"]):
        assert run(["decide", *words]) == 1
    assert "split is train, validation or test" in capsys.readouterr().err
    assert not (ws.folder / "catalog.db").exists()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("nothing was cut", "no clip was cut yet; start with audioset cut FILE"),
        (
            "all rejected",
            "every clip was rejected; accept some, as audioset decide CLIP --accept does",
        ),
        ("filtered", "the condition 'snr_db > 99' holds for none of 2 clips"),
    ],
)
def test_why_there_is_nothing_to_publish_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
    words: str,
) -> None:
    cut = 0 if what == "nothing was cut" else 1
    ws = make_workspace(tmp_path / "scots", sources=cut, clips_per_source=2)
    monkeypatch.chdir(ws.folder)
    if what == "all rejected":
        clips = sorted(path.stem for path in ws.clips_dir.iterdir())
        assert run(["decide", *clips, "--reject"]) == 0
        capsys.readouterr()
    assert run(["publish", *(["--filter", "snr_db > 99"] if what == "filtered" else [])]) == 1
    assert capsys.readouterr().err == f"audioset: there is nothing to publish: {words}\n"


def test_publish_versions_and_pin(
    ws: Workspace, shown: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made = json.loads(shown("publish", "-m", "first", "--no-track", "--json"))
    assert (made["ref"], made["dataset"], made["version"]) == ("scots@v1", "scots", 1)
    assert made["num_new_shards"] >= 1
    assert run(["publish", "--no-track"]) == 0
    out, err = capsys.readouterr()
    assert out == f"scots@v1  {made['digest']}\n"
    assert "nothing changed" in err
    shown("decide", first_clip(ws), "--text", "Aye")
    assert run(["publish", "--no-track"]) == 0
    assert "uploaded 0 shards (0 B), reused 1 shard" in capsys.readouterr().err
    listed = shown("versions")
    assert [line.split()[0] for line in listed.splitlines()[2:]] == ["scots@v1", "scots@v2"]
    assert [v["ref"] for v in json.loads(shown("versions", "scots", "--json"))] == [
        "scots@v1",
        "scots@v2",
    ]
    assert run(["versions", "welsh"]) == 1
    capsys.readouterr()
    assert shown("write-pin", "scots@v1") == "scots.pin.json\n"
    assert shown("write-pin", "scots@v2", "p.json") == "p.json\n"
    assert json.loads(Path("p.json").read_text())["version"] == 2


def test_the_size_of_shards_is_chosen_once(ws: Workspace, shown: Any) -> None:
    assert run(["publish", "--no-track", "--shard-size", "small"]) == 2
    shown("publish", "--no-track", "--shard-size", "16KiB")
    shown("decide", first_clip(ws), "--text", "Aye")
    shown("publish", "--no-track")
    listed = json.loads(shown("versions", "--json"))
    assert [version["shard_bytes"] for version in listed] == [16384, 16384]
    assert listed[0]["shards"] == listed[1]["shards"]
    assert len(listed[0]["shards"]) > 1


def test_flags_say_where_things_are(ws: Workspace, shown: Any, tmp_path: Path) -> None:
    shown("publish", "--no-track", "--store", tmp_path / "other", "--name", "welsh")
    assert shown("versions") == ""
    listed = shown("versions", "welsh", "--store", tmp_path / "other")
    assert "welsh@v1" in listed
    catalog = f"sqlite:///{tmp_path / 'team.db'}"
    shown("decide", first_clip(ws), "--reject", "--catalog", catalog)
    assert json.loads(shown("describe", "--json"))["num_rejected"] == 0
    assert json.loads(shown("describe", "--json", "--catalog", catalog))["num_rejected"] == 1


@pytest.mark.parametrize("command", [["publish"], ["lineage", "scots@v1"], ["log"]])
def test_tracking_out_of_reach_is_told(
    ws: Workspace, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    run(["publish", "--no-track"])
    capsys.readouterr()
    (ws.folder / "file").write_text("no folder")
    code = run([*command, "--tracking", f"sqlite:///{ws.folder}/file/mlflow.db"])
    out, err = capsys.readouterr()
    assert "MLflow" in err
    if command == ["publish"]:
        assert (code, "not logged in MLflow" in err) == (0, True)
        assert out.startswith("scots@v1")
    else:
        assert (code, out) == (1, "")


def test_cut_by_a_transcript_shows_lines_takes_and_what_is_missing(
    tmp_path: Path, shown: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_speech(Path("talk.wav"))
    Path("lines.txt").write_text("\n".join(LINES))
    words = ["cut", "talk.wav", "--transcript", "lines.txt", "--voice", "en-gb-scotland"]
    page = tmp_path / "cut.html"
    out = shown(*words, "--takes", "3", "--report", page)
    assert "2 of 2 lines found, 6 takes: " in out
    assert page.read_text(encoding="utf-8").count("<audio ") == 6
    (source,) = json.loads(shown(*words, "--takes", "3", "--json"))["sources"]
    assert source["status"] == "unchanged"
    assert source["line_counts"]["num_takes"] == 6
    assert [span["take"] for span in source["lines"]["alignment"]["spans"]] == [1, 2, 3, 1, 2, 3]
    # Of five takes of each line, two were never said.
    assert run([*words, "--takes", "5", "--strict"]) == 3
    out, err = capsys.readouterr()
    assert " of 5" in out or "red" in out
    assert "refused" in out
    assert "audioset: 1 of 1 source refused; without --strict it is cut" in err
    decided = json.loads(shown("accept-best-takes", "--json"))
    assert decided["num_decisions"] == 6
    capsys.readouterr()
    assert run(["accept-best-takes"]) == 0
    assert capsys.readouterr().err == "nothing new to decide\n"


def test_options_of_lines_are_for_a_cut_by_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words, why in (
        (["--takes", "3"], "--takes is for a cut by lines; name a --transcript"),
        (["--by", "lines", "--takes", "0"], "is no number of takes; write 3, or auto"),
        (["--transcript", "a.txt", "--every", "5s"], "are different ways to cut"),
        (["--strict"], "--strict is for a cut by lines"),
        (["--report", "a.html"], "--report is for a cut by lines"),
    ):
        assert run(["cut", "talk.wav", *words]) == 2
        assert why in " ".join(capsys.readouterr().err.split())


def test_a_forgotten_speaker_stays_out_when_her_source_is_cut_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_speech(Path("isla.wav"))
    write_speech(Path("ben.flac"), codec="flac")  # the same words in other bytes: another source
    assert run(["cut", "isla.wav", "--speaker", "isla"]) == 0
    assert run(["cut", "ben.flac", "--speaker", "ben", "--pad", "0.05"]) == 0
    assert run(["publish", "--no-track"]) == 0
    capsys.readouterr()
    assert run(["forget", "--speaker", "isla", "--yes"]) == 0
    _, err = capsys.readouterr()
    source = tmp_path / "isla.wav"
    assert f"not touched: their source {source}; delete or cut out the speech yourself" in err
    assert "audioset pull and audioset export, caches and backups may hold copies" in err

    assert run(["cut", "isla.wav", "--pad", "0.1"]) == 0
    capsys.readouterr()
    assert run(["publish", "--no-track"]) == 0
    _, err = capsys.readouterr()
    assert "6 clips left out: withdrawn (audioset forget)" in err
    assert "6 of them share 0.1 s or more of their source with withdrawn clips" in err
    assert "1 speaker" in err


def test_aliases_show_where_names_stand_and_every_move(ws: Workspace, shown: Any) -> None:
    shown("publish", "--no-track")
    shown("decide", first_clip(ws), "--text", "Aye")
    shown("publish", "--no-track")
    assert shown("alias", "prod", "scots@v1", "-m", "first") == "scots@prod  v1\n"
    assert shown("alias", "prod", "scots@v2", "--expect", "1") == "scots@prod  v2 (before: v1)\n"
    rows = [line.split()[:2] for line in shown("aliases").splitlines()[2:]]
    assert rows == [["scots@prod", "v2"]]
    rows = [line.split()[:2] for line in shown("aliases", "scots", "--moves").splitlines()[2:]]
    assert rows == [["scots@prod", "v1"], ["scots@prod", "v2"]]
    assert run(["aliases", "welsh"]) == 1


def test_a_confirmed_text_is_in_the_history_and_so_is_what_is_said_of_a_speaker(
    ws: Workspace, shown: Any
) -> None:
    clip = first_clip(ws)
    assert json.loads(shown("confirm", clip, "--by", "ada", "--json"))["num_decisions"] >= 1
    assert "line of source 0" in shown("history", clip)
    shown("decide", "--speaker", "speaker0", "--set", "gender=f", "--by", "ada")
    said = shown("history", "speaker0")
    assert said == shown("history", "speaker0", "--subject-kind", "speaker")
    assert said.splitlines()[-1].split()[2:5] == ["ada", "gender", "f"]


def test_splits_are_certified_or_the_leaks_named(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three sources, a speaker of the test split is in the training split too."""
    assert run(["certify-splits", "--no-listen"]) == 3
    out, err = capsys.readouterr()
    assert "scots: leaks: speaker 100" in out
    assert "in" in out
    assert "nobody compared the sound" in err
    assert run(["certify-splits", "--by", "source"]) == 0
    assert "scots: leaks: none" in capsys.readouterr().out
