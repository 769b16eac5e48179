"""espeak-ng for the ways that the benchmark compares with: shares no code with ours."""

import ctypes
from functools import cache

import espeakng_loader
import numpy as np

SPEECH_RATE = 22_050  # Hz
_SYNCHRONOUS, _UTF8, _IPA = 2, 1, 0x02
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def speak(text: str, voice: str) -> np.ndarray:
    """Give the sound of a text, float32, shape (n,), at SPEECH_RATE."""
    library = _espeak(voice)
    pieces: list[np.ndarray] = []

    def keep(wave, count, _events):
        if wave and count:
            pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    callback = _Callback(keep)
    library.espeak_SetSynthCallback(callback)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    if not pieces:
        return np.zeros(SPEECH_RATE // 10, np.float32)
    return np.concatenate(pieces).astype(np.float32) / 32768


def ipa(word: str, voice: str) -> str:
    """Give how a word is said, in IPA."""
    library = _espeak(voice)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    text = ctypes.c_char_p(word.encode())
    said = library.espeak_TextToPhonemes(ctypes.byref(text), _UTF8, _IPA)
    return (said or b"").decode().strip()


@cache
def _espeak(voice: str) -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0) != SPEECH_RATE:
        raise RuntimeError("espeak-ng could not be started")
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    return library
