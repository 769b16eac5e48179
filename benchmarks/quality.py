"""The quality columns: known truth beside what is measured, and what `audioset check` makes of it.

Usage: python benchmarks/quality.py [FOLDER OF REAL MEDIA] [--voices FOLDER] [--music FOLDER]

Levels, clipping, bandwidth: signals made here. SNR: synthetic speech in noise, cut by `audioset
cut`, the median over the clips; then real voices in noises of many kinds. `--voices` holds a folder
of recordings for each speaker and `--music` files of music; without them the voices are those that
the network was trained on. Loudness of real speech: pyloudnorm, the same 5 s pieces. Last: which
rules find something in real recordings.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyloudnorm
import soundfile
from measuring import real_media
from real_voices import RATE as SNR_RATE
from real_voices import read_folder, real_voices
from snr_mixtures import KINDS, Mixer

import audioset
from audioset.hearing.quality import bandwidth_hz, clipped_share, loudness_lufs
from audioset.hearing.snr.estimate import estimate_snr_db, snr_by_pauses_db
from audioset.media.resample import Resampler
from tests.sounds import SPEECH_RATE, noise, spoken, tone, write_audio

LOUDNESS = (
    "audio/jfk_1961.flac",
    "long/lj_chapter01.flac",
    "audio/two_speakers_katie_steve.wav",
    "audio/ami_trn06.flac",
    "audio/noisy_0db.wav",
    "odd/clipped_hard.wav",
)
RECORDINGS = (
    "audio/noisy_0db.wav", "audio/noisy_0db_clean.wav", "odd/clipped_hard.wav", "odd/dc_offset.wav",
    "video/three_takes_digits.mp4", "audio/moon_speech.mp3", "audio/ami_trn05.flac",
    "audio/ami_trn06.flac", "audio/jfk_1961.flac", "audio/aesop_fable.ogg", "audio/sonnet_001.mp3",
    "audio/two_speakers_katie_steve.wav", "long/lj_chapter01.flac", "long/libri_27_124992.mp4",
    "video/aesop_fable.mp4", "video/wai_keyboard.mp4", "video/art_critic.mp4",
    "video/rabbit_voiceover.mp4", "video/autoeditor_example.mp4", "odd/speech_8k_alaw.wav",
)  # fmt: skip


def line(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def heading(title, *columns):
    print(f"\n### {title}\n")
    line(*columns)
    line(*("---" for _ in columns))


def signals():
    heading("Signals made here", "what", "truth", "measured")
    for db in (-23, -33):
        measured = loudness_lufs(tone(1000, 20, 48_000, level=10 ** (db / 20)), 48_000)
        line(f"1 kHz sine at {db} dBFS, one channel, LUFS", f"{db - 3.01:.2f}", f"{measured:.2f}")
    speech = 0.8 * spoken()[0] / np.abs(spoken()[0]).max()
    for runs in (1, 20, 200):
        clipped = speech.copy()
        for start in np.arange(runs) * (speech.size // runs):
            clipped[start : start + 10] = 1.0
        truth, measured = 10 * runs / speech.size, clipped_share(clipped)
        line(f"{runs} runs of 10 clipped samples, share", f"{truth:.2e}", f"{measured:.2e}")
    for edge in (4_000, 8_000, 11_025):
        for rate in (44_100, 48_000):
            made = Resampler(2 * edge, rate).push(noise(5, 2 * edge, level=0.1), last=True)
            line(f"noise up to {edge} Hz at {rate} Hz", edge, f"{bandwidth_hz(made, rate):.0f}")
    narrow = Resampler(SPEECH_RATE, 8_000).push(spoken()[0], last=True)
    for rate in (16_000, 44_100, 48_000):
        wide = Resampler(8_000, rate).push(narrow, last=True)
        line(f"8 kHz speech at {rate} Hz", 4_000, f"{bandwidth_hz(wide, rate):.0f}")


def coloured(kind, size, level):
    made = np.fft.rfft(np.random.default_rng(5).normal(0, 1, size))
    if kind == "pink":
        made /= np.sqrt(np.maximum(np.arange(len(made)), 1))
    signal = np.fft.irfft(made, size)
    return (signal * (level / np.sqrt((signal**2).mean()))).astype(np.float32)


def rows_of(path):
    """Cut one source in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        ws = audioset.init(folder)
        ws.cut([path])
        [manifest] = ws.manifests_dir.glob("*.parquet")
        report = ws.check(skip=("near_duplicate",))
        return pq.read_table(manifest).to_pylist(), report


def snr(truths):
    heading("SNR of speech in noise, dB", "truth", "white", "pink", "clips found of 6")
    speech, said = spoken()
    voiced = np.zeros(speech.size, bool)
    for take in said:
        voiced[round(take.start_seconds * SPEECH_RATE) : round(take.end_seconds * SPEECH_RATE)] = 1
    rms = np.sqrt((speech[voiced] ** 2).mean())
    for truth in truths:
        cells, found = [], []
        for kind in ("white", "pink"):
            mixed = 0.5 * (speech + coloured(kind, speech.size, rms * 10 ** (-truth / 20)))
            with tempfile.TemporaryDirectory() as folder:
                rows, _ = rows_of(write_audio(Path(folder) / "talk.wav", mixed, SPEECH_RATE))
            values = [row["snr_db"] for row in rows if row["snr_db"] is not None]
            cells.append(f"{np.median(values):.1f}" if values else "-")
            found.append(str(len(rows)))
        line(truth, *cells, ", ".join(found))


def real_snr(voices, music, count):
    """Compare the level of the pauses alone with what a clip is given, on the same clips."""
    mixer = Mixer(voices, music=music, seed=1)
    heading(
        f"SNR of real voices from 0 to 30 dB, {count} clips a row",
        "noise", "clips", "pauses: told", "error, median dB", "within 3 dB",
        "now: told", "error, median dB", "within 3 dB",
    )  # fmt: skip
    for kind in KINDS[:-1]:
        for dense in (False, True):
            clips = mixer.make(count, kinds=(kind,), snr_db=(0, 30), dense=dense)
            truth = np.array([clip.snr_db for clip in clips])
            pauses = [snr_by_pauses_db(clip.frames) for clip in clips]
            now = [estimate_snr_db(clip.samples, SNR_RATE, clip.frames) for clip in clips]
            line(
                kind,
                "no pause" if dense else "as cut",
                *_errors(pauses, truth),
                *_errors(now, truth),
            )


def _errors(values, truth):
    """Give the share that has a value; of these the median error and the share within 3 dB."""
    off = np.abs(np.array([np.nan if value is None else value for value in values]) - truth)
    told = off[~np.isnan(off)]
    if not told.size:
        return "0 %", "-", "-"
    share, near = told.size / off.size, (told <= 3).mean()
    return f"{share:.0%}", f"{np.median(told):.1f}", f"{near:.0%}"


def loudness(folder, names):
    heading("Loudness of real speech, LUFS", "recording", "pieces", "greatest difference, LU")
    for name in names:
        samples, rate = soundfile.read(folder / name, dtype="float32")
        samples = samples.mean(axis=1) if samples.ndim > 1 else samples
        pieces = [samples[i : i + 5 * rate] for i in range(0, len(samples) - 5 * rate, 5 * rate)]
        meter = pyloudnorm.Meter(rate)
        apart = [loudness_lufs(p, rate) - meter.integrated_loudness(p) for p in pieces]
        line(name, len(pieces), f"{np.abs(apart).max():.3f}")


def recordings(folder, names):
    heading("What `audioset check` finds in real recordings", "recording", "clips", "findings")
    for name in names:
        rows, report = rows_of(folder / name)
        found = ", ".join(f"{rule} {number}" for rule, number in report.counts.items() if number)
        line(name, len(rows), found or "-")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    parser.add_argument("--voices", type=Path, help="a folder of recordings for each speaker")
    parser.add_argument("--music", type=Path, help="files of music")
    given = parser.parse_args()
    folder = given.folder or real_media()
    most = 1 if given.tiny else None  # of each kind of measurement
    signals()
    snr((0, 5, 10, 15, 20, 25, 30)[:most])
    if not given.tiny:
        music = read_folder(given.music, seconds=90) if given.music else {}
        voices = read_folder(given.voices) if given.voices else real_voices(folder)
        real_snr(voices, list(music.values()), 60)
    loudness(folder, LOUDNESS[:most])
    recordings(folder, RECORDINGS[:most])


if __name__ == "__main__":
    main()
