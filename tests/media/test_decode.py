from pathlib import Path

import av
import numpy as np
import pytest

from audioset.errors import MediaError, NotFoundError
from audioset.media.decode import open_audio
from tests.sounds import noise, tone, write_audio


def decode(path: Path) -> np.ndarray:
    with open_audio(path) as audio:
        return audio.read()[0]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.ogg", "libopus"),
        ("a.opus", "libopus"),
        ("a.mp3", "libmp3lame"),
        ("a.m4a", "aac"),
        ("a.mkv", "aac"),
        ("a.webm", "libopus"),
        ("a.ts", "aac"),
    ],
)
def test_an_impulse_comes_back_where_it_was(tmp_path: Path, name: str, codec: str) -> None:
    samples = np.zeros(96_000, np.float32)
    samples[50_000:50_004] = 0.9
    decoded = decode(write_audio(tmp_path / name, samples, 48_000, codec=codec))
    # AAC in containers without an edit list keeps its priming: 1,024 samples, 21 ms.
    tolerance = 1100 if codec == "aac" and not name.endswith("m4a") else 8
    assert abs(int(np.argmax(np.abs(decoded))) - 50_002) <= tolerance


def test_lossless_samples_are_exact(tmp_path: Path) -> None:
    samples = np.rint(noise(1, 16_000, level=0.1) * 32768).clip(-32768, 32767) / 32768
    path = write_audio(tmp_path / "a.wav", samples.astype(np.float32), 16_000)
    assert np.array_equal(decode(path), samples.astype(np.float32))


def test_stereo_is_mixed_by_its_mean(tmp_path: Path) -> None:
    left, right = tone(440, 0.5, 16_000, level=0.5), np.zeros(8_000, np.float32)
    path = write_audio(tmp_path / "a.wav", np.stack([left, right]), 16_000)
    assert np.allclose(decode(path), left / 2, atol=1e-4)


def test_surround_is_mixed_with_its_centre_and_without_low_frequency_effects(
    tmp_path: Path,
) -> None:
    planes = np.zeros((6, 8_000), np.float32)
    planes[2] = tone(440, 0.5, 16_000, level=0.5)  # centre
    planes[3] = 0.9  # low-frequency effects
    mixed = decode(write_audio(tmp_path / "a.wav", planes, 16_000))
    assert np.allclose(mixed, planes[2] / (1 + 2 * 0.7071 + 2 * 0.5), atol=1e-3)


def test_a_false_length_in_the_header_is_not_believed(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", tone(440, 2, 16_000), 16_000)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    assert decode(path).size == 32_000


def test_a_file_that_breaks_off_gives_what_is_there_and_a_warning(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", noise(4, 16_000, level=0.1), 16_000, codec="flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_audio(path) as audio:
        decoded = sum(block.shape[1] for block in audio.blocks())
        assert 20_000 < decoded < 40_000
        assert any("shorter than announced" in warning for warning in audio.warnings())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.mp4", b"", "the file is empty"),
        ("text.mp4", b"this is not a video, it is text\n" * 50, "not a media file"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", "not a media file"),
        ("list.mp4", b"ffconcat version 1.0\nfile other.wav\n", "not a media file"),
        ("list.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9999 RTP/AVP 0\n", "not a media"),
    ],
)
def test_what_is_not_media_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    write_audio(tmp_path / "other.wav", tone(440, 1, 16_000), 16_000)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match=reason) as raised, open_audio(path):
        pass
    assert str(path) in str(raised.value)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"), open_audio(tmp_path / "a.wav"):
        pass


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match=r"no audio track \(the file holds video\)"):
        decode(path)


def test_values_that_are_no_sound_become_silence(tmp_path: Path) -> None:
    samples = tone(440, 0.5, 16_000)
    samples[100:104] = (np.nan, np.inf, -np.inf, 1e30)
    path = write_audio(tmp_path / "a.wav", samples, 16_000, codec="pcm_f32le")
    decoded = decode(path)
    assert decoded[100:104].tolist() == [0.0] * 4
    assert np.array_equal(decoded[104:], samples[104:])


def test_damage_in_the_middle_does_not_end_the_file(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.ac3", noise(6, 48_000, level=0.1), 48_000, codec="ac3")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(data)
    with open_audio(path) as audio:
        assert sum(block.shape[1] for block in audio.blocks()) > 5 * 48_000
        assert audio.warnings()


def test_sound_that_is_missing_inside_is_told(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mka", noise(6, 48_000, level=0.1), 48_000, codec="flac")
    with av.open(str(path)) as source, av.open(str(tmp_path / "gap.mka"), "w") as target:
        stream = source.streams.audio[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is not None and not 2 < packet.pts * packet.time_base < 3:
                packet.stream = copy
                target.mux(packet)
    with open_audio(tmp_path / "gap.mka") as audio:
        list(audio.blocks())
        assert any("s of sound are missing inside" in warning for warning in audio.warnings())
    with open_audio(path) as audio:
        list(audio.blocks())
        assert audio.warnings() == ()


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.opus", "libopus"),
        ("a.flac", "flac"),
        ("a.aiff", "pcm_s16be"),
        ("a.w64", "pcm_s24le"),
        ("a.caf", "pcm_s16le"),
        ("a.au", "pcm_s16be"),
        ("a.avi", "libmp3lame"),
        ("a.mp3", "libmp3lame"),
        ("a.flv", "aac"),
    ],
)
def test_half_a_file_is_told_from_a_whole_one(tmp_path: Path, name: str, codec: str) -> None:
    whole = write_audio(tmp_path / name, noise(10, 48_000, level=0.1), 48_000, codec=codec)
    half = tmp_path / f"half-{name}"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = {}
    for path in (whole, half):
        with open_audio(path) as audio:
            audio.read()
            found[path] = audio.warnings()
    assert found[whole] == ()
    told = "; ".join(found[half])
    assert "breaks off" in told or "shorter than announced" in told


@pytest.mark.parametrize(
    ("name", "codec", "said"),
    [
        ("a.flac", "flac", "damaged, by their checksums"),
        ("a.mka", "flac", "damaged, by their checksums"),
        ("a.wv", "wavpack", "damaged, by their checksums"),
        ("a.ac3", "ac3", "damaged"),
    ],
)
def test_a_single_wrong_byte_is_told_where_a_checksum_knows(
    tmp_path: Path, name: str, codec: str, said: str
) -> None:
    path = write_audio(tmp_path / name, noise(3, 48_000, level=0.1), 48_000, codec=codec)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    for _ in range(2):  # ffmpeg would keep quiet of the same damage in the next file
        with open_audio(path) as audio:
            audio.read()
            assert any(said in each for each in audio.warnings())


@pytest.mark.parametrize("at", [0.02, 0.5])
@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.aac", "aac")])
def test_what_a_decoder_skips_is_told(tmp_path: Path, name: str, codec: str, at: float) -> None:
    path = write_audio(tmp_path / name, noise(4, 48_000, level=0.1), 48_000, codec=codec)
    data = bytearray(path.read_bytes())
    start = round(len(data) * at)
    data[start : start + 5000] = bytes(5000)
    path.write_bytes(data)
    with open_audio(path) as audio:
        audio.read()
        told = "; ".join(audio.warnings())
    assert "no sound, and were skipped" in told or "damaged packets" in told


def test_tags_are_no_skipped_sound(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", noise(2, 48_000, level=0.1), 48_000, codec="libmp3lame")
    picture = b"ID3\4\0\0" + bytes((0, 0, 39, 8)) + bytes(39 * 128 + 8)
    path.write_bytes(picture + path.read_bytes() + b"TAG" + bytes(125))
    with open_audio(path) as audio:
        audio.read()
        assert audio.warnings() == ()
