"""Rows that are not held: a version is the same as when they are, and little of it is in memory."""

import gc
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.manifest import clips_from_table
from audioset.storage import tables
from audioset.storage.store import open_store
from audioset.training import row_blocks
from audioset.training.kept_folder import KeptFolder
from audioset.training.reader import Dataset
from audioset.training.row_blocks import RowBlocks
from audioset.versions.layout import manifest_key
from audioset.versions.publish import commit as publishing
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

CONDITIONS = (
    "split = 'train'",
    "length_seconds > 0 and extra['take'] <> '1'",
    "clip_id > 'talk1'",
    "true",
    "false",
)


@pytest.fixture(autouse=True)
def of_many_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty rows are in three parts of three groups of some blocks each."""
    monkeypatch.setattr(publishing, "PART_ROWS", 11)
    monkeypatch.setattr(tables, "ROW_GROUP_ROWS", 4)
    monkeypatch.setattr(row_blocks, "BLOCK_ROWS", 3)
    monkeypatch.setattr(row_blocks, "BLOCKS_HELD", 2)


@pytest.fixture(params=["local", "memory"])
def held(tmp_path: Path, request: pytest.FixtureRequest) -> Dataset:
    ws = make_workspace(tmp_path / "workspace", sources=3, clips_per_source=10)
    made = publish(ws, open_store(ws.settings.store if request.param == "local" else "memory://"))
    assert made.table.num_rows == 30
    return made


@pytest.fixture
def large(held: Dataset, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dataset]:
    """Open the same version, whose rows count as many."""
    with monkeypatch.context() as patch:
        patch.setattr(row_blocks, "HELD_ROWS", 20)
        yield Dataset(held.store, held.record)


def order(dataset: Dataset, **ways: object) -> list[list[str]]:
    batches = dataset.batches(**ways)  # type: ignore[arg-type]
    return [[clip.row.clip_id for clip in batch] for batch in batches]


def test_columns_and_rows_are_the_same(held: Dataset, large: Dataset) -> None:
    assert isinstance(large.manifest, RowBlocks)
    assert len(large) == len(held)
    assert large.label("take") == held.label("take")
    assert large.label("speaker") == held.label("speaker")
    assert large.positions("test") == held.positions("test")
    assert [clip.row for clip in large] == list(clips_from_table(held.table))
    assert "table" not in large.__dict__, "so far no one needed all columns of all rows"
    assert large.table.equals(held.table)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_views_are_the_same(held: Dataset, large: Dataset, condition: str) -> None:
    view, same = large.where(condition), held.where(condition)
    assert (view.digest, view.view, len(view)) == (same.digest, same.view, len(same))
    assert view.table.equals(same.table)
    assert [clip.row for clip in view] == [clip.row for clip in same]
    inner, other = view.where("split = 'train'"), same.where("split = 'train'")
    assert inner.table["clip_id"].to_pylist() == other.table["clip_id"].to_pylist()
    again = Dataset(large.store, large.record, filter=view.filter)
    assert again.digest == view.digest
    with pytest.raises(InvalidInputError, match="speeker"):
        view.where("speeker = 'ada'")


@pytest.mark.parametrize("size", [{"clips": 4}, {"seconds": 0.9}])
@pytest.mark.parametrize("shuffle", ["full", "block", None])
def test_the_order_is_the_same(
    held: Dataset, large: Dataset, shuffle: str | None, size: dict[str, float]
) -> None:
    ways = {"split": "train", "shuffle": shuffle, "seed": 3, "bucket": shuffle == "full", **size}
    assert order(large, **ways) == order(held, **ways)
    view = "speaker = 'speaker1'"
    assert order(large.where(view), clips=3) == order(held.where(view), clips=3)


def test_a_clip_is_found_by_its_id(held: Dataset, large: Dataset) -> None:
    for clip_id in held.table["clip_id"].to_pylist()[::7]:
        np.testing.assert_array_equal(large[clip_id].samples, held[clip_id].samples)
        assert large[clip_id].row == held[clip_id].row
    for missing in ("", "a", "zzz", held.table["clip_id"][3].as_py() + "0"):
        with pytest.raises(NotFoundError, match="has no clip"):
            large[missing]


def test_who_it_is_sent_to_shares_what_is_kept_and_knows_the_digest(
    large: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not large.store.is_local:
        pytest.skip("a store in memory is sent nowhere")
    view = large.where("split = 'train'")
    first = order(view, clips=5)
    folder = view._kept()
    files = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.arrow")}
    assert len(files) > 1
    copy = pickle.loads(pickle.dumps(view))
    monkeypatch.setattr(copy.manifest._blocks.parts, "read_group", None)
    assert "digest" in copy.__dict__
    assert order(copy, clips=5) == first
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.arrow")} == files


def test_a_folder_goes_with_who_made_it() -> None:
    made = KeptFolder()
    copy = pickle.loads(pickle.dumps(made))
    folder = made()
    assert copy() == folder
    del copy
    gc.collect()
    assert folder.is_dir()
    del made
    gc.collect()
    assert not folder.exists()


def test_rows_that_do_not_exist_are_refused(large: Dataset) -> None:
    with pytest.raises(IndexError, match="there are 30 rows"):
        large.rows.places([30])
    assert large.rows.places([]).clip_ids == []
    assert large.rows.num_samples([29, 29]) == [(2000, 1)] * 2


def test_a_manifest_that_is_not_what_was_published_is_refused(large: Dataset) -> None:
    part = large.record.manifests[1]
    key = manifest_key("scots", part.sha256)
    good = large.store.get(key)
    for bad in (good[:-9] + b"x" + good[-8:], good + b"0"):
        large.store.delete(key)
        large.store.put_content(key, bad)
        with pytest.raises(IntegrityError, match="its manifest does not match its hash"):
            len(Dataset(large.store, large.record).where("true"))
    large.store.delete(key)
    with pytest.raises(IntegrityError, match="its manifest is missing"):
        next(iter(Dataset(large.store, large.record)))


def test_rows_that_point_nowhere_are_refused(large: Dataset) -> None:
    fewer = replace(large.record, shards=large.record.shards[1:])
    with pytest.raises(IntegrityError, match="rows point into no shard that its record names"):
        list(Dataset(large.store, fewer).batches(clips=4))
    less = replace(large.record, num_clips=29)
    with pytest.raises(IntegrityError, match="its record states 29 clips"):
        Dataset(large.store, less)[large.record.dataset]
