"""Reading a published version: rows, single clips, batches; nothing that was damaged passes."""

import multiprocessing
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError, StorageError
from audioset.media.flac import decode_flac
from audioset.records.manifest import clips_from_table, table_from_clips
from audioset.records.receipt import Receipt
from audioset.storage.cache import Cache
from audioset.storage.store import Store, open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.training.plan import Batching
from audioset.training.reader import Dataset
from audioset.versions.consumed import end_noting, noted
from audioset.versions.going_runs import begin_run, end_run
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import publish_table
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.workspaces import make_workspace

__all__ = ["s3_url"]  # a fixture: imported to be found by pytest

SHARD_BYTES = 8_000  # a few clips each


def publish(ws: Workspace, store: Store, *, shard_bytes: int = SHARD_BYTES) -> Dataset:
    """Publish the working clips; the first clip of each source has a mood, all have a take."""
    clips = []
    for path in list_manifests(ws.manifests_dir):
        for number, clip in enumerate(clips_from_table(read_manifest(path))):
            extra = {"take": str(number), "mood": "calm"} if number == 0 else {"take": str(number)}
            clips.append(replace(clip, extra=extra))
    publication = publish_table(
        table_from_clips(clips),
        clips_dir=ws.clips_dir,
        store=store,
        dataset=ws.name,
        shard_bytes=shard_bytes,
    )
    return Dataset(store, publication.record)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace", sources=3, clips_per_source=10)


@pytest.fixture
def dataset(ws: Workspace) -> Dataset:
    return publish(ws, open_store(ws.settings.store))


def ids(batches: object) -> list[list[str]]:
    return [[clip.row.clip_id for clip in batch] for batch in batches]  # type: ignore[attr-defined]


def test_a_dataset_tells_what_it_is(dataset: Dataset) -> None:
    assert str(dataset.ref) == "scots@v1"
    assert len(dataset) == dataset.table.num_rows == 30
    assert dataset.digest == dataset.record.digest
    assert len(dataset.record.shards) > 1, "the tests below need several shards"


def test_a_clip_is_what_was_published(dataset: Dataset, ws: Workspace) -> None:
    for clip_id in dataset.table["clip_id"].to_pylist()[::7]:
        loaded = dataset[clip_id]
        flac = (ws.clips_dir / f"{clip_id}.flac").read_bytes()
        samples, sampling_rate = decode_flac(flac, name=clip_id)
        assert loaded.row.clip_id == clip_id
        assert loaded.sampling_rate == sampling_rate == 8000
        assert loaded.samples.dtype == np.float32
        assert loaded.samples.shape == (loaded.row.num_samples,)
        np.testing.assert_array_equal(loaded.samples, samples)


def test_an_unknown_clip_is_not_found(dataset: Dataset) -> None:
    with pytest.raises(NotFoundError, match="no clip 'nobody'"):
        dataset["nobody"]


def test_iteration_gives_all_clips_in_order_of_their_ids(dataset: Dataset) -> None:
    assert [clip.row.clip_id for clip in dataset] == dataset.table["clip_id"].to_pylist()


def test_facts_become_columns_and_a_taken_name_gets_a_prefix(dataset: Dataset) -> None:
    frame = dataset.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["clip_id"]) == dataset.table["clip_id"].to_pylist()
    assert "extra" not in frame
    assert set(frame["extra_take"]) == {str(number) for number in range(10)}
    assert frame["take"].isna().all()
    assert frame["mood"].notna().sum() == 3
    assert frame["length_seconds"].sum() == pytest.approx(7.5)


def test_a_label_is_a_column_or_a_fact(dataset: Dataset) -> None:
    assert set(dataset.label("speaker")) == {"speaker0", "speaker1"}
    assert dataset.label("mood").count("calm") == 3
    assert dataset.label("mood").count(None) == 27
    assert dataset.label("take")[0] == "0", "an empty column gives way to a fact of its name"
    with pytest.raises(NotFoundError, match=r"no clip of scots@v1 has 'digit'; .*mood.*speaker"):
        dataset.label("digit")


def test_batches_of_a_split_have_its_clips_once(dataset: Dataset) -> None:
    seen = [clip.row for batch in dataset.batches(split="train", clips=7) for clip in batch]
    assert {row.split for row in seen} == {"train"}
    assert len({row.clip_id for row in seen}) == len(seen) == 20


def test_batches_hold_their_samples_in_shuffled_order(dataset: Dataset) -> None:
    for batch in dataset.batches(clips=8, seed=3):
        for clip in batch:
            np.testing.assert_array_equal(clip.samples, dataset[clip.row.clip_id].samples)


def test_seconds_bound_a_batch(dataset: Dataset) -> None:
    batches = list(dataset.batches(seconds=1.1))
    assert {len(batch) for batch in batches} == {4, 2}
    assert sum(len(batch) for batch in batches) == 30


def test_the_order_is_a_function_of_seed_and_epoch_alone(dataset: Dataset, ws: Workspace) -> None:
    again = Dataset(open_store(ws.settings.store), dataset.record)
    first = ids(dataset.batches(clips=4, seed=1, epoch=2))
    assert ids(again.batches(clips=4, seed=1, epoch=2)) == first
    assert ids(dataset.batches(clips=4, seed=1, epoch=3)) != first
    assert ids(dataset.batches(clips=4, seed=2, epoch=2)) != first
    in_order = [
        clip_id for batch in ids(dataset.batches(clips=4, shuffle=False)) for clip_id in batch
    ]
    assert in_order == dataset.table["clip_id"].to_pylist()


def test_a_reader_that_stops_early_leaves_nothing_behind(dataset: Dataset) -> None:
    import threading

    batches = dataset.batches(clips=2)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name.startswith("audioset-batches")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"clips": 4, "split": "dev"},
            "no clip of scots@v1 has split 'dev'; splits are: test, train",
        ),
        ({}, "clips=… or seconds=…"),
        ({"clips": 0}, "at least 1 clip"),
    ],
)
def test_bad_batches_are_refused_before_anything_is_read(
    dataset: Dataset, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        dataset.batches(**arguments)  # type: ignore[arg-type]


def test_one_flipped_bit_is_found_in_the_clip_that_has_it(dataset: Dataset) -> None:
    row = next(clips_from_table(dataset.table.slice(5, 1)))
    path = Path(dataset.store.url) / shard_key("scots", str(row.shard_sha256))
    data = bytearray(path.read_bytes())
    data[int(row.offset_bytes or 0) + 100] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=row.clip_id):
        dataset[row.clip_id]
    assert dataset[dataset.table["clip_id"][4].as_py()].samples.size == 2000


def test_a_missing_shard_says_that_the_version_is_damaged(dataset: Dataset) -> None:
    row = next(clips_from_table(dataset.table))
    (Path(dataset.store.url) / shard_key("scots", str(row.shard_sha256))).unlink()
    with pytest.raises(IntegrityError, match="scots@v1 is damaged"):
        list(dataset.batches(clips=30))


def test_a_version_on_s3_is_read_by_ranges(ws: Workspace, s3_url: str) -> None:
    local = publish(ws, open_store(ws.settings.store))
    remote = publish(ws, open_store(s3_url))
    assert remote.digest == local.digest
    assert ids(remote.batches(clips=7, seed=5)) == ids(local.batches(clips=7, seed=5))
    for one, other in zip(local, remote, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
    samples = list(remote.webdataset(split="train"))
    assert len({sample["__key__"] for sample in samples}) == 20


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_worker_can_read_a_local_version(dataset: Dataset) -> None:
    """PyTorch's DataLoader forks by default on Linux; a call that hangs would hang for ever."""
    size = dataset[dataset.table["clip_id"][0].as_py()].samples.size

    def read() -> None:
        batch = next(dataset.batches(clips=3, shuffle=False))
        os._exit(0 if batch[0].samples.size == size else 1)

    worker = multiprocessing.get_context("fork").Process(target=read)
    worker.start()
    worker.join()
    assert worker.exitcode == 0


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_worker_is_told_that_a_remote_store_needs_spawn(
    s3_url: str, ws: Workspace
) -> None:
    dataset = publish(ws, open_store(s3_url))
    clip_id = dataset.table["clip_id"][0].as_py()

    def read() -> None:
        try:
            dataset[clip_id]
        except StorageError as error:
            os._exit(0 if "start workers by spawn" in str(error) else 2)
        os._exit(1)

    worker = multiprocessing.get_context("fork").Process(target=read)
    worker.start()
    worker.join()
    assert worker.exitcode == 0


def test_a_pass_says_what_is_read_of_what_in_which_order(dataset: Dataset) -> None:
    one = dataset.begin_pass(split="train", order=(3, 4))
    assert (one.dataset, one.version, one.digest) == ("scots", 1, dataset.record.digest)
    assert (one.filter, one.num_clips) == (None, 30)
    assert (one.split, one.seed, one.epoch) == ("train", 3, 4)
    view = dataset.where("split = 'test'")
    other = view.begin_pass()
    assert (other.filter, other.num_clips) == ("split = 'test'", 10)
    assert other.digest == dataset.record.digest, "positions are told of the version's rows"
    assert (other.split, other.seed, other.epoch) == (None, None, None)


class Noted:
    """What a run consumes while it goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Noted":
        self._folder.mkdir()
        begin_run(self._folder, "run")
        return self

    def __exit__(self, *_: object) -> None:
        end_run(self._folder)
        end_noting(self._folder)

    def now(self) -> Receipt:
        (receipt,) = noted(self._folder, complete=True)
        return receipt


def test_what_is_handed_out_is_noted_and_what_is_read_ahead_is_not(
    dataset: Dataset, tmp_path: Path
) -> None:
    every = dataset.table["clip_id"].to_pylist()
    with Noted(tmp_path / "run") as run:
        clips = iter(dataset)
        next(clips)
        next(clips)
        assert run.now().positions() == [0, 1]
        dataset[every[7]]
        assert run.now().positions() == [0, 1, 7]
        assert [one.num_clips for one in run.now().readings] == [3]
    with Noted(tmp_path / "other") as run:
        batches = dataset.batches(clips=4, split="train", seed=2, epoch=1)
        given = [every.index(clip.row.clip_id) for clip in next(batches)]
        assert run.now().positions() == sorted(given)
        (reading,) = run.now().readings
        assert (reading.split, reading.seed, reading.epoch) == ("train", 2, 1)
        assert reading.num_clips == 4
        batches.close()  # type: ignore[attr-defined]
    with Noted(tmp_path / "in order") as run:
        list(dataset.batches(clips=30, shuffle=None, seed=2))
        (reading,) = run.now().readings
        assert (reading.split, reading.seed, reading.epoch) == (None, None, None)


@pytest.mark.parametrize("shuffle", ["full", "block", None])
@pytest.mark.parametrize("bucket", [True, False])
def test_batches_and_loader_are_made_by_the_plan(
    dataset: Dataset, shuffle: str | None, bucket: bool
) -> None:
    every = dataset.table["clip_id"].to_pylist()
    ways: dict[str, Any] = {"split": "train", "seed": 5, "shuffle": shuffle, "bucket": bucket}
    for size in ({"clips": 3}, {"seconds": 0.6}):
        plan = dataset.plan(Batching(**ways, **size), epoch=2)  # type: ignore[arg-type]
        planned = [[every[place] for place in batch] for batch in plan.batches]
        assert ids(dataset.batches(**ways, **size, epoch=2)) == planned  # type: ignore[arg-type]
        loader = dataset.loader(**ways, **size)  # type: ignore[arg-type]
        loader.load_state_dict({"epoch": 2, "consumed": 0})
        assert ids(loader) == planned


def test_what_is_not_said_is_the_first_epoch_of_all_clips(dataset: Dataset) -> None:
    every = dataset.table["clip_id"].to_pylist()
    plan = dataset.plan(Batching(clips=7, shuffle="block"), epoch=0)
    planned = [[every[place] for place in batch] for batch in plan.batches]
    assert ids(dataset.batches(clips=7)) == ids(dataset.loader(clips=7)) == planned


def test_a_sent_dataset_opens_the_same_rows_with_the_same_cache(
    dataset: Dataset, tmp_path: Path
) -> None:
    view = Dataset(
        dataset.store,
        dataset.record,
        filter="split = 'test'",
        cache=Cache(tmp_path / "cache", 1000),
    )
    copy = pickle.loads(pickle.dumps(view))
    assert (copy.store.url, copy.record, copy.filter) == (
        dataset.store.url,
        dataset.record,
        "split = 'test'",
    )
    assert copy.cache.folder == tmp_path / "cache"
    assert len(copy) == 10
