"""The recordings that aligners are measured on: clean, and damaged on purpose.

Held out means: neither the aligner nor its flags were chosen on this speech (see the README).
"""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from align_truth import (
    RATE,
    Recording,
    Said,
    decode,
    from_rows,
    read_recording,
    sound_steps,
    tighten,
    with_noise,
    with_speech,
    with_takes_unknown,
    with_wrong_text,
    without_lines,
)
from boundaries import STEP_SECONDS, runs_of
from measuring import real_media
from scipy.io import wavfile
from scipy.signal import resample_poly

from audioset.records.lines import Line

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
# The research chose costs on these two; nothing was chosen on the others.
SPEAKERS_SEEN = ("george", "jackson")
CLEAN, CONTINUOUS, POEMS = "clean truth", "continuous reading", "poems"


def recordings(only: str = "") -> Iterator[Recording]:
    """Make the recordings whose name holds `only`, one after the other."""
    for name, make in makers().items():
        if only in name:
            yield make()


def makers() -> dict[str, Callable[[], Recording]]:
    """Give what makes each recording, by its name."""
    clean: dict[str, Callable[[], Recording]] = {
        "three_takes": three_takes,
        "lj": lj,
        "libri": libri,
        "aesop": aesop,
        "sonnet": sonnet,
        "poems": poems,
    }
    for speaker in SPEAKERS:
        clean[f"digits_{speaker}"] = lambda who=speaker: digits(who, varied=False)
    damaged: dict[str, Callable[[], Recording]] = {
        "three_takes_unknown": lambda: with_takes_unknown(three_takes()),
        "lj_missing": lambda: without_lines(lj(), (2, 6)),
        "libri_missing": lambda: without_lines(libri(), range(4, 80, 7)),
        "aesop_missing": lambda: without_lines(aesop(), (9, 15, 20, 26)),
        "lj_extra": lambda: with_speech(lj(), (2, 5), utterances(libri(), (2, 6))),
        "libri_extra": lambda: with_speech(
            libri(), range(5, 80, 10), utterances(lj(), range(1, 9))
        ),
        "aesop_extra": lambda: with_speech(aesop(), (8, 14, 21), utterances(libri(), (3, 9, 12))),
        "lj_wrongtext": lambda: with_wrong_text(lj(), texts(libri(), {4: 8})),
        "libri_wrongtext": lambda: with_wrong_text(
            libri(), texts(lj(), dict(zip(range(6, 80, 10), range(1, 9), strict=True)))
        ),
        "aesop_wrongtext": lambda: with_wrong_text(aesop(), texts(lj(), {10: 2, 18: 6, 24: 4})),
        "lj_noise10": lambda: with_noise(lj(), snr_db=10),
        "libri_noise10": lambda: with_noise(libri(), snr_db=10),
        "aesop_noise10": lambda: with_noise(aesop(), snr_db=10),
        "sonnet_noise10": lambda: with_noise(sonnet(), snr_db=10),
    }
    for speaker in SPEAKERS:
        damaged[f"digits_{speaker}_unknown"] = lambda who=speaker: with_takes_unknown(
            digits(who, varied=True)
        )
    for speaker in ("lucas", "theo"):
        damaged[f"digits_{speaker}_noise10"] = lambda who=speaker: with_noise(
            digits(who, varied=False), snr_db=10
        )
        damaged[f"digits_{speaker}_missing"] = lambda who=speaker: without_lines(
            digits(who, varied=False), (3, 7)
        )
    return clean | damaged


@cache
def three_takes() -> Recording:
    return read_recording(
        real_media() / "video/three_takes_digits.mp4",
        name="three_takes",
        kind=CLEAN,
        held_out=False,
        takes=3,
    )


@cache
def lj() -> Recording:
    path = real_media() / "long/lj_chapter01.flac"
    return read_recording(path, name="lj", kind=CLEAN, held_out=False)


@cache
def libri() -> Recording:
    path = real_media() / "long/libri_27_124992.mp4"
    return read_recording(path, name="libri", kind=CLEAN, held_out=True)


@cache
def aesop() -> Recording:
    path = real_media() / "video/aesop_fable.mp4"
    return read_recording(path, name="aesop", kind=CONTINUOUS, held_out=False)


@cache
def sonnet() -> Recording:
    """Read the sonnet; its map gives one time between two lines, which is moved to the pause."""
    folder = real_media() / "audio"
    samples = decode(folder / "sonnet_001.mp3")
    with (folder / "sonnet_001.csv").open(newline="", encoding="utf-8") as file:
        rows = [(float(start), float(end), text) for _, start, end, text in csv.reader(file)]
    pauses = [
        (first * STEP_SECONDS, after * STEP_SECONDS)
        for first, after in runs_of(~sound_steps(samples))
        if after - first >= 8
    ]

    def nearest(seconds: float) -> tuple[float, float]:
        apart = [max(start - seconds, seconds - end, 0) for start, end in pauses]
        best = int(np.argmin(apart))
        return pauses[best] if apart[best] <= 0.35 else (seconds, seconds)

    rows = [
        (nearest(start)[1], nearest(end)[0], "one" if text == "1" else text)
        for start, end, text in rows
    ]
    return from_rows(samples, rows, name="sonnet", kind=CONTINUOUS, held_out=False)


@cache
def poems() -> Recording:
    """Read fourteen French poems: titles and verses, of which only the poems' extents are known.

    One poem is in no line; each begins with words of the reader that are in no line either.
    """
    path = real_media() / "long/fleurs_du_mal_01_14.mp4"
    lines: list[Line] = []
    blocks, said = [], []
    with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        number = re.findall(r"_(\d{3})_", row["source"])[0]
        start, end = float(row["start_seconds"]), float(row["end_seconds"])
        text = path.with_name("fleurs_du_mal_01_14_texts") / f"{number}.txt"
        if not text.exists():
            said.append(Said(line=0, start_seconds=start, end_seconds=end))
            continue
        first = len(lines) + 1
        for verse in [row["text"], *_verses(text)]:
            lines.append(Line(number=len(lines) + 1, text=verse, takes=1))
        blocks.append((first, len(lines), start, end))
        said += [
            Said(line=line.number, start_seconds=start, end_seconds=end)
            for line in lines[first - 1 :]
        ]
    return Recording(
        name="poems",
        kind=POEMS,
        held_out=True,
        samples=decode(path),
        lines=tuple(lines),
        said=tuple(said),
        voice="fr",
        blocks=tuple(blocks),
    )


def _verses(path: Path) -> list[str]:
    """Give the verses; what stands in capitals is a title, which the list of poems gives."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line and line != line.upper()]


def digits(speaker: str, *, varied: bool) -> Recording:
    """Make ten phrases of 3 to 5 digits, 3 takes of each (`varied`: 1 to 4), of other recordings.

    Pauses between digits are 20-80 ms, between takes 0.5-1.1 s, of faint noise.
    """
    rng = np.random.default_rng(100 * SPEAKERS.index(speaker) + varied)
    folder = real_media() / "corpus/spoken_digits/recordings"
    phrases: list[tuple[int, ...]] = []
    while len(phrases) < 10:
        phrase = tuple(int(d) for d in rng.integers(0, 10, rng.integers(3, 6)))
        if phrase not in phrases:
            phrases.append(phrase)
    unused = {digit: list(rng.permutation(20)) for digit in range(10)}
    parts, rows, at = [_quiet(rng, 0.8)], [], round(0.8 * RATE)
    counts = []
    for phrase in phrases:
        counts.append(int(rng.integers(1, 5)) if varied else 3)
        for _ in range(counts[-1]):
            take = []
            for digit in phrase:
                unused[digit] = unused[digit] or list(rng.permutation(20))
                name = f"{digit}_{speaker}_{unused[digit].pop()}.wav"
                take += [_digit(folder / name), _quiet(rng, rng.uniform(0.02, 0.08))]
            sound = np.concatenate(take[:-1])
            pause = _quiet(rng, rng.uniform(0.5, 1.1))
            rows.append((at / RATE, (at + sound.size) / RATE, phrase))
            parts += [sound, pause]
            at += sound.size + pause.size
    samples = np.concatenate(parts).astype(np.float32)
    said = tighten(
        samples,
        [
            Said(line=phrases.index(phrase) + 1, start_seconds=start, end_seconds=end)
            for start, end, phrase in rows
        ],
    )
    return Recording(
        name=f"digits_{speaker}",
        kind=CLEAN,
        held_out=speaker not in SPEAKERS_SEEN,
        samples=samples,
        said=said,
        lines=tuple(
            Line(number=n, text=" ".join(WORDS[d] for d in phrase), takes=count)
            for n, (phrase, count) in enumerate(zip(phrases, counts, strict=True), 1)
        ),
    )


def _digit(path: Path) -> np.ndarray:
    rate, samples = wavfile.read(path)
    return resample_poly(samples / 32768, RATE, rate).astype(np.float32)


def _quiet(rng: np.random.Generator, seconds: float) -> np.ndarray:
    return (rng.standard_normal(round(seconds * RATE)) * 1e-4).astype(np.float32)


def utterances(recording: Recording, numbers: "range | tuple[int, ...]") -> list[np.ndarray]:
    """Cut lines out of a recording."""
    spans = {said.line: said for said in recording.said}
    return [
        recording.samples[
            round(spans[number].start_seconds * RATE) : round(spans[number].end_seconds * RATE)
        ]
        for number in numbers
    ]


def texts(recording: Recording, wanted: dict[int, int]) -> dict[int, str]:
    """Give texts of another recording to line numbers: here -> there."""
    return {here: recording.lines[there - 1].text for here, there in wanted.items()}
