"""Reshaping that is killed at any call that changes files: the next run makes the same of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.curation.reshape import Reshaper
from audioset.curation.reshape.reshape import reshape_source
from audioset.workspace import Workspace
from tests.sounds import tone, write_audio

RATE = 8_000
CHANGING = ("replace", "unlink", "write_bytes", "rename")


class KilledError(BaseException):
    """The process is gone: nothing that it would do afterwards is done."""


@contextmanager
def killed_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Kill at the call of this number, and at all that come after it."""
    calls = [0]

    def dying(method: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls[0] += 1
            if calls[0] >= number:
                raise KilledError
            return method(*args, **kwargs)

        return call

    with monkeypatch.context() as patched:
        for name in CHANGING:
            patched.setattr(Path, name, dying(getattr(Path, name)))
        yield calls


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    write_audio(folder / "tone.wav", tone(300, 3, RATE), RATE)
    ws = audioset.init(folder / "work", name="scots")
    ws.cut(folder / "tone.wav", options={"by": "windows", "every_seconds": 1})
    return folder


def state(ws: Workspace) -> dict[str, bytes]:
    files = [path for path in ws.folder.rglob("*") if path.suffix in (".parquet", ".flac")]
    return {
        str(path.relative_to(ws.folder)): path.read_bytes()
        for path in files
        if not path.name.startswith(".")
    }


def decide(ws: Workspace, source_id: str, operation: str) -> None:
    """Decide without making it real."""
    first, second = (f"{source_id}-{k:09d}-{k + 1000:09d}" for k in (0, 1000))
    record = ws.working.catalog.record
    halves = [f"{source_id}-000001000-000001500", f"{source_id}-000001500-000002000"]
    spans = ("8000 12000", "12000 16000")
    if operation == "move":
        record([Decision("clip", first, "edges", "800 7000")], by="m", op_id="op")
    elif operation == "move a little":  # the id stays the same, to the millisecond
        record([Decision("clip", first, "edges", "0 7999")], by="m", op_id="op")
    else:
        parts = [
            Decision("clip", half, name, value)
            for half, span in zip(halves, spans, strict=True)
            for name, value in (("edges", span), ("made_of", second))
        ]
        whole = Decision("clip", second, "replaced_by", " ".join(halves))
        record([*parts, whole], by="m", op_id="op")


@pytest.mark.parametrize(
    "operation", ["move", pytest.param("move a little", marks=pytest.mark.slow), "split"]
)
@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.slow)])
def test_a_killed_change_is_made_whole_by_the_next_run(
    operation: str, step: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(name: str) -> Workspace:
        shutil.copytree(made / "work", tmp_path / name)
        return audioset.open_workspace(tmp_path / name)

    ws = copied("whole")
    before = state(ws)
    source_id = next(ws.manifests_dir.glob("*.parquet")).stem
    decide(ws, source_id, operation)
    with killed_at(10_000, monkeypatch) as calls:
        assert reshape_source(ws.working, source_id).waits is None
    wanted = state(ws)
    assert wanted != before
    for number in range(1, calls[0] + 1, step):
        ws = copied(str(number))
        decide(ws, source_id, operation)
        with suppress(KilledError), killed_at(number, monkeypatch):
            reshape_source(ws.working, source_id)
        reshape_source(ws.working, source_id)
        assert state(ws) == wanted, number
        with suppress(KilledError), killed_at(number, monkeypatch):
            Reshaper(working=ws.working).undo("op")
        reshape_source(ws.working, source_id)
        assert state(ws) == before, number
        shutil.rmtree(tmp_path / str(number))
