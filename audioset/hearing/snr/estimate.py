"""How loud speech is over all else in a clip; None where that cannot be told.

Two measures, of which one says how far to trust the other. The level of speech over that of the
pauses is exact where the noise is steady and there are pauses. A network (`network.py`) hears noise
under speech too, and says how sure it is: it is not where two voices are as loud as each other.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.snr.bands import band_powers
from audioset.hearing.snr.network import HeardSnr, hear_snr
from audioset.hearing.speech.detector import FRAME_SECONDS, SPEECH_PROBABILITY, Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NOISE_PROBABILITY = 0.15  # a frame below this speech probability is pause
_LEAST_PAUSES = 6  # frames, 0.2 s: fewer tell no level
_SHORTEST_FRAMES = 20  # 0.64 s: the network knows no shorter clips
_FRAMES_AT_ONCE = 1024  # 33 s; of longer clips the middle of such pieces counts
# Chosen on voices and music that the network was not trained on: see benchmarks/README.md.
_MOST_SPREAD_DB = 1.8  # with less, four clips in five are within 3 dB; with more, two in three
_AGREE_SPREADS, _AGREE_DB = 1.5, 2.0
_CLEAN_DB = 25.0  # from here on both measures mean the same: hardly any noise
_SURE_DB = 25.0  # a rough number does where it is above this by two spreads


def estimate_snr_db(
    samples: "NDArray[np.float32]", sampling_rate: int, frames: Frames
) -> float | None:
    """Estimate the level of speech, where somebody speaks, over that of all else, in dB.

    Args:
        samples: of one clip, shape (num_samples,), range [-1, 1].
        sampling_rate: in Hz.
        frames: the 32 ms frames of the clip.

    Returns:
        None without speech, and where it cannot be told: no pauses in a very short clip, voices
        over each other, much music.
    """
    pauses = snr_by_pauses_db(frames)
    enough = int((frames.probabilities < _NOISE_PROBABILITY).sum()) >= _LEAST_PAUSES
    if not _speaks(frames):
        return None
    # The last frame may reach beyond the clip: half of it empty, it would seem a silent pause.
    whole = frames[: int(samples.size / (FRAME_SECONDS * sampling_rate))]
    if len(whole) < _SHORTEST_FRAMES or not _speaks(whole):
        return pauses if enough else None
    heard = _hear(samples, sampling_rate, whole)
    if pauses is not None and enough and _bears_out(heard, pauses):
        return pauses
    sure = heard.spread_db <= _MOST_SPREAD_DB
    return heard.snr_db if sure or heard.snr_db - 2 * heard.spread_db >= _SURE_DB else None


def snr_by_pauses_db(frames: Frames) -> float | None:
    """Give speech level over pause level in dB; None when speech is not louder than pauses.

    Also None without both speech and pause. The power in speech frames is speech plus noise, that
    in pause frames noise alone.
    """
    power = 10 ** (frames.levels_db.astype(np.float64) / 10)
    speech = power[frames.probabilities >= SPEECH_PROBABILITY]
    noise = power[frames.probabilities < _NOISE_PROBABILITY]
    if speech.size == 0 or noise.size == 0:
        return None
    # The median keeps the decay of the last syllable out of the noise.
    floor = max(float(np.median(noise)), 1e-12)
    above = float(speech.mean()) - floor
    return 10 * float(np.log10(above / floor)) if above > floor * 1e-3 else None


def _speaks(frames: Frames) -> bool:
    return bool((frames.probabilities >= SPEECH_PROBABILITY).any())


def _bears_out(heard: HeardSnr, pauses_db: float) -> bool:
    """Tell whether what is heard under speech is no louder than what is heard in the pauses.

    What pauses hold is noise. That they are quiet proves little where it comes and goes.
    """
    if min(pauses_db, heard.snr_db) >= _CLEAN_DB:
        return True
    return pauses_db - heard.snr_db <= max(_AGREE_DB, _AGREE_SPREADS * heard.spread_db)


def _hear(samples: "NDArray[np.float32]", sampling_rate: int, frames: Frames) -> HeardSnr:
    powers = band_powers(samples, sampling_rate, len(frames))
    number = -(-len(frames) // _FRAMES_AT_ONCE)
    edges = np.linspace(0, len(frames), number + 1).astype(int).tolist()
    pieces = [slice(*pair) for pair in pairwise(edges)]
    spoken = [piece for piece in pieces if _speaks(frames[piece])]
    told = [hear_snr(powers[piece], frames[piece]) for piece in spoken]
    return HeardSnr(*(float(np.median(column)) for column in zip(*told, strict=True)))
