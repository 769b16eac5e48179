"""Speech detection against ground truth: frame-level F1 at 10 ms, beside librosa's energy split.

Usage: python benchmarks/detection.py [FOLDER OF REAL MEDIA]

The truth gives the extent of each utterance; pauses inside an utterance count as speech there. For
the poems the truth is one stretch per poem, pauses between verses included, so that recall is low
for every detector that hears pauses. Then isolated words of 0.19 to 0.37 s, a second apart, in
three levels of faint noise: how many are lost, and how many clips hold none; and clips of sounds
that are no speech: claps, knocks, beeps and chords.
"""

import argparse
import csv
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import soundfile
from measuring import real_media

from audioset.curation.cut.edges.planners import SpeechPlanner
from audioset.curation.cut.edges.stretches import Segmenter
from audioset.curation.cut.find_clips import ClipFinder
from audioset.hearing.speech.detector import DETECTOR_RATE, FRAME_SECONDS, SpeechDetector
from audioset.hearing.speech.listen import listen
from audioset.media.decode import open_audio
from audioset.media.resample import Resampler
from audioset.records.cut_options import CutOptions

FILES = (
    "video/three_takes_digits.mp4",
    "video/aesop_fable.mp4",
    "long/lj_chapter01.flac",
    "long/libri_27_124992.mp4",
    "long/fleurs_du_mal_01_14.mp4",
)
STEP_SECONDS = 0.010


def marks(spans, seconds):
    """True for each 10 ms that lies in a span (start and end in seconds)."""
    marked = np.zeros(round(seconds / STEP_SECONDS), bool)
    for start, end in spans:
        marked[round(start / STEP_SECONDS) : round(end / STEP_SECONDS)] = True
    return marked


def scores(found, truth):
    both = (found & truth).sum()
    precision, recall = both / max(1, found.sum()), both / truth.sum()
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def decode(path):
    with open_audio(path) as audio:
        return audio.read()[0], audio.sampling_rate


def detector_spans(samples, sampling_rate):
    at_16_khz = Resampler(sampling_rate, DETECTOR_RATE).push(samples, last=True)
    speech = SpeechDetector().push(at_16_khz, last=True).probabilities >= CutOptions().threshold
    return [(i * FRAME_SECONDS, (i + 1) * FRAME_SECONDS) for i in np.flatnonzero(speech)]


def clip_spans(path):
    with listen(path) as listening:
        rate = listening.rate
        clips = list(ClipFinder(listening, partial(SpeechPlanner, CutOptions())).clips())
    return [(clip.mark.start / rate, clip.mark.end / rate) for clip in clips]


def short_words(folder, noise, rng):
    """Give words at 8 kHz with noise around them, and where each lies, in seconds."""
    paths = sorted((folder / "corpus/spoken_digits/recordings").glob("*.wav"))
    words = [soundfile.read(path, dtype="float32")[0] for path in paths]
    spans, parts, at = [], [np.zeros(6_400)], 6_400
    for word in words:
        if 0.19 <= word.size / 8_000 <= 0.37:
            spans.append((at / 8_000, (at + word.size) / 8_000))
            parts += [word, np.zeros(int(rng.uniform(0.7, 1.3) * 8_000))]
            at += parts[-2].size + parts[-1].size
    sound = np.concatenate(parts)
    gaps = 1 - marks_of_samples(spans, 8_000, sound.size)
    return (sound + gaps * rng.normal(0, noise, sound.size)).astype(np.float32), spans


def marks_of_samples(spans, sampling_rate, size):
    marked = np.zeros(size)
    for start, end in spans:
        marked[round(start * sampling_rate) : round(end * sampling_rate)] = 1
    return marked


def no_speech(rng, number=400):
    """Give sounds at 16 kHz, each followed by a second of faint noise."""
    time = np.arange(6_400) / 16_000
    makers = (
        lambda: rng.normal(0, 1, time.size) * np.exp(-time * rng.uniform(8, 60)),
        lambda: (
            np.sin(2 * np.pi * rng.uniform(60, 400) * time) * np.exp(-time * rng.uniform(8, 40))
        ),
        lambda: np.sin(2 * np.pi * rng.uniform(200, 3000) * time) * (time < rng.uniform(0.05, 0.3)),
        lambda: sum(
            np.sin(2 * np.pi * hz * time) * (time < rng.uniform(0.1, 0.3)) * np.exp(-time * 5) / 7
            for hz in rng.uniform(100, 300) * np.arange(1, 8)
        ),
    )
    parts = []
    for each in range(number):
        parts += [makers[each % 4]() * rng.uniform(0.02, 0.4), rng.normal(0, 0.0005, 16_000)]
    return np.concatenate(parts).astype(np.float32)


def stretches(samples, sampling_rate):
    at_16_khz = Resampler(sampling_rate, DETECTOR_RATE).push(samples, last=True)
    segmenter = Segmenter(CutOptions())
    found = segmenter.push(SpeechDetector().push(at_16_khz, last=True)) + segmenter.finish()
    return [(each.start_frame * FRAME_SECONDS, each.end_frame * FRAME_SECONDS) for each in found]


def tell_short(folder):
    rng = np.random.default_rng(0)
    print("\n| noise around short words, RMS | words | lost | clips without one |")
    print("|---|---|---|---|")
    for noise in (0, 0.0003, 0.002):
        samples, spans = short_words(folder, noise, rng)
        found = stretches(samples, 8_000)
        lost = sum(not any(meet(word, each) for each in found) for word in spans)
        wrong = sum(not any(meet(word, each) for word in spans) for each in found)
        print(f"| {noise:g} | {len(spans)} | {lost} | {wrong} |")
    print(f"\n{len(stretches(no_speech(rng), 16_000))} clips of 400 sounds that are no speech.")


def meet(one, other):
    return one[0] < other[1] and one[1] > other[0]


def librosa_spans(samples, sampling_rate):
    spans = librosa.effects.split(samples, top_db=40)
    return [(start / sampling_rate, end / sampling_rate) for start, end in spans]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    folder = given.folder or real_media()
    print("| recording | what | spans (truth) | precision | recall | F1 |")
    print("|---|---|---|---|---|---|")
    for name in FILES[:1] if given.tiny else FILES:
        path = folder / name
        with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
            true_spans = [
                (float(row["start_seconds"]), float(row["end_seconds"]))
                for row in csv.DictReader(file)
            ]
        samples, sampling_rate = decode(path)
        seconds = samples.size / sampling_rate
        truth = marks(true_spans, seconds)
        clips = clip_spans(path)
        for what, spans, count in (
            ("detector, 32 ms frames", detector_spans(samples, sampling_rate), "-"),
            ("clips with padding (defaults)", clips, f"{len(clips)} ({len(true_spans)})"),
            ("librosa.effects.split, 40 dB", librosa_spans(samples, sampling_rate), "-"),
        ):
            precision, recall, f1 = scores(marks(spans, seconds), truth)
            print(f"| {path.stem} | {what} | {count} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")
    if not given.tiny:
        tell_short(folder)


if __name__ == "__main__":
    main()
