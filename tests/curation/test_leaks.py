"""Every planted kind of leak is found by the certificate and by check, and nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.records.split_report import KINDS, SplitOptions
from audioset.workspace import Workspace
from tests.curation.splitting import (
    add_clip,
    add_part,
    add_speech,
    first_take,
    put,
    sentence,
)
from tests.workspaces import changed, make_clip

Plant = Callable[[Workspace], None]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two clips in each split that have nothing in common."""
    ws = audioset.init(tmp_path / "scots")
    for number, split in enumerate(["train", "validation", "test"] * 2):
        add_clip(ws, f"fine {number}.wav", speaker=f"s{number}", text=sentence(number), split=split)
    return ws


def plant_speaker(ws: Workspace, names: str = "ab") -> None:
    add_clip(ws, f"{names[0]}.wav", speaker="ada", split="train")
    add_clip(ws, f"{names[1]}.wav", speaker="ada", split="test")


def plant_source(ws: Workspace) -> None:
    add_part(ws, "a.wav", 1.0, split="train")
    add_part(ws, "a.wav", 5.0, split="test")


def plant_sentence(ws: Workspace) -> None:
    add_clip(ws, "a.wav", text="It\u2019s THE  kettle\u00a0on\u2014the hob!", split="train")
    add_clip(ws, "b.wav", text="its the kettle on the hob", split="test")


def plant_takes(ws: Workspace) -> None:
    add_clip(ws, "a.wav", text="Aye.", line=7, split="train")
    add_clip(ws, "b.wav", text="aye", line=7, split="test")


def plant_equal_samples(ws: Workspace) -> None:
    clip, flac = make_clip("a.wav", 0, seconds=0.5, split="train")
    put(ws, clip, flac)
    other, _ = make_clip("b.wav", 0, seconds=0.5, split="test")
    put(ws, replace(other, pcm_sha256=clip.pcm_sha256), flac)


def plant_near_sounds(ws: Workspace) -> None:
    add_speech(ws, "a.wav", first_take(), split="train")
    add_speech(ws, "b.wav", np.float32(0.2) * first_take(), split="test")


PLANTS: list[tuple[str, Plant]] = [
    ("speaker", plant_speaker),
    ("source", plant_source),
    ("sentence", plant_sentence),
    ("takes", plant_takes),
    ("duplicates", plant_equal_samples),
    ("duplicates", plant_near_sounds),
]


def test_what_shares_nothing_is_certified(workspace: Workspace) -> None:
    certificate = workspace.certify_splits()
    assert certificate.is_clean
    assert certificate.verdict == "none"
    assert dict(certificate.edges) == dict.fromkeys(KINDS, 0)
    assert (certificate.num_clips, certificate.num_groups) == (6, 6)
    assert [(t.name, t.num_clips, t.num_speakers) for t in certificate.splits] == [
        ("train", 2, 2),
        ("validation", 2, 2),
        ("test", 2, 2),
    ]
    assert certificate.near_compared


@pytest.mark.parametrize(("kind", "plant"), PLANTS)
def test_a_planted_leak_is_found_and_named_by_its_kind(
    workspace: Workspace, kind: str, plant: Plant
) -> None:
    plant(workspace)
    certificate = workspace.certify_splits()
    assert {k: n for k, n in certificate.leaks.items() if n} == {kind: 1}
    [leak] = certificate.examples
    assert (leak.clip_id[:2], leak.split, leak.other_split, leak.kinds) == (
        "a-",
        "train",
        "test",
        (kind,),
    )
    [finding] = workspace.check(rules=("leak",)).findings
    assert (finding.clip_id, finding.value) == (leak.clip_id, leak.other_id)
    assert f"shares {kind} with test" in finding.sentence


@pytest.mark.parametrize(("kind", "plant"), PLANTS)
def test_a_kind_that_is_switched_off_is_no_leak(
    workspace: Workspace, kind: str, plant: Plant
) -> None:
    plant(workspace)
    kinds = tuple(other for other in KINDS if other != kind)
    assert workspace.certify_splits(options=SplitOptions(by=kinds)).is_clean
    ws = changed(workspace, split_defaults={"by": ",".join(kinds)})
    assert not ws.check(rules=("leak",)).findings


def test_clips_of_one_split_may_share_everything_and_clips_without_one_leak_nothing(
    workspace: Workspace,
) -> None:
    for name, split in (("a.wav", "train"), ("b.wav", "train"), ("c.wav", None)):
        add_clip(workspace, name, speaker="ada", text=sentence(50), split=split)
    certificate = workspace.certify_splits()
    assert certificate.is_clean
    assert (certificate.edges["speaker"], certificate.edges["sentence"]) == (1, 1)
    assert certificate.splits[-1].name is None


def test_a_published_version_is_certified_as_it_stands(workspace: Workspace) -> None:
    plant_near_sounds(workspace)
    plant_speaker(workspace, "cd")
    workspace.publish(track=False)
    working = workspace.certify_splits()
    published = workspace.certify_splits("scots@v1")
    assert published.name == "scots@v1"
    assert (published.leaks, published.digest) == (working.leaks, working.digest)
    assert published.leaks["duplicates"] == published.leaks["speaker"] == 1
    unheard = workspace.certify_splits("scots@v1", listen=False)
    assert not unheard.near_compared
    assert (unheard.leaks["duplicates"], unheard.leaks["speaker"]) == (0, 1)


def test_the_digest_tells_assignments_apart(workspace: Workspace) -> None:
    before = workspace.certify_splits(listen=False).digest
    assert workspace.certify_splits(listen=False).digest == before
    add_clip(workspace, "more.wav")
    assert workspace.certify_splits(listen=False).digest != before


def test_spans_that_overlap_are_one_recording_and_spans_that_meet_are_not(
    workspace: Workspace,
) -> None:
    options = SplitOptions(by=("duplicates",))
    add_part(workspace, "a.wav", 1.0, split="train")
    add_part(workspace, "a.wav", 1.45, split="test")
    assert workspace.certify_splits(options=options, listen=False).is_clean
    add_part(workspace, "a.wav", 1.7, split="train")
    found = workspace.certify_splits(options=options, listen=False)
    assert found.num_leaking == 1
    assert found.examples[0].clip_id.endswith("000001700-x")


def test_check_reads_no_audio_for_leaks_when_near_duplicates_are_skipped(
    workspace: Workspace,
) -> None:
    plant_near_sounds(workspace)
    plant_speaker(workspace, "cd")
    for clip in workspace.clips_dir.iterdir():
        clip.unlink()
    report = workspace.check(rules=("leak",), skip=("near_duplicate",))
    [finding] = report.findings
    assert "shares speaker with test" in finding.sentence
    assert report.num_without_audio == 0


def test_rejected_clips_leak_nothing(workspace: Workspace) -> None:
    plant_speaker(workspace)
    [leak] = workspace.certify_splits().examples
    workspace.decide([audioset.Decision("clip", leak.other_id, "accepted", value=False)])
    assert workspace.certify_splits().is_clean


def test_listening_tells_how_far_it_is(workspace: Workspace) -> None:
    told: list[str] = []

    def tell(task: str, done: float, total: float | None, unit: str) -> None:
        told.append(task)

    workspace.certify_splits(progress=tell)
    assert told
    told.clear()
    workspace.certify_splits(progress=tell, listen=False)
    assert told == []
