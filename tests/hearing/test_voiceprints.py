"""Voiceprints: the network without torch, and what its file of weights may hold."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import InvalidInputError
from audioset.hearing.voiceprints.mel_bands import mel_bands
from audioset.hearing.voiceprints.network import open_network
from audioset.hearing.voiceprints.torch_file import read_tensors
from audioset.hearing.voiceprints.voiceprint import speech_of, voiceprint
from tests.sounds import noise, silence
from tests.voices import weights_path

MAGIC = 0x1950A86A20F9469CFC6C


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


@pytest.mark.parametrize(
    "parts",
    [
        [MAGIC, 1001, {"little_endian": True}, {"model_state": Harm()}, []],
        [MAGIC, 1001, {"little_endian": True}, {"other": {}}, []],
        [MAGIC, 1001, {"little_endian": False}, {"model_state": {}}, []],
        [MAGIC + 1, 1001, {"little_endian": True}, {"model_state": {}}, []],
        [MAGIC],
        [7, 7, 7],
    ],
)
def test_a_file_that_is_no_row_of_tensors_is_refused(tmp_path: Path, parts: list[object]) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(b"".join(pickle.dumps(part, 2) for part in parts))
    with pytest.raises(InvalidInputError, match=r"weights\.pt"):
        read_tensors(path, "model_state")


def test_what_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = weights_path().read_bytes()
    path = tmp_path / "weights.pt"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInputError, match=r"weights\.pt"):
        read_tensors(path, "model_state")


def test_bands_are_those_of_librosa() -> None:
    librosa = pytest.importorskip("librosa")
    sound = noise(1.7, 16_000, level=0.1)
    theirs = librosa.feature.melspectrogram(
        y=sound, sr=16_000, n_fft=400, hop_length=160, n_mels=40
    )
    np.testing.assert_allclose(mel_bands(sound), theirs.T, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_the_network_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, to compare with, is not installed")
    weights = read_tensors(weights_path(), "model_state")
    bands = mel_bands(noise(2.0, 16_000, level=0.05))[:160]
    layers = torch.nn.LSTM(40, 256, 3, batch_first=True)
    layers.load_state_dict(
        {k[5:]: torch.tensor(np.array(v)) for k, v in weights.items() if k.startswith("lstm.")}
    )
    with torch.no_grad():
        last = layers(torch.tensor(bands[None]))[1][0][-1].numpy()
    theirs = np.maximum(0, last @ weights["linear.weight"].T + weights["linear.bias"])
    [ours] = open_network(weights, threads=1).run(None, {"bands": bands[:, None]})
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_pauses_are_no_speech_and_too_little_speech_has_no_print() -> None:
    weights_path()
    assert speech_of(silence(3, 16_000)).size == 0
    assert voiceprint(silence(3, 16_000)) is None
    assert voiceprint(noise(0.5, 16_000, level=0.1)) is None
