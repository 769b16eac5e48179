"""The review page: from key press to sound and picture, first view, memory, decisions, a robot.

    python benchmarks/review.py [--only switches|view|decisions|robot] [--clips 1000] [--many 50000]

A real Chromium without a window, the real server, real speech. Needs Chromium, and PostgreSQL for
its rows of the table; wavesurfer is compared with where `pip install wavesurfer` was done.
"""

import argparse
import http.client
import importlib.util
import json
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from measuring import heading, scratch, table, tell
from playwright.sync_api import Browser, Page
from review_robot import SPEED, Sitting, sit
from review_switches import CLIPS_PER_SECOND, PROBE, Switches, press, three, wavesurfer
from review_workspaces import MEAN_SECONDS, make_many, make_reviewed

from audioset.records.identity import clip_path
from audioset.workspace import Workspace
from tests.browser import chromium, wait_until
from tests.postgresql import _program, start_postgresql
from tests.review.reviewing import Reviewing, reviewing

SECTIONS = ("switches", "view", "decisions", "robot")
SIZE = {"width": 1280, "height": 800}
NUM_SWITCHES, NUM_DECISIONS = 120, 500
SITTING_SHARE = 0.1  # of listening and thinking, that the robot really takes
IN_ORDER = ("--order", "start_sample")
MEMORY_AFTER = (1, 200, 1000)
MEGABYTE = 1e6


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    clips: int
    many: int
    switches: int
    decisions: int


def main() -> None:
    """Measure and print the tables."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--only", choices=SECTIONS, action="append")
    words.add_argument("--clips", type=int, default=1000)
    words.add_argument("--many", type=int, default=50_000)
    words.add_argument("--keep", type=Path, help="folder that keeps the workspaces")
    words.add_argument("--tiny", action="store_true", help="see that it works, measure nothing")
    asked = words.parse_args()
    sizes = Sizes(asked.clips, asked.many, NUM_SWITCHES, NUM_DECISIONS)
    if asked.tiny:
        sizes = Sizes(10, 20, 3, 5)
    sections = {"switches": switches, "view": view, "decisions": decisions, "robot": robot}
    print(heading(1))
    with scratch(asked.keep) as folder:
        for name in asked.only or SECTIONS:
            tell(name)
            print(f"\n{sections[name](folder, sizes)}", flush=True)


def switches(folder: Path, sizes: Sizes) -> str:
    """Compare from key press to sound and to picture."""
    rows = []
    for rate in (16_000, None):
        ws = make_reviewed(folder, sizes.clips, rate)
        kind = "16 kHz" if rate else "44.1 kHz stereo"
        clips = audio_of(ws, sizes.switches + 1)
        with chromium() as browser:
            rows.append(ours(browser, ws, sizes.switches).row(f"**audioset review**, {kind}"))
            for spectrogram in (False, True):
                way = f"wavesurfer{', with its spectrogram' if spectrogram else ''}, {kind}"
                if importlib.util.find_spec("wavesurfer") is None:
                    tell(f"not compared with {way}: pip install wavesurfer")
                    continue
                rows.append(wavesurfer(browser, clips, spectrogram=spectrogram).row(way))
    columns = ["way", "sound p50 / p95 / max ms", "picture p50 / p95 / max ms", "missed"]
    said = f"{sizes.switches} clips of {MEAN_SECONDS} s in the mean, {CLIPS_PER_SECOND} a second"
    return f"{said}:\n\n{table(columns, rows)}"


def ours(browser: Browser, ws: Workspace, count: int) -> Switches:
    """Go through the queue of a review without a verdict."""
    with reviewing(ws.folder, "--by", "robot", *IN_ORDER) as server:
        page = opened(browser, server)
        return press(page, count)


def view(folder: Path, sizes: Sizes) -> str:
    """Measure how long it takes until many clips can be judged."""
    ws = make_many(folder, sizes.many)
    begun = time.perf_counter()
    with chromium() as browser, reviewing(ws.folder, "--by", "robot") as server:
        started = time.perf_counter() - begun
        process = psutil.Process(server.process.pid)
        start_cpu, begun = cpu_seconds(process), time.perf_counter()
        page = opened(browser, server, listen=False)
        shown = time.perf_counter() - begun
        view_cpu = cpu_seconds(process) - start_cpu
        rows = [
            ["start of the server", f"{start_cpu:.2f}", f"{started:.2f}"],
            [
                "first view, from the address to the first picture",
                f"{view_cpu:.2f}",
                f"{shown:.2f}",
            ],
        ]
        memory = (
            f"server {process.memory_info().rss / MEGABYTE:.0f} MB, page {heap_mb(page):.0f} MB"
        )
    made = table([f"{sizes.many:,} clips", "CPU s of the server", "wall s"], rows)
    return f"{made}\n\nThen in memory: {memory} of JavaScript heap."


def decisions(folder: Path, sizes: Sizes) -> str:
    """Measure how long a decision takes to be acknowledged."""
    ws = make_many(folder, sizes.many)
    ids = ws.to_pandas().clip_id.head(sizes.decisions).tolist()
    rows = []
    for name, environment in databases(folder):
        with reviewing(ws.folder, "--by", "robot", **environment) as server:
            process = psutil.Process(server.process.pid)
            acknowledged(server, ids[:1])  # the first makes the tables
            begun = cpu_seconds(process)
            spent = acknowledged(server, ids[1:])
            cpu_ms = 1000 * (cpu_seconds(process) - begun) / len(spent)
            rows.append([name, three(spent), f"{cpu_ms:.1f}"])
    columns = [
        f"decision, {sizes.many:,} clips",
        "p50 / p95 / max ms",
        "CPU ms of the server, each",
    ]
    return table(columns, rows)


def databases(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Name the databases of this machine and the settings by which they are used, empty."""
    catalog = folder / f"catalog-{secrets.token_hex(4)}.db"
    yield "SQLite", {"AUDIOSET_CATALOG": f"sqlite:///{catalog}"}
    if _program("initdb") is None:
        tell("not measured on PostgreSQL: this machine has no server (initdb)")
        return
    yield "PostgreSQL", {"AUDIOSET_CATALOG": start_postgresql()}


def acknowledged(server: Reviewing, ids: Sequence[str]) -> list[float]:
    """Decide as the page does; milliseconds of each."""
    token = server.address.rpartition("=")[2]
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "X-Audioset-Review": "1",
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    spent = []
    for clip_id in ids:
        change = {"subject_kind": "clip", "subject_id": clip_id, "field": "accepted", "value": True}
        change["expected_id"] = None
        body = json.dumps({"op_id": secrets.token_hex(16), "changes": [change]})
        begun = time.perf_counter()
        connection.request("POST", "/api/decisions", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        spent.append(1000 * (time.perf_counter() - begun))
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{answer.status}: {told.decode()}")
    return spent


def robot(folder: Path, sizes: Sizes) -> str:
    """Let the robot judge all clips, and measure memory meanwhile."""
    ws = make_reviewed(folder, sizes.clips)
    lengths = ws.to_pandas().sort_values("start_sample").length_seconds.tolist()
    memory: dict[int, str] = {}
    with chromium() as browser, reviewing(ws.folder, "--by", "robot", *IN_ORDER) as server:
        process = psutil.Process(server.process.pid)
        begun = cpu_seconds(process)
        page = opened(browser, server)
        page.keyboard.press("+")
        page.keyboard.press("+")  # 1.5 times

        def weigh(judged: int) -> None:
            if judged in MEMORY_AFTER:
                rss = process.memory_info().rss / MEGABYTE
                memory[judged] = f"server {rss:.0f} MB, page {heap_mb(page):.0f} MB"

        sitting = sit(page, lengths, compressed=SITTING_SHARE, at=weigh)
        cpu = cpu_seconds(process) - begun
    return "\n\n".join([_sitting_table(sitting, lengths, cpu), _memory_table(memory)])


def _sitting_table(sitting: Sitting, lengths: Sequence[float], cpu: float) -> str:
    rows = [
        ["clips judged", sitting.judged],
        ["mean length", f"{statistics.mean(lengths):.2f} s, {SPEED} times as fast"],
        ["clips per hour", f"{sitting.clips_per_hour:.0f}"],
        ["waited for sound and picture, all clips together", f"{sitting.waited_seconds:.1f} s"],
        ["sound p50 / p95 / max", f"{three(sitting.sound_ms)} ms"],
        ["picture p50 / p95 / max", f"{three(sitting.picture_ms)} ms"],
        ["last decision acknowledged after", f"{sitting.unanswered_ms:.0f} ms"],
        ["CPU of the server, per clip", f"{1000 * cpu / sitting.judged:.0f} ms"],
    ]
    return table(["the robot", ""], rows)


def _memory_table(memory: dict[int, str]) -> str:
    return table(
        ["memory after clips", ""], [[str(number), told] for number, told in memory.items()]
    )


def opened(browser: Browser, server: Reviewing, *, listen: bool = True) -> Page:
    """Open a review in a new profile and wait until its first clip is seen."""
    # The ear is a worklet, which the page's policy allows to nobody.
    context = browser.new_context(viewport=SIZE, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(path=PROBE)
    page.goto(server.address)
    wait_until(page, "probe.picture !== null")
    if listen:
        page.keyboard.press("j")  # sound is allowed after a key
        page.keyboard.press("k")
        wait_until(page, "performance.getEntriesByName('audioset:sound').length > 0")
        page.wait_for_timeout(1000)
        page.evaluate("probe.keys = ['KeyA', 'KeyJ', 'KeyS', 'KeyX']")
    return page


def audio_of(ws: Workspace, count: int) -> list[bytes]:
    """Read the FLAC of the first clips of a recording."""
    ids = ws.to_pandas().sort_values("start_sample").clip_id.head(count)
    return [clip_path(ws.clips_dir, clip_id).read_bytes() for clip_id in ids]


def heap_mb(page: Page) -> float:
    """Give the size of what lives in the page."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / MEGABYTE


def cpu_seconds(process: psutil.Process) -> float:
    """Give user and system time of a process."""
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
