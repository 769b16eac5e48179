"""Is a sound where the clips say it is? Pulses at known places through every container and codec.

    python benchmarks/sample_accuracy.py [--rates 48000 44100 16000]

Twenty pulses at irregular places in 20 s of faint noise are encoded by the ffmpeg program, cut by
`audioset cut` into windows, and found again by cross-correlation in the clips laid at their
`start_sample`. Two errors, both in samples of the source, smallest .. largest:

- to the sound: found - where the pulse was in what was encoded. Codecs put some silence in front
  (priming); only some containers tell how much.
- to a player: what the file's own clock (by ffprobe: start of the sound minus start of the file)
  shows at the first sample. Subtitles are timed against that clock; a cutter that counts samples is
  early by this much unless it adds it. In "late sound" the sound starts 0.5 s after the pictures.

"extra" is what was decoded before the first and after the last true sample.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from measuring import ffmpeg, offers, run, scratch, table, tell
from scipy.signal import fftconvolve

# The command that gives back all of a source in pieces.
CUT = ("--by", "windows", "--every", "10")
SECONDS, NUM_PULSES = 20, 20
LATE_SECONDS = 0.5
PICTURES = ("-f", "lavfi", "-i", f"color=size=64x64:rate=10:duration={SECONDS}")


@dataclass(frozen=True)
class Form:
    """One way to store sound.

    Attributes:
        name: for the table.
        file: name of the file.
        words: for ffmpeg, between the inputs and the file.
        pictures: with a picture track.
        late: the sound starts LATE_SECONDS after the pictures.
        tolerance: of the error to the sound, in samples. AAC needs a frame of 1,024 and MP3 1,105
            where the container does not tell the priming.
    """

    name: str
    file: str
    words: tuple[str, ...] = ()
    pictures: bool = False
    late: bool = False
    tolerance: int = 1


AAC = ("-c:a", "aac", "-b:a", "128k")
FRAGMENTED = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
FORMS = (
    Form("WAV", "a.wav"),
    Form("FLAC", "a.flac"),
    Form("Ogg Vorbis", "a.ogg", ("-c:a", "libvorbis")),
    Form("Ogg Opus", "a.opus", ("-c:a", "libopus")),
    Form("WebM, Opus", "a.webm", ("-c:a", "libopus")),
    Form("MP3", "a.mp3", ("-c:a", "libmp3lame", "-b:a", "128k")),
    Form("MP3 without LAME header", "bare.mp3", ("-c:a", "libmp3lame", "-write_xing", "0"),
         tolerance=1105),
    Form("M4A, AAC", "a.m4a", AAC),
    Form("MP4, H.264 + AAC", "a.mp4", AAC, pictures=True),
    Form("MP4, late sound", "late.mp4", AAC, pictures=True, late=True, tolerance=1024),
    Form("MP4, fragmented", "fragmented.mp4", (*AAC, *FRAGMENTED), pictures=True, tolerance=1024),
    Form("MKV, H.264 + AAC", "a.mkv", AAC, pictures=True, tolerance=1024),
    Form("MKV, late sound", "late.mkv", AAC, pictures=True, late=True, tolerance=1024),
    Form("MPEG-TS, H.264 + AAC", "a.ts", AAC, pictures=True, tolerance=1024),
    Form("MPEG-TS, late sound", "late.ts", AAC, pictures=True, late=True, tolerance=1024),
    Form("raw AAC", "a.aac", AAC, tolerance=1024),
    Form("FLV, AAC", "a.flv", AAC, pictures=True, tolerance=1024),
    Form("AVI, MP3", "a.avi", ("-c:a", "libmp3lame"), pictures=True, tolerance=1105),
)  # fmt: skip


def pulse(sampling_rate: int) -> np.ndarray:
    """A short chirp-like click that every codec keeps: 2 ms, up to 6 kHz, peak in its middle."""
    half = round(0.001 * sampling_rate)
    time = np.arange(-half, half + 1) / sampling_rate
    highest = min(6000.0, 0.4 * sampling_rate)
    return (np.sinc(2 * highest * time) * np.hanning(time.size + 2)[1:-1]).astype(np.float32)


def make_sound(sampling_rate: int) -> tuple[np.ndarray, list[int]]:
    """Noise at -66 dBFS with pulses; shape (SECONDS * rate,), and where their middles lie."""
    random = np.random.default_rng(7)
    samples = random.normal(0, 0.0005, SECONDS * sampling_rate).astype(np.float32)
    slots = np.arange(NUM_PULSES) * SECONDS / NUM_PULSES
    places = [round(s * sampling_rate) for s in slots + random.uniform(0.15, 0.85, NUM_PULSES)]
    shape = pulse(sampling_rate)
    for place in places:
        samples[place - shape.size // 2 : place + shape.size // 2 + 1] += 0.8 * shape
    return samples, places


def encode(form: Form, sound: Path, folder: Path) -> Path:
    path = folder / form.file
    delay = ("-itsoffset", str(LATE_SECONDS)) if form.late else ()
    pictures = PICTURES if form.pictures else ()
    maps = ("-map", "0:v", "-map", "1:a", "-c:v", "libx264") if form.pictures else ()
    ffmpeg(*pictures, *delay, "-i", sound, *maps, *form.words, path)
    return path


def by_windows(path: Path, folder: Path) -> tuple[np.ndarray, int]:
    """Cut a file into windows with the command line and lay the clips at their places."""
    from audioset.storage.tables import read_manifest

    folder.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "audioset", "cut", path, *CUT, "--workspace", folder])
    (manifest,) = (folder / "manifests").glob(f"{path.stem}-*.parquet")
    rows = read_manifest(manifest).to_pylist()
    samples = np.zeros(max(row["end_sample"] for row in rows), np.float32)
    for row in rows:
        clip, _ = soundfile.read(folder / "clips" / f"{row['clip_id']}.flac", dtype="float32")
        samples[row["start_sample"] : row["end_sample"]] = clip
    manifest.unlink()
    return samples, rows[0]["sampling_rate"]


def by_blocks(path: Path, folder: Path) -> tuple[np.ndarray, int]:  # noqa: ARG001
    """Decode a file with the reader that the cutter uses."""
    from audioset.media.decode import open_audio

    with open_audio(path) as audio:
        blocks = [np.atleast_2d(block).mean(axis=0) for block in audio.blocks()]
        return np.concatenate(blocks), audio.sampling_rate


def errors(samples: np.ndarray, places: list[int], sampling_rate: int) -> list[int]:
    """Give (found - true) of each pulse: the shift of all of them, then each within 20 ms."""
    shape, reach = pulse(sampling_rate), round(0.02 * sampling_rate)
    alike = np.abs(fftconvolve(samples, shape, mode="same"))  # the pulse is symmetric
    widest = 2 * sampling_rate
    alike = np.pad(alike, widest + reach)
    starts = np.array(places) + widest + reach
    sums = [alike[starts + shift].sum() for shift in range(-widest, widest)]
    shift = int(np.argmax(sums)) - widest
    return [
        shift - reach + int(np.argmax(alike[start + shift - reach : start + shift + reach]))
        for start in starts.tolist()
    ]


def start_on_clock(path: Path) -> float:
    """When the sound starts for a player, in seconds from the start of the file."""
    words = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-of", "json", "-show_entries"]
    words += ["stream=start_time:format=start_time", str(path)]
    told = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    starts = [told["streams"][0].get("start_time", 0), told["format"].get("start_time", 0)]
    return float(starts[0]) - float(starts[1])


def row_of(
    form: Form, sampling_rate: int, folder: Path, decode: Callable[..., tuple[np.ndarray, int]]
) -> list[object]:
    sound, places = make_sound(sampling_rate)
    original = folder / "original.wav"
    soundfile.write(original, sound, sampling_rate)
    path = encode(form, original, folder)
    decoded, rate = decode(path, folder)
    # Opus is always 48 kHz inside.
    places = [round(place * rate / sampling_rate) for place in places]
    ours = errors(decoded, places, rate)
    head = round(float(np.median(ours)))
    extra = decoded.size - round(sound.size * rate / sampling_rate)
    verdict = "" if max(map(abs, ours)) <= form.tolerance else " **missed**"
    return [
        form.name,
        rate,
        f"{min(ours)} .. {max(ours)}",
        f"{form.tolerance}{verdict}",
        round(-start_on_clock(path) * rate),
        f"{head} / {extra - head}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=int, nargs="+", default=[48_000])
    parser.add_argument("--decoder", action="store_true", help="without the command line")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    rows = []
    windows = offers(CUT[0]) and not given.decoder
    with scratch() as folder:
        for sampling_rate in given.rates:
            for form in FORMS[:3] if given.tiny else FORMS:
                tell(f"{form.name}, {sampling_rate} Hz")
                decode = by_windows if windows else by_blocks
                rows.append(row_of(form, sampling_rate, folder, decode))
    print(
        table(["form", "Hz", "to the sound", "tolerance", "to a player", "extra head / tail"], rows)
    )


if __name__ == "__main__":
    main()
