"""The flag `cut_edge` against edges of known place: in silence, beside a word, inside of one.

Usage: python benchmarks/edges.py [FOLDER OF REAL MEDIA]

The place is known from the whole recording: an edge is in a vowel where 25 ms on both sides of it
are within 12 dB of the loud parts of three seconds, in a soft sound where they are quieter but
vowels stand on both sides, and beside a word where the sound begins (or ends) 0, 20, 50 or 100 ms
away after 150 ms of silence. Clips of 0.3 to 5 s are cut there, and noise is added to the clips
alone. Words: spoken digits as their makers cut them, cut through at random, and with silence added.
Lines: of two readers, as they were put together, and parts of them between random times, of which
some lie in pauses. "Before" is the detector's probability over 0.9 in the two frames at each edge.
"""

import argparse
import csv
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
from measuring import real_media
from scipy.ndimage import percentile_filter
from scipy.signal import butter, sosfilt

from audioset.hearing.cut_edges import edge_speech
from audioset.hearing.speech.detector import DETECTOR_RATE, SpeechDetector
from audioset.hearing.speech.listen import listen
from audioset.media.resample import Resampler
from audioset.records.check_report import CheckLimits

RECORDINGS = (
    "long/libri_27_124992.mp4", "long/lj_chapter01.flac", "audio/sonnet_001.mp3",
    "video/aesop_fable.mp4", "long/fleurs_du_mal_01_14.mp4", "audio/jfk_1961.flac",
    "audio/two_speakers_katie_steve.wav",
)  # fmt: skip
LINES = ("long/libri_27_124992", "long/lj_chapter01")
LENGTHS = (0.3, 0.5, 0.8, 1.2, 2, 3, 5)
GAPS_MS = (0, 20, 50, 100)
NOISES = (None, ("white", 20), ("pink", 20), ("pink", 10), ("white", 5))
MOST_SECONDS = 240
HOP, WINDOW = 80, 160  # 5 and 10 ms
LIMIT = CheckLimits().cut_edge
rng = np.random.default_rng(7)


def line(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def heading(title, *columns):
    print(f"\n### {title}\n")
    line(*columns)
    line(*("---" for _ in columns))


def read(path):
    """Read a recording as the cutter does, at 16 kHz."""
    with listen(path) as listening:
        rate = listening.audio.sampling_rate
        sound = np.concatenate([piece.sound for (piece,) in listening.pieces()])
    return Resampler(rate, DETECTOR_RATE).push(sound, last=True)[: MOST_SECONDS * DETECTOR_RATE]


def judge(samples, rate=DETECTOR_RATE):
    """Tell whether a clip is flagged: by the measure, and as it was before."""
    frames = SpeechDetector().push(
        Resampler(rate, DETECTOR_RATE).push(samples, last=True), last=True
    )
    ends = np.concatenate([frames.probabilities[:2], frames.probabilities[-2:]])
    return edge_speech(samples, rate, frames) > LIMIT, ends.max() > LIMIT


def places(samples):
    """Give where edges of each kind may be, in samples: of a clip's start, and of its end."""
    high = sosfilt(butter(2, 80, "high", fs=DETECTOR_RATE, output="sos"), samples)
    energy = np.concatenate([[0], np.cumsum(high**2)])
    at = np.arange(0, samples.size - WINDOW, HOP)
    level = 10 * np.log10(np.maximum((energy[at + WINDOW] - energy[at]) / WINDOW, 1e-12))
    top, floor = percentile_filter(level, 95, 600), percentile_filter(level, 8, 1200)
    sounds = level > np.maximum(floor + 12, top - 38)
    loud, quiet = level > top - 12, level < top - 14
    kinds = ("vowel", "soft", *GAPS_MS)
    starts, ends = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
    for n in np.flatnonzero(top - floor > 25)[40:-40]:  # elsewhere noise hides the truth
        around, middle = slice(n - 5, n + 5), at[n] + WINDOW // 2
        if sounds[around].all():
            between = loud[n - 20 : n].any() and loud[n : n + 20].any()
            vowel, soft = loud[around].all(), quiet[n - 2 : n + 2].all() and between
            if vowel or soft:
                starts["vowel" if vowel else "soft"].append(middle)
                ends["vowel" if vowel else "soft"].append(middle)
        elif sounds[n] and loud[n : n + 40].any() and begins(sounds, n):
            for gap in GAPS_MS:
                starts[gap].append(at[n] + WINDOW // 4 - gap * DETECTOR_RATE // 1000)
        elif sounds[n] and loud[n - 60 : n].any() and begins(sounds[::-1], sounds.size - 1 - n):
            for gap in GAPS_MS:
                ends[gap].append(at[n] + WINDOW * 3 // 4 + gap * DETECTOR_RATE // 1000)
    return starts, ends


def begins(sounds, n):
    return not sounds[n - 30 : n].any() and sounds[n : n + 8].mean() > 0.7


def choose_clips(samples, each):
    """Give clips as start, end and the kinds of both edges: some of every length and pair."""
    starts, ends = places(samples)
    for seconds, first, last in product(LENGTHS, starts, ends):
        found = 0
        for start in rng.permutation(starts[first])[:20]:
            lengths = (np.array(ends[last]) - start) / DETECTOR_RATE / seconds
            fits = np.array(ends[last])[(lengths > 0.8) & (lengths < 1.25)]
            if fits.size and start >= 0 and found < each:
                found += 1
                yield int(start), int(rng.choice(fits)), first, last


def with_noise(clip, noise):
    if noise is None:
        return clip
    colour, snr_db = noise
    made = np.fft.rfft(rng.normal(0, 1, clip.size))
    if colour == "pink":
        made /= np.sqrt(np.maximum(np.arange(made.size), 1))
    made = np.fft.irfft(made, clip.size)
    whole = clip[: clip.size // WINDOW * WINDOW].reshape(-1, WINDOW)
    speech = np.percentile((whole**2).mean(axis=1), 80)
    scale = np.sqrt(speech / (made**2).mean()) * 10 ** (-snr_db / 20)
    return (clip + scale * made).astype(np.float32)


def known_edges(folder, names, each, noises):
    clips = []
    for name in names:
        samples = read(folder / name)
        clips += [(samples[a:b], first, last) for a, b, first, last in choose_clips(samples, each)]
    kinds = ("precision", "recall", "recall in soft sounds", *(f"{g} ms" for g in GAPS_MS))
    heading(
        f"{len(clips)} clips with edges of known place; flagged where the nearer word is so far",
        "noise", "", *kinds, "precision, recall under 0.6 s",
    )  # fmt: skip
    for noise in noises:
        judged = np.array([judge(with_noise(clip, noise)) for clip, _, _ in clips])
        shown = "none" if noise is None else f"{noise[0]}, {noise[1]} dB"
        line(shown, "before", *scores(clips, judged[:, 1]))
        line("", "now", *scores(clips, judged[:, 0]))


def scores(clips, flagged):
    kinds = [(first, last) for _, first, last in clips]
    cut = np.array(["vowel" in pair for pair in kinds])
    soft = np.array(["soft" in pair and "vowel" not in pair for pair in kinds])
    whole = ~cut & ~soft
    short = np.array([clip.size < 0.6 * DETECTOR_RATE for clip, _, _ in clips])
    nearest = np.array(
        [min((k for k in p if k not in ("vowel", "soft")), default=-1) for p in kinds]
    )
    return (
        *precision_and_recall(flagged, cut, whole),
        share(flagged[soft]),
        *(share(flagged[whole & (nearest == gap)]) for gap in GAPS_MS),
        ", ".join(precision_and_recall(flagged, cut & short, whole & short)),
    )


def precision_and_recall(flagged, cut, whole):
    found, wrong = (flagged & cut).sum(), (flagged & whole).sum()
    return f"{found / max(1, found + wrong):.3f}", share(flagged[cut])


def share(flagged):
    return f"{flagged.mean():.3f}" if flagged.size else "-"


def row(what, judged):
    judged = np.array(judged)
    line(what, len(judged), share(judged[:, 1]), share(judged[:, 0]))


def words_and_lines(folder, takes, lines):
    heading("Words and lines, share that is flagged", "what", "clips", "before", "now")
    whole, through, padded = [], [], []
    for path in sorted((folder / "corpus/spoken_digits/recordings").glob("*.wav")):
        if int(path.stem.rpartition("_")[2]) >= takes:
            continue
        word, rate = soundfile.read(path, dtype="float32")
        whole.append(judge(word, rate))
        faint = rng.normal(0, 1e-4, rate // 10).astype(np.float32)
        padded.append(judge(np.concatenate([faint, word, faint]), rate))
        place = int(word.size * rng.uniform(0.35, 0.65))
        part = word[:place] if rng.random() < 0.5 else word[place:]
        if part.size > 0.2 * rate:
            through.append(judge(part, rate))
    row("words as their makers cut them", whole)
    row("words with 100 ms of faint noise on both sides", padded)
    row("words cut through", through)
    whole, parts = [], []
    for name in lines:
        samples = read(next(p for p in folder.glob(f"{name}.*") if p.suffix in (".mp4", ".flac")))
        with (folder / f"{name}.segments.csv").open(encoding="utf-8") as file:
            for said in csv.DictReader(file):
                start, end = (
                    round(float(said[f"{side}_seconds"]) * DETECTOR_RATE)
                    for side in ("start", "end")
                )
                if end > samples.size:
                    continue
                whole.append(judge(samples[start:end]))
                for _ in range(6):
                    length = int(rng.uniform(0.3, 3) * DETECTOR_RATE)
                    if end - start > length + DETECTOR_RATE:
                        at = int(rng.uniform(start + DETECTOR_RATE // 3, end - length))
                        parts.append(judge(samples[at : at + length]))
    row("lines as they were put together", whole)
    row("parts of lines between random times", parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    folder = given.folder or real_media()
    if given.tiny:
        known_edges(folder, RECORDINGS[2:3], 1, NOISES[:1])
        words_and_lines(folder, 1, LINES[1:])
    else:
        known_edges(folder, RECORDINGS, 4, NOISES)
        words_and_lines(folder, 10, LINES)


if __name__ == "__main__":
    main()
