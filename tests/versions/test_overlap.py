"""Training clips against a frozen test split: each kind of overlap is found, and only that."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import audioset
from audioset.curation.split.shared import SHARED_COLUMNS
from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.overlap import OVERLAP_KINDS, Overlap, require_overlap_kinds
from audioset.records.version import FIRST_VERSION
from audioset.settings import Settings, create_workspace
from audioset.storage.store import open_store
from audioset.versions.diff.overlap import find_overlap
from audioset.versions.read.ever_published import published_clips
from audioset.versions.read.resolve import list_versions, resolve
from tests.curation.splitting import add_clip, add_part, decide, put, remove, sentence
from tests.servers import s3_url
from tests.workspaces import make_clip

__all__ = ["s3_url"]


@pytest.fixture
def workspace(tmp_path: Path) -> Settings:
    """scots@v1: one clip to train on, one to test on, with a speaker and a sentence each."""
    settings = create_workspace(tmp_path / "scots")
    add_clip(settings, "trained.wav", speaker="ada", text=sentence(1), split="train")
    add_part(settings, "tested.wav", 1.0, speaker="ben", text=sentence(2), split="test")
    audioset.publish(track=False, settings=settings)
    return settings


def overlap(settings: Settings, *kinds: str, training: int = 2, test: int = 1) -> Overlap:
    store = open_store(settings.store)
    records = [resolve(store, VersionRef("scots", version)) for version in (training, test)]
    return find_overlap(store, *records, kinds or OVERLAP_KINDS, min_words=4)


def same_clip(settings: Settings) -> None:
    for path in settings.clips_dir.glob("tested*"):
        decision = audioset.Decision("clip", path.stem, "split", "train")
        audioset.decide([decision], settings=settings)


def same_samples(settings: Settings) -> None:
    [path] = settings.clips_dir.glob("tested*")
    _, flac = make_clip("tested.wav at 1.0", 0, seconds=0.5)
    clip, _ = make_clip("copy.wav", 0, seconds=0.5, split="train")
    like, _ = make_clip("tested.wav at 1.0", 0, seconds=0.5)
    put(settings, replace(clip, pcm_sha256=like.pcm_sha256), flac)
    assert path.read_bytes() == flac


def same_span(settings: Settings) -> None:
    add_part(settings, "tested.wav", 1.3, split="train")


def same_sentence(settings: Settings) -> None:
    add_clip(settings, "copy.wav", text=f"  {sentence(2).upper()}!", split="train")


def same_speaker(settings: Settings) -> None:
    add_clip(settings, "copy.wav", speaker="ben", split="train")


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
    workspace: Settings, change: Callable[[Settings], None], kinds: set[str]
) -> None:
    change(workspace)
    audioset.publish(track=False, settings=workspace)
    found = overlap(workspace)
    assert {kind for kind, number in found.counts.items() if number == 1} == kinds
    assert (found.num_clips, found.num_training, found.num_test) == (1, 2, 1)
    [example] = found.examples
    assert example.test_id.startswith("tested")
    assert example.kind == next(kind for kind in OVERLAP_KINDS if kind in kinds)
    others = [kind for kind in OVERLAP_KINDS if kind not in kinds]
    assert not others or overlap(workspace, *others).num_clips == 0


def test_what_keeps_the_test_split_has_no_overlap(workspace: Settings) -> None:
    add_part(workspace, "tested.wav", 5.0, speaker="cat", text="aye", split="train")
    add_clip(workspace, "more.wav", speaker="ben", text="aye", split="test")
    add_clip(workspace, "none.wav", speaker="ben", text=sentence(2))
    audioset.publish(track=False, settings=workspace)
    assert overlap(workspace).verdict == "none"
    overlap(workspace).require_none()


def test_a_version_without_splits_is_trained_on_as_a_whole(tmp_path: Path) -> None:
    settings = create_workspace(tmp_path / "scots")
    clip = add_clip(settings, "a.wav", speaker="ada")
    audioset.publish(track=False, settings=settings)
    decide(settings, clip, "split", "test")
    audioset.publish(track=False, settings=settings)
    assert overlap(settings, training=1, test=2).num_clips == 1
    with pytest.raises(InvalidInputError, match="scots@v1 has no clip of split test"):
        overlap(settings, training=2, test=1)


def test_the_refusal_names_the_number_three_clips_and_what_to_do(workspace: Settings) -> None:
    for number in range(5):
        add_clip(workspace, f"copy {number}.wav", speaker="ben", split="train")
    audioset.publish(track=False, settings=workspace)
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
    settings = replace(create_workspace(tmp_path / "scots"), store=s3_url)
    gone, stays = (add_clip(settings, f"{name}.wav", speaker="ada") for name in ("gone", "stays"))
    decide(settings, gone, "split", "test")
    audioset.publish(track=False, settings=settings)
    decide(settings, gone, "split", None)
    decide(settings, stays, "speaker", "ben")
    audioset.publish(track=False, settings=settings)
    remove(settings, gone)
    more = add_clip(settings, "more.wav", split="train")
    audioset.publish(track=False, settings=settings)

    store = open_store(settings.store)
    records = list_versions(store, "scots")
    assert len(records) == 3
    rows = published_clips(store, records, SHARED_COLUMNS).sort_by("clip_id").to_pylist()
    told = [(row["clip_id"], row[FIRST_VERSION], row["split"], row["speaker"]) for row in rows]
    assert told == [
        (gone.clip_id, 1, "test", "ada"), (more.clip_id, 3, "train", None),
        (stays.clip_id, 1, None, "ben"),
    ]  # fmt: skip
    assert published_clips(store, [], SHARED_COLUMNS).num_rows == 0
