"""Whose transcript is it? Real recordings with their own text, and with that of another."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from audioset.curation.cut.lines.choose import align_options_of, choose_lines, find_lines
from audioset.errors import InvalidInputError
from audioset.hearing.align.voices.espeak import is_installed
from audioset.media.decode import open_audio
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.line_report import LineReport

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")


RATE = 16_000


def find(recording: Path, text: Path, language: str | None = None) -> LineReport:
    transcript = TranscriptOptions(path=text, language=language)
    align = align_options_of(transcript)
    lines = choose_lines(text, transcript, align)
    return find_lines(recording, lines, CutOptions(by="lines"), align)


def test_whole_sentences_are_found_behind_an_introduction_that_is_no_line(real_media: Path) -> None:
    found = find(real_media / "audio/aesop_fable.ogg", real_media / "audio/aesop_fable.txt")
    starts = {span.line: span.start_seconds for span in found.alignment.spans}
    truth = {2: 27.5, 3: 31.5, 4: 43.1, 5: 50.0, 6: 57.9, 7: 67.5, 8: 72.5, 9: 84.6}
    right = [line for line, start in truth.items() if abs(starts.get(line, 0) - start) < 0.75]
    assert len(right) >= 7
    assert found.unexplained_seconds > 12  # who reads it, and for whom


@pytest.mark.parametrize(
    ("recording", "text"),
    [
        ("long/lj_chapter01.flac", "audio/aesop_fable.txt"),
        ("video/three_takes_digits.mp4", "long/lj_chapter01.lines.txt"),
    ],
)
@pytest.mark.slow
def test_the_transcript_of_another_recording_is_refused(
    real_media: Path, recording: str, text: str
) -> None:
    with pytest.raises(InvalidInputError, match="hardly the transcript of this recording: another"):
        find(real_media / recording, real_media / text)


def test_the_same_lines_in_another_order_are_refused_and_that_is_said(
    real_media: Path, tmp_path: Path
) -> None:
    lines = (real_media / "long/lj_chapter01.lines.txt").read_text("utf-8").splitlines()
    moved = tmp_path / "moved.txt"
    moved.write_text("\n".join([*lines[4:], *lines[:4][::-1]]), "utf-8")
    with pytest.raises(InvalidInputError, match="its lines are said in another order"):
        find(real_media / "long/lj_chapter01.flac", moved)


def test_pauses_within_lines_are_no_proof_against_them(real_media: Path, tmp_path: Path) -> None:
    lines = (real_media / "long/lj_chapter01.lines.txt").read_text("utf-8").splitlines()
    said = decode(real_media / "long/lj_chapter01.flac")
    parts = []
    for start, end in spans_of(real_media / "long/lj_chapter01"):
        part = said[round(start * RATE) : round(end * RATE)]
        middle = quietest(part)
        parts += [part[:middle], pause(0.9), part[middle:], pause(1.5)]
    soundfile.write(tmp_path / "slow.wav", np.concatenate(parts), RATE)
    (tmp_path / "slow.txt").write_text(
        "\n".join(re.sub(r"[^\w\s]", "", line) for line in lines), "utf-8"
    )
    found = find(tmp_path / "slow.wav", tmp_path / "slow.txt")
    assert found.num_found == len(lines)
    assert sum("inner_pause" in span.flags for span in found.alignment.spans) > len(lines) / 2
    assert (found.alignment.credit or 0) > 3


def test_a_french_poem_is_found_without_a_word_on_its_language(poem: tuple[Path, Path]) -> None:
    found = find(*poem)
    assert found.said_in_words is not None
    assert found.said_in_words.startswith("lines said in French (fr), by its text, by the voice fr")
    assert found.num_found >= 16


@pytest.mark.slow
def test_another_poem_in_the_same_language_is_refused(poem: tuple[Path, Path]) -> None:
    sound, other = poem[0], poem[1].with_name("004.txt")
    with pytest.raises(InvalidInputError, match="another text is said"):
        find(sound, other)
    with pytest.raises(InvalidInputError, match="in another language than it was taken for"):
        find(sound, other, language="en")


@pytest.fixture(scope="module")
def poem(real_media: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give the second poem of a recording, and its text."""
    base = real_media / "long/fleurs_du_mal_01_14"
    start, end = spans_of(base)[1]
    sound = tmp_path_factory.mktemp("poem") / "poem.wav"
    soundfile.write(sound, decode(base.with_suffix(".mp4"), start, end), RATE)
    return sound, base.with_name(f"{base.name}_texts") / "002.txt"


def spans_of(recording: Path) -> list[tuple[float, float]]:
    text = recording.with_suffix(".segments.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return [(float(row["start_seconds"]), float(row["end_seconds"])) for row in rows]


def decode(path: Path, start: float = 0, end: float = 1e9) -> np.ndarray:
    """Read a part of a recording, from its beginning on."""
    parts, count = [], 0
    with open_audio(path) as audio:
        rate = audio.sampling_rate
        for block in audio.blocks():
            parts.append(block[0])
            count += block[0].size
            if count > end * rate:
                break
    samples = np.concatenate(parts)[round(start * rate) : min(count, round(end * rate))]
    return resample_poly(samples, RATE, rate).astype(np.float32)


def quietest(part: np.ndarray) -> int:
    """Give the quietest place in the middle of a sound."""
    frame = RATE // 100
    frames = part[: part.size // frame * frame].reshape(-1, frame)
    power = np.convolve((frames**2).mean(1), np.ones(8))
    first, last = int(power.size * 0.3), int(power.size * 0.7)
    return (first + int(np.argmin(power[first:last]))) * frame


def pause(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 3e-4, round(seconds * RATE)).astype(np.float32)
