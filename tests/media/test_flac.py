import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from audioset.errors import MediaError
from audioset.media.flac import decode_flac, decode_flac_pcm, encode_flac, pcm_sha256


@given(hnp.arrays(np.int16, st.integers(1, 5000)))
def test_sixteen_bit_samples_come_back_exactly(pcm: np.ndarray) -> None:
    data = encode_flac(pcm, 16_000)
    back = decode_flac_pcm(data, bit_depth=16, name="clip")
    assert np.array_equal(back >> 16, pcm)
    assert pcm_sha256(back) == pcm_sha256(pcm)


@given(hnp.arrays(np.int32, st.integers(1, 2000), elements=st.integers(-(2**23), 2**23 - 1)))
def test_twenty_four_bit_samples_come_back_exactly(integers: np.ndarray) -> None:
    pcm = integers << 8
    back = decode_flac_pcm(encode_flac(pcm, 48_000), bit_depth=24, name="clip")
    assert np.array_equal(back, pcm)


def test_decoded_samples_are_float_in_range_with_their_rate() -> None:
    samples, sampling_rate = decode_flac(
        encode_flac(np.array([0, 16384, -32768], np.int16), 11_025), name="clip"
    )
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.0, 0.5, -1.0]
    assert sampling_rate == 11_025


def test_damaged_flac_is_refused_by_name() -> None:
    whole = encode_flac(np.arange(20_000, dtype=np.int16), 16_000)
    with pytest.raises(MediaError, match="clip-7"):
        decode_flac(b"not flac" + whole[8:], name="clip-7")
