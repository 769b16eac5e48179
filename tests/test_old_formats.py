"""Every store format that was ever released is readable for ever: see formats/README.md."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from audioset import api
from audioset.errors import WithdrawnWarning
from audioset.settings import Settings, load_settings
from audioset.storage.store import open_store
from audioset.versions.read.resolve import list_versions, read_version
from tests.workspaces import add_source

FORMATS = sorted(Path(__file__).parent.glob("formats/store-*"))


@pytest.fixture(params=FORMATS, ids=lambda folder: folder.name)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    shutil.copytree(request.param, tmp_path / "store")
    return replace(load_settings(workspace=tmp_path), name="scots")


def test_versions_are_listed_with_what_is_left_of_them(settings: Settings) -> None:
    records = list_versions(open_store(settings.store), "scots")
    assert [(r.version, r.num_clips, r.num_withdrawn, r.message) for r in records] == [
        (1, 2, 2, "first"), (2, 4, 2, "second"), (3, 4, 0, "asked to"),
    ]  # fmt: skip
    # Fixed when the format was released: the identity of a version never changes.
    assert [record.digest[:12] for record in records] == [
        "7e8cdcf82536", "ae4c4bdb03e2", "78a6b93880c1",
    ]  # fmt: skip


@pytest.mark.parametrize("reference", ["scots@v1", "scots@v2", "scots@v3", "scots@prod"])
@pytest.mark.filterwarnings(f"ignore::{WithdrawnWarning.__module__}.WithdrawnWarning")
def test_every_clip_decodes_to_its_samples(settings: Settings, reference: str) -> None:
    dataset = api.open(reference, settings=settings)
    clips = list(dataset)
    assert len(clips) == len(dataset) > 0
    assert {clip.samples.size for clip in clips} == {2000}


def test_texts_speakers_and_facts_are_those_that_were_written(settings: Settings) -> None:
    store = open_store(settings.store)
    rows = read_version(store, list_versions(store, "scots")[-1]).to_pylist()
    assert [(row["speaker"], row["text"], dict(row["extra"] or ())) for row in rows] == [
        ("ben", "words of ben", {}), ("ben", "words of ben", {}),
        ("cat", None, {"room": "hall"}), ("cat", None, {"room": "hall"}),
    ]  # fmt: skip


def test_the_next_version_goes_on_from_it(settings: Settings) -> None:
    add_source(settings, "d.mp4", 2, speaker="dan")
    made = api.publish(track=False, settings=settings).record
    assert (made.version, made.parent, made.num_clips) == (4, 3, 2)
    assert {clip.row.speaker for clip in api.open("scots@v4", settings=settings)} == {"dan"}


def test_what_was_withdrawn_stays_out(settings: Settings) -> None:
    """Format 1 knows her recordings, later ones also where she speaks in their source."""
    knows_spans = '"spans"' in _withdrawal_of(settings)
    again = add_source(settings, "a.mp4", 2, speaker="ada")
    add_source(settings, "d.mp4", 2, speaker="dan")
    assert api.publish(track=False, settings=settings).num_left_out == len(again)
    add_source(settings, "a.mp4", 1, seconds=0.5, speaker="ada")
    made = api.publish(track=False, settings=settings)
    assert (made.num_left_out, made.num_cut_anew) == ((1, 1) if knows_spans else (0, 0))


def test_more_can_be_withdrawn_from_it(settings: Settings) -> None:
    api.forget(speaker="ben", dry_run=False, settings=settings)
    records = list_versions(open_store(settings.store), "scots")
    assert [(r.num_clips, r.num_withdrawn) for r in records] == [(0, 4), (2, 4), (2, 2), (2, 0)]
    add_source(settings, "b.mp4", 1, seconds=0.5, speaker="ben")
    add_source(settings, "d.mp4", 2, speaker="dan")
    assert api.publish(track=False, settings=settings).num_cut_anew == 1
    assert api.verify(settings=settings).problems == ()


def _withdrawal_of(settings: Settings) -> str:
    path = Path(settings.store) / "scots" / "withdrawn" / "w0001.json"
    return path.read_text(encoding="utf-8")
