"""What the benchmarks share: the cost of a command with all its processes, real media, tables.

CPU is user + system time of the command and of every process it waited for (`wait4`). Peak memory
is the largest sum of PSS (resident memory, shared pages divided among those who share them) over
the whole process group, sampled every 50 ms.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).resolve().parents[1]
_SAMPLING_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command took; `peak_bytes` is 0 where /proc was not or cannot be read."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


class Counts:
    """Dataclasses of numbers, which are added field by field."""

    __slots__ = ()

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))  # type: ignore[arg-type]


def run(
    command: Sequence[str | Path], *, timeout_seconds: float = 3600, with_peak: bool = True
) -> Cost:
    """Run a command in a process group of its own and measure the whole group.

    Args:
        command: what to run.
        timeout_seconds: after which it is killed.
        with_peak: also its memory. To sample it takes CPU of this process, more where there are
            many others: leave it where nobody looks.

    Raises:
        RuntimeError: it failed, or ran longer than the limit; with the end of what it wrote.
    """
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "DO_NOT_TRACK": "true"}
    # An installed package is compiled once, not at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as written:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=written,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        watch = _Watch(process.pid) if with_peak else None
        limit = threading.Timer(timeout_seconds, _end_group, [process.pid])
        if watch is not None:
            watch.start()
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        limit.cancel()
        if watch is not None:
            watch.finish()
        if process.returncode != 0:
            written.seek(0)
            told = written.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command} ended with {process.returncode}:\n{told}")
    peak_bytes = 0 if watch is None else watch.peak_bytes
    return Cost(usage.ru_utime + usage.ru_stime, wall_seconds, peak_bytes)


def interleaved(
    ways: Mapping[str, Callable[[], Cost]], repeats: int, once: Sequence[str] = ()
) -> dict[str, Cost]:
    """Run all ways one after the other, `repeats` times, and give the medians of each."""
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for number in range(repeats):
        for way, measure in ways.items():
            if number == 0 or way not in once:
                costs[way].append(measure())
                tell(f"{number + 1}/{repeats} {way}: {costs[way][-1].cpu_seconds:.2f} CPU s")
    return {
        way: Cost(
            statistics.median(cost.cpu_seconds for cost in each),
            statistics.median(cost.wall_seconds for cost in each),
            max(cost.peak_bytes for cost in each),
        )
        for way, each in costs.items()
    }


def audioset_cut(*arguments: str | Path) -> list[str]:
    """Give the command line of `audioset cut` of this checkout."""
    return [sys.executable, "-m", "audioset", "cut", *(str(word) for word in arguments)]


def offers(flag: str) -> bool:
    """Say whether this checkout's `audioset cut` has a flag."""
    told = subprocess.run(
        audioset_cut("--help"),
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    return flag in told.stdout


def real_media() -> Path:
    """Find the folder of real recordings (see CONTRIBUTING.md)."""
    default = PROJECT.parent / "shared" / "data"
    folder = Path(os.environ.get("AUDIOSET_TEST_DATA", default))
    if not folder.is_dir():
        sys.exit(f"no real media at {folder}; set AUDIOSET_TEST_DATA to their folder")
    return folder


@contextmanager
def scratch(kept: Path | None = None) -> Iterator[Path]:
    """Give a folder for what a benchmark makes: `kept` as it is, else one that is removed."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def ffmpeg(*arguments: str | Path) -> None:
    """Run the ffmpeg program quietly, output overwritten."""
    words = ["ffmpeg", "-nostdin", "-v", "error", "-y", *(str(word) for word in arguments)]
    subprocess.run(words, check=True)


def heading(repeats: int) -> str:
    """Say when and on what this was measured."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, medians of {repeats} interleaved runs"
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Make a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def tell(text: str) -> None:
    """Write progress where it does not disturb the table."""
    print(text, file=sys.stderr, flush=True)


class _Watch(threading.Thread):
    """Sample the memory of a process group until told to stop."""

    def __init__(self, group: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._group = group
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            self.peak_bytes = max(self.peak_bytes, _group_bytes(self._group))
            self._over.wait(_SAMPLING_SECONDS)

    def finish(self) -> None:
        self._over.set()
        self.join()


def _group_bytes(group: int) -> int:
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # pid (name) state parent group ...; the name may hold anything but ends with ")"
            if int((folder / "stat").read_text().rpartition(")")[2].split()[2]) != group:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except (OSError, ValueError, IndexError):  # ended meanwhile
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _end_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, 9)
