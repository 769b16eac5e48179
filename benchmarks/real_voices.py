"""Real voices at 16 kHz, by who speaks: of the real recordings, or of folders of others."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audioset.media.decode import open_audio

RATE = 16_000
Sound = NDArray[np.float64]
Voices = Mapping[str, Sound]


def read(path: Path) -> Sound:
    """Decode all channels of a file to one, at 16 kHz."""
    with open_audio(path) as audio:
        return soxr.resample(audio.read()[0], audio.sampling_rate, RATE).astype(np.float64)


def real_voices(folder: Path) -> dict[str, Sound]:
    """Give the voices of the real recordings, each all that it says."""
    voices: dict[str, list[Sound]] = {}
    for media in ("long/libri_27_124992.mp4", "long/lj_chapter01.flac", "video/aesop_fable.mp4",
                  "long/fleurs_du_mal_01_14.mp4"):  # fmt: skip
        whole = read(folder / media)
        with (folder / media).with_suffix(".segments.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                start, end = (round(float(row[f"{at}_seconds"]) * RATE) for at in ("start", "end"))
                who = f"{media} {row.get('speaker', '')}"
                voices.setdefault(who, []).append(whole[start:end])
    for media in ("audio/sonnet_001.mp3", "audio/jfk_1961.flac", "audio/moon_speech.mp3",
                  "audio/two_speakers_katie_steve.wav", "video/art_critic.mp4",
                  "video/wai_keyboard.mp4"):  # fmt: skip
        voices[media] = [read(folder / media)]
    return {who: np.concatenate(parts) for who, parts in voices.items()}


def read_folder(folder: Path, *, seconds: float = 600) -> dict[str, Sound]:
    """Give each folder below one as a voice, the longest files first, or each file as music."""
    found: dict[str, Sound] = {}
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        files = sorted(path.rglob("*.*")) if path.is_dir() else [path]
        whole, length = [], 0
        for file in sorted(files, key=lambda file: -file.stat().st_size):
            if file.suffix in (".wav", ".ogg", ".flac", ".mp3") and length < seconds * RATE:
                whole.append(read(file))
                length += whole[-1].size
        if whole:
            found[path.stem] = np.concatenate(whole)[: round(seconds * RATE)]
    return found


def digit_voices(folder: Path) -> dict[str, Sound]:
    """Give the six speakers of isolated digits, each all takes in one."""
    corpus = folder / "corpus/spoken_digits"
    voices: dict[str, list[Sound]] = {}
    with (corpus / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            voices.setdefault(row["speaker"], []).append(read(corpus / row["file"]))
    return {who: np.concatenate(parts) for who, parts in voices.items()}
