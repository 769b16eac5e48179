"""Speech detection against ground truth: frame-level F1 at 10 ms, beside librosa's energy split.

Usage: python benchmarks/detection.py [FOLDER OF REAL MEDIA]

The truth gives the extent of each utterance; pauses inside an utterance count as speech there. For
the poems the truth is one stretch per poem, pauses between verses included, so that recall is low
for every detector that hears pauses.
"""

import argparse
import csv
from functools import partial
from pathlib import Path

import librosa
import numpy as np
from measuring import real_media

from audioset.curation.cut.edges.planners import SpeechPlanner
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


if __name__ == "__main__":
    main()
