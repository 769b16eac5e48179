"""Hostile files: what only points elsewhere is refused, and nothing but the named file is opened.

What a process opened is taken from strace, from the system's side: an option of ffmpeg that is
ignored, or a library that reads by another way, cannot hide. A local HTTP server counts what comes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from audioset.cli.app import run
from tests.media.hostile import hls, playlists, with_outside_data
from tests.sounds import noise, tone, write_audio

PROJECT = Path(__file__).parents[2]
CALLS = "openat,open,openat2,creat,connect,bind,sendto"


@pytest.fixture(scope="module")
def strace() -> str:
    """The program strace, when it may trace here; CI may not do without."""
    found = shutil.which("strace")
    works = found and subprocess.run([found, "-o", os.devnull, "true"], check=False).returncode == 0
    if not found or not works:
        reason = "strace is missing or may not trace here; install it: apt-get install strace"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that would gladly give sound: its URL, and what was asked of it."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, *words: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_address[1]}", hits
    listening.shutdown()
    listening.server_close()
    thread.join()


@dataclass
class Traced:
    """One `audioset cut` of many files: report by name, and what the process reached for."""

    sources: dict[str, dict[str, str]]
    stderr: str
    opened: set[str]
    connected: list[str]
    workspace: Path


def cut_traced(strace: str, paths: list[Path], work: Path) -> Traced:
    log, workspace = work / "strace.log", work / "workspace"
    workspace.mkdir()
    command = [
        strace,
        "-f",
        "--seccomp-bpf",
        "-y",
        "-qq",
        "-s",
        "4096",
        "-e",
        f"trace={CALLS}",
        "-o",
        str(log),
    ]
    command += [sys.executable, "-m", "audioset", "cut", *map(str, paths), "--json"]
    done = subprocess.run(
        [*command, "--workspace", str(workspace), "--workers", "1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths[0].parent,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    lines = log.read_text(errors="replace").splitlines()
    return Traced(
        sources={Path(each["path"]).name: each for each in json.loads(done.stdout)["sources"]},
        stderr=done.stderr,
        opened={name for line in lines if (name := opened_file(line, paths[0].parent))},
        # Only what could leave the machine's process: not the unix sockets of name services.
        connected=[line for line in lines if "sa_family=AF_INET" in line],
        workspace=workspace,
    )


# openat(AT_FDCWD</folder>, "name" or openat(7</folder>, "name" or open("name"
_OPENED = re.compile(r'\b(?:openat2?|open|creat)\((?:[^,"<]*(?:<([^>]*)>)?, )?"([^"]*)"')


def opened_file(line: str, folder: Path) -> str | None:
    """Name the file that a line of strace's log opens."""
    found = _OPENED.search(line)
    return str(Path(found[1] or folder, found[2]).resolve()) if found else None


def reached(traced: Traced, folder: Path, named: list[Path]) -> set[str]:
    """What was opened in the folder of the hostile files, or for names of hosts, unasked."""
    allowed = {str(path.resolve()) for path in named}
    return {
        name
        for name in traced.opened
        if name.startswith((f"{folder.resolve()}{os.sep}", "/etc/host", "/etc/resolv"))
        and name not in allowed
        and not Path(name).is_dir()
        and not name.endswith("audioset.toml")  # looked for in every folder upwards
    }


def test_what_only_points_elsewhere_is_refused_and_nothing_else_is_opened(
    strace: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, hits = server
    folder = tmp_path / "given"
    folder.mkdir()
    sound = write_audio(folder / "secret.ts", tone(440, 2, 48_000), 48_000, codec="mp2")
    (folder / "inner.m3u8").write_bytes(hls(str(sound)))
    shutil.copy(sound, folder / "vobsub.sub")
    paths = [folder / name for name in playlists(sound, url)]
    for path in paths:
        path.write_bytes(playlists(sound, url)[path.name])
    traced = cut_traced(strace, paths, tmp_path)
    assert reached(traced, folder, paths) == set()
    assert traced.connected == []
    assert hits == []
    assert {name for name, each in traced.sources.items() if each["status"] == "failed"} == {
        path.name for path in paths
    }
    for path in paths:
        error = traced.sources[path.name]["error"]
        assert error.startswith(str(path))
        assert "\n" not in error
        assert str(path.resolve()) in traced.opened, "strace did not see the file itself"
    assert list((traced.workspace / "clips").iterdir()) == []
    assert list((traced.workspace / "manifests").iterdir()) == []


def test_sound_that_lies_in_another_file_is_not_fetched(strace: str, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    sound = write_audio(folder / "secret.mov", noise(2, 48_000, level=0.1), 48_000)
    paths = [folder / "outside.mov"]
    paths[0].write_bytes(with_outside_data(sound.read_bytes(), sound))
    traced = cut_traced(strace, paths, tmp_path)
    assert reached(traced, folder, paths) == set()
    assert traced.connected == []


def test_attachments_and_subtitles_inside_are_left_alone(
    strace: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, hits = server
    folder = tmp_path / "given"
    folder.mkdir()
    secret = folder / "secret.ttf"
    secret.write_bytes(b"not a font")
    path = folder / "attached.mkv"
    text = f'{{\\fn{secret}}}<font face="{secret}"><img src="{url}/a.png">'
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=16_000, layout="mono")
        container.add_attachment("../../evil.ttf", "font/ttf", b"x" * 100)
        container.add_attachment(str(folder / "absolute.ttf"), "font/ttf", b"x" * 100)
        container.metadata["title"] = text
        container.metadata["CUESHEET"] = f'FILE "{secret}" WAVE'
        for start in range(0, 32_000, 1600):
            block = (noise(0.1, 16_000, level=0.1, seed=start) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    traced = cut_traced(strace, [path], tmp_path)
    assert traced.sources["attached.mkv"]["status"] == "cut"
    assert reached(traced, folder, [path]) == set()
    assert traced.connected == []
    assert hits == []
    made = {found.name for found in tmp_path.rglob("*.ttf")}
    assert made == {"secret.ttf"}


def test_the_detector_s_runtime_reports_to_nobody(strace: str, tmp_path: Path) -> None:
    """Wheels of onnxruntime collect telemetry unless they are told not to before the import."""
    path = write_audio(tmp_path / "a.wav", noise(2, 16_000, level=0.1), 16_000)
    traced = cut_traced(strace, [path], tmp_path)
    assert traced.sources["a.wav"]["status"] == "cut"
    assert {name for name in traced.opened if "Microsoft" in name or "telemetry" in name} == set()
    assert traced.connected == []


@pytest.mark.parametrize(
    "word",
    [
        "{url}/a.ts",
        "concat:{sound}|{sound}",
        "file:{sound}",
        "subfile,,start,0,end,0,,:{sound}",
        "pipe:0",
        "data:audio/wav;base64,UklGRg==",
        "cache:{url}/a.ts",
        "lavfi:sine",
    ],
)
def test_a_source_is_a_file_and_never_a_protocol(
    server: tuple[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, hits = server
    sound = write_audio(tmp_path / "a.ts", tone(440, 1, 48_000), 48_000, codec="mp2")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").mkdir()
    told = run(["cut", word.format(url=url, sound=sound), "--workspace", str(tmp_path / "w")])
    assert told != 0
    assert "Traceback" not in capsys.readouterr().err
    assert hits == []
    assert list((tmp_path / "w").rglob("*.flac")) == []


@pytest.mark.parametrize("name", ["fifo", "/dev/zero"])
def test_what_never_ends_is_not_a_source(tmp_path: Path, name: str) -> None:
    path = Path(name) if name.startswith("/") else tmp_path / name
    if not name.startswith("/"):
        os.mkfifo(path)
    (tmp_path / "w").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "audioset", "cut", str(path), "--workspace", str(tmp_path / "w")],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == 1
    assert str(path) in done.stdout + done.stderr
