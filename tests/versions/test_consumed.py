"""What a process notes of the clips it takes, and what is read of those files again."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from audioset.records.receipt import Receipt
from audioset.records.version import VersionRecord
from audioset.versions import consumed
from audioset.versions.consumed import (
    NOT_WRITTEN,
    READ_AHEAD,
    SEVERAL_RUNS,
    ConsumedPass,
    begin_pass,
    end_noting,
    mark_gap,
    note_gap,
    noted,
)
from audioset.versions.going_runs import begin_run, end_run

ONE = ConsumedPass(
    dataset="scots",
    version=2,
    digest="d" * 64,
    filter=None,
    num_clips=20,
    split=None,
    seed=None,
    epoch=None,
)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "run"
    folder.mkdir()
    begin_run(folder, "run")
    yield folder
    end_run(folder)
    end_noting(folder)


def only(run: Path, *, complete: bool = True) -> Receipt:
    (receipt,) = noted(run, complete=complete)
    return receipt


def test_a_pass_is_described_by_its_record() -> None:
    record = VersionRecord(
        dataset="scots",
        version=2,
        digest="d" * 64,
        num_clips=20,
        length_seconds=1.0,
        num_speakers=1,
        size_bytes=1,
        manifests=(),
        shards=(),
        parent=None,
        message="",
        created_at="",
        created_by="",
        nonce="",
    )
    assert begin_pass(record) == ONE
    assert begin_pass(record, filter="true", num_clips=0, split="test", seed=4, epoch=5) == replace(
        ONE, filter="true", num_clips=0, split="test", seed=4, epoch=5
    )


def test_clips_are_noted_at_their_places_and_counted_each_time(run: Path) -> None:
    ONE.add([0, 7, 8, 19])
    ONE.add([7])
    receipt = only(run)
    assert receipt.positions() == [0, 7, 8, 19]
    assert (receipt.num_clips, len(receipt.bits), receipt.perhaps) == (20, 3, b"")
    assert receipt.bits == bytes([0b10000001, 0b1, 0b1000])
    assert [one.num_clips for one in receipt.readings] == [5]
    assert (receipt.complete, receipt.unknown) == (True, ())
    assert (receipt.dataset, receipt.version, receipt.digest) == ("scots", 2, "d" * 64)
    assert not only(run, complete=False).complete


def test_passes_of_other_orders_are_counted_apart(run: Path) -> None:
    for seed, positions in ((None, [1]), (3, [2, 3]), (None, [4])):
        replace(ONE, seed=seed, epoch=0 if seed else None).add(positions)
    receipt = only(run)
    assert receipt.positions() == [1, 2, 3, 4]
    counts = {one.seed: one.num_clips for one in receipt.readings}
    assert counts == {None: 2, 3: 2}


def test_more_orders_than_a_file_has_place_for_begin_another(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumed, "_NUM_SLOTS", 4)
    for epoch in range(6):
        replace(ONE, seed=1, epoch=epoch).add([epoch])
        assert len(list(run.glob("*.bits"))) == (1 if epoch < 4 else 2)
    replace(ONE, seed=1, epoch=5).add([5])
    assert len(list(run.glob("*.json"))) == len(list(run.glob("*.bits"))) == 2
    assert {one.epoch: one.num_clips for one in only(run).readings} == {
        **dict.fromkeys(range(5), 1),
        5: 2,
    }
    assert only(run).positions() == [0, 1, 2, 3, 4, 5]


def test_versions_and_conditions_have_receipts_of_their_own(run: Path) -> None:
    ONE.add([1])
    replace(ONE, filter="true", num_clips=3).add([2])
    replace(ONE, digest="e" * 64, version=3).add([3])
    found = {(one.version, one.filter): one.positions() for one in noted(run, complete=True)}
    assert found == {(2, None): [1], (2, "true"): [2], (3, None): [3]}


def test_nothing_is_noted_of_nothing_and_outside_of_runs(run: Path, tmp_path: Path) -> None:
    ONE.add([])
    assert list(run.iterdir()) == []
    end_run(run)
    ONE.add([1])
    note_gap("nobody is there to be told")
    assert list(run.iterdir()) == []
    assert noted(run, complete=True) == ()


def test_what_may_be_of_either_of_two_runs_is_perhaps_of_each(run: Path, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    other = tmp_path / "other"
    other.mkdir()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(begin_run, other, "other").result()
        ONE.add([2])
        with ThreadPoolExecutor(1) as third:
            third.submit(ONE.add, [9, 19]).result()
            third.submit(note_gap, "a reason").result()
        pool.submit(end_run, other).result()
    mine, theirs = only(run), only(other)
    assert (mine.positions(), mine.perhaps_positions()) == ([2], [9, 19])
    assert (theirs.positions(), theirs.perhaps_positions()) == ([], [9, 19])
    assert [one.num_clips for one in mine.readings] == [1]
    assert [one.num_clips for one in theirs.readings] == [0]
    for receipt in (mine, theirs):
        assert receipt.unknown == ("a reason", SEVERAL_RUNS)
        assert not receipt.complete
    end_noting(other)


def test_a_worker_that_reads_ahead_notes_perhaps(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker: list[object] = [None]
    told = SimpleNamespace(get_worker_info=lambda: worker[0])
    monkeypatch.setitem(sys.modules, "torch.utils.data", told)
    ONE.add([1])
    worker[0] = object()
    ONE.add([4])
    receipt = only(run)
    assert (receipt.positions(), receipt.perhaps_positions()) == ([1], [4])
    assert (receipt.complete, receipt.unknown) == (True, (READ_AHEAD,))


def test_a_gap_is_told_and_makes_the_receipt_incomplete(run: Path) -> None:
    ONE.add([1])
    mark_gap(run, "first")
    mark_gap(run, "first")
    note_gap("second")
    assert set(only(run).unknown) == {"first", "second"}
    assert not only(run).complete
    assert len(list(run.glob("*.gap"))) == 2
    mark_gap(run / "not there", "third")  # never raises


def test_what_cannot_be_written_is_a_gap_and_stops_no_training(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(consumed, "reserve", full)
    ONE.add([1])
    monkeypatch.undo()
    replace(ONE, filter="true").add([2])
    receipt = only(run)
    assert (receipt.positions(), receipt.complete) == ([2], False)
    assert receipt.unknown == (NOT_WRITTEN,)


def test_after_the_end_the_next_run_of_a_folder_begins_anew(run: Path) -> None:
    ONE.add([1])
    mark_gap(run, "why")
    end_noting(run)
    for path in run.iterdir():
        path.unlink()
    ONE.add([2])
    mark_gap(run, "why")
    receipt = only(run)
    assert (receipt.positions(), receipt.unknown) == ([2], ("why",))
    assert len(list(run.glob("*.bits"))) == 1


def test_notes_of_several_processes_are_joined(run: Path) -> None:
    ONE.add([1])
    end_noting(run)
    ONE.add([3])
    assert len(list(run.glob("*.json"))) == 2
    receipt = only(run)
    assert receipt.positions() == [1, 3]
    assert sum(one.num_clips for one in receipt.readings) == 2
