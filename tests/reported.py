"""Inputs that users of other tools reported, and what is right for each: a table of them.

`python -m tests.reported` cuts each by the command of the user and prints what came of it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import soundfile

Row = dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """What a cut left: its exit status, what it said, the rows and the samples of its clips."""

    status: int
    said: str
    rows: list[Row]
    samples: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = field(repr=False)
    checked: dict[str, int]

    @property
    def texts(self) -> list[str | None]:
        """The texts, in order of time."""
        return [row["text"] for row in self.rows]

    @property
    def speakers(self) -> list[str | None]:
        """The speakers, in order of time."""
        return [row["speaker"] for row in self.rows]

    @property
    def starts(self) -> list[float]:
        """Where the clips start, in seconds by the sample count."""
        return [round(row["start_seconds"], 3) for row in self.rows]

    @property
    def seconds(self) -> float:
        """Length of all clips together."""
        return float(sum(row["length_seconds"] for row in self.rows))


@dataclass(frozen=True)
class Report:
    """One input, how it is cut, and whether what came of it is right."""

    files: tuple[str, ...]
    options: tuple[str, ...]
    right: str
    is_right: Callable[[Cut], bool]
    check: bool = False


def labels(name: str, right: str, is_right: Callable[[Cut], bool]) -> Report:
    """A file of cues that goes with the recording of one speaker."""
    return Report(("talk.flac", name), ("--labels", name), right, is_right)


def _heard_to_the_end(least_seconds: float) -> Callable[[Cut], bool]:
    def judge(cut: Cut) -> bool:
        heard = cut.status == 0 and cut.seconds >= least_seconds and "changes" in cut.said
        return heard and all(np.abs(one).max() > 0.01 for one in cut.samples.values())

    return judge


def _one_line_names(cut: Cut, *words: str) -> bool:
    return any(all(word in line for word in words) for line in cut.said.splitlines())


REPORTS = (
    Report(
        ("channels_stereo_then_mono.mp3",), ("--every", "0.2"),
        "both halves, or one clear line",
        lambda cut: bool(cut.rows) and cut.seconds > 0.79 and "changes" in cut.said,
    ),
    Report(
        ("channels_and_rate_change.mp3",), (), "all the sound", _heard_to_the_end(9.0),
    ),
    Report(
        ("antiphase.flac",), (), "what is said is cut, and the choice told with its flag",
        lambda cut: bool(cut.rows) and _one_line_names(cut, "--channels"),
    ),
    Report(
        ("gap.mp4", "gap.srt"), ("--by", "subtitles"), "the cue at 20 s lies 5 s earlier",
        lambda cut: len(cut.rows) == 2 and abs(cut.starts[1] - 15.0) < 0.05 and "5" in cut.said,
    ),
    Report(
        ("float_hot.wav",), (), "no clip is clipped, and what was done is told",
        lambda cut: bool(cut.rows) and not cut.checked.get("clipped")
        and all(np.abs(one).max() <= 1 for one in cut.samples.values())
        and not any(_flat(one) for one in cut.samples.values()),
        check=True,
    ),
    labels("hls.vtt", "three cues", lambda cut: cut.texts == ["the fox", "one day", "he saw"]),
    labels(
        "mid_rlm.srt", "three cues",
        lambda cut: cut.texts == ["the fox and the grapes", "one day a fox", "saw a bunch"],
    ),
    labels(
        "bad_time.sbv", "two cues, and the line named",
        lambda cut: cut.texts == ["the fox", "he saw"]
        and _one_line_names(cut, "bad_time.sbv", "line 4"),
    ),
    labels(
        "speakers_in_brackets.srt", "speakers apart from the text",
        lambda cut: cut.speakers == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]
        and cut.texts == ["the fox and the grapes", "one day a fox", "saw a bunch"],
    ),
    labels(
        "ntp.ssa", "nobody is called NTP",
        lambda cut: cut.speakers == [None, None] and cut.texts == ["the fox", "one day"],
    ),
    labels("apple.ttml", "two cues", lambda cut: cut.status == 0 and len(cut.rows) == 2),
    labels(
        "spk_space.rttm", "names with a space",
        lambda cut: cut.speakers == ["Mary Jane", "Old Tom"],
    ),
    labels(
        "alt.ctm", "one word of each alternative",
        lambda cut: "".join(filter(None, cut.texts)).count("wor") == 1
        and not any("@" in (text or "") for text in cut.texts),
    ),
)  # fmt: skip


def _flat(samples: "np.ndarray[Any, np.dtype[np.float64]]") -> bool:
    """Whether three samples in a row stand at the loudest: a wave that was cut off."""
    loud = np.abs(samples) >= np.abs(samples).max() - 1e-6
    return bool((loud[:-2] & loud[1:-1] & loud[2:]).any())


Command = Callable[[list[str], Path], tuple[int, str, str]]  # words, folder -> status, out, err


def as_a_user(words: list[str], folder: Path) -> tuple[int, str, str]:
    """Run a command of audioset in a folder, in a process of its own."""
    command = [sys.executable, "-m", "audioset", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def cut_report(report: Report, data: Path, folder: Path, command: Command = as_a_user) -> Cut:
    """Copy the input into an empty folder, and run there what the user ran."""
    for name in report.files:
        shutil.copy(data / name, folder / name)
        (folder / name).chmod(0o644)
    status, out, err = command(["cut", report.files[0], *report.options], folder)
    tables = sorted((folder / "manifests").glob("*.parquet"))
    rows = [row for table in tables for row in pq.read_table(table).to_pylist()]
    samples = {
        row["clip_id"]: soundfile.read(folder / "clips" / f"{row['clip_id']}.flac")[0]
        for row in rows
    }
    checked: dict[str, int] = {}
    if report.check:
        checked = json.loads(command(["check", "--json"], folder)[1])["counts"]
    return Cut(status, out + err, rows, samples, checked)


def main() -> int:
    """Print the table; 0 when every input gives what is right."""
    data = Path(os.environ.get("AUDIOSET_TEST_DATA", "../shared/data")) / "reports"
    wrong = 0
    tell = sys.stdout.write
    tell(f"{'input':32} {'status':>6} {'clips':>5}  {'right?':6} what is right\n")
    for report in REPORTS:
        with tempfile.TemporaryDirectory() as folder:
            cut = cut_report(report, data, Path(folder))
        right = report.is_right(cut)
        wrong += not right
        name, verdict = report.files[-1], "yes" if right else "NO"
        tell(f"{name:32} {cut.status:6} {len(cut.rows):5}  {verdict:6} {report.right}\n")
        if not right:
            tell(cut.said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
