"""Reading ahead: every batch in order, what is near is fetched, and nothing else or twice."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import IntegrityError, MediaError
from audioset.media.flac import encode_flac
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.store import open_store
from audioset.training.read_ahead import decode_batch, read_batches
from audioset.training.reader import Dataset
from audioset.training.rows import Rows
from audioset.training.source import ClipSource
from tests.training.test_reader import publish
from tests.workspaces import make_clip, make_workspace


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("ahead") / "w", sources=3, clips_per_source=10)
    return publish(made, open_store("memory://"))


class Fetches:
    """Opens a version, and counts which clips are asked of its store, and when."""

    def __init__(self, dataset: Dataset) -> None:
        self.rows = Rows(dataset.table)
        self.source = ClipSource(dataset.store, dataset.record, self.rows, None)
        self.asked: list[tuple[list[int], bool]] = []
        fetch = self.source.fetch

        def noting(positions: list[int], *, whole: bool = True) -> list[bytes]:
            self.asked.append((list(positions), whole))
            return fetch(positions, whole=whole)

        self.source.fetch = noting  # type: ignore[method-assign, assignment]

    def read(self, batches: list[list[int]], groups: list[list[int]]) -> list[list[str]]:
        loaded = read_batches(self.rows, self.source, batches, groups)
        return [[clip.row.clip_id for clip in batch] for batch in loaded]


def test_each_batch_is_fetched_by_itself_where_there_are_no_groups(dataset: Dataset) -> None:
    fetches = Fetches(dataset)
    batches = [[5, 3], [0], [29, 28, 27], [7]]
    ids = dataset.table["clip_id"].to_pylist()
    assert fetches.read(batches, []) == [[ids[place] for place in batch] for batch in batches]
    first, *others = fetches.asked
    assert first == ([5, 3], False), "the first waits for nothing but its clips"
    assert sorted(others) == [([0], True), ([7], True), ([29, 28, 27], True)]


def test_of_groups_what_later_batches_have_is_fetched_once(dataset: Dataset) -> None:
    fetches = Fetches(dataset)
    batches = [[0, 1], [2, 10], [11, 3], [20]]
    groups = [[3, 2, 1, 0, 4], [10, 11, 12], [20, 21], [25]]
    ids = dataset.table["clip_id"].to_pylist()
    assert fetches.read(batches, groups) == [[ids[place] for place in batch] for batch in batches]
    first, *others = fetches.asked
    assert first == ([0, 1], False)
    assert sorted(others) == [([3, 2], True), ([10, 11], True), ([20], True)]


def test_what_is_eight_batches_away_is_not_fetched_yet(dataset: Dataset) -> None:
    fetches = Fetches(dataset)
    batches = [[place] for place in range(30)]
    loaded = read_batches(fetches.rows, fetches.source, batches)
    next(loaded)
    next(loaded)
    loaded.close()  # type: ignore[attr-defined]
    # Two were given and a third may be loading, which asks for the seven behind it. What was asked
    # for and had not begun is given up, so that there is no least.
    assert max(positions[0] for positions, _ in fetches.asked) <= 9
    assert not [t for t in threading.enumerate() if t.name.startswith("audioset-")]


def test_eight_groups_are_fetched_at_once(dataset: Dataset) -> None:
    fetches = Fetches(dataset)
    fetch, together = fetches.source.fetch, threading.Barrier(8)

    def meeting(positions: list[int], *, whole: bool = True) -> list[bytes]:
        if positions[0] in range(1, 9):
            together.wait(timeout=60)  # for ever, were they fetched one after the other
        return fetch(positions, whole=whole)

    fetches.source.fetch = meeting  # type: ignore[method-assign, assignment]
    assert len(fetches.read([[place] for place in range(10)], [])) == 10


def test_nothing_to_read_asks_for_nothing(dataset: Dataset) -> None:
    fetches = Fetches(dataset)
    assert fetches.read([], []) == []
    assert fetches.asked == []


def test_a_local_version_is_read_batch_by_batch(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "w", sources=1, clips_per_source=4)
    fetches = Fetches(publish(ws, open_store(ws.settings.store)))
    fetches.read([[1], [2, 0], [3]], [[0, 1, 2, 3]])
    assert fetches.asked == [([1], False), ([2, 0], False), ([3], False)]


def stereo(clip: Clip) -> tuple[Clip, bytes, np.ndarray]:
    pcm = np.arange(4000, dtype=np.int16).reshape(-1, 2)
    return replace(clip, channels=2), encode_flac(pcm, 8000), pcm


def test_clips_of_a_batch_have_their_own_shapes_in_one_piece_of_memory() -> None:
    mono, flac = make_clip("talk.mp4", 0)
    two, both, pcm = stereo(make_clip("talk.mp4", 1)[0])
    rows = Rows(table_from_clips([mono, two]))
    one, other, again = decode_batch(rows, [1, 0, 1], [both, flac, both])
    assert (one.samples.shape, other.samples.shape) == ((2000, 2), (2000,))
    assert (one.row, other.row, again.row) == (two, mono, two)
    assert one.sampling_rate == other.sampling_rate == 8000
    np.testing.assert_array_equal(one.samples, pcm.astype(np.float32) / 32768)
    np.testing.assert_array_equal(one.samples, again.samples)
    (alone,) = decode_batch(rows, [0], [flac])
    np.testing.assert_array_equal(other.samples, alone.samples)
    assert decode_batch(rows, [], []) == []


def test_a_row_that_tells_of_more_than_its_bytes_hold_is_named() -> None:
    good, flac = make_clip("talk.mp4", 0)
    clip, other = make_clip("talk.mp4", 1)
    far = replace(clip, num_samples=10**12)
    rows = Rows(table_from_clips([good, far]))
    with pytest.raises(
        IntegrityError,
        match=f"clip {far.clip_id} is damaged: its row states 1000000000000 samples of 1 channels, "
        f"which its {len(other)} bytes cannot hold",
    ):
        decode_batch(rows, [0, 1], [flac, other])


def test_a_row_that_tells_of_other_samples_than_its_audio_has_is_refused() -> None:
    good, flac = make_clip("talk.mp4", 0)
    clip, other = make_clip("talk.mp4", 1)
    rows = Rows(table_from_clips([good, replace(clip, num_samples=1999)]))
    with pytest.raises(MediaError, match="clip 1 of a batch"):
        decode_batch(rows, [0, 1], [flac, other])


def test_a_dataset_hands_the_groups_of_its_plan_on(dataset: Dataset) -> None:
    """The block shuffle of a remote version: one fetch of a group, not one of each batch."""
    source = dataset._source
    asked: list[list[int]] = []
    fetch = source.fetch
    source.fetch = lambda p, **whole: (asked.append(list(p)), fetch(p, **whole))[1]  # type: ignore[method-assign, func-returns-value]
    for read in (dataset.batches, dataset.loader):
        asked.clear()
        batches = [len(batch) for batch in read(clips=3, shuffle="block")]  # type: ignore[operator]
        assert batches == [3] * 10
        assert sorted(map(len, asked)) == [3, 27], "the first batch, and the rest of the only group"
    source.fetch = fetch  # type: ignore[method-assign]


def test_rows_of_clips_are_those_of_the_manifest(dataset: Dataset) -> None:
    rows = list(clips_from_table(dataset.table))
    assert [clip.row for clip in dataset] == rows
