"""Speech and noise of known levels, mixed: what the measure of SNR is trained and held against.

The truth is the mean power of the voice where it speaks, over the mean power of all else. What a
recording has of noise by itself counts as noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from real_voices import RATE, Sound, Voices
from scipy.signal import fftconvolve

from audioset.hearing.snr.bands import band_powers
from audioset.hearing.speech.detector import Frames, SpeechDetector
from audioset.hearing.speech.detector_graph import FRAME_SAMPLES

KINDS = (
    "white", "pink", "brown", "modulated", "gusts", "dishes", "many voices", "few voices", "music",
    "one voice", "none",
)  # fmt: skip
Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """One clip of known SNR.

    Attributes:
        samples: at 16 kHz, of 16 bits.
        frames: of the speech detector.
        kind: of the noise.
        dense: whether it is cut so close that there is no pause.
        snr_db: the truth.
        spoken: frames in which the voice speaks.
        voice, noise: power in bands of each alone, shape (num_frames, 24).
    """

    samples: NDArray[np.float32]
    frames: Frames
    kind: str
    dense: bool
    snr_db: float
    spoken: NDArray[np.bool_]
    voice: NDArray[np.float32]
    noise: NDArray[np.float32]


def hear(sound: Sound) -> Frames:
    """Run the speech detector."""
    return SpeechDetector().push(sound.astype(np.float32), last=True)


def power(sound: Sound) -> float:
    """Mean square."""
    return float(np.mean(sound**2)) + 1e-20


def coloured(random: Random, size: int, exponent: float) -> Sound:
    """White (0), pink (0.5) or brown (1) noise."""
    spectrum = np.fft.rfft(random.normal(0, 1, size))
    bins = np.maximum(np.arange(spectrum.size), 20 * size / RATE)
    return np.fft.irfft(spectrum / bins**exponent, size)


def swelling(random: Random, size: int, hz: float, depth_db: float) -> Sound:
    """A level that goes up and down."""
    knots = np.clip(random.normal(0, 1, max(4, int(size / RATE * hz * 2) + 3)), -2.5, 2.5)
    smooth = np.interp(np.linspace(0, knots.size - 1, size), np.arange(knots.size), knots)
    return 10 ** (smooth * depth_db / 20)


def dishes(random: Random, size: int) -> Sound:
    """Things that ring when they are struck."""
    made = coloured(random, size, 0.5)
    made *= 0.05 / np.sqrt(power(made))
    for _ in range(int(size / RATE * random.uniform(1.5, 5)) + 1):
        start, length = int(random.integers(0, size)), int(RATE * random.uniform(0.05, 0.4))
        time = np.arange(length) / RATE
        hz, phases = random.uniform(800, 7000, 5), random.uniform(0, 6, 5)
        waves = np.sin(2 * np.pi * hz[:, None] * time + phases[:, None])
        struck = (random.uniform(0.2, 1, 5)[:, None] * waves).sum(axis=0)
        struck *= np.exp(-time / random.uniform(0.01, 0.1)) * random.lognormal(0, 0.7)
        made[start : start + length] += struck[: size - start]
    return made


def tune(random: Random, size: int) -> Sound:
    """Chords with overtones, and a drum."""
    made, beat = np.zeros(size), int(RATE * random.uniform(0.2, 0.6))
    lowest = random.uniform(80, 250)
    for start in range(0, size, beat):
        for _ in range(int(random.integers(1, 5))):
            step = (0, 2, 4, 5, 7, 9, 11)[int(random.integers(7))] + 12 * int(random.integers(0, 3))
            length = int(beat * random.uniform(0.7, 3))
            time = np.arange(length) / RATE
            hz, falls = lowest * 2 ** (step / 12), random.uniform(0.2, 1)
            sung = sum(
                falls**n * np.sin(2 * np.pi * hz * n * time) for n in range(1, 7) if hz * n < 7800
            )
            sung *= np.exp(-time / random.uniform(0.1, 1)) * np.minimum(1, time / 0.01)
            made[start : start + length] += (random.uniform(0.3, 1) * sung)[: size - start]
        if random.uniform() < 0.5:
            drum = random.normal(0, 1, RATE // 12) * np.exp(-np.arange(RATE // 12) / RATE / 0.02)
            made[start : start + drum.size] += (random.uniform(0, 1.5) * drum)[: size - start]
    return made + 1e-4 * random.normal(0, 1, size)


def pads(random: Random, size: int) -> Sound:
    """Chords that are held, of voices that are not quite in tune with each other."""
    made, bar = np.zeros(size), int(RATE * random.uniform(0.8, 3))
    lowest, bright = random.uniform(60, 250), random.uniform(0.3, 0.9)
    for start in range(0, size, bar):
        time = np.arange(min(int(bar * 1.3), size - start)) / RATE
        swell = np.minimum(1, time / random.uniform(0.02, 0.5)) * np.exp(-time / (bar / RATE * 2))
        for step in random.choice((0, 3, 4, 7, 9, 12, 16, 19, 24), int(random.integers(1, 5))):
            for apart in random.normal(0, 0.004, int(random.integers(1, 4))):
                hz = lowest * 2 ** (step / 12) * (1 + apart)
                wobble = random.uniform(0, 0.02) * np.sin(2 * np.pi * random.uniform(4, 7) * time)
                phase = 2 * np.pi * hz * time + hz / 30 * wobble
                for n in range(1, min(20, int(7800 / hz))):
                    part = bright**n if bright < 0.8 else 1 / n
                    made[start : start + time.size] += part * swell * np.sin(n * phase)
    return made


def beats(random: Random, size: int) -> Sound:
    """A low drum and cymbals, on and off the beat."""
    made, beat = np.zeros(size), RATE * random.uniform(0.1, 0.35)
    for number in range(int(size / beat) + 1):
        start = int(number * beat)
        length = min(int(RATE * random.uniform(0.05, 0.3)), size - start)
        time = np.arange(max(0, length)) / RATE
        if number % 4 == 0 or random.uniform() < 0.1:
            falling = 2 * np.pi * (50 * time + 4 * (1 - np.exp(-time / 0.03)))
            made[start : start + time.size] += 2 * np.sin(falling) * np.exp(-time / 0.08)
        if random.uniform() < 0.7:
            hiss = np.diff(random.normal(0, 1, time.size + 1))
            falls = np.exp(-time / random.uniform(0.01, 0.08))
            made[start : start + time.size] += random.uniform(0.1, 0.6) * hiss * falls
    return made


def band(random: Random, size: int) -> Sound:
    """Several instruments, each at its own level."""
    players = [tune, pads, beats, tune, pads]
    chosen = random.permutation(len(players))[: int(random.integers(1, 4))]
    parts = [players[k](random, size) for k in chosen]
    return sum(
        (part / np.sqrt(power(part)) * 10 ** (random.normal(0, 5) / 20) for part in parts),
        start=1e-4 * random.normal(0, 1, size),
    )


def excerpt(random: Random, whole: Sound, size: int) -> Sound:
    """A piece from anywhere, at one level."""
    if whole.size <= size:
        whole = np.tile(whole, size // whole.size + 2)
    start = int(random.integers(0, whole.size - size))
    piece = whole[start : start + size]
    return piece / np.sqrt(power(piece))


def talk(random: Random, voices: Sequence[Sound], size: int, number: int) -> Sound:
    """Several voices at once."""
    chosen = (voices[int(random.integers(len(voices)))] for _ in range(number))
    return sum(
        (excerpt(random, voice, size) * 10 ** (random.normal(0, 3) / 20) for voice in chosen),
        start=np.zeros(size),
    )


def make_noise(
    random: Random, kind: str, size: int, voices: Sequence[Sound], music: Sequence[Sound]
) -> Sound:
    """Make noise of a kind; music is made where none is given."""
    makers = {
        "white": lambda: coloured(random, size, 0),
        "pink": lambda: coloured(random, size, 0.5),
        "brown": lambda: coloured(random, size, 1),
        "modulated": lambda: (
            coloured(random, size, random.uniform(0, 1))
            * swelling(random, size, random.uniform(0.5, 8), random.uniform(2, 6))
        ),
        "gusts": lambda: (
            coloured(random, size, 1) * swelling(random, size, random.uniform(0.3, 1.5), 8)
            + 0.1 * coloured(random, size, 0.5)
        ),
        "dishes": lambda: dishes(random, size),
        "many voices": lambda: talk(random, voices, size, int(random.integers(8, 16))),
        "few voices": lambda: talk(random, voices, size, int(random.integers(3, 6))),
        "one voice": lambda: talk(random, voices, size, 1),
        "music": lambda: (
            excerpt(random, music[int(random.integers(len(music)))], size)
            if music
            else band(random, size)
        ),
    }
    return makers[kind]()


def echo(random: Random, sound: Sound) -> Sound:
    """A room."""
    seconds = random.uniform(0.1, 0.5)
    size = int(RATE * seconds)
    tail = random.normal(0, 1, size) * 10 ** (-3 * np.arange(size) / size)
    tail *= 10 ** (-random.uniform(3, 15) / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1
    return fftconvolve(sound, tail)[: sound.size]


def tilt(random: Random, sound: Sound) -> Sound:
    """A microphone that hears some pitches better."""
    spectrum = np.fft.rfft(sound)
    hz = np.linspace(0, RATE / 2, spectrum.size)
    return np.fft.irfft(
        spectrum * 10 ** (np.interp(hz, [0, 300, 1000, 3000, 8000], random.normal(0, 3, 5)) / 20),
        sound.size,
    )


def narrow(sound: Sound, rate: int) -> Sound:
    """What is left of a sound that had a lower rate once."""
    back = soxr.resample(soxr.resample(sound, RATE, rate), rate, RATE)
    return np.pad(back, (0, max(0, sound.size - back.size)))[: sound.size]


def own_noise(voice: Sound) -> float:
    """Power of a recording's pauses as a share of its speech."""
    frames = hear(voice[: 120 * RATE])
    powers = 10 ** (frames.levels_db.astype(float) / 10)
    speech, pauses = powers[frames.probabilities >= 0.5], powers[frames.probabilities < 0.15]
    return float(np.median(pauses) / speech.mean())


def spoken_piece(random: Random, voice: Sound, *, dense: bool) -> Sound | None:
    """A piece of speech of 2 to 10 s; or, without its pauses, of 0.7 to 4 s."""
    size = int(RATE * (random.uniform(0.8, 4) if dense else random.uniform(2, 10)))
    if voice.size <= size:
        return None
    start = int(random.integers(0, voice.size - size))
    piece = voice[start : start + size]
    speech = hear(piece).probabilities >= 0.5
    if not dense:
        return piece if 0.3 < speech.mean() < 0.95 else None
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speech, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return None
    first, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return piece[first * FRAME_SAMPLES : end * FRAME_SAMPLES] if end - first > 22 else None


@dataclass(slots=True)
class Mixer:
    """Makes mixtures; the same seed makes the same.

    Attributes:
        voices: who speaks, and whose voices are in the noise.
        music: pieces of it; made up where there are none.
        varied: whether voices are changed in pitch, tilt, echo and band, as for training.
        seed: of all chance.
    """

    voices: Voices
    music: Sequence[Sound] = ()
    varied: bool = False
    seed: int = 0

    def make(
        self,
        count: int,
        *,
        kinds: Sequence[str] = KINDS,
        snr_db: tuple[float, float] = (-5, 35),
        dense: bool | None = None,
    ) -> "list[Mixture]":
        """Make so many mixtures with noises of these kinds, in this range; dense, not, or both."""
        random = np.random.default_rng(self.seed)
        own = {who: own_noise(voice) for who, voice in self.voices.items()}
        made: list[Mixture] = []
        names = list(self.voices)
        while len(made) < count:
            who = names[int(random.integers(len(names)))]
            close = bool(random.uniform() < 0.5) if dense is None else dense
            piece = spoken_piece(random, self.voices[who], dense=close)
            if piece is None:
                continue
            kind = kinds[int(random.integers(len(kinds)))]
            others = [voice for name, voice in self.voices.items() if name != who]
            wanted = random.uniform(*snr_db)
            mixed = self._mix(random, piece, own[who], kind, others, wanted, dense=close)
            if mixed is not None:
                made.append(mixed)
        return made

    def _mix(
        self,
        random: Random,
        voice: Sound,
        own: float,
        kind: str,
        others: Sequence[Sound],
        wanted_db: float,
        *,
        dense: bool,
    ) -> Mixture | None:
        if self.varied:
            voice = self._vary_voice(random, voice)
        voice = voice[: voice.size // FRAME_SAMPLES * FRAME_SAMPLES]
        spoken = hear(voice * (0.5 / np.abs(voice).max())).probabilities >= 0.5
        if voice.size < 20 * FRAME_SAMPLES or not spoken.any():
            return None
        powers = (voice.reshape(-1, FRAME_SAMPLES) ** 2).mean(axis=1)
        floor = own * float(powers[spoken].mean())
        speech = max(float(powers[spoken].mean()) - floor, 1e-12)
        noise = np.zeros(voice.size)
        if kind != "none":
            music = [] if self.varied and random.uniform() < 0.5 else self.music
            noise = make_noise(random, kind, voice.size, others, music)
            if self.varied and random.uniform() < 0.3:
                noise = tilt(random, echo(random, noise))
        if self.varied and random.uniform() < 0.35:
            rate = (8_000, 11_025, 12_000)[int(random.integers(3))]
            voice = narrow(voice, rate)
            noise = narrow(noise, rate) if random.uniform() < 0.5 else noise
        if kind != "none":
            noise *= np.sqrt(speech / 10 ** (wanted_db / 10) / power(noise))
        mixed = voice + noise
        scale = 0.9 * 10 ** (random.uniform(-20, 0) / 20) / np.abs(mixed).max()
        samples = (np.rint(mixed * scale * 32768) / 32768).astype(np.float32)
        frames, size = hear(samples.astype(np.float64)), len(spoken)
        hiss = np.float32(floor * scale**2 / 24)
        alone = [band_powers((s * scale).astype(np.float32), RATE, size) for s in (voice, noise)]
        return Mixture(
            samples=samples,
            frames=frames[:size],
            kind=kind,
            dense=dense,
            snr_db=10 * float(np.log10(speech / (power(noise) + floor))),
            spoken=spoken,
            voice=np.maximum(alone[0] - hiss, 0),
            noise=alone[1] + hiss,
        )

    @staticmethod
    def _vary_voice(random: Random, voice: Sound) -> Sound:
        if random.uniform() < 0.6:
            voice = soxr.resample(voice, RATE, RATE * random.uniform(0.85, 1.18))
        if random.uniform() < 0.5:
            voice = tilt(random, voice)
        return echo(random, voice) if random.uniform() < 0.25 else voice
