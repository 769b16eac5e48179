"""Fetching ahead: each stretch once, several at once, within the memory that is allowed."""

import itertools
import pickle
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from audioset.errors import IntegrityError, StorageError
from audioset.settings import DEFAULT_READ_AHEAD_BYTES
from audioset.storage.store import open_store
from audioset.training.fetched import FetchedBatches
from audioset.training.plan import Batching, EpochPlan
from audioset.training.reader import Dataset
from audioset.versions.layout import shard_key
from tests.faulty_proxy import CUT_ANSWER, FaultyProxy, faulty_proxy
from tests.servers import s3_url, start_s3
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

__all__ = ["s3_url"]
NUM_CLIPS = 240
# Some 3 kB a clip: shards of 40 clips, 8 windows of 30 clips, stretches of 7 or 8.
SHARD_BYTES, WINDOW_BYTES, STRETCHES = 120_000, 90_000, 4


def batching(**more: object) -> Batching:
    return Batching(
        **{"clips": 5, "shuffle": "block", "seed": 3, "lanes": 4, "lane_clips": 5} | more,  # type: ignore[arg-type]
        window_bytes=WINDOW_BYTES,
        window_stretches=STRETCHES,
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("fetched") / "w", sources=4, clips_per_source=60)
    return publish(made, open_store("memory://"), shard_bytes=SHARD_BYTES)


class Watched:
    """Watches what is asked of the source of a version, and how much is held at once.

    Attributes:
        asked: positions of each fetch, and whether it is of a group.
        most_bytes: that were held at once, those under way twice.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.rows, self.source = dataset.rows, dataset._source
        self.asked: list[tuple[list[int], bool]] = []
        self.most_bytes = self._held_bytes = 0
        self._lock = threading.Lock()
        self._fetch = self.source.fetch

    def __enter__(self) -> "Watched":
        self.source.fetch = self._watching  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        del self.source.fetch

    def _watching(self, positions: Sequence[int], *, whole: bool = True) -> list[bytes]:
        size = int(self.rows.sizes_bytes(positions).sum())
        with self._lock:
            self.asked.append((list(positions), whole))
            self._hold(2 * size if whole else 0)
        found = self._fetch(positions, whole=whole)
        with self._lock:
            self._hold(-size if whole else 0)
        return found

    def _hold(self, size: int) -> None:
        self._held_bytes += size
        self.most_bytes = max(self.most_bytes, self._held_bytes)

    def read(
        self,
        batches: Sequence[Sequence[int]],
        groups: Sequence[Sequence[int]],
        most_bytes: int = DEFAULT_READ_AHEAD_BYTES,
    ) -> Iterator[list[bytes]]:
        """Take all batches."""
        with FetchedBatches(
            self.rows, self.source, batches, groups, most_bytes=most_bytes
        ) as fetched:
            for number in range(len(batches)):
                taken = fetched.take(number)
                alone = {p for positions, whole in self.asked if not whole for p in positions}
                with self._lock:
                    left = [p for p in batches[number] if p not in alone]
                    self._hold(-int(self.rows.sizes_bytes(left).sum()))
                yield taken


def right(dataset: Dataset, batches: Sequence[Sequence[int]]) -> list[list[bytes]]:
    return [dataset._source.fetch(batch) for batch in batches]


def test_every_clip_is_fetched_once_and_in_stretches(dataset: Dataset) -> None:
    plan = dataset.plan(batching(), epoch=0)
    with Watched(dataset) as watched:
        taken = list(watched.read(plan.batches, plan.groups))
    assert taken == right(dataset, plan.batches)
    assert Counter(p for positions, _ in watched.asked for p in positions) == Counter(
        range(NUM_CLIPS)
    )
    (first, _), *others = watched.asked
    assert first == list(plan.batches[0]), "nobody waits for a stretch before the first clip"
    assert all(whole for _, whole in others)
    assert len(others) <= len(plan.groups) <= 8 * (STRETCHES + 1)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.0])
def test_no_more_is_held_than_is_allowed(dataset: Dataset, share: float) -> None:
    plan = dataset.plan(batching(), epoch=1)
    with Watched(dataset) as free:
        list(free.read(plan.batches, plan.groups))
    allowed = int(free.most_bytes * share)
    with Watched(dataset) as bound:
        taken = list(bound.read(plan.batches, plan.groups, most_bytes=allowed))
    assert bound.most_bytes <= allowed
    assert taken == right(dataset, plan.batches), "what does not fit is fetched by itself"
    counted = Counter(p for positions, _ in bound.asked for p in positions)
    assert counted == Counter(range(NUM_CLIPS)), "and never with its stretch too"


def test_not_much_more_is_held_than_a_window(dataset: Dataset) -> None:
    """What windows far away need waits, however much memory there is."""
    plan = dataset.plan(batching(), epoch=1)
    with Watched(dataset) as watched:
        reading = watched.read(plan.batches, plan.groups)
        next(reading), next(reading)
        reading.close()  # type: ignore[attr-defined]
    needed = {p for positions, whole in watched.asked if whole for p in positions}
    assert len(needed) < 0.8 * NUM_CLIPS, "8 windows of 4 stretches: room is for 20"


@pytest.mark.parametrize("readers", [2, 4])
def test_readers_share_a_pass_without_fetching_a_clip_twice(dataset: Dataset, readers: int) -> None:
    plan = dataset.plan(batching(), epoch=2)
    counted: Counter[int] = Counter()
    requests: list[int] = []
    for reader in range(readers):
        mine = plan.batches[reader::readers]
        with Watched(dataset) as watched:
            taken = list(watched.read(mine, plan.groups))
        assert taken == right(dataset, mine)
        counted.update(p for positions, _ in watched.asked for p in positions)
        requests.append(len(watched.asked))
    assert counted == Counter(range(NUM_CLIPS))
    assert max(requests) <= len(plan.groups) + 1


def test_a_resumed_pass_fetches_what_is_left(dataset: Dataset) -> None:
    plan = dataset.plan(batching(), epoch=0)
    left = plan.batches[29:]
    with Watched(dataset) as watched:
        taken = list(watched.read(left, plan.groups))
    assert taken == right(dataset, left)
    assert Counter(p for positions, _ in watched.asked for p in positions) == Counter(
        p for batch in left for p in batch
    )


def test_stretches_are_fetched_at_once(dataset: Dataset) -> None:
    plan = dataset.plan(batching(), epoch=0)
    together = threading.Barrier(3)
    fetch, begun = dataset._source.fetch, itertools.count()

    def meeting(positions: Sequence[int], *, whole: bool = True) -> list[bytes]:
        if whole and next(begun) < 3:
            together.wait(timeout=60)  # for ever, were they fetched one after the other
        return fetch(positions, whole=whole)

    dataset._source.fetch = meeting  # type: ignore[method-assign, assignment]
    try:
        with FetchedBatches(dataset.rows, dataset._source, plan.batches, plan.groups) as fetched:
            assert [fetched.take(n) for n in range(2)] == right(dataset, plan.batches[:2])
    finally:
        del dataset._source.fetch


def test_whole_shards_are_read_and_a_view_of_few_clips_reads_few_bytes(dataset: Dataset) -> None:
    read: list[tuple[str, int, int]] = []
    store = dataset.store
    inner = store._read_ranges  # type: ignore[attr-defined]

    def counting(key: str, ranges: list[tuple[int, int]], join_bytes: int) -> list[bytes]:
        from audioset.storage.ranges import join_ranges

        read.extend((key, *block) for block in join_ranges(ranges, join_bytes))
        return inner(key, ranges, join_bytes)  # type: ignore[no-any-return]

    store._read_ranges = counting  # type: ignore[attr-defined]
    try:
        plan = dataset.plan(batching(), epoch=0)
        with FetchedBatches(dataset.rows, dataset._source, plan.batches, plan.groups) as fetched:
            for number in range(len(plan.batches)):
                fetched.take(number)
        total = sum(end - start for _, start, end in read)
        shards = sum(shard.size_bytes for shard in dataset.record.shards)
        assert 0.9 * shards < total < 1.1 * shards
        read.clear()
        view = dataset.where("sample(0.05, 1)")
        wanted = int(view.rows.sizes_bytes(range(len(view))).sum())
        assert sum(len(batch) for batch in view.loader(clips=4)) == len(view)
        assert wanted <= sum(end - start for _, start, end in read) < 0.8 * shards
    finally:
        del store._read_ranges  # type: ignore[attr-defined]


def test_what_fails_is_told_by_the_batch_that_needs_it(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "w", sources=4, clips_per_source=30)
    made = publish(ws, open_store("memory://"), shard_bytes=SHARD_BYTES)
    plan = made.plan(batching(), epoch=0)
    made.store.delete(shard_key("scots", made.record.shards[-1].sha256))
    message = "scots@v1 is damaged: one of its shards is missing"
    with Watched(made) as watched, pytest.raises(IntegrityError, match=message):
        list(watched.read(plan.batches, plan.groups))
    assert not [t for t in threading.enumerate() if t.name.startswith("audioset-fetch")]


def test_a_view_and_a_worker_hold_no_more_than_the_dataset_may(dataset: Dataset) -> None:
    local = Dataset(open_store("memory://"), dataset.record, read_ahead_bytes=7)
    local.store = dataset.store
    assert local.where("sample(0.5, 1)").read_ahead_bytes == 7
    assert pickle.loads(pickle.dumps(local)).read_ahead_bytes == 7
    asked: list[list[int]] = []
    fetch = local._source.fetch
    local._source.fetch = lambda p, **whole: (asked.append(list(p)), fetch(p, **whole))[1]  # type: ignore[method-assign, func-returns-value]
    assert sum(len(batch) for batch in local.loader(clips=5)) == NUM_CLIPS
    assert [len(positions) for positions in asked] == [5] * 48, "no stretch fits"


@pytest.fixture
def proxy(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    with faulty_proxy(start_s3().port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        yield proxy


def test_a_pass_from_s3_outlives_connections_that_break(
    proxy: FaultyProxy, s3_url: str, tmp_path: Path
) -> None:
    ws = make_workspace(tmp_path / "w", sources=4, clips_per_source=60)
    made = publish(ws, open_store(s3_url), shard_bytes=SHARD_BYTES)
    plan: EpochPlan = made.plan(batching(), epoch=0)
    good = right(made, plan.batches)
    proxy.set(CUT_ANSWER, r"GET .*\.tar", nth=8, times=3)
    with Watched(made) as watched:
        taken = list(watched.read(plan.batches, plan.groups))
    assert proxy.done == 3
    assert taken == good
    proxy.set((403, "AccessDenied", "Access Denied."), r"GET .*\.tar", nth=8, times=10**9)
    with pytest.raises(StorageError, match="scots"), Watched(made) as watched:
        list(watched.read(plan.batches, plan.groups))


@pytest.mark.parametrize("split", [None, "train"])
def test_ranks_and_workers_have_one_order_from_s3_and_from_here(
    s3_url: str, tmp_path: Path, split: str | None
) -> None:
    """Several windows, read by one and by four, killed and resumed: the same batches."""
    ws = make_workspace(tmp_path / "w", sources=4, clips_per_source=60)
    remote = publish(ws, open_store(s3_url), shard_bytes=SHARD_BYTES)
    local = publish(ws, open_store(ws.settings.store), shard_bytes=SHARD_BYTES)
    whole = local.plan(batching(split=split), epoch=1).batches
    assert whole == remote.plan(batching(split=split), epoch=1).batches
    plan = remote.plan(batching(split=split), epoch=1)
    expected = right(local, whole)
    for rank in range(2):
        with Watched(remote) as watched:
            mine = plan.batches[10:][rank::2]
            assert list(watched.read(mine, plan.groups)) == expected[10:][rank::2]
