"""Flagged takes that nobody judged are published, and publish says how many they are."""

import json
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.records.manifest import table_from_clips
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace
from tests.workspaces import make_clip

FLAGS = ("odd_take,neighbour_missing", "low_score", "low_score", "low_score", None)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Four flagged takes, one accepted and one given a text, and one without a flag."""
    ws = audioset.init(tmp_path / "work", name="scots")
    made = [
        make_clip("talk.mp4", k, text="aye", line=k + 1, take=1, flags=flags)
        for k, flags in enumerate(FLAGS)
    ]
    for folder in (ws.clips_dir, ws.manifests_dir):
        folder.mkdir(exist_ok=True)
    for clip, flac in made:
        (ws.clips_dir / f"{clip.clip_id}.flac").write_bytes(flac)
    clips = [clip for clip, _ in made]
    write_manifest(ws.manifests_dir / "talk.parquet", table_from_clips(clips))
    ws.decide(
        [
            audioset.Decision("clip", clips[2].clip_id, "accepted", True),
            audioset.Decision("clip", clips[3].clip_id, "text", "och aye"),
        ]
    )
    return ws


def test_publish_says_how_many_flagged_clips_nobody_judged_and_what_to_do(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["publish", "--no-track", "--workspace", str(ws.folder)]
    assert run(words) == 0
    err = capsys.readouterr().err
    assert "audioset: 2 clips of lines carry flags, judged by nobody: listen" in err
    assert 'judge in audioset review --where "flags is not null", or by audioset decide' in err
    assert "--report" not in err  # a page that a cut wrote may be older than the clips
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["num_unjudged"] == 2


def test_the_condition_that_it_names_publishes_without_them(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["publish", "--no-track", "--workspace", str(ws.folder)]
    assert run([*words, "--filter", "flags is null or accepted"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("2 clips,")
    assert "judged by nobody" not in err


def test_rejected_takes_are_not_counted(ws: Workspace) -> None:
    clip, _ = make_clip("talk.mp4", 0)
    ws.decide([audioset.Decision("clip", clip.clip_id, "accepted", False)])
    publication = ws.publish(track=False)
    assert (publication.record.num_clips, publication.num_unjudged) == (4, 1)
