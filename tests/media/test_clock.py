"""Where the clock of a player parts from the samples, in files that lost sound on their way."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from audioset.media.decode import AudioReader, open_audio
from audioset.records.player_clock import Joint, PlayerClock
from tests.sounds import noise, write_audio

RATE = 48_000
SECONDS = 12
Times = Callable[[float], float | None]


def counting(seconds: int = SECONDS) -> np.ndarray:
    """A tone of its own in every second: 300 Hz, 350 Hz, ..."""
    time = np.arange(seconds * RATE) / RATE
    return (0.3 * np.sin(2 * np.pi * (300 + 50 * np.floor(time)) * time)).astype(np.float32)


def second_of(samples: np.ndarray) -> int:
    """Which second of `counting` this is."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return round((np.argmax(spectrum) * RATE / samples.size - 300) / 50)


def remux(source: Path, target: Path, times: Times, options: dict[str, str] | None = None) -> Path:
    """Write a file anew with other times of its packets; those whose time is None are lost."""
    with av.open(str(source)) as old, av.open(str(target), "w", options=options or {}) as new:
        stream = old.streams.audio[0]
        copy = new.add_stream_from_template(stream)
        for packet in old.demux(stream):
            if packet.pts is None:
                continue
            old_time = packet.pts * packet.time_base
            time = times(float(old_time))
            if time is None:
                continue
            packet.stream = copy
            packet.time_base = Fraction(1, 90_000)
            packet.pts = round(time * 90_000)
            packet.dts = min(packet.pts, round(float(old_time) * 90_000))
            new.mux(packet)
    return target


def lose(*gaps: tuple[float, float]) -> Times:
    return lambda time: None if any(start <= time < end for start, end in gaps) else time


def read(path: Path) -> tuple[np.ndarray, AudioReader]:
    with open_audio(path) as audio:
        return audio.read()[0], audio


def shown_at(samples: np.ndarray, clock: PlayerClock, second: int) -> int:
    """Which second is heard where a player shows the middle of this one."""
    middle = round(clock.heard(second + 0.5) * RATE)
    return second_of(samples[middle - 9600 : middle + 9600])


FORMS = [
    ("a.mp4", "aac", {}),
    ("a.mp4", "aac", {"movflags": "frag_keyframe+empty_moov", "frag_duration": "1000000"}),
    ("a.mka", "flac", {}),
    ("a.webm", "libopus", {}),
    ("a.ts", "aac", {}),
    ("a.ogg", "libopus", {}),
    ("a.flv", "aac", {}),
    ("a.mkv", "pcm_s16le", {}),
]


@pytest.mark.parametrize(("name", "codec", "options"), FORMS)
def test_times_follow_a_player_over_gaps(
    tmp_path: Path, name: str, codec: str, options: dict[str, str]
) -> None:
    write_audio(tmp_path / f"whole-{name}", counting(), RATE, codec=codec)
    lost = lose((3, 4), (6.3, 8.6))
    samples, audio = read(remux(tmp_path / f"whole-{name}", tmp_path / name, lost, options))
    assert samples.size == pytest.approx((SECONDS - 3.3) * RATE, abs=0.2 * RATE)
    for second in (0, 2, 5, 9, 11):
        assert shown_at(samples, audio.clock, second) == second
    assert audio.clock.heard(3.5) == pytest.approx(3, abs=0.1)  # nothing is left of it
    assert audio.clock.shown(audio.clock.heard(10)) == pytest.approx(10)
    told = [sentence for sentence in audio.warnings() if "missing inside, in 2 places" in sentence]
    assert len(told) == 1
    assert not any("shorter than announced" in sentence for sentence in audio.warnings())


def test_single_packets_that_were_lost_add_up(tmp_path: Path) -> None:
    write_audio(tmp_path / "whole.mka", counting(), RATE, codec="aac")
    lost = {2.1, 2.6, 3.1, 3.6, 4.1, 4.6, 5.1, 5.6}
    samples, audio = read(
        remux(
            tmp_path / "whole.mka",
            tmp_path / "a.mka",
            lambda time: None if any(at <= time < at + 0.0213 for at in lost) else time,
        )
    )
    assert audio.clock.heard(11) == pytest.approx(11 - 8 * 1024 / RATE, abs=0.06)
    assert "sound are missing inside" in " ".join(audio.warnings())
    assert shown_at(samples, audio.clock, 10) == 10


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mka", "aac"),
        ("a.webm", "libopus"),
        ("a.ts", "aac"),
        ("a.m4a", "aac"),
        ("a.mp3", "libmp3lame"),
        ("a.avi", "libmp3lame"),
        ("a.flv", "aac"),
        ("a.aac", "aac"),
        ("a.ac3", "ac3"),
        ("a.mpg", "mp2"),
        ("a.flac", "flac"),
    ],
)
def test_a_whole_file_has_one_clock(tmp_path: Path, name: str, codec: str) -> None:
    rate = RATE if codec == "libopus" else 44_100
    _, audio = read(write_audio(tmp_path / name, noise(20, rate, level=0.1), rate, codec=codec))
    assert audio.clock == PlayerClock()
    assert audio.warnings() == ()


def test_jitter_and_single_wrong_timestamps_move_nothing(tmp_path: Path) -> None:
    write_audio(tmp_path / "whole.mka", counting(), RATE, codec="flac")
    random = np.random.default_rng(0)
    jitter = remux(
        tmp_path / "whole.mka", tmp_path / "j.mka", lambda time: time + random.uniform(0, 0.045)
    )
    assert read(jitter)[1].clock == PlayerClock()
    wild = remux(
        tmp_path / "whole.mka", tmp_path / "w.mka", lambda time: time + 3 * (5 <= time < 5.08)
    )
    samples, audio = read(wild)
    assert audio.clock == PlayerClock()
    assert audio.warnings() == ()
    assert shown_at(samples, audio.clock, 9) == 9


def test_a_clock_that_drifts_is_followed_and_told(tmp_path: Path) -> None:
    write_audio(tmp_path / "whole.mka", counting(), RATE, codec="aac")
    for name, pace in (("fast.mka", 1.02), ("slow.mka", 0.98)):
        drifting = remux(
            tmp_path / "whole.mka", tmp_path / name, lambda time, pace=pace: time * pace
        )
        _, audio = read(drifting)
        assert audio.clock.heard(10 * pace) == pytest.approx(10, abs=0.06)
        assert any("clock runs" in sentence for sentence in audio.warnings())


def test_a_clock_that_begins_anew_goes_on_and_is_told(tmp_path: Path) -> None:
    write_audio(tmp_path / "one.ts", counting(), RATE, codec="aac")
    write_audio(tmp_path / "two.ts", counting(8), RATE, codec="aac")
    remux(tmp_path / "two.ts", tmp_path / "gap.ts", lose((2, 4)))
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "one.ts").read_bytes() + (tmp_path / "gap.ts").read_bytes())
    samples, audio = read(joined)
    told = " ".join(audio.warnings())
    assert "begins anew once" in told
    assert "2.0" in told
    assert shown_at(samples, audio.clock, 9) == 9
    assert shown_at(samples, audio.clock, SECONDS + 1) == 1
    assert shown_at(samples, audio.clock, SECONDS + 6) == 6  # after its gap


def with_later_clock(stream: bytes, ticks: int) -> bytes:
    """Add to all times of a transport stream, modulo 2^33. Source: ISO 13818-1, 2.4.3."""
    made = bytearray(stream)
    for at in range(0, len(made), 188):
        adaptation = made[at + 4] if made[at + 3] & 0x20 else -1
        if adaptation > 6 and made[at + 5] & 0x10:
            clock = int.from_bytes(made[at + 6 : at + 11], "big")
            later = ((clock >> 7) + ticks) % 2**33
            made[at + 6 : at + 11] = (later << 7 | clock & 0x7F).to_bytes(5, "big")
        pes = at + 5 + adaptation
        if made[at + 1] & 0x40 and made[pes : pes + 3] == b"\0\0\1" and made[pes + 7] & 0x80:
            high, middle, low = made[pes + 9], *struct.unpack(">HH", made[pes + 10 : pes + 14])
            time = (high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1
            later = (time + ticks) % 2**33
            made[pes + 9] = high & 0xF1 | later >> 30 << 1
            made[pes + 10 : pes + 14] = struct.pack(
                ">HH", (later >> 15 & 0x7FFF) << 1 | 1, (later & 0x7FFF) << 1 | 1
            )
    return bytes(made)


def test_a_clock_of_33_bits_may_run_over(tmp_path: Path) -> None:
    write_audio(tmp_path / "whole.ts", counting(), RATE, codec="aac")
    gap = remux(tmp_path / "whole.ts", tmp_path / "gap.ts", lambda t: None if 9 <= t < 10 else t)
    (tmp_path / "over.ts").write_bytes(with_later_clock(gap.read_bytes(), 2**33 - 8 * 90_000))
    samples, audio = read(tmp_path / "over.ts")
    assert "begins anew" not in " ".join(audio.warnings())
    assert "missing inside, in 1 place" in " ".join(audio.warnings())
    assert [shown_at(samples, audio.clock, second) for second in (2, 5, 6, 10)] == [2, 5, 6, 10]


def test_heard_and_shown_are_each_others_opposite() -> None:
    clock = PlayerClock((Joint(10, 15), Joint(20, 25.5), Joint(30, 35.4)))
    for heard in (0, 5, 10, 15, 20, 25, 30, 40):
        assert clock.heard(clock.shown(heard)) == pytest.approx(heard)
    assert [clock.heard(shown) for shown in (9, 12, 16, 25.2, 26)] == [9, 10, 11, 20, 20.5]
    assert PlayerClock().heard(7.25) == PlayerClock().shown(7.25) == 7.25
