"""For which run a clip is taken: that of the thread or task that takes it, or it is not known."""

import asyncio
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

from audioset.versions import going_runs
from audioset.versions.consumed import ConsumedPass, end_noting, noted
from audioset.versions.going_runs import (
    BOARDS_VARIABLE,
    Sender,
    Whose,
    begin_run,
    end_run,
    whose,
)

active: dict[int, list[str]] = {}  # as MLflow has them: run ids by thread, outermost first


def active_here() -> list[str]:
    return active.get(threading.get_ident(), [])


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    yield
    for folder in list(going_runs._runs):
        end_run(Path(folder))
    active.clear()


def begin(folder: Path, *around: str) -> str:
    folder.mkdir(exist_ok=True)
    run_id = folder.name
    begin_run(folder, run_id, around_ids=around, active_ids=active_here)
    return str(folder)


def in_thread(function: object) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()  # type: ignore[arg-type]


def test_a_clip_is_taken_for_the_run_of_its_thread(tmp_path: Path) -> None:
    inside: dict[str, Whose] = {}
    both = threading.Barrier(2)

    def train(name: str) -> None:
        folder = begin(tmp_path / name)
        both.wait()
        inside[folder] = whose()
        both.wait()

    threads = [threading.Thread(target=train, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == {folder: Whose(frozenset({folder})) for folder in inside}
    assert len(inside) == 2
    assert whose() == Whose(perhaps=frozenset(inside)), "this thread has no run: it may be either"


def test_a_thread_without_a_run_takes_for_the_only_one(tmp_path: Path) -> None:
    folder = begin(tmp_path / "a")
    assert in_thread(whose) == Whose(frozenset({folder}))
    end_run(Path(folder))
    assert in_thread(whose) == Whose()


def test_a_thread_with_another_run_of_mlflow_takes_for_nobody(tmp_path: Path) -> None:
    begin(tmp_path / "a")

    def other() -> Whose:
        active[threading.get_ident()] = ["it pinned nothing"]
        return whose()

    assert in_thread(other) == Whose()


def test_a_thread_that_goes_on_in_a_run_takes_for_it(tmp_path: Path) -> None:
    folder, _ = begin(tmp_path / "a"), begin(tmp_path / "b")

    def resumed() -> Whose:
        active[threading.get_ident()] = ["a"]
        return whose()

    assert in_thread(resumed) == Whose(frozenset({folder}))


def test_a_thread_of_a_pool_does_not_take_for_the_run_of_its_last_task(tmp_path: Path) -> None:
    def first() -> str:
        active[threading.get_ident()] = ["a"]
        return begin(tmp_path / "a")

    def second() -> Whose:
        active[threading.get_ident()] = ["another"]
        return whose()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(first).result()
        assert pool.submit(second).result() == Whose()


def test_the_runs_around_take_what_a_nested_run_takes(tmp_path: Path) -> None:
    outer = begin(tmp_path / "outer")
    inner = begin(tmp_path / "inner", "outer")
    assert whose() == Whose(frozenset({outer, inner}))
    end_run(Path(inner))
    assert whose() == Whose(frozenset({outer}))


def test_what_children_in_threads_take_is_their_parents_too_and_not_each_others(
    tmp_path: Path,
) -> None:
    outer = begin(tmp_path / "outer")

    def child(name: str) -> tuple[str, Whose]:
        return begin(tmp_path / name, "outer"), whose()

    (one, taken), (other, _) = (in_thread(lambda name=name: child(name)) for name in "ab")  # type: ignore[misc]
    assert taken == Whose(frozenset({outer, one}))
    assert whose() == Whose(frozenset({outer}))
    assert in_thread(whose) == Whose(frozenset({outer}), frozenset({one, other}))


def test_two_runs_that_are_not_nested_in_one_thread_are_not_told_apart(tmp_path: Path) -> None:
    both = {begin(tmp_path / "a"), begin(tmp_path / "b")}
    assert whose() == Whose(perhaps=frozenset(both))


def test_tasks_have_runs_of_their_own(tmp_path: Path) -> None:
    async def train(name: str, begun: asyncio.Barrier) -> tuple[str, Whose, Whose]:
        folder = begin(tmp_path / name)
        await begun.wait()
        return folder, whose(), await asyncio.to_thread(whose)

    async def main() -> list[tuple[str, Whose, Whose]]:
        begun = asyncio.Barrier(2)
        return await asyncio.gather(train("a", begun), train("b", begun))

    for folder, here, in_a_thread in asyncio.run(main()):
        assert here == in_a_thread == Whose(frozenset({folder}))


def take(one: ConsumedPass, positions: list[int]) -> None:
    one.add(positions)


def test_a_process_that_outlives_a_run_notes_for_the_next(tmp_path: Path) -> None:
    """Also one that was forked before there was any run, and knows of none."""
    one = ConsumedPass(
        dataset="d", version=1, digest="0" * 64, filter=None, num_clips=9, split=None, seed=None,
        epoch=None,
    )  # fmt: skip
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(take, (one, [0]))  # outside of any run
        for number, name in enumerate("ab", 1):
            folder = Path(copy_context().run(begin, tmp_path / name))
            pool.apply(take, (one, [number]))
            end_run(folder)
            end_noting(folder)
            (receipt,) = noted(folder, complete=True)
            assert receipt.positions() == [number]
            pool.apply(take, (one, [8]))  # between them
        folders = [Path(in_thread(lambda name=name: begin(tmp_path / name))) for name in "cd"]  # type: ignore[misc,arg-type]
        pool.apply(take, (one, [5]))
    for folder in folders:
        (receipt,) = noted(folder, complete=True)
        assert (receipt.positions(), receipt.perhaps_positions()) == ([], [5])
        assert receipt.complete
        assert "several runs went on" in " ".join(receipt.unknown)


def board_here() -> Path:
    """The board of this process: the last one that it names to those that it starts."""
    return Path(os.environ[BOARDS_VARIABLE].split("\n")[-1])


def test_the_board_says_which_runs_go_on(tmp_path: Path) -> None:
    outer = begin(tmp_path / "outer")
    active[threading.get_ident()] = ["inner"]
    inner = begin(tmp_path / "inner", "outer")
    board = board_here()
    assert board.name.startswith(f"audioset-runs-{os.getpid()}-")
    assert board.stat().st_mode & 0o777 == 0o700, "folders of others are nobody's business"
    here = threading.get_ident()
    assert json.loads((board / "runs.json").read_text()) == [
        {"folder": outer, "run_id": "outer", "thread": here, "around": [], "is_active": False},
        {"folder": inner, "run_id": "inner", "thread": here, "around": [outer], "is_active": True},
    ]
    end_run(Path(inner))
    end_run(Path(outer))
    assert json.loads((board / "runs.json").read_text()) == []
    assert [path.name for path in board.iterdir()] == ["runs.json"]
    assert board_here() == board, "one for all runs"


def test_a_run_of_the_same_id_is_not_around_itself(tmp_path: Path) -> None:
    first = begin(tmp_path / "a")
    again = str(tmp_path / "again")
    begin_run(Path(again), "a", around_ids=["a"], active_ids=active_here)
    assert whose() == Whose(perhaps=frozenset({first, again}))


@pytest.fixture
def above(tmp_path: Path) -> Iterator[Path]:
    """The board of a process above, of which this one hears by what is sent to it."""
    folder = tmp_path / "board"
    folder.mkdir()
    make, (boards,) = Sender().__reduce__()
    assert Path(boards[-1]).name.startswith(f"audioset-runs-{os.getpid()}-")
    assert isinstance(make((*boards, str(folder))), Sender)
    assert pickle.loads(pickle.dumps(Sender())).__reduce__()[1] == ((str(folder), *boards),)
    yield folder
    del going_runs._boards[str(folder)]


def say(board: Path, *runs: dict[str, object]) -> None:
    part = board / "part"
    part.write_text(json.dumps(runs))
    part.replace(board / "runs.json")


def run_of(folder: str, *around: str, thread: int = 1) -> dict[str, object]:
    return {
        "folder": folder, "run_id": folder, "thread": thread, "around": around, "is_active": False,
    }  # fmt: skip


def test_runs_of_a_process_above_are_read_from_its_board(tmp_path: Path, above: Path) -> None:
    assert whose() == Whose(), "no run yet"
    say(above, run_of("x"))
    assert whose() == Whose(frozenset({"x"}))
    say(above, run_of("x"), run_of("y", thread=2))
    assert whose() == Whose(perhaps=frozenset({"x", "y"}))
    say(above, run_of("x"), run_of("y", "x"), run_of("gone", "nowhere", "x", "y"))
    assert whose() == Whose(frozenset({"x", "y", "gone"})), "a run around that ended is none"
    mine = begin(tmp_path / "mine")
    say(above, run_of("x"), run_of("y", thread=2), run_of(mine, thread=3))
    assert whose() == Whose(frozenset({mine}), frozenset({"x", "y"})), "sure here is not perhaps"
    for damage in ("[", '[{"folder": 1}]', "[1]", '[{"folder": "x", "around": 1}]'):
        (above / "runs.json").write_text(damage)
        assert whose() == Whose(frozenset({mine})), damage
    say(above, run_of("x"))
    assert whose() == Whose(frozenset({mine, "x"}))
    (above / "runs.json").unlink()
    assert whose() == Whose(frozenset({mine})), "that process has ended"


def test_a_program_that_is_started_knows_the_boards_and_takes_its_own_away(tmp_path: Path) -> None:
    folder = begin(tmp_path / "a")
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from audioset.versions.going_runs import BOARDS_VARIABLE, begin_run, whose\n"
        "print(*whose().sure)\n"
        "begin_run(Path(sys.argv[1]), 'b')\n"
        "print(*sorted(whose().sure))\n"
        "print(os.environ[BOARDS_VARIABLE].split(chr(10))[-1])\n"
    )
    mine = str(tmp_path / "b")
    before, both, board = subprocess.run(
        [sys.executable, "-c", code, mine], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert before == folder
    assert both == f"{folder} {mine}"
    assert not Path(board).exists()
    assert board_here().exists()
