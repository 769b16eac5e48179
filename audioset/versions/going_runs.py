"""Which training runs go on, and for which of them a clip is taken.

The rule (`docs/decisions/021-whose-clip.md`): a clip belongs to the run that goes on where it is
taken, in that thread or task, at that moment; and to the runs around that one. A thread of no run
takes for the only run that there is. Where several runs go on and nothing tells which is meant, the
clip is perhaps each one's.

A process says on a board, a small file, which runs go on in it. The processes that it starts know
the board by the environment, by being forked, or by what is sent to them, and look there whenever
they take a clip: workers outlive the runs that they were started for.
"""

import atexit
import json
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BOARDS_VARIABLE = "AUDIOSET_RECEIPTS"  # boards of the processes above, for those that they start
_BETWEEN = "\n"  # a path may well hold a colon
_FILE_NAME = "runs.json"


@dataclass(frozen=True, slots=True)
class GoingRun:
    """A run that goes on.

    Attributes:
        folder: where is noted what it consumes; its name everywhere here.
        run_id: of MLflow.
        thread: in which it began.
        around: folders of the runs around it, which consume what it consumes.
        is_active: it was the thread's active run of MLflow, and belongs to the thread while it is.
    """

    folder: str
    run_id: str
    thread: int
    around: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """For which runs a clip is taken, as their folders.

    Attributes:
        sure: these.
        perhaps: one of these, or none.
    """

    sure: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


class Sender:
    """Goes with what is sent to other processes, and tells them of the boards to look at."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (_boards_for_children(),)


_NOBODY = Whose()
_lock = threading.Lock()
_runs: dict[str, GoingRun] = {}  # of this process, by folder
_answers: dict[tuple[tuple[str, ...], tuple[str, ...]], Whose] = {}  # while these runs go on
# Of this thread or task, outermost first; some may have ended.
_begun: ContextVar[tuple[str, ...]] = ContextVar("audioset_runs", default=())
_active_ids: Callable[[], Sequence[str]] = tuple
_board: Path | None = None  # of this process
_boards: dict[str, "_Board"] = {}  # of the processes above


def begin_run(
    folder: Path,
    run_id: str,
    *,
    around_ids: Iterable[str] = (),
    active_ids: Callable[[], Sequence[str]] = tuple,
) -> None:
    """Say that a run goes on, begun in this thread and this task.

    Args:
        folder: where is noted what it consumes.
        run_id: of MLflow.
        around_ids: ids of the runs that it is nested in.
        active_ids: gives the ids of the runs that are active in the calling thread.
    """
    global _active_ids, _answers, _runs  # noqa: PLW0603
    with _lock:
        _active_ids = active_ids
        outer = [one for one in _runs.values() if one.run_id in set(around_ids) - {run_id}]
        around = dict.fromkeys(folder for one in outer for folder in (*one.around, one.folder))
        begun = GoingRun(
            str(folder), run_id, threading.get_ident(), tuple(around), run_id in active_ids()
        )
        _runs, _answers = {**_runs, str(folder): begun}, {}
        _begun.set((*(one for one in _begun.get() if one in _runs), str(folder)))
        _write_board()


def end_run(folder: Path) -> None:
    """Say that a run has ended."""
    global _answers, _runs
    with _lock:
        _runs, _answers = {key: one for key, one in _runs.items() if key != str(folder)}, {}
        _write_board()


def whose() -> Whose:
    """Tell for which runs a clip is taken, here and now."""
    if not _runs and not _boards:
        return _NOBODY
    mine = _whose_of_this_process() if _runs else _NOBODY
    if not _boards:
        return mine
    found = [mine]
    for board in _boards.values():
        runs = board.runs()
        found.append(_attribute(runs, list(runs)))
    sure = frozenset[str]().union(*(one.sure for one in found))
    return Whose(sure, frozenset[str]().union(*(one.perhaps for one in found)) - sure)


def _whose_of_this_process() -> Whose:
    key = (tuple(_active_ids()), _begun.get())
    answers = _answers  # the next run brings a new one
    if key not in answers:
        answers[key] = _attribute(_runs, _candidates(*key))
    return answers[key]


def _candidates(active: Sequence[str], begun: Sequence[str]) -> list[str]:
    """Give the runs of this process that may be meant; none in a thread with a run not noted.

    Args:
        active: ids of the runs that are active in this thread.
        begun: folders of the runs that were begun in this thread or task.
    """
    mine = [_runs[folder] for folder in begun if folder in _runs]
    if active:  # of those that were active here, only these are still
        mine = [one for one in mine if one.run_id in active or not one.is_active]
        mine = mine or [one for one in _runs.values() if one.run_id in active]
        return [one.folder for one in mine]
    return [one.folder for one in mine] or list(_runs)


def _attribute(runs: Mapping[str, GoingRun], candidates: Sequence[str]) -> Whose:
    """Tell what is sure when one of the candidates is meant.

    It is the innermost run of one of their threads, with those around it.
    """
    lines = []
    for folder in candidates:
        inner = (runs[other] for other in candidates if folder in runs[other].around)
        if not any(one.thread == runs[folder].thread for one in inner):
            lines.append({folder, *(one for one in runs[folder].around if one in runs)})
    if not lines:
        return _NOBODY
    sure = frozenset(set.intersection(*lines))
    return Whose(sure, frozenset(set.union(*lines)) - sure)


class _Board:
    """The board of a process above: which runs go on in it, read again when it was written."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder) / _FILE_NAME
        self._written: tuple[int, int] | None = None
        self._runs: dict[str, GoingRun] = {}

    def runs(self) -> dict[str, GoingRun]:
        try:
            state = self._path.stat()
            if (state.st_mtime_ns, state.st_ino) != self._written:
                values = json.loads(self._path.read_bytes())
                self._runs = {
                    one["folder"]: GoingRun(**{**one, "around": tuple(one["around"])})
                    for one in values
                }
                self._written = state.st_mtime_ns, state.st_ino
        except (OSError, ValueError, TypeError, KeyError):  # no run yet, or the process has ended
            self._runs, self._written = {}, None
        return self._runs


def _write_board() -> None:
    """Say on the board which runs go on; the first time, tell processes to come where it is."""
    folder = _name_board()
    with suppress(OSError):  # then other processes note nothing: a full disk stops no training
        folder.mkdir(mode=0o700, exist_ok=True)
        part = folder / f"{_FILE_NAME}.part"
        part.write_text(json.dumps([asdict(one) for one in _runs.values()]), encoding="utf-8")
        part.replace(folder / _FILE_NAME)
    os.environ[BOARDS_VARIABLE] = _BETWEEN.join(_boards_for_children())


def _name_board() -> Path:
    """Choose where the board will be, before there is any run: processes are started early."""
    global _board  # noqa: PLW0603
    if _board is None:
        _board = Path(tempfile.gettempdir()) / f"audioset-runs-{os.getpid()}-{secrets.token_hex(8)}"
        atexit.register(_remove_board, _board, os.getpid())
    return _board


def _remove_board(folder: Path, process: int) -> None:
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)


def _boards_for_children() -> tuple[str, ...]:
    return (*_boards, str(_name_board()))


def _arrived(boards: Sequence[str]) -> Sender:
    """Receive a sender, in this process or in another one."""
    with _lock:
        for board in boards:
            if board != str(_board) and board not in _boards:
                _boards[board] = _Board(board)
    return Sender()


def _begin_in_fork() -> None:
    """Begin anew in a forked process: another thread of the parent may have held the lock."""
    global _answers, _board, _lock, _runs  # noqa: PLW0603
    _lock = threading.Lock()
    _runs, _answers = {}, {}
    if _board is not None:
        _boards[str(_board)] = _Board(str(_board))
    _board = None


for _folder in os.environ.get(BOARDS_VARIABLE, "").split(_BETWEEN):
    if _folder:
        _boards[_folder] = _Board(_folder)
if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(before=_name_board, after_in_child=_begin_in_fork)
