"""Near-duplicates: how many changed copies are found, and how many others are taken for copies.

Usage: python benchmarks/near_duplicates.py [FOLDER OF REAL MEDIA]

Clips: the utterances of two readers, a speech, and isolated words of six speakers, as their ground
truth divides them. Each is changed in one way; originals and copies are then searched together. A
false pair joins two different originals. Kept: of how many pairs the original is taken for the
better copy although the id of the copy comes first. Then each clip is looked for in three that were
put together. Last: 1,200 takes, 20 of each word and speaker, also among tens of them together.
"""

import argparse
import csv
import tempfile
import time
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import soundfile
from measuring import real_media

from audioset.curation.duplicates.best import Candidate, choose_best
from audioset.hearing.copies import measure_copy
from audioset.hearing.fingerprint import make_fingerprint
from audioset.hearing.near_pairs import _candidates, find_near_pairs
from audioset.media.decode import open_audio
from audioset.media.flac import decode_flac, encode_flac
from audioset.media.resample import Resampler
from audioset.records.check_report import CheckLimits

RNG = np.random.default_rng(0)


def decode(path):
    with open_audio(path) as audio:
        return audio.read()[0], audio.sampling_rate


def load(folder, most=None):
    clips = []
    for name in ("long/lj_chapter01.flac", "long/libri_27_124992.mp4")[: most and 1]:
        samples, rate = decode(folder / name)
        with (folder / name).with_suffix(".segments.csv").open(encoding="utf-8") as file:
            for row in list(csv.DictReader(file))[: most or 40]:
                start, end = float(row["start_seconds"]), float(row["end_seconds"])
                clips.append((samples[round(start * rate) : round(end * rate)], rate))
    clips.append(decode(folder / "audio/jfk_1961.flac"))
    return clips


def middle(clip, length_seconds=1.2):
    samples, rate = clip
    start = (samples.size - round(length_seconds * rate)) // 2
    return samples[start:][: round(length_seconds * rate)], rate


def takes(folder, most):
    paths = sorted((folder / "corpus/spoken_digits/recordings").glob("*.wav"))
    chosen = [path for path in paths if int(path.stem.rpartition("_")[2]) < most]
    return [soundfile.read(path, dtype="float32") for path in chosen]


def resampled(samples, rate, to):
    return Resampler(rate, to).push(np.ascontiguousarray(samples), last=True), to


def coded(codec, suffix, to, kbps):
    def change(samples, rate):
        samples, rate = resampled(samples, rate, to)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"x.{suffix}"
            with av.open(str(path), "w") as container:
                stream = container.add_stream(codec, rate=rate, layout="mono")
                stream.bit_rate = kbps * 1000
                convert = av.AudioResampler(stream.format, "mono", rate)
                frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
                fifo = av.AudioFifo()
                for ready in convert.resample(frame):
                    fifo.write(ready)
                for ready in fifo.read_many(stream.codec_context.frame_size or 1024, partial=True):
                    container.mux(stream.encode(ready))
                container.mux(stream.encode(None))
            return decode(path)

    return change


def noisy(snr_db):
    def change(samples, rate):
        level = np.sqrt((samples**2).mean()) * 10 ** (-snr_db / 20)
        return (samples + RNG.normal(0, level, samples.size)).astype(np.float32), rate

    return change


CHANGES = {
    "gain -14 dB": lambda s, r: (s * np.float32(0.2), r),
    "resampled to 44.1 kHz": lambda s, r: resampled(s, r, 44_100),
    "resampled to 8 kHz": lambda s, r: resampled(s, r, 8_000),
    "50 and 37 ms off the edges": lambda s, r: (s[round(0.05 * r) : -round(0.037 * r)], r),
    "0.3 s off each edge": lambda s, r: (s[round(0.3 * r) : -round(0.3 * r)], r),
    "43 and 50 ms more at the edges": lambda s, r: (
        np.pad(s, (round(0.043 * r), round(0.05 * r))),
        r,
    ),
    "MP3 64 kbit/s": coded("libmp3lame", "mp3", 44_100, 64),
    "MP3 32 kbit/s": coded("libmp3lame", "mp3", 22_050, 32),
    "AAC 32 kbit/s": coded("aac", "m4a", 44_100, 32),
    "Opus 32 kbit/s": coded("libopus", "opus", 48_000, 32),
    "Opus 16 kbit/s": coded("libopus", "opus", 48_000, 16),
    "white noise at 30 dB": noisy(30),
    "white noise at 20 dB": noisy(20),
}
LEAST_SECONDS = {"0.3 s off each edge": 1.0}  # of clips of which such a change leaves something


def candidate(name, clip, source_name):
    return Candidate(
        clip_id=name,
        pcm_sha256=name,
        accepted=False,
        unsure=False,
        has_text=False,
        source_name=source_name,
        length_seconds=clip[0].size / clip[1],
        quality=measure_copy(*clip),
    )


def keeps_original(clip, copy, suffix):
    one, other = candidate("original", clip, "original.wav"), candidate("a copy", copy, suffix)
    return choose_best([one, other])[0] is one


def row(what, change, clips, prints):
    changed = [change(samples, rate) for samples, rate in clips]
    copies = [make_fingerprint(*each) for each in changed]
    suffix = f"x.{what.split()[0].lower()}" if "kbit" in what else "x.wav"
    kept = [keeps_original(*pair, suffix) for pair in zip(clips, changed, strict=True)]
    n = len(prints)
    pairs = find_near_pairs(prints + copies, limit=CheckLimits().near_duplicate)
    found = [p.bit_errors for p in pairs if p.other - p.one == n]
    false = sum((p.other - p.one) % n != 0 for p in pairs)
    precision = len(found) / max(1, len(found) + false)
    errors = np.array(found or [np.nan])
    print(
        f"| {what} | {len(found) / n:.3f} | {precision:.3f} | {false} | {np.median(errors):.3f} |"
        f" {errors.max():.3f} | {np.mean(kept):.3f} |"
    )


def joined(clips, rate, pause_seconds=0.2):
    pause = np.zeros(round(pause_seconds * rate), np.float32)
    return np.concatenate([part for clip in clips for part in (clip, pause)]), rate


def within(clips, prints):
    """Look for each clip in three that were put together."""
    at_16_khz = [resampled(samples, rate, 16_000)[0] for samples, rate in clips]
    parts = [[(i + step) % len(clips) for step in (-1, 0, 1)] for i in range(len(clips))]
    long = [joined([at_16_khz[i] for i in some], 16_000) for some in parts]
    tell_within("three", prints, [make_fingerprint(*each) for each in long], parts)


def among_tens(clips, prints):
    """Look for each take in ten words of its speaker: in one it is, in 19 another take of it."""
    parts = [
        [120 * digit + 20 * speaker + (take + 3 * digit) % 20 for digit in range(10)]
        for speaker in range(6)
        for take in range(20)
    ]
    long = [joined([clips[i][0] for i in some], clips[0][1]) for some in parts]
    tell_within("ten words", prints, [make_fingerprint(*each) for each in long], parts)


def tell_within(what, prints, long, parts):
    n = len(prints)
    pairs = find_near_pairs([*prints, *long], limit=CheckLimits().near_duplicate)
    there = {(i, n + number) for number, some in enumerate(parts) for i in some}
    found = {(pair.one, pair.other) for pair in pairs if pair.one < n <= pair.other}
    print(
        f"\nIn {what} put together: {len(found & there)} of {len(there)} clips found, "
        f"{len(found - there)} false pairs."
    )


def speed(clips):
    seconds = sum(samples.size / rate for samples, rate in clips)
    flacs = [encode_flac((s * 32767).astype(np.int16), r) for s, r in clips]
    times = []
    for work in (
        lambda: [decode_flac(flac, name="x") for flac in flacs],
        lambda: [make_fingerprint(samples, rate) for samples, rate in clips],
    ):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(
        f"\nDecoding FLAC takes 1, making the fingerprint {times[1] / times[0]:.1f}"
        f" ({seconds / times[1]:,.0f} times faster than the audio plays)."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    folder = given.folder or real_media()
    most = 3 if given.tiny else None  # of each kind of clip
    changes = dict(islice(CHANGES.items(), most))
    for title, clips in (
        ("utterances", load(folder, most)),
        ("pieces of them of 1.2 s", list(map(middle, load(folder, most)))),
        ("isolated words", takes(folder, 2)[:most]),
    ):
        prints = [make_fingerprint(samples, rate) for samples, rate in clips]
        print(f"\n### {len(clips)} {title}\n")
        print(
            "| change | recall | precision | false pairs | bit errors, median | greatest | kept |"
        )
        print("|---|---|---|---|---|---|---|")
        shortest = min(samples.size / rate for samples, rate in clips)
        for what, change in changes.items():
            if shortest >= LEAST_SECONDS.get(what, 0):
                row(what, change, clips, prints)
        within(clips, prints)
    clips = takes(folder, 20)[: most and 20 * most]
    prints = [make_fingerprint(samples, rate) for samples, rate in clips]
    pairs = find_near_pairs(prints, limit=0.4)
    limit = CheckLimits().near_duplicate
    false = len(find_near_pairs(prints, limit=limit))
    print(
        f"\n{len(clips)} takes of words: {false} false pairs; the closest two differ in "
        f"{min(pair.bit_errors for pair in pairs):.3f} of their bits, the limit is {limit}; "
        f"{len(list(_candidates(prints)))} places compared of "
        f"{len(clips) * (len(clips) - 1) // 2} pairs."
    )
    if not most:
        among_tens(clips, prints)
    speed(load(folder, most))


if __name__ == "__main__":
    main()
