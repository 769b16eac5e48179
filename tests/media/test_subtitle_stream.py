from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from audioset.errors import MediaError, NotFoundError
from audioset.media.subtitle_stream import read_subtitle_stream
from audioset.records.cue import Cue
from tests.subtitle_streams import ASS_HEADER, write_stream


def cues_of(path: Path, *, stream: int = 1) -> list[Cue]:
    return list(read_subtitle_stream(path, stream=stream).cues)


def test_mov_text_in_mp4(real_media: Path) -> None:
    assert cues_of(real_media / "odd" / "embedded_mov_text.mp4") == [
        Cue(start_seconds=0.523, end_seconds=1.016, text="oop"),
        Cue(start_seconds=1.523, end_seconds=1.916, text="boop"),
    ]


def test_webvtt_in_mkv(real_media: Path) -> None:
    assert cues_of(real_media / "odd" / "embedded_webvtt.mkv") == [
        Cue(start_seconds=0.546, end_seconds=1.039, text="oop"),
        Cue(start_seconds=1.546, end_seconds=1.939, text="boop"),
    ]


def test_a_stream_that_is_not_there_is_not_found(real_media: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no subtitle stream 2; the file has 1 subtitle stream"):
        read_subtitle_stream(real_media / "odd" / "embedded_webvtt.mkv", stream=2)
    with pytest.raises(NotFoundError, match="no such file"):
        read_subtitle_stream(tmp_path / "none.mkv")


def test_a_file_that_is_no_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n" * 50)
    with pytest.raises(MediaError, match=r"a\.mkv: not a media file"):
        read_subtitle_stream(tmp_path / "a.mkv")


def test_ass_in_mkv_has_speakers_and_no_markup(tmp_path: Path) -> None:
    path = write_stream(
        tmp_path / "a.mkv",
        "ass",
        [
            (1250, 2500, rb"0,0,Default,Ann,0,0,0,,{\i1}Hello, you{\i0}\Nthere"),
            (3000, 4000, rb"1,0,Default,,0,0,0,,{\p1}m 0 0 l 9 9"),
        ],
    )
    assert cues_of(path) == [
        Cue(start_seconds=1.25, end_seconds=2.5, text="Hello, you\nthere", speaker="Ann")
    ]


def test_times_count_from_the_first_sample(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        audio = container.add_stream("pcm_s16le", rate=16_000)
        text = container.add_stream("subrip")
        text.time_base = Fraction(1, 1000)
        text.codec_context.subtitle_header = ASS_HEADER  # encoders of text will not open without
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.int16), "s16", "mono")
        frame.sample_rate, frame.pts = 16_000, 24_000  # the sound starts at 1.5 s
        container.mux(audio.encode(frame))
        packet = av.Packet(b"<i>hi</i>")
        packet.stream, packet.time_base = text, Fraction(1, 1000)
        packet.pts = packet.dts = 1750
        packet.duration = 500
        container.mux(packet)
    assert cues_of(path) == [Cue(start_seconds=0.25, end_seconds=0.75, text="<i>hi</i>")]


def test_pictures_of_text_are_refused(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mkv", "dvdsub", [(1000, 2000, b"\0\x08\0\x04\0\0\0\0")])
    with pytest.raises(MediaError, match=r"stream 1 holds pictures of text \(dvdsub\)"):
        read_subtitle_stream(path)


def box(name: bytes, inside: bytes) -> bytes:
    return (8 + len(inside)).to_bytes(4) + name + inside


def test_texts_of_webvtt_and_srt_stand_as_in_their_files(tmp_path: Path) -> None:
    voice = b"<v Mary>the <00:01.500>fox</v>"
    boxes = box(b"vttc", box(b"iden", b"1") + box(b"payl", b"one")) + box(
        b"vttc", box(b"sttg", b"line:0") + box(b"payl", b"day")
    )
    events = [
        (1000, 2000, voice),
        (2000, 3000, boxes),
        (3000, 4000, box(b"vtte", b"")),
        (4000, 5000, boxes[:-3]),
    ]
    found = read_subtitle_stream(write_stream(tmp_path / "a.mkv", "webvtt", events))
    assert found.markup == "vtt"
    assert [cue.text for cue in found.cues] == [voice.decode(), "one\nday"]
    assert found.num_damaged == 1
