"""Training clips against a frozen test split: each kind of overlap is found, and only that."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import audioset
from audioset.curation.split.shared import SHARED_COLUMNS
from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.overlap import OVERLAP_KINDS, Overlap, require_overlap_kinds
from audioset.records.version import FIRST_VERSION
from audioset.storage.store import open_store
from audioset.versions.diff.overlap import find_overlap
from audioset.versions.read.ever_published import published_clips
from audioset.versions.read.resolve import list_versions, resolve
from audioset.workspace import Workspace
from tests.curation.splitting import add_clip, add_part, decide, put, remove, sentence
from tests.servers import s3_url
from tests.workspaces import changed, make_clip

__all__ = ["s3_url"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """scots@v1: one clip to train on, one to test on, with a speaker and a sentence each."""
    ws = audioset.init(tmp_path / "scots")
    add_clip(ws, "trained.wav", speaker="ada", text=sentence(1), split="train")
    add_part(ws, "tested.wav", 1.0, speaker="ben", text=sentence(2), split="test")
    ws.publish(track=False)
    return ws


def overlap(ws: Workspace, *kinds: str, training: int = 2, test: int = 1) -> Overlap:
    store = open_store(ws.settings.store)
    records = [resolve(store, VersionRef("scots", version)) for version in (training, test)]
    return find_overlap(store, *records, kinds or OVERLAP_KINDS, min_words=4)


def same_clip(ws: Workspace) -> None:
    for path in ws.clips_dir.glob("tested*"):
        decision = audioset.Decision("clip", path.stem, "split", "train")
        ws.decide([decision])


def same_samples(ws: Workspace) -> None:
    [path] = ws.clips_dir.glob("tested*")
    _, flac = make_clip("tested.wav at 1.0", 0, seconds=0.5)
    clip, _ = make_clip("copy.wav", 0, seconds=0.5, split="train")
    like, _ = make_clip("tested.wav at 1.0", 0, seconds=0.5)
    put(ws, replace(clip, pcm_sha256=like.pcm_sha256), flac)
    assert path.read_bytes() == flac


def same_span(ws: Workspace) -> None:
    add_part(ws, "tested.wav", 1.3, split="train")


def same_sentence(ws: Workspace) -> None:
    add_clip(ws, "copy.wav", text=f"  {sentence(2).upper()}!", split="train")


def same_speaker(ws: Workspace) -> None:
    add_clip(ws, "copy.wav", speaker="ben", split="train")


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (same_clip, {"clip", "samples", "span", "sentence", "speaker"}),
        (same_samples, {"samples"}),
        (same_span, {"span"}),
        (same_sentence, {"sentence"}),
        (same_speaker, {"speaker"}),
    ],
)
def test_each_kind_of_overlap_is_found(
    workspace: Workspace, change: Callable[[Workspace], None], kinds: set[str]
) -> None:
    change(workspace)
    workspace.publish(track=False)
    found = overlap(workspace)
    assert {kind for kind, number in found.counts.items() if number == 1} == kinds
    assert (found.num_clips, found.num_training, found.num_test) == (1, 2, 1)
    [example] = found.examples
    assert example.test_id.startswith("tested")
    assert example.kind == next(kind for kind in OVERLAP_KINDS if kind in kinds)
    others = [kind for kind in OVERLAP_KINDS if kind not in kinds]
    assert not others or overlap(workspace, *others).num_clips == 0


def test_what_keeps_the_test_split_has_no_overlap(workspace: Workspace) -> None:
    add_part(workspace, "tested.wav", 5.0, speaker="cat", text="aye", split="train")
    add_clip(workspace, "more.wav", speaker="ben", text="aye", split="test")
    add_clip(workspace, "none.wav", speaker="ben", text=sentence(2))
    workspace.publish(track=False)
    assert overlap(workspace).verdict == "none"
    overlap(workspace).require_none()


def test_a_version_without_splits_is_trained_on_as_a_whole(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    clip = add_clip(ws, "a.wav", speaker="ada")
    ws.publish(track=False)
    decide(ws, clip, "split", "test")
    ws.publish(track=False)
    assert overlap(ws, training=1, test=2).num_clips == 1
    with pytest.raises(InvalidInputError, match="scots@v1 has no clip of split test"):
        overlap(ws, training=2, test=1)


def test_the_refusal_names_the_number_three_clips_and_what_to_do(workspace: Workspace) -> None:
    for number in range(5):
        add_clip(workspace, f"copy {number}.wav", speaker="ben", split="train")
    workspace.publish(track=False)
    with pytest.raises(InvalidInputError) as raised:
        overlap(workspace).require_none()
    text = str(raised.value)
    assert "would leak 5 of its 6 training clips to the test split of scots@v1" in text
    assert text.count("(speaker of tested-") == 3
    assert "allow_leak=True" in text
    assert "\n" not in text


def test_kinds_of_overlap_are_checked() -> None:
    assert require_overlap_kinds(("speaker", "clip")) == ("clip", "speaker")
    for kinds in ((), ("nose",)):
        with pytest.raises(InvalidInputError, match="clip, samples, span, sentence, speaker"):
            require_overlap_kinds(kinds)


def test_all_clips_that_versions_ever_held_are_read_once(tmp_path: Path, s3_url: str) -> None:
    ws = changed(audioset.init(tmp_path / "scots"), store=s3_url)
    gone, stays = (add_clip(ws, f"{name}.wav", speaker="ada") for name in ("gone", "stays"))
    decide(ws, gone, "split", "test")
    ws.publish(track=False)
    decide(ws, gone, "split", None)
    decide(ws, stays, "speaker", "ben")
    ws.publish(track=False)
    remove(ws, gone)
    more = add_clip(ws, "more.wav", split="train")
    ws.publish(track=False)

    store = open_store(ws.settings.store)
    records = list_versions(store, "scots")
    assert len(records) == 3
    nothing = pa.chunked_array([], pa.string())
    rows = published_clips(store, records, SHARED_COLUMNS, working_ids=nothing).gone.to_pylist()
    told = [(row["clip_id"], row[FIRST_VERSION], row["split"], row["speaker"]) for row in rows]
    assert told == [
        (gone.clip_id, 1, "test", "ada"),
        (more.clip_id, 3, "train", None),
        (stays.clip_id, 1, None, "ben"),
    ]
