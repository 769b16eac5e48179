"""The usual ways to cut a talk into clips, each as short as people write it.

    python benchmarks/peers.py WAY SOURCE FOLDER [SPANS]

Runs one way in this process: clips of SOURCE go to FOLDER, the spans that were found to
FOLDER/spans.json as [[start_seconds, end_seconds], ...]. SPANS is such a file, for the ways that
cut given spans. Clips are FLAC, 16 kHz, one channel, except pydub's, which keep the source's form.
"""

import json
import subprocess
import sys
from pathlib import Path

RATE = 16_000
FRAME = 512  # of the Silero network
CONTEXT = 64


def to_wav(source: Path, folder: Path) -> Path:
    """Decode with the ffmpeg program, as most scripts do first."""
    wav = folder / "whole.wav"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", source, "-vn", "-ac", "1"]
    subprocess.run([*command, "-ar", str(RATE), wav], check=True)
    return wav


def write_clips(samples, spans, folder: Path) -> None:
    import soundfile

    for number, (start, end) in enumerate(spans):
        clip = samples[round(start * RATE) : round(end * RATE)]
        soundfile.write(folder / f"{number:05d}.flac", clip, RATE)


def ffmpeg_per_clip(source: Path, folder: Path, spans) -> None:
    for number, (start, end) in enumerate(spans):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", f"{start:.3f}"]
        command += ["-to", f"{end:.3f}", "-i", source, "-vn", "-ac", "1", "-ar", str(RATE)]
        subprocess.run([*command, folder / f"{number:05d}.flac"], check=True)


def silero(source: Path, folder: Path):
    """The published step-by-step network with onnxruntime, and its `get_speech_timestamps`."""
    import soundfile

    samples, _ = soundfile.read(to_wav(source, folder), dtype="float32")
    spans = speech_timestamps(silero_probabilities(samples), samples.size)
    write_clips(samples, spans, folder)
    return spans


def silero_probabilities(samples) -> list[float]:
    import numpy as np
    import onnxruntime

    from audioset.hearing.speech.detector_graph import published_model_path

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(published_model_path()), options)
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros(CONTEXT, np.float32)
    padded = np.pad(samples, (0, -samples.size % FRAME))
    found = []
    for start in range(0, padded.size, FRAME):
        frame = np.concatenate([context, padded[start : start + FRAME]])
        context = frame[-CONTEXT:]
        inputs = {"input": frame[None], "state": state, "sr": np.array(RATE, np.int64)}
        output, state = session.run(None, inputs)
        found.append(float(output[0, 0]))
    return found


def speech_timestamps(probabilities, num_samples: int):
    """`silero_vad.get_speech_timestamps` with its defaults, in seconds.

    threshold 0.5 (0.35 to go on), speech of at least 250 ms, pauses of at least 100 ms, 30 ms pad.
    """
    speeches: list[list[int]] = []
    start, quiet_since = None, None
    for number, probability in enumerate(probabilities):
        at = number * FRAME
        if probability >= 0.5:
            quiet_since = None
            start = at if start is None else start
        elif start is not None and probability < 0.35:
            quiet_since = at if quiet_since is None else quiet_since
            if at - quiet_since >= 0.100 * RATE:
                if quiet_since - start > 0.250 * RATE:
                    speeches.append([start, quiet_since])
                start, quiet_since = None, None
    if start is not None and num_samples - start > 0.250 * RATE:
        speeches.append([start, num_samples])
    pad = round(0.030 * RATE)
    for number, speech in enumerate(speeches):
        speech[0] = max(0, speech[0] - pad) if number == 0 else speech[0]
        if number + 1 == len(speeches):
            speech[1] = min(num_samples, speech[1] + pad)
            continue
        following = speeches[number + 1]
        room = following[0] - speech[1]
        each = room // 2 if room < 2 * pad else pad
        speech[1], following[0] = speech[1] + each, following[0] - each
    return [(start / RATE, end / RATE) for start, end in speeches]


def auditok(source: Path, folder: Path):
    """Auditok with its defaults."""
    import auditok
    import soundfile

    wav = to_wav(source, folder)
    spans = [(region.start, region.end) for region in auditok.split(str(wav))]
    write_clips(soundfile.read(wav, dtype="float32")[0], spans, folder)
    return spans


def pydub(source: Path, folder: Path):
    """Pydub, pause 0.35 s, at the level that its users set: 16 dB below the mean."""
    from pydub import AudioSegment
    from pydub.silence import detect_nonsilent

    whole = AudioSegment.from_file(source)
    # What split_on_silence does, with the places kept.
    found = detect_nonsilent(whole, min_silence_len=350, silence_thresh=whole.dBFS - 16)
    spans = []
    for number, (start, end) in enumerate(found):
        before = found[number - 1][1] if number else 0
        after = found[number + 1][0] if number + 1 < len(found) else len(whole)
        low, high = max(start - 100, (before + start) // 2), min(end + 100, (end + after) // 2)
        whole[low:high].export(folder / f"{number:05d}.flac", format="flac")
        spans.append((low / 1000, high / 1000))
    return spans


def librosa(source: Path, folder: Path):
    """librosa.load, effects.split at 40 dB, soundfile."""
    import warnings

    import librosa

    warnings.simplefilter("ignore")  # mp4 goes through audioread, which librosa calls deprecated
    samples, _ = librosa.load(source, sr=RATE)
    spans = [(s / RATE, e / RATE) for s, e in librosa.effects.split(samples, top_db=40)]
    write_clips(samples, spans, folder)
    return spans


def lhotse(source: Path, folder: Path, spans) -> None:
    """Lhotse cuts given spans from the decoded WAV; it detects nothing."""
    from lhotse import Recording

    cut = Recording.from_file(to_wav(source, folder)).to_cut()
    for number, (start, end) in enumerate(spans):
        part = cut.truncate(offset=start, duration=min(end, cut.duration) - start)
        part.save_audio(folder / f"{number:05d}.flac")


FINDING = {"silero": silero, "auditok": auditok, "pydub": pydub, "librosa": librosa}
CUTTING = {"ffmpeg_per_clip": ffmpeg_per_clip, "lhotse": lhotse}


def main() -> None:
    way, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    if way in CUTTING:
        CUTTING[way](source, folder, json.loads(Path(sys.argv[4]).read_text(encoding="utf-8")))
        return
    spans = [(float(start), float(end)) for start, end in FINDING[way](source, folder)]
    (folder / "spans.json").write_text(json.dumps(spans), encoding="utf-8")


if __name__ == "__main__":
    main()
