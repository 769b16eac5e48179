"""The decoder of training gives just the samples that libsndfile gives."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import audioset.media.flac_decoder as module
from audioset.errors import MediaError
from audioset.media.flac import decode_flac, encode_flac
from audioset.media.flac_decoder import FlacDecoder

DECODER = FlacDecoder()  # one for all, as in training: no clip may leave a trace on the next


@pytest.fixture
def without_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libsndfile must not do the work."""
    monkeypatch.delattr(module, "decode_flac_into")


def decode(data: bytes, shape: tuple[int, ...]) -> tuple[np.ndarray, int]:
    out = np.full(shape, np.nan, np.float32)
    sampling_rate = DECODER.decode_into(data, out, name="clip-7")
    return out, sampling_rate


def noise(number: int, bits: int) -> np.ndarray:
    return np.random.default_rng(number).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), number)


@given(hnp.arrays(np.int16, st.integers(1, 9000)), st.sampled_from([8000, 22_050, 192_000]))
def test_sixteen_bit_samples_are_those_of_libsndfile(pcm: np.ndarray, rate: int) -> None:
    data = encode_flac(pcm, rate)
    out, found = decode(data, pcm.shape)
    assert found == rate
    np.testing.assert_array_equal(out, decode_flac(data, name="clip")[0])


@given(hnp.arrays(np.int32, st.integers(1, 5000), elements=st.integers(-(2**23), 2**23 - 1)))
def test_twenty_four_bit_samples_are_those_of_libsndfile(integers: np.ndarray) -> None:
    data = encode_flac(integers << 8, 48_000)
    out, _ = decode(data, integers.shape)
    np.testing.assert_array_equal(out, decode_flac(data, name="clip")[0])


def test_ffmpeg_alone_decodes_what_we_write(without_fallback: None) -> None:
    for number, bits in ((1, 16), (2, 24), (4096, 16), (4097, 24), (100_000, 16)):
        integers = noise(number, bits)
        pcm = integers.astype(np.int16) if bits == 16 else integers.astype(np.int32) << 8
        data = encode_flac(pcm, 44_100)
        out, _ = decode(data, pcm.shape)
        np.testing.assert_array_equal(out, decode_flac(data, name="clip")[0])


@pytest.mark.parametrize("channels", [2, 5])
def test_several_channels_stay_apart(channels: int, without_fallback: None) -> None:
    pcm = noise(9000 * channels, 16).astype(np.int16).reshape(-1, channels)
    file = io.BytesIO()
    soundfile.write(file, pcm, 16_000, format="FLAC")
    out, _ = decode(file.getvalue(), pcm.shape)
    np.testing.assert_array_equal(out, pcm / np.float32(32768))


@pytest.mark.parametrize("length", [19_999, 20_001])
def test_a_clip_of_another_length_than_its_row_is_refused_by_name(length: int) -> None:
    whole = encode_flac(np.arange(20_000, dtype=np.int16), 16_000)
    with pytest.raises(MediaError, match="clip-7"):
        decode(whole, (length,))


def test_half_a_file_and_no_flac_are_refused_and_the_next_clip_is_decoded() -> None:
    pcm = noise(20_000, 16).astype(np.int16)
    whole = encode_flac(pcm, 16_000)
    for damaged in (whole[: len(whole) // 2], whole[:30], b"not flac" + whole[8:], b""):
        with pytest.raises(MediaError, match="clip-7"):
            decode(damaged, pcm.shape)
        out, _ = decode(whole, pcm.shape)
        np.testing.assert_array_equal(out, pcm / np.float32(32768))
