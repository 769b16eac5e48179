"""What cannot be opened is named as what it is, with what to do about it."""

import struct
from pathlib import Path

import pytest

from audioset.errors import MediaError
from audioset.media.decode import open_audio
from tests.sounds import noise, write_audio

ZIP = b"PK\x03\x04" + bytes(26)


def sphere(coding: str) -> bytes:
    """A file of NIST SPHERE whose sound is packed, as LDC sends telephone calls."""
    head = (
        "NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i 800\nsample_rate -i 8000\n"
        "sample_n_bytes -i 2\nsample_byte_format -s2 01\nsample_sig_bits -i 16\n"
        f"sample_coding -s{len(coding)} {coding}\nend_head\n"
    )
    return head.encode().ljust(1024, b"\n") + b"ajkg\2" + bytes(400)


CASES = {
    "call.sph": (
        sphere("pcm,embedded-shorten-v2.00"),
        r"embedded-shorten-v2.00\).*: sph2pipe -f wav call.sph unpacked.wav",
    ),
    "mulaw.sph": (sphere("ulaw,embedded-shorten-v2.00"), "sph2pipe -f wav mulaw.sph"),
    "wavpack.wav": (sphere("pcm,embedded-wavpack-v1"), "sph2pipe -f wav wavpack.wav"),
    "page.mp3": (b"\n<!DOCTYPE html><html><title>Sign in</title>", "a web page"),
    "pointer.wav": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "zip.mp3": (ZIP + b"talk.wav" + bytes(100), "a zip archive; unpack it"),
    "sheet.mp3": (ZIP + b"word/document.xml" + bytes(99), "an Office document"),
    "talk.docx.mp3": (ZIP + b"[Content_Types].xml" + bytes(99), "an Office document"),
    "scan.wav": (b"%PDF-1.7\n" + bytes(99), "a PDF document"),
    "song.mid": (b"MThd\0\0\0\6\0\1\0\1\0`", "a MIDI file: notes without any sound"),
    "dictated.dss": (b"\2dss" + bytes(500), "the recording of a dictaphone"),
    "dictated.ds2": (b"\xa5" * 500, r"dictaphone \(DS2\)"),
    "old.ra": (b".ra\xfd\0\4" + bytes(500), "a RealAudio"),
    "book.aax": (b"\0\0\0\x1cftypaax \0\0\0\1" + bytes(500), "Audible book .* encrypted"),
    "song.m4p": (b"\0\0\0\x1cftypM4P \0\0\0\0" + bytes(500), "protected iTunes file"),
    "chat.amr": (b"\2#!SILK_V3" + bytes(500), "a voice message"),
    "sony.oma": (b"ea3\3" + bytes(500), "a Sony recording"),
    "radio.m3u8": (b"#EXTM3U\nhttp://localhost/a.ts\n", "a playlist: it only names other files"),
    "cues.mp3": (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nhi\r\n", "a file of subtitles"),
    "error.mp3": (b'{"error": "no such file"}', r'text, beginning with "\{\\"error\\"'),
    "talk.mp4.part": (bytes(range(256)) * 4, r"\(\.part\) it is not yet complete"),
    "talk.mp3.crdownload": (b"\xaa\xbb\xcc" * 99, "it is not yet complete"),
    ".talk.mp4.icloud": (b"bplist00" + bytes(99), "a placeholder of iCloud"),
    "cloud.m4a": (bytes(5000), "nothing but zeros"),
    "unknown.mp3": (b"\xaa\xbb\xcc" * 99, "not a media file, or its beginning is damaged"),
    "dropped.mp4": (
        b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + struct.pack(">I4s", 9008, b"mdat") + b"\xaa" * 9000,
        r"the index of the file \(moov\) is missing",
    ),
    "damaged.caf": (b"caff\0\1\0\0desc" + bytes(20), "a damaged CAF file"),
    "empty.wav": (b"", r"the file is empty \(0 bytes\)"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_named_as_what_it_is(tmp_path: Path, name: str) -> None:
    content, said = CASES[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match=said) as raised, open_audio(path):
        pass
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    for word in ("Invalid data", "Errno", "patches", "atom"):
        assert word not in text


@pytest.mark.parametrize("name", ["a.dss", "a.aax", "a.ra", "a.m4p", "a.wma"])
def test_what_can_be_read_is_not_refused_by_its_name(tmp_path: Path, name: str) -> None:
    path = write_audio(tmp_path / "a.wav", noise(1, 16_000, level=0.1), 16_000)
    with open_audio(path.rename(tmp_path / name)) as audio:
        assert audio.read().shape == (1, 16_000)
