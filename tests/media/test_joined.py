"""Sound that changes in the middle: all of it is heard, in its order, at true times."""

from pathlib import Path

import av
import numpy as np
import pytest

from audioset.media.decode import open_audio
from audioset.media.joined.parts import find_parts
from tests.sounds import Samples, silence, tone, write_audio

FIRST_HZ, SECOND_HZ = 400, 900


def sound(hz: float, channels: int, rate: int, seconds: float = 1.5) -> Samples:
    one = tone(hz, seconds, rate)
    return one if channels == 1 else np.stack([one] * channels)


def join(folder: Path, name: str, codec: str, *forms: tuple[float, int, int]) -> Path:
    """Write one file for each form (pitch, channels, rate), and join them end to end."""
    joined = folder / f"joined.{name}"
    data = b""
    for number, (hz, channels, rate) in enumerate(forms):
        piece = folder / f"{number}.{name}"
        data += write_audio(piece, sound(hz, channels, rate), rate, codec=codec).read_bytes()
    joined.write_bytes(data)
    return joined


def pitches(samples: Samples, rate: int) -> list[int]:
    """Tell what is heard in each quarter of a second; 0 for silence."""
    size = rate // 4
    heard = []
    for start in range(0, samples.size - size, size):
        piece = samples[start : start + size]
        loud = np.sqrt(np.mean(piece**2)) > 0.02
        heard.append(int(np.argmax(np.abs(np.fft.rfft(piece)))) * 4 if loud else 0)
    return heard


def near(heard: list[int], wanted: int) -> list[bool]:
    return [abs(each - wanted) <= 8 for each in heard]


CHANGES = {
    "fewer channels": ((FIRST_HZ, 2, 48_000), (SECOND_HZ, 1, 48_000)),
    "more channels": ((FIRST_HZ, 1, 48_000), (SECOND_HZ, 2, 48_000)),
    "another rate": ((FIRST_HZ, 1, 48_000), (SECOND_HZ, 2, 24_000)),
}
FORMS = [
    ("mp3", "libmp3lame"), ("mp2", "mp2"), ("aac", "aac"), ("ac3", "ac3"), ("ts", "aac"),
    ("flac", "flac"), ("ogg", "flac"), ("opus", "libopus"), ("wav", "pcm_s16le"), ("wv", "wavpack"),
    ("aiff", "pcm_s16be"), ("w64", "pcm_s24le"), ("au", "pcm_s16be"), ("caf", "pcm_s16le"),
    ("m4a", "aac"), ("mkv", "aac"), ("webm", "libopus"), ("flv", "aac"), ("avi", "libmp3lame"),
]  # fmt: skip
WITHOUT = {  # that cannot be made
    ("ac3", "another rate"), ("opus", "another rate"), ("webm", "another rate"),
    ("flv", "another rate"),
}  # fmt: skip


CASES = [
    (name, codec, change)
    for name, codec in FORMS
    for change in CHANGES
    if (name, change) not in WITHOUT
]


@pytest.mark.parametrize(("name", "codec", "change"), CASES)
def test_joined_files_are_heard_to_their_end(
    tmp_path: Path, name: str, codec: str, change: str
) -> None:
    forms = CHANGES[change]
    path = join(tmp_path, name, codec, *forms)
    with open_audio(path) as audio:
        mixed = audio.read()[0]
        told = "; ".join(audio.warnings())
        assert audio.sampling_rate == 48_000
        assert audio.channels == forms[0][1]
        assert audio.num_samples == mixed.size
    assert "the sound changes inside" in told
    assert "shorter than announced" not in told
    # AAC and MP3 add some frames of silence at each end.
    assert abs(mixed.size - 3.0 * 48_000) <= 0.15 * 48_000
    heard = pitches(mixed, 48_000)
    assert all(near(heard[:5], FIRST_HZ))
    assert all(near(heard[7:11], SECOND_HZ))


def test_the_place_of_a_change_is_told(tmp_path: Path) -> None:
    path = join(tmp_path, "wav", "pcm_s16le", (400, 2, 48_000), (900, 1, 16_000), (400, 2, 48_000))
    with open_audio(path) as audio:
        assert audio.read().shape == (1, 3 * 72_000)
        assert audio.warnings() == (
            "3 files are joined in it, and were read one after another",
            "the sound changes inside: stereo at 48000 Hz at first, mono at 16000 Hz from 1.50 s, "
            "stereo at 48000 Hz from 3.00 s; all of it was brought to 48000 Hz",
        )


@pytest.mark.parametrize("choice", ["left", "right", "each"])
def test_each_channel_that_was_chosen_goes_on(tmp_path: Path, choice: str) -> None:
    path = join(tmp_path, "flac", "flac", (400, 2, 48_000), (900, 1, 48_000), (400, 6, 48_000))
    with open_audio(path, channels=choice) as audio:
        rows = audio.read()
    for row in rows:
        heard = pitches(row, 48_000)
        assert all(near(heard[:5], 400))
        assert all(near(heard[7:11], 900))
        assert all(near(heard[13:17], 400))


def test_sides_stay_sides_when_channels_are_added(tmp_path: Path) -> None:
    stereo = sound(400, 2, 48_000)
    six = np.zeros((6, 72_000), np.float32)
    six[1] = tone(900, 1.5, 48_000)  # front right
    first = write_audio(tmp_path / "a.flac", stereo, 48_000, codec="flac")
    second = write_audio(tmp_path / "b.flac", six, 48_000, codec="flac")
    path = tmp_path / "joined.flac"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_audio(path, channels="each") as audio:
        left, right = audio.read()
    assert pitches(left, 48_000)[7:11] == [0] * 4
    assert all(near(pitches(right, 48_000)[7:11], 900))


def test_a_header_that_tells_of_the_middle_is_not_believed(tmp_path: Path) -> None:
    """Of a short file ffmpeg looks at all, and describes what it saw last."""
    path = join(tmp_path, "mp3", "libmp3lame", (400, 2, 44_100), (900, 1, 44_100))
    with open_audio(path) as audio:
        assert audio.channels == 2


@pytest.mark.parametrize(
    ("name", "seconds", "changes"),
    [("channels_stereo_then_mono", 0.86, 1), ("channels_and_rate_change", 30.1, 2)],
)
def test_reported_files_are_heard_whole(
    real_media: Path, name: str, seconds: float, changes: int
) -> None:
    with open_audio(real_media / "reports" / f"{name}.mp3") as audio:
        samples = audio.read()[0]
        (told,) = (each for each in audio.warnings() if "the sound changes" in each)
        assert audio.num_damaged == 0
    assert abs(samples.size / 44_100 - seconds) < 0.05
    assert told.count(" from ") == changes
    third = samples.size // (changes + 1)
    parts = [samples[start : start + third] for start in range(0, samples.size - third + 1, third)]
    assert all(np.sqrt(np.mean(part**2)) > 0.01 for part in parts)


def test_a_broadcast_that_moves_its_sound_is_followed(tmp_path: Path) -> None:
    first = write_audio(tmp_path / "a.ts", sound(400, 1, 48_000), 48_000, codec="mp2")
    second = write_audio(tmp_path / "b.ts", sound(900, 1, 48_000), 48_000, codec="aac")
    path = tmp_path / "joined.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_audio(path) as audio:
        heard = pitches(audio.read()[0], 48_000)
    assert all(near(heard[:5], 400))
    assert all(near(heard[7:11], 900))


def test_a_joined_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = join(tmp_path, "wav", "pcm_s16le", (400, 1, 48_000), (900, 1, 48_000))
    data = path.read_bytes()
    second = data.rindex(b"RIFF")
    path.write_bytes(data[: second + 12])
    with open_audio(path) as audio:
        assert audio.read().shape == (1, 72_000)
        (joined, left_out) = audio.warnings()
    assert joined.startswith("2 files are joined")
    assert f"from byte {second:,} on, was left out" in left_out


@pytest.mark.parametrize(("name", "codec"), [*FORMS, ("mka", "flac"), ("ogg", "libopus")])
def test_a_file_that_is_one_is_one(tmp_path: Path, name: str, codec: str) -> None:
    path = write_audio(tmp_path / f"a.{name}", sound(400, 2, 48_000), 48_000, codec=codec)
    assert find_parts(path) == [(0, path.stat().st_size)]
    with open_audio(path) as audio:
        audio.read()
        assert audio.warnings() == ()


def test_a_tag_between_joined_files_is_no_damage(tmp_path: Path) -> None:
    piece = write_audio(tmp_path / "a.mp3", sound(400, 1, 44_100), 44_100, codec="libmp3lame")
    tag = b"TAG" + b"a title".ljust(125, b"\0")
    path = tmp_path / "joined.mp3"
    path.write_bytes((piece.read_bytes() + tag) * 3)
    with open_audio(path) as audio:
        samples = audio.read()[0]
        assert audio.num_damaged == 0
    assert all(near(pitches(samples, 44_100)[:17:7], 400))


def test_silence_between_is_silence(tmp_path: Path) -> None:
    first = write_audio(tmp_path / "a.wav", sound(400, 1, 16_000), 16_000)
    second = write_audio(tmp_path / "b.wav", silence(1.5, 16_000), 16_000)
    path = tmp_path / "joined.wav"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_audio(path) as audio:
        assert not audio.read()[0, 24_000:].any()


def test_more_tracks_in_one_part_than_in_the_next(tmp_path: Path) -> None:
    first = tmp_path / "a.mka"
    with av.open(str(first), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=48_000, layout="mono") for _ in range(2)]
        for stream, hz in zip(streams, (300, 400), strict=True):
            pcm = (tone(hz, 1.5, 48_000) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, 0
            container.mux(stream.encode(frame))
    second = write_audio(tmp_path / "b.mka", sound(900, 1, 48_000), 48_000, codec="flac")
    path = tmp_path / "joined.mka"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_audio(path, track=2) as audio:
        assert all(near(pitches(audio.read()[0], 48_000)[:5], 400))
        assert any("no audio track 2" in each for each in audio.warnings())
