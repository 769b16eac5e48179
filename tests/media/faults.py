"""Damaged media files through `Workspace.cut`, each in a process that may crash or hang.

    python -m tests.media.faults [--number 1000] [--media FOLDER]

prints what became of random single-byte and truncation faults, per form of file. The same number
gives the same faults.
"""

import argparse
import json
import os
import random
import re
import resource
import selectors
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import soxr

import audioset
from tests.sounds import SPEECH_RATE, spoken, write_audio

PROJECT = Path(__file__).parents[2]
CPU_SECONDS = 20  # a file of some seconds takes a tenth of one
HANG_SECONDS = 600.0  # for who waits without computing, on a busy machine too
MEMORY_BYTES = 4 << 30
MADE = {
    "made.wav": "pcm_s16le", "made.flac": "flac", "made.opus": "libopus", "made.ogg": "flac",
    "made.mp3": "libmp3lame", "made.m4a": "aac", "made.mkv": "aac", "made.webm": "libopus",
    "made.ts": "aac", "made.aac": "aac", "made.avi": "libmp3lame", "made.caf": "pcm_s16le",
    "made.aiff": "pcm_s16be", "made.w64": "pcm_s24le", "made.wv": "wavpack", "made.flv": "aac",
    "made.ac3": "ac3", "made.mov": "alac", "made.au": "pcm_s16be",
}  # fmt: skip
REAL = (
    "odd/embedded_mov_text.mp4",
    "odd/embedded_webvtt.mkv",
    "odd/mp4_named_mp3.mp3",
    "odd/common_voice_en_651325.mp3",
    "odd/no_duration.webm",
    "odd/failing_audio.mp4",
    "odd/speech_8k_alaw.wav",
    "odd/sphere_2004.sph",
    "odd/speech_5_1.m4a",
    "audio/jfk_1961.flac",
    "odd/variable_frame_rate.mp4",
)
SAME, WARNED, SILENT, REFUSED = "same", "different, warned", "different, silent", "refused"
# What an error text looks like that is not ours: the fence of `cut` names its class.
_FOREIGN = re.compile(r"\b[A-Za-z]*(?:Error|Exception|Warning|Exit)\(")


@dataclass(frozen=True)
class Fault:
    """One damaged file: `kind` is "byte" or "cut off", `at` where."""

    form: str
    kind: str
    at: int
    value: int = 0

    def apply(self, data: bytes) -> bytes:
        """Give the damaged bytes."""
        if self.kind == "cut off":
            return data[: self.at]
        return data[: self.at] + bytes([data[self.at] ^ self.value]) + data[self.at + 1 :]


@dataclass
class Outcome:
    """What became of one fault; `problems` break a promise."""

    fault: Fault
    name: str
    problems: list[str] = field(default_factory=list)


def make_forms(folder: Path, media: Path | None) -> dict[str, bytes]:
    """Give the whole files: two lines of speech in every form, and small real files."""
    samples, said = spoken()
    part = samples[: round(said[1].end_seconds * SPEECH_RATE + SPEECH_RATE * 0.3)]
    forms = {}
    for name, codec in MADE.items():
        rate = 48_000 if codec in ("libopus", "ac3") else SPEECH_RATE
        sound = soxr.resample(part, SPEECH_RATE, rate)
        forms[name] = write_audio(folder / name, sound, rate, codec=codec).read_bytes()
    if media is not None:
        forms.update({name: (media / name).read_bytes() for name in REAL})
        forms["audio/aesop_fable.ogg"] = (media / "audio/aesop_fable.ogg").read_bytes()[:200_000]
    return forms


def make_faults(forms: dict[str, bytes], number: int) -> Iterator[Fault]:
    """Give `number` faults, the forms in turn; half of the bytes are hit in the first 2 KiB."""
    names = sorted(forms)
    for count in range(number):
        name = names[count % len(names)]
        chance = random.Random(f"{name} {count // len(names)}")
        size = len(forms[name])
        if chance.random() < 0.3:
            yield Fault(name, "cut off", chance.randrange(1, size))
        else:
            reach = min(size, 2048) if chance.random() < 0.5 else size
            yield Fault(name, "byte", chance.randrange(reach), chance.randrange(1, 256))


class Worker:
    """A process that cuts the files that it is told, one by one; started again when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def cut(self, path: Path) -> dict[str, object]:
        """Give the worker's report, or {"died": why}."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(HANG_SECONDS):
                self.stop()
                return {"died": f"did not end within {HANG_SECONDS:g} s"}
        line = process.stdout.readline()
        if line:
            report: dict[str, object] = json.loads(line)
            return report
        self._process = None
        return {"died": f"the process ended with {process.wait()}"}

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> "subprocess.Popen[str]":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.media.faults", "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        return self._process


def work() -> None:
    """Be a worker: cut each file named on stdin into a workspace beside it, report on stdout."""

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for line in sys.stdin:
        path = Path(line.strip())
        _allow_cpu(CPU_SECONDS)
        (path.parent / "workspace").mkdir(exist_ok=True)
        ws = audioset.open_workspace(workspace=path.parent / "workspace", name="faults")
        source = ws.cut(path, workers=1).sources[0]
        told = {"status": source.status, "error": source.error, "warnings": source.warnings}
        print(json.dumps(told), flush=True)  # noqa: T201  the protocol with `Worker`


def _allow_cpu(seconds: int) -> None:
    """Let the system end this process when it has computed for so long from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (round(used.ru_utime + used.ru_stime) + seconds, most))


def run_faults(
    forms: dict[str, bytes], faults: Sequence[Fault], folder: Path
) -> tuple[list[Outcome], list[str]]:
    """Cut the whole files, then the damaged ones; give outcomes and forms that cannot be cut."""
    worker = Worker()
    clean, unusable = {}, []
    try:
        for form, data in forms.items():
            name, _, clips = _cut_one(worker, data, form, folder)
            if name == REFUSED:
                unusable.append(form)
            clean[form] = clips
        outcomes = []
        for fault in faults:
            name, problems, clips = _cut_one(
                worker, fault.apply(forms[fault.form]), fault.form, folder
            )
            if name != REFUSED and clips == clean[fault.form]:
                name = SAME
            outcomes.append(Outcome(fault, name, problems))
    finally:
        worker.stop()
    return outcomes, unusable


def _cut_one(
    worker: Worker, data: bytes, form: str, folder: Path
) -> tuple[str, list[str], list[tuple[object, ...]]]:
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        path = Path(directory) / f"source{Path(form).suffix}"
        path.write_bytes(data)
        report = worker.cut(path)
        if "died" in report:
            return REFUSED, [str(report["died"])], []
        clips, problems = _read_workspace(Path(directory) / "workspace")
        error = str(report["error"] or "")
        if report["status"] == "failed":
            if clips or problems:
                problems.append("a refused source left something behind")
            if _FOREIGN.search(error) or "\n" in error or not error:
                problems.append(f"not one of our errors: {error}")
            return REFUSED, problems, clips
        return WARNED if report["warnings"] else SILENT, problems, clips


def _read_workspace(workspace: Path) -> tuple[list[tuple[object, ...]], list[str]]:
    """Give the clips by place and sound, and whether the files are those of the manifest."""
    from audioset.storage.tables import read_manifest

    rows = [
        row
        for manifest in (workspace / "manifests").glob("*")
        for row in read_manifest(manifest).to_pylist()
    ]
    files = {path.name for path in (workspace / "clips").glob("*")}
    files |= {path.name for path in (workspace / "clips").glob(".*")}
    problems = []
    if files != {f"{row['clip_id']}.flac" for row in rows}:
        problems.append(f"clip files are not those of the manifest: {sorted(files)[:3]}")
    return [(r["start_sample"], r["end_sample"], r["pcm_sha256"]) for r in rows], problems


def outcome_table(outcomes: Sequence[Outcome]) -> str:
    """Make a Markdown table of the outcomes per form and kind of fault."""
    names = (SAME, WARNED, SILENT, REFUSED)
    lines = [f"| form | fault | {' | '.join(names)} | broken promises |", "|---" * 7 + "|"]
    groups = sorted({(each.fault.form, each.fault.kind) for each in outcomes})
    totals = [("**all**", kind) for kind in ("byte", "cut off")]
    for form, kind in [*groups, *totals]:
        chosen = [
            each
            for each in outcomes
            if each.fault.kind == kind and form in (each.fault.form, "**all**")
        ]
        counts = Counter(each.name for each in chosen)
        broken = sum(bool(each.problems) for each in chosen)
        lines.append(
            f"| {form} | {kind} | {' | '.join(str(counts[name]) for name in names)} | {broken} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table, and what broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--media", type=Path, default=None)
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    if given.worker:
        work()
        return
    with tempfile.TemporaryDirectory() as directory:
        forms = make_forms(Path(directory), given.media)
        faults = list(make_faults(forms, given.number))
        outcomes, unusable = run_faults(forms, faults, Path(directory))
    print(outcome_table(outcomes))  # noqa: T201
    print(f"\nwhole files that were refused: {unusable}")  # noqa: T201
    for each in outcomes:
        fault = each.fault
        if each.problems or (each.name == SILENT and fault.kind == "cut off"):
            share = fault.at / len(forms[fault.form])
            print(fault.form, fault.kind, f"at {100 * share:.1f} %:", each.name, each.problems)  # noqa: T201


if __name__ == "__main__":
    main()
