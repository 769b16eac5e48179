"""What is heard of films, phones and recorders whose tracks and channels are not alike."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from audioset.media.decode import AudioReader, open_audio
from tests.sounds import SPEECH_RATE, Samples, noise, silence, spoken, tone, write_audio

ANOTHER = "--track (track= in Python) takes another"
RATE = SPEECH_RATE


def voice(seconds: float = 8.0) -> Samples:
    samples = spoken()[0]
    times = -(-round(seconds * RATE) // samples.size)
    repeated = np.tile(samples, times)[: round(seconds * RATE)]
    return repeated + noise(repeated.size / RATE, RATE, level=1e-4)[: repeated.size]


def timecode(seconds: float, *, frame_rate: int = 25) -> Samples:
    """Random bits as SMPTE timecode has them."""
    bits = np.random.default_rng(1).integers(0, 2, round(80 * frame_rate * seconds) + 1)
    turns = [edge for bit in range(bits.size) for edge in (bit, bit + 0.5)[: 1 + bits[bit]]]
    places = np.round(np.array(turns) * RATE / (80 * frame_rate)).astype(int)
    steps = np.zeros(round(seconds * RATE) + RATE, int)
    np.add.at(steps, places[places < steps.size], 1)
    made = np.where(np.cumsum(steps) % 2, 0.5, -0.5)[: round(seconds * RATE)]
    return made.astype(np.float32)


def hear(path: Path, **options: object) -> tuple[Samples, AudioReader]:
    with open_audio(path, **options) as audio:  # type: ignore[arg-type]
        return audio.read()[0], audio


def stereo(tmp_path: Path, left: Samples, right: Samples, name: str = "a.flac") -> Path:
    codec = {"flac": "flac", "m4a": "aac", "mka": "aac", "mp3": "libmp3lame", "ts": "aac"}
    both = np.stack([left, right])
    return write_audio(tmp_path / name, both, RATE, codec=codec[name.split(".")[1]])


ANTIPHASE = (
    "its channels take each other away in a mix: the {} one is cut; "
    "--channels (channels= in Python) takes another"
)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("a.flac", 1.5), ("a.flac", 50), ("a.m4a", 50), ("a.mka", 8), ("a.mp3", 4), ("a.ts", 4)],
)
def test_a_mix_that_cancels_out_is_not_made(tmp_path: Path, name: str, seconds: float) -> None:
    said = voice(seconds)
    samples, audio = hear(stereo(tmp_path, said, -said, name))
    assert (audio.heard, audio.choices()) == ("left", (ANTIPHASE.format("left"),))
    assert audio.warnings() == ()
    assert np.sqrt((samples**2).mean()) == pytest.approx(np.sqrt((said**2).mean()), rel=0.05)


def test_the_louder_of_two_that_nearly_cancel_is_heard(tmp_path: Path) -> None:
    said = voice()
    for share in (0.5, 0.7):
        _, audio = hear(stereo(tmp_path, said * share, -said))
        assert (audio.heard, audio.choices()) == ("right", (ANTIPHASE.format("right"),))
    hiss = noise(8, RATE, level=0.003)
    assert hear(stereo(tmp_path, said + hiss, -said))[1].heard == "left"


def test_a_polarity_that_changes_in_the_middle_is_seen(tmp_path: Path) -> None:
    said = voice(60)
    right = said.copy()
    right[said.size * 3 // 5 :] *= -1
    samples, audio = hear(stereo(tmp_path, said, right))
    assert audio.heard == "left"
    assert np.abs(samples - said).max() < 1e-4


def test_a_short_part_that_cancels_out_is_told(tmp_path: Path) -> None:
    said = voice(60)
    right = said.copy()
    right[6 * RATE : 11 * RATE] *= -1
    _, audio = hear(stereo(tmp_path, said, right))
    assert audio.heard == "mix"
    assert any("channels take each other away" in warning for warning in audio.warnings())


def test_what_only_the_other_channel_has_is_told(tmp_path: Path) -> None:
    said = voice(60)
    left, right = said.copy(), -said
    left[6 * RATE : 11 * RATE] = 0
    _, audio = hear(stereo(tmp_path, left, right))
    assert audio.heard == "left"
    (told,) = audio.warnings()
    assert (
        "s of sound are in the other channel only; --channels each (channels=each in Python)"
        in told
    )


@pytest.mark.parametrize("frame_rate", [24, 25, 30])
def test_timecode_is_not_mixed_with_speech(tmp_path: Path, frame_rate: int) -> None:
    said, code = voice(), timecode(8, frame_rate=frame_rate)
    _, audio = hear(stereo(tmp_path, code, said, "a.m4a"))
    told = (
        "its left channel holds timecode: the right one is cut; "
        "--channels (channels= in Python) takes another"
    )
    assert (audio.heard, audio.choices()) == ("right", (told,))
    assert hear(stereo(tmp_path, said, code))[1].heard == "left"


def test_sides_that_can_be_mixed_are(tmp_path: Path) -> None:
    said, other = voice(), np.roll(voice(), 5 * RATE)
    hiss = noise(8, RATE, level=0.003)
    room = np.convolve(said, [0.5, 0, 0, 0.3, 0, -0.2])[: said.size].astype(np.float32)
    pairs = {
        "both the same": (said, said),
        "a safety track": (said, said * 0.1),
        "two microphones": (said + hiss, room),
        "middle and side": (said, hiss + 0.2 * other),
        "tone": (said, tone(1000, 8, RATE, level=0.1)),
    }
    for left, right in pairs.values():
        samples, audio = hear(stereo(tmp_path, left, right))
        assert (audio.heard, audio.choices(), audio.warnings()) == ("mix", (), ())
        assert np.abs(samples - (left + right) / 2).max() < 1e-4


def test_a_channel_that_is_silent_and_speakers_on_each_side_are_told(tmp_path: Path) -> None:
    said = voice()
    samples, audio = hear(stereo(tmp_path, said, np.zeros_like(said)))
    assert audio.heard == "mix"  # the other side may have had one word
    assert "its right channel is silent" in audio.choices()[0]
    assert np.abs(samples - said / 2).max() < 1e-4
    left, right = said.copy(), said.copy()
    left[: 4 * RATE] = right[4 * RATE :] = 0
    _, audio = hear(stereo(tmp_path, left, right))
    assert "hold different sound; --channels each" in audio.choices()[0]


def test_what_was_asked_for_is_done_and_needs_no_words(tmp_path: Path) -> None:
    said = voice()
    path = stereo(tmp_path, said, -said)
    for channels in ("left", "right", "each"):
        _, audio = hear(path, channels=channels)
        assert (audio.heard, audio.choices()) == (channels, ())
    one = write_audio(tmp_path / "one.wav", said, RATE)
    assert hear(one)[1].choices() == ()


def test_many_channels_are_told(tmp_path: Path) -> None:
    planes = np.zeros((6, 2 * RATE), np.float32)
    planes[2] = voice(2)
    _, audio = hear(write_audio(tmp_path / "a.wav", planes, RATE))
    assert audio.choices() == (
        "its 6 channels (5.1) are mixed to one, the centre foremost; "
        "--channels each (channels=each in Python) keeps them "
        "apart",
    )


@pytest.mark.parametrize(
    ("layout", "weights"), [("2.1", [0.5, 0.5, 0]), ("quad", [0.25] * 4), ("ambisonic 1", None)]
)
def test_other_layouts(tmp_path: Path, layout: str, weights: Sequence[float] | None) -> None:
    rate = 48_000
    channels = [tone(200 + 100 * number, 2, rate, level=0.2) for number in range(4)]
    path = tmp_path / ("a.wav" if weights else "a.ogg")
    codec, options = ("pcm_s16le", {}) if weights else ("libopus", {"mapping_family": "2"})
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, options=options)
        planes = np.stack(channels[: stream.layout.nb_channels])
        woven = np.ascontiguousarray((planes.T.reshape(1, -1) * 32767).astype(np.int16))
        frame = av.AudioFrame.from_ndarray(woven, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    samples, audio = hear(path)
    expected = np.tensordot(weights, planes, 1) if weights else planes[0]
    assert audio.heard == ("mix" if weights else "left")
    assert np.abs(samples - expected)[4800:-4800].max() < (1e-3 if weights else 0.02)
    assert len(audio.choices()) == 1


def film(path: Path, tracks: Sequence[tuple[Samples, str, int]]) -> Path:
    """Write tracks with a language and ffmpeg's marks: 1 default, 8 comment, 256 for the blind."""
    with av.open(str(path), "w") as container:
        streams = []
        for _, language, marks in tracks:
            stream = container.add_stream("aac", rate=RATE, layout="mono")
            stream.metadata["language"] = language
            stream.disposition = av.stream.Disposition(marks)
            streams.append(stream)
        longest = max(samples.size for samples, _, _ in tracks)
        for start in range(0, longest, 1024):
            for stream, (samples, _, _) in zip(streams, tracks, strict=True):
                block = samples[None, start : start + 1024]
                if block.size:
                    frame = av.AudioFrame.from_ndarray(
                        np.ascontiguousarray(block), format="fltp", layout="mono"
                    )
                    frame.sample_rate, frame.pts = RATE, start
                    frame.time_base = Fraction(1, RATE)
                    container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


EMPTY = np.empty(0, np.float32)


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4"])
@pytest.mark.parametrize(
    ("tracks", "number", "told"),
    [
        (
            "eng fra",
            1,
            f"2 audio tracks: track 1 (eng) is cut; {ANOTHER}",
        ),
        (
            "comment eng*",
            2,
            f"2 audio tracks: track 2 (eng) is cut; {ANOTHER}",
        ),
        (
            "blind eng",
            2,
            f"2 audio tracks: track 2 (eng) is cut; {ANOTHER}",
        ),
        (
            "silent* eng fra",
            2,
            f"3 audio tracks: track 1 is silent, track 2 (eng) is cut; {ANOTHER}",
        ),
        (
            "silent* silent",
            1,
            f"2 audio tracks: track 1 (gla) is cut; {ANOTHER}",
        ),
    ],
)
def test_the_track_that_is_meant_for_all_is_heard(
    tmp_path: Path, name: str, tracks: str, number: int, told: str
) -> None:
    marks = {"comment": 8, "blind": 256}
    given = []
    for place, word in enumerate(tracks.split()):
        kind = word.rstrip("*")
        sound = silence(4, RATE) if kind == "silent" else tone(300 + 100 * place, 4, RATE)
        language = kind if kind in ("eng", "fra") else "gla"
        given.append((sound, language, marks.get(kind, 0) | word.endswith("*")))
    path = film(tmp_path / name, given)
    samples, audio = hear(path)
    assert (audio.track, audio.choices()) == (number, (told,))
    if tracks != "silent* silent":
        peak = np.argmax(np.abs(np.fft.rfft(samples))) * RATE / samples.size
        assert peak == pytest.approx(300 + 100 * (number - 1), abs=2)
    _, audio = hear(path, track=1)
    assert (audio.track, audio.choices()) == (1, ())


def test_an_empty_track_and_one_that_cannot_be_decoded_are_passed_over(tmp_path: Path) -> None:
    path = film(tmp_path / "empty.mkv", [(EMPTY, "eng", 1), (voice(4), "eng", 0)])
    assert hear(path)[1].track == 2
    path = film(tmp_path / "spatial.mp4", [(voice(4), "und", 1), (voice(4), "und", 0)])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"mp4a", b"apac", 1).replace(b"esds", b"apcf", 1))
    samples, audio = hear(path)
    assert (audio.track, audio.choices()) == (
        2,
        (f"2 audio tracks: track 2 is cut; {ANOTHER}",),
    )
    assert np.abs(samples).max() > 0.1
