"""What a process notes of the clips that it hands out, and what is read from its notes."""

import json
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from audioset.records.receipt import Reading, Receipt
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

DIGEST = "ef" * 32
RECORD = VersionRecord(
    dataset="scots",
    version=3,
    digest=DIGEST,
    num_clips=20,
    length_seconds=2.5,
    num_speakers=1,
    size_bytes=2048,
    manifests=(),
    shards=(),
    parent=2,
    message="",
    created_at="2026-01-02T03:04:05+00:00",
    created_by="mary",
    nonce="12ab",
)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    """The folder of a run that goes on in this thread."""
    folder = tmp_path / "run"
    folder.mkdir()
    begin_run(folder, "run")
    yield folder
    end_run(folder)
    end_noting(folder)


def of(num_clips: int, epoch: int | None = None, seed: int | None = None) -> Reading:
    return Reading(split=None, seed=seed, epoch=epoch, num_clips=num_clips)


def test_a_pass_is_named_by_its_version_or_by_its_view() -> None:
    whole = begin_pass(RECORD)
    assert whole == ConsumedPass(
        dataset="scots", version=3, digest=DIGEST, filter=None, num_clips=20, split=None,
        seed=None, epoch=None,
    )  # fmt: skip
    view = begin_pass(RECORD, filter="a = 1", num_clips=0, split="train", seed=7, epoch=0)
    assert view == replace(whole, filter="a = 1", num_clips=0, split="train", seed=7, epoch=0), (
        "a view may have no clips"
    )
    assert pickle.loads(pickle.dumps(view)) == view


def test_each_clip_is_a_bit_and_each_pass_a_count(run: Path) -> None:
    first, second = begin_pass(RECORD, seed=7, epoch=0), begin_pass(RECORD, seed=7, epoch=1)
    first.add([0, 9])
    first.add([9, 19])
    second.add([8])
    second.add([])
    (receipt,) = noted(run, complete=False)
    assert receipt == Receipt(
        dataset="scots",
        version=3,
        digest=DIGEST,
        filter=None,
        num_clips=20,
        bits=bytes([0b1, 0b11, 0b1000]),
        readings=(of(4, 0, 7), of(1, 1, 7)),
        complete=False,
    )
    assert noted(run, complete=True) == (replace(receipt, complete=True),)
    end_noting(run)
    begin_pass(RECORD, seed=7, epoch=1).add([1])  # in a file of its own
    (again,) = noted(run, complete=True)
    assert (again.positions(), again.readings) == ([0, 1, 8, 9, 19], (of(4, 0, 7), of(2, 1, 7)))
    assert len(list(run.glob("*.bits"))) == 2


def test_notes_have_a_fixed_place_that_other_processes_read(run: Path) -> None:
    """Readers of another release may join them: the run goes on while one is installed."""
    begin_pass(RECORD, split="train", seed=7, epoch=2).add([0, 19])
    (header,) = run.glob("*.json")
    assert header.name.startswith(f"{os.getpid()}-")
    assert json.loads(header.read_text()) == {
        "dataset": "scots", "version": 3, "digest": DIGEST, "filter": None, "num_clips": 20,
        "orders": [["train", 7, 2]],
    }  # fmt: skip
    bits = header.with_suffix(".bits").read_bytes()
    assert len(bits) == 512 * 8 + 3 + 3
    assert bits[:8] == bytes([2, 0, 0, 0, 0, 0, 0, 0])
    assert bits[512 * 8 :] == bytes([1, 0, 8, 0, 0, 0])
    assert {path.suffix for path in run.iterdir()} == {".json", ".bits"}


def test_views_and_versions_have_receipts_of_their_own(run: Path) -> None:
    begin_pass(RECORD).add([1])
    begin_pass(RECORD, filter="a = 1", num_clips=2).add([0])
    begin_pass(replace(RECORD, version=4, digest="aa" * 32, num_clips=8)).add([7])
    found = {(one.version, one.filter): one.positions() for one in noted(run, complete=True)}
    assert found == {(3, None): [1], (3, "a = 1"): [0], (4, None): [7]}
    assert all(one.unknown == () and one.perhaps == b"" for one in noted(run, complete=True))
    begin_pass(RECORD).add([2])
    assert len(list(run.glob("*.bits"))) == 3, "one file of each, however they take turns"


def test_more_passes_than_a_file_has_counts_go_on_in_another(run: Path) -> None:
    for epoch in range(514):
        begin_pass(RECORD, epoch=epoch).add([epoch % 20])
    begin_pass(RECORD, epoch=513).add([0])
    begin_pass(RECORD, epoch=0).add([0])  # which the second file does not have yet
    (receipt,) = noted(run, complete=True)
    assert receipt.num_consumed == 20
    assert receipt.readings == (of(2, 0), *(of(1, epoch) for epoch in range(1, 513)), of(2, 513))
    assert len(list(run.glob("*.bits"))) == 2


def test_a_clip_of_one_of_several_runs_is_perhaps_each_ones(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]

    def begin(folder: Path) -> None:
        folder.mkdir()
        begin_run(folder, folder.name)

    for folder in folders:
        thread = threading.Thread(target=copy_context().run, args=(begin, folder))
        thread.start()
        thread.join()
    try:
        begin_pass(RECORD, epoch=1).add([3, 8])
        for folder in folders:
            (receipt,) = noted(folder, complete=True)
            assert (receipt.positions(), receipt.perhaps_positions()) == ([], [3, 8])
            assert receipt.unknown == (SEVERAL_RUNS,)
            assert receipt.readings == (of(0, 1),)
            assert receipt.complete, "which run took them is not known, and all is noted"
            (doubt,) = folder.glob("*.doubt")
            doubt.unlink()
        begin_pass(RECORD, epoch=1).add([4])
        for folder in folders:
            assert not list(folder.glob("*.doubt")), "said once, not for every clip"
        note_gap("something else")
        assert all(
            noted(folder, complete=True)[0].unknown[0] == "something else" for folder in folders
        )
    finally:
        for folder in folders:
            end_run(folder)
            end_noting(folder)


def test_what_a_worker_reads_is_perhaps_consumed(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyTorch says in which process it is; it need not be installed here to say so."""
    module = ModuleType("torch.utils.data")
    module.get_worker_info = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.data", module)
    begin_pass(RECORD).add([1])
    module.get_worker_info = lambda: "of a worker"  # type: ignore[attr-defined]
    begin_pass(RECORD).add([1, 2])
    (receipt,) = noted(run, complete=True)
    assert (receipt.positions(), receipt.perhaps_positions()) == ([1], [2])
    assert receipt.readings == (of(1),)
    assert (receipt.complete, receipt.unknown) == (True, (READ_AHEAD,))
    begin_pass(replace(RECORD, digest="aa" * 32)).add([1])
    monkeypatch.delitem(sys.modules, "torch.utils.data")
    begin_pass(replace(RECORD, digest="bb" * 32)).add([1])
    unknown = {one.digest[:2]: one.unknown for one in noted(run, complete=True)}
    assert unknown == {"ef": (READ_AHEAD,), "aa": (READ_AHEAD,), "bb": ()}


def test_a_gap_leaves_every_receipt_of_the_run_incomplete(run: Path) -> None:
    begin_pass(RECORD).add([1])
    begin_pass(RECORD, filter="a = 1").add([1])
    note_gap("für another process")
    mark_gap(run, "for two")
    mark_gap(run, "for two")
    for receipt in noted(run, complete=True):
        assert not receipt.complete
        assert set(receipt.unknown) == {"für another process", "for two"}
    assert len(list(run.glob("*.gap"))) == 2


def test_what_cannot_be_written_is_a_gap_and_stops_nothing(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_pass(RECORD).add([1])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(consumed, "reserve", full)
    begin_pass(RECORD, filter="a = 1").add([1])
    (receipt,) = noted(run, complete=True)
    assert (receipt.positions(), receipt.complete) == ([1], False)
    assert receipt.unknown == (NOT_WRITTEN,)


def test_a_folder_that_is_gone_is_noted_in_no_more(tmp_path: Path, run: Path) -> None:
    mark_gap(tmp_path / "gone", "nobody can write this")
    begin_pass(RECORD).add([1])
    moved = run.rename(tmp_path / "moved")
    begin_pass(RECORD, filter="a = 1").add([2])  # raises nothing, and closes what was open there
    assert not any(key[0] == str(run) for key in consumed._open_notes)
    (receipt,) = noted(moved, complete=True)
    assert receipt.positions() == [1]


def test_noting_that_ended_says_its_doubts_again_in_a_new_run(tmp_path: Path, run: Path) -> None:
    mark_gap(run, "once")
    other = tmp_path / "other"
    other.mkdir()
    mark_gap(other, "once")
    for path in (*run.glob("*.gap"), *other.glob("*.gap")):
        path.unlink()
    end_noting(run)
    mark_gap(run, "once")
    mark_gap(other, "once")
    assert len(list(run.glob("*.gap"))) == 1
    assert not list(other.glob("*.gap")), "that one goes on"
    end_noting(other)


def test_before_and_after_a_run_nothing_is_noted(run: Path) -> None:
    end_run(run)
    begin_pass(RECORD).add([1])
    note_gap("of nobody")
    assert not list(run.iterdir())
    assert noted(run, complete=True) == ()
