"""Damaged media files through the decoder, each in a process of its own that may crash or hang.

    python -m tests.media.decode_faults [--num-faults 2000]

makes 40 forms of media, joined streams among them, and prints what became of random faults in each.
The same number gives the same faults. Every process is a fork of one that has decoded nothing yet.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from audioset.errors import AudiosetError
from audioset.media.decode import open_audio
from tests.sounds import SPEECH_RATE, Samples, spoken, write_audio

# Formats that carry checksums of their sound: there, other values can be told.
CHECKED = frozenset(("mono.flac", "stereo.flac", "flac.ogg", "flac.mka", "a.wv", "a.ac3", "a.opus",
                     "stereo.opus", "joined.flac", "joined.opus"))  # fmt: skip
CPU_SECONDS = 20  # a file of some seconds takes a hundredth of that
HANG_SECONDS = 300.0  # for who waits without computing, on a busy machine too
MEMORY_BYTES = 4 << 30
WHOLE, TOLD, REFUSED = "whole", "told", "refused"
UNTOLD, SILENT, CRASH, HANG = "no checksum", "SILENT", "CRASH", "HANG"
NAMES = (WHOLE, TOLD, REFUSED, UNTOLD, SILENT, CRASH, HANG)
BROKEN = (SILENT, CRASH, HANG)
# Less is the rounding of a decoder that finds its way back after a damaged frame.
LENGTH_SECONDS = 0.1

# Name of the form -> codec, channels, sampling rate, seconds. A name with "+" is joined of others.
SINGLE: dict[str, tuple[str, int, int, float]] = {
    "pcm16.wav": ("pcm_s16le", 1, 24_000, 3), "pcm24.wav": ("pcm_s24le", 2, 48_000, 1),
    "float.wav": ("pcm_f32le", 1, 16_000, 3), "alaw.wav": ("pcm_alaw", 1, 8_000, 3),
    "adpcm.wav": ("adpcm_ima_wav", 1, 22_050, 3), "short.wav": ("pcm_s16le", 1, 16_000, 0.2),
    "mono.flac": ("flac", 1, 24_000, 3), "stereo.flac": ("flac", 2, 48_000, 6),
    "a.opus": ("libopus", 1, 48_000, 6), "stereo.opus": ("libopus", 2, 48_000, 3),
    "flac.ogg": ("flac", 1, 24_000, 6), "a.mp3": ("libmp3lame", 1, 24_000, 6),
    "stereo.mp3": ("libmp3lame", 2, 44_100, 3), "a.mp2": ("mp2", 1, 48_000, 3),
    "a.m4a": ("aac", 1, 44_100, 6), "alac.m4a": ("alac", 2, 44_100, 3),
    "alac.mov": ("alac", 1, 24_000, 3), "pcm.mov": ("pcm_s16be", 1, 24_000, 3),
    "a.mkv": ("aac", 2, 48_000, 3), "flac.mka": ("flac", 1, 24_000, 3),
    "a.webm": ("libopus", 1, 48_000, 3), "a.ts": ("aac", 1, 44_100, 6),
    "mp2.ts": ("mp2", 2, 48_000, 3), "a.aac": ("aac", 1, 44_100, 6),
    "a.ac3": ("ac3", 2, 48_000, 3), "a.avi": ("libmp3lame", 1, 44_100, 3),
    "a.caf": ("pcm_s16le", 1, 24_000, 3), "a.aiff": ("pcm_s16be", 2, 24_000, 3),
    "a.w64": ("pcm_s24le", 1, 24_000, 3), "a.wv": ("wavpack", 1, 24_000, 6),
    "a.flv": ("aac", 1, 44_100, 3), "a.au": ("pcm_s16be", 1, 24_000, 3),
}  # fmt: skip
JOINED: dict[str, Sequence[tuple[str, int, int, float]]] = {
    "joined.mp3": (("libmp3lame", 2, 44_100, 1.5), ("libmp3lame", 1, 44_100, 1.5)),
    "joined.aac": (("aac", 2, 44_100, 1.5), ("aac", 1, 22_050, 1.5)),
    "joined.flac": (("flac", 2, 24_000, 1.5), ("flac", 1, 48_000, 1.5)),
    "joined.opus": (("libopus", 1, 48_000, 1.5), ("libopus", 2, 48_000, 1.5)),
    "joined.wav": (("pcm_s16le", 2, 24_000, 1.5), ("pcm_s16le", 1, 16_000, 1.5)),
    "joined.m4a": (("aac", 1, 44_100, 1.5), ("aac", 2, 48_000, 1.5)),
    "joined.mkv": (("aac", 1, 44_100, 1.5), ("aac", 2, 48_000, 1.5)),
    "joined.ts": (("mp2", 1, 48_000, 1.5), ("aac", 2, 48_000, 1.5)),
}


@dataclass(frozen=True)
class DecodeFault:
    """Damage of one file.

    Attributes:
        form: name of the form.
        kind: "byte" (one is changed), "cut off", "hole" (zeros), "lost" (a piece is missing).
        at: where.
        size: of a hole or a lost piece, in bytes; what the byte is changed by.
    """

    form: str
    kind: str
    at: int
    size: int

    def apply(self, data: bytes) -> bytes:
        """Give the damaged bytes."""
        before, after = data[: self.at], data[self.at + self.size :]
        if self.kind == "cut off":
            return before
        if self.kind == "byte":
            return before + bytes([data[self.at] ^ self.size]) + data[self.at + 1 :]
        return before + (bytes(self.size) if self.kind == "hole" else b"") + after


@dataclass(frozen=True)
class Decoded:
    """What a process said of a file: samples of the mix, and of each channel; or why not."""

    seconds: float
    digest: str
    warnings: tuple[str, ...]
    error: str | None = None


def make_forms(folder: Path) -> dict[str, bytes]:
    """Give 40 whole files of speech."""
    forms = {name: _make(folder, name, [recipe]) for name, recipe in SINGLE.items()}
    return forms | {name: _make(folder, name, recipes) for name, recipes in JOINED.items()}


def _make(folder: Path, name: str, recipes: Sequence[tuple[str, int, int, float]]) -> bytes:
    data = b""
    for codec, channels, rate, seconds in recipes:
        one = _speech(rate, seconds)
        sound = one if channels == 1 else np.stack([one, one[::-1]])
        data += write_audio(folder / name, sound, rate, codec=codec).read_bytes()
    return data


def _speech(rate: int, seconds: float) -> Samples:
    sound: Samples = soxr.resample(np.tile(spoken()[0], 2), SPEECH_RATE, rate)
    start = rate // 4
    return np.ascontiguousarray(sound[start : start + round(seconds * rate)])


def make_faults(forms: dict[str, bytes], number: int) -> Iterator[DecodeFault]:
    """Give `number` faults, the forms in turn; a third of the places are in the first 2 KiB."""
    names = sorted(forms)
    for count in range(number):
        name = names[count % len(names)]
        chance = random.Random(f"{name} {count // len(names)}")
        size = len(forms[name])
        kind = chance.choice(("byte", "byte", "cut off", "hole", "lost"))
        reach = min(size, 2048) if chance.random() < 1 / 3 else size
        at = chance.randrange(1, reach)
        many = chance.randrange(1, 256) if kind == "byte" else chance.randrange(1, size // 8)
        yield DecodeFault(name, kind, at, many)


def decode_in_a_process(path: Path) -> Decoded | str:
    """Decode a file in a fork; give what it said, CRASH or HANG."""
    come, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(come)
        _decode_and_tell(path, go)
    os.close(go)
    said = b""
    while True:
        ready, _, _ = select.select([come], [], [], HANG_SECONDS)
        more = os.read(come, 65_536) if ready else b""
        if not ready:
            os.kill(pid, signal.SIGKILL)
        if not more:
            break
        said += more
    os.close(come)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return HANG if number in (signal.SIGXCPU, signal.SIGKILL) else CRASH
    if not said:
        return CRASH
    values = json.loads(said)
    return Decoded(**{**values, "warnings": tuple(values["warnings"])})


def _decode_and_tell(path: Path, pipe: int) -> None:
    """Decode a file and write what was found; never comes back."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = 1
    try:
        os.write(pipe, json.dumps(_decoded(path)).encode())
        code = 0
    finally:
        os._exit(code)


def _decoded(path: Path) -> dict[str, object]:
    digest, seconds, warnings = hashlib.sha256(), 0.0, ()
    try:
        for choice in ("mix", "each"):
            with open_audio(path, channels=choice) as audio:
                digest.update(audio.read().tobytes())
                seconds, warnings = audio.num_samples / audio.sampling_rate, audio.warnings()
    except AudiosetError as error:
        return {"seconds": 0.0, "digest": "", "warnings": (), "error": str(error)}
    return {"seconds": seconds, "digest": digest.hexdigest(), "warnings": warnings, "error": None}


def judge(whole: Decoded, found: Decoded | str, path: Path) -> str:
    """Name what became of a fault."""
    if isinstance(found, str):
        return found
    if found.error is not None:
        one_of_ours = found.error.startswith(f"{path}: ") and "\n" not in found.error
        return REFUSED if one_of_ours else CRASH
    if set(found.warnings) != set(whole.warnings):
        return TOLD
    if found.digest == whole.digest:
        return WHOLE
    could_tell = path.name in CHECKED or abs(found.seconds - whole.seconds) > LENGTH_SECONDS
    return SILENT if could_tell else UNTOLD


def run_faults(
    forms: dict[str, bytes],
    faults: Sequence[DecodeFault],
    folder: Path,
    told: Callable[[DecodeFault, str, Decoded | str], None] | None = None,
) -> list[tuple[DecodeFault, str]]:
    """Decode the whole files, then the damaged ones; give what became of each."""
    wholes = {}
    for form, data in forms.items():
        path = folder / form
        path.write_bytes(data)
        whole = decode_in_a_process(path)
        assert isinstance(whole, Decoded), f"{form}: {whole}"
        assert whole.error is None, whole.error
        wholes[form] = whole
    outcomes = []
    for fault in faults:
        path = folder / fault.form
        path.write_bytes(fault.apply(forms[fault.form]))
        found = decode_in_a_process(path)
        name = judge(wholes[fault.form], found, path)
        outcomes.append((fault, name))
        if told is not None:
            told(fault, name, found)
    return outcomes


def outcome_table(outcomes: Sequence[tuple[DecodeFault, str]]) -> str:
    """Make a Markdown table of the outcomes per form."""
    lines = [f"| form | faults | {' | '.join(NAMES)} |", "|---" * (len(NAMES) + 2) + "|"]
    for form in [*sorted({fault.form for fault, _ in outcomes}), "**all**"]:
        chosen = [name for fault, name in outcomes if form in (fault.form, "**all**")]
        counts = Counter(chosen)
        cells = " | ".join(str(counts[name]) for name in NAMES)
        lines.append(f"| {form} | {len(chosen)} | {cells} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table, and what broke a promise; 1 when something did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--num-faults", type=int, default=2000)
    parser.add_argument("--show", default="", help="name of an outcome whose faults are listed")
    given = parser.parse_args()

    def told(fault: DecodeFault, name: str, found: Decoded | str) -> None:
        if name in BROKEN or (given.show and given.show == name):
            print(name, fault, found, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as directory:
        forms = make_forms(Path(directory))
        faults = list(make_faults(forms, given.num_faults))
        outcomes = run_faults(forms, faults, Path(directory), told)
    print(outcome_table(outcomes))  # noqa: T201
    return int(any(name in BROKEN for _, name in outcomes))


if __name__ == "__main__":
    sys.exit(main())
