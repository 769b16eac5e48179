"""Recordings with known lines, as the measure of aligners reads them, and how they are damaged.

A truth tells where each take of each line is said. Its edges are moved in to the sound: utterances
of corpora come with silence at their edges, and the published map of the sonnet has no pauses at
all. What sound is, is judged by level (`boundaries.py`), with no code of ours.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from boundaries import RATE, STEP_SECONDS, decode, runs_of, speech_level, step_levels

from audioset.records.lines import Line

_BELOW_SPEECH_DB, _CORE_BELOW_SPEECH_DB, _ABOVE_NOISE_DB = 25.0, 15.0, 6.0
_QUIETEST_PERCENT = 5
_REACH_SECONDS = 0.6  # how far around a given edge the pause that it means is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One take of a line as it is in the sound; line 0 is speech that is in no line."""

    line: int
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One sound, its lines, and where they are.

    Attributes:
        name: of the recording, then of the damage.
        kind: the row of the table it is counted in.
        held_out: neither aligner nor flags were chosen on this speech.
        samples: float32, shape (n,), at 16,000 Hz.
        lines: what the aligner is told.
        said: in order of time; lines that are not in it are missing.
        damaged: numbers of lines that the damage touches: the changed ones and their neighbours.
        wrong: numbers of lines whose text was replaced: no aligner can find them.
        voice: of espeak-ng, for the language.
        blocks: only the extent of groups of lines is known: (first line, last line, start, end).
    """

    name: str
    kind: str
    held_out: bool
    samples: np.ndarray
    lines: tuple[Line, ...]
    said: tuple[Said, ...]
    damaged: frozenset[int] = frozenset()
    wrong: frozenset[int] = frozenset()
    voice: str = "en-us"
    blocks: tuple[tuple[int, int, float, float], ...] = ()

    @property
    def length_seconds(self) -> float:
        """Length of the sound."""
        return self.samples.size / RATE

    @property
    def missing(self) -> frozenset[int]:
        """Numbers of the lines that nobody says."""
        return frozenset(line.number for line in self.lines) - {said.line for said in self.said}


def read_recording(
    path: Path, *, name: str, kind: str, held_out: bool, takes: int | None = 1
) -> Recording:
    """Read a recording and the `.segments.csv` beside it; equal neighbours are takes of a line."""
    with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            (float(row["start_seconds"]), float(row["end_seconds"]), row["text"])
            for row in csv.DictReader(file)
        ]
    return from_rows(decode(path), rows, name=name, kind=kind, held_out=held_out, takes=takes)


def from_rows(
    samples: np.ndarray,
    rows: Sequence[tuple[float, float, str]],
    *,
    name: str,
    kind: str,
    held_out: bool,
    takes: int | None = 1,
) -> Recording:
    """Make a recording of (start, end, text) in order of time."""
    lines: list[Line] = []
    said = []
    for start, end, text in rows:
        if not lines or lines[-1].text != text:
            lines.append(Line(number=len(lines) + 1, text=text, takes=takes))
        said.append(Said(line=len(lines), start_seconds=start, end_seconds=end))
    return Recording(
        name=name,
        kind=kind,
        held_out=held_out,
        samples=samples,
        lines=tuple(lines),
        said=tighten(samples, said),
    )


def tighten(samples: np.ndarray, said: Sequence[Said]) -> tuple[Said, ...]:
    """Move the edges of each span in, to its first and last sound."""
    sound = sound_steps(samples)
    return tuple(_tight(span, sound) for span in said)


def _tight(span: Said, sound: np.ndarray) -> Said:
    """Where an edge lies in a pause, the sound behind the pause; else the edge as it is.

    A run of sound that an edge cuts off within 60 ms belongs to the neighbour.
    """
    first, after = (round(s / STEP_SECONDS) for s in (span.start_seconds, span.end_seconds))
    reach, sliver = round(_REACH_SECONDS / STEP_SECONDS), round(0.06 / STEP_SECONDS)
    runs = runs_of(sound[first:after])
    if len(runs) > 1 and runs[0][0] == 0 and runs[0][1] <= sliver:
        runs = runs[1:]
    if len(runs) > 1 and runs[-1][1] == after - first and runs[-1][1] - runs[-1][0] <= sliver:
        runs = runs[:-1]
    if not runs:
        return span
    start, end = runs[0][0], runs[-1][1]
    return replace(
        span,
        start_seconds=(first + start) * STEP_SECONDS if start <= reach else span.start_seconds,
        end_seconds=(first + end) * STEP_SECONDS
        if after - first - end <= reach
        else span.end_seconds,
    )


def sound_steps(samples: np.ndarray) -> np.ndarray:
    """Give the steps of 10 ms that are sound, bool, shape (steps,)."""
    levels = step_levels(samples)
    noise = float(np.percentile(levels, _QUIETEST_PERCENT))
    speech = speech_level(levels)
    loud = levels >= np.maximum(speech - _BELOW_SPEECH_DB, noise + _ABOVE_NOISE_DB)
    core = levels >= speech - _CORE_BELOW_SPEECH_DB
    sound = np.zeros(levels.size, bool)
    for first, after in runs_of(loud):
        sound[first:after] = core[first:after].any()
    return sound


def without_lines(recording: Recording, numbers: Sequence[int]) -> Recording:
    """Cut lines out of the sound; the transcript keeps them."""
    spans = [
        (round(said.start_seconds * RATE), round(said.end_seconds * RATE))
        for said in recording.said
        if said.line in numbers
    ]
    keep = np.ones(recording.samples.size, bool)
    for (start, end), pause in zip(spans, _pauses_after(recording, spans), strict=True):
        keep[start : min(end + pause, keep.size)] = False
    moved = np.concatenate([[0], np.cumsum(keep)])
    return replace(
        recording,
        name=f"{recording.name}_missing",
        kind="lines missing in the sound",
        samples=recording.samples[keep],
        said=_moved([s for s in recording.said if s.line not in numbers], moved),
        damaged=with_neighbours(recording, numbers),
    )


def with_speech(
    recording: Recording, after: Sequence[int], foreign: Sequence[np.ndarray]
) -> Recording:
    """Put foreign utterances after the last take of lines; the transcript knows nothing of them."""
    ends = {said.line: round(said.end_seconds * RATE) for said in recording.said}
    parts, begin = [], 0
    moved = np.arange(recording.samples.size + 1)
    extra = []
    for number, samples in zip(after, foreign, strict=True):
        quiet = noise_like(recording.samples, round(0.5 * RATE), seed=number)
        at = ends[number]
        put = np.concatenate([quiet, level_like(samples, recording.samples), quiet])
        start = int(moved[at]) + quiet.size
        extra.append(
            Said(line=0, start_seconds=start / RATE, end_seconds=(start + samples.size) / RATE)
        )
        moved[at + 1 :] += put.size
        parts += [recording.samples[begin:at], put]
        begin = at
    parts.append(recording.samples[begin:])
    said = [*_moved(recording.said, moved), *extra]
    return replace(
        recording,
        name=f"{recording.name}_extra",
        kind="speech that is in no line",
        samples=np.concatenate(parts).astype(np.float32),
        said=tuple(sorted(said, key=lambda span: span.start_seconds)),
        damaged=frozenset(after) | {number + 1 for number in after},
    )


def with_wrong_text(recording: Recording, texts: Mapping[int, str]) -> Recording:
    """Give other texts to lines: what is said in their places stays where it is."""
    lines = tuple(replace(line, text=texts.get(line.number, line.text)) for line in recording.lines)
    return replace(
        recording,
        name=f"{recording.name}_wrongtext",
        kind="wrong text in some lines",
        lines=lines,
        damaged=with_neighbours(recording, list(texts)),
        wrong=frozenset(texts),
    )


def with_noise(recording: Recording, *, snr_db: float, seed: int = 1) -> Recording:
    """Lay pink noise over the sound."""
    noise = pink(recording.samples.size, seed)
    power = float(np.mean(np.square(recording.samples[_speech_samples(recording)])))
    scale = np.sqrt(power / 10 ** (snr_db / 10) / float(np.mean(np.square(noise))))
    noisy = (recording.samples + scale * noise).astype(np.float32)
    return replace(
        recording,
        name=f"{recording.name}_noise{snr_db:g}",
        kind=f"noise, {snr_db:g} dB",
        samples=noisy / max(1.0, float(np.abs(noisy).max())),
        damaged=frozenset(line.number for line in recording.lines),
    )


def with_takes_unknown(recording: Recording) -> Recording:
    """Do not tell how often lines are said."""
    return replace(
        recording,
        name=f"{recording.name}_unknown",
        kind="1-4 takes, count unknown",
        lines=tuple(replace(line, takes=None) for line in recording.lines),
        damaged=frozenset(line.number for line in recording.lines),
    )


def with_neighbours(recording: Recording, numbers: Sequence[int]) -> frozenset[int]:
    """Give lines and the lines before and after them."""
    known = {line.number for line in recording.lines}
    return frozenset(n + step for n in numbers for step in (-1, 0, 1)) & known


def pink(num_samples: int, seed: int) -> np.ndarray:
    """Make pink noise, float32."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(num_samples))
    spectrum /= np.sqrt(np.maximum(1, np.arange(spectrum.size)))
    return np.fft.irfft(spectrum, num_samples).astype(np.float32)


def noise_like(samples: np.ndarray, num_samples: int, *, seed: int) -> np.ndarray:
    """Make noise as loud as the quietest parts of a sound."""
    quiet_db = float(np.percentile(_levels(samples.tobytes()), _QUIETEST_PERCENT))
    noise = pink(num_samples, seed)
    return noise * np.float32(10 ** (max(quiet_db, -80) / 20) / max(1e-9, noise.std()))


@cache
def _levels(data: bytes) -> np.ndarray:
    return step_levels(np.frombuffer(data, np.float32))


def level_like(samples: np.ndarray, model: np.ndarray) -> np.ndarray:
    """Make a sound as loud as another where both are loud."""
    wanted, has = (np.percentile(_levels(s.tobytes()), 90) for s in (model, samples))
    louder = samples * np.float32(10 ** ((wanted - has) / 20))
    return (louder / max(1.0, float(np.abs(louder).max()))).astype(np.float32)


def _speech_samples(recording: Recording) -> np.ndarray:
    said = np.zeros(recording.samples.size, bool)
    for span in recording.said:
        said[round(span.start_seconds * RATE) : round(span.end_seconds * RATE)] = True
    return said


def _pauses_after(recording: Recording, spans: Sequence[tuple[int, int]]) -> list[int]:
    """Give how many samples lie between each span and what is said next."""
    starts = sorted(round(said.start_seconds * RATE) for said in recording.said)
    after = [next((s for s in starts if s >= end), recording.samples.size) for _, end in spans]
    return [max(0, start - end) for start, (_, end) in zip(after, spans, strict=True)]


def _moved(said: Sequence[Said], moved: np.ndarray) -> tuple[Said, ...]:
    """Count times by where each sample went."""

    def at(seconds: float) -> float:
        return float(moved[min(round(seconds * RATE), moved.size - 1)]) / RATE

    return tuple(
        replace(span, start_seconds=at(span.start_seconds), end_seconds=at(span.end_seconds))
        for span in said
    )
