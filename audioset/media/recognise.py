"""What a file is that ffmpeg does not open, in the words of who has it, and what to do about it."""

import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path

_HEAD_BYTES = 4096
_SHOWN_CHARACTERS = 40
_CONVERT = "convert it to WAV or FLAC with the program of the recorder"
_UNPACK = "unpack it and give the files inside"
_ITSELF = "download the file itself"

# How a file begins -> what it is, and what to do. The first that fits.
_NO_MEDIA: Sequence[tuple[bytes, str, str]] = (
    (rb"\s*(?:\xef\xbb\xbf)?\s*(?i:<!doctype html|<html|<head|<script)", "a web page, perhaps that "
     "of a login or an error, saved under this name", _ITSELF),
    (rb"version https://git-lfs", "a pointer of Git LFS", "fetch the file with git lfs pull"),
    (rb"/?annex/objects/|\.\./.*annex/objects", "a pointer of git-annex", "git annex get it"),
    (rb"bplist00", "a property list, such as iCloud leaves in the place of a file", _ITSELF),
    (rb"PK\x03\x04.{26}(?:\[Content_Types\]|word/|docProps)", "an Office document",
     "lines for cutting are given beside the recording, as its transcript or labels"),
    (rb"PK\x03\x04|PK\x05\x06", "a zip archive", _UNPACK),
    (rb"Rar!\x1a", "a rar archive", _UNPACK), (rb"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd", "a compressed file", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"%PDF", "a PDF document", "give the recording"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|....ftyp(?:heic|avif|mif1)", "a picture",
     "give the recording"),
    (rb"MThd", "a MIDI file: notes without any sound", "record what it plays"),
    (rb"RIFF....CDDA", "a shortcut to a track of a CD", "copy the track with a program that "
     "reads CDs"),
    (rb"#EXTM3U|\[playlist\]|(?i:<asx)|ffconcat|<\?xml.{0,300}<(?:MPD|playlist|smil)|\[Reference\]",
     "a playlist: it only names other files", "give these"),
    (rb"v=0\r?\no=", "a description of a call (SDP)", "give the recording"),
    (rb"(?:\xef\xbb\xbf)?(?:WEBVTT|\d+\r?\n\d\d:\d\d:\d\d[,.])", "a file of subtitles",
     "give the recording, and this as its labels"),
    (rb"\x93NUMPY", "an array of numpy", "write it as WAV or FLAC"),
    (rb"SQLite format 3", "a database", "give the recording"),
    (rb"MZ|\x7fELF", "a program", "give the recording"),
)  # fmt: skip
_UNKNOWN_MEDIA: Sequence[tuple[bytes, str, str]] = (
    (rb"[\x02-\x04]d(?:ss|s2)|\x02#?DSS", "the recording of a dictaphone (DSS)", _CONVERT),
    (rb"\.ra\xfd|\.RMF", "a RealAudio or RealVideo file", "convert it to FLAC with ffmpeg"),
    (rb"\x02?#!SILK", "a voice message (SILK), as WeChat and Skype keep them",
     "convert it with a SILK decoder"),
    (rb"ea3[\x01-\x03]|MS_VOICE|SONY", "a Sony recording (ATRAC or MSV)", _CONVERT),
    (rb"DSD |FRM8", "a DSD recording", "convert it to FLAC with ffmpeg"),
    (rb"MPCK|MP\+", "a Musepack file", "convert it to FLAC with ffmpeg"),
    (rb"TTA1", "a True Audio file", "convert it to FLAC with ffmpeg"),
    (rb"Creative Voice File", "a Creative Voice file", "convert it to FLAC with ffmpeg"),
    (rb"....ftypaax", "an Audible book (AAX), which is encrypted", "nothing else can read it"),
    (rb"....ftypM4P", "a protected iTunes file (M4P), which is encrypted",
     "buy or record it without protection"),
)  # fmt: skip
_BY_SUFFIX = {
    ".dss": ("the recording of a dictaphone (DSS)", _CONVERT),
    ".ds2": ("the recording of a dictaphone (DS2)", _CONVERT),
    ".dvf": ("a Sony recording (DVF)", _CONVERT),
    ".msv": ("a Sony recording (MSV)", _CONVERT),
    ".aa": ("an Audible book, which is encrypted", "nothing else can read it"),
    ".aax": ("an Audible book (AAX), which is encrypted", "nothing else can read it"),
    ".m4p": ("a protected iTunes file, which is encrypted", "record it without protection"),
    ".g729": ("raw G.729 of a telephone call", "convert it to WAV with ffmpeg"),
    ".vox": ("raw sound of a telephone system (VOX)", "convert it to WAV with sox"),
    ".raw": ("raw sound without a header", "convert it to WAV with sox, naming its rate"),
    ".pcm": ("raw sound without a header", "convert it to WAV with sox, naming its rate"),
}  # fmt: skip
_PACKED_SPHERE = re.compile(
    rb"NIST_1A.{0,2000}?\nsample_coding\s+-s\d+\s+(\S*(?:embedded-|shortpack)\S*)", re.DOTALL
)
_UNFINISHED = frozenset((".part", ".partial", ".crdownload", ".download", ".opdownload", ".!ut"))
_KNOWN = (
    (rb"RIFF....WAVE|RF64", "WAV"), (rb"RIFF....AVI ", "AVI"), (rb"fLaC", "FLAC"),
    (rb"OggS", "Ogg"), (rb"FORM....AIF", "AIFF"), (rb"\x1aE\xdf\xa3", "Matroska or WebM"),
    (rb"ID3|\xff[\xe2-\xff]", "MP3 or AAC"), (rb"caff", "CAF"), (rb"wvpk", "WavPack"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"), (rb"FLV\x01", "Flash"),
    (rb"....(?:ftyp|moov|mdat|wide|free|skip)", "MP4 or QuickTime"), (rb"\.snd", "AU"),
)  # fmt: skip


def say_what_it_is(path: Path) -> str:
    """Say what a file is that cannot be opened as media, in one sentence with a cure."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    suffix = path.suffix.lower()
    if suffix in _UNFINISHED:
        return f"by its name ({suffix}) it is not yet complete; wait until it is downloaded"
    if suffix == ".icloud":
        return f"not a media file but a placeholder of iCloud; {_ITSELF}"
    for pattern, what, cure in _NO_MEDIA:
        if re.match(pattern, head, re.DOTALL):
            return f"not a media file but {what}; {cure}"
    for pattern, what, cure in _UNKNOWN_MEDIA:
        if re.match(pattern, head, re.DOTALL):
            return f"{what}, which audioset does not read; {cure}"
    if not head.strip(b"\0"):
        return (
            "begins with nothing but zeros: a download or copy that is not complete, or a "
            f"placeholder of a cloud drive; {_ITSELF}"
        )
    return _say_by_name_or_damage(path, head)


def say_packed_sphere(path: Path) -> str | None:
    """Say of a NIST SPHERE file that its sound is compressed, and what to do; None for any other.

    Such files open, as their header is plain, and only their sound cannot be decoded.
    """
    try:
        with path.open("rb") as file:
            found = _PACKED_SPHERE.match(file.read(_HEAD_BYTES))
    except OSError:
        return None
    if found is None:
        return None
    return (
        f"a SPHERE file whose sound is compressed ({found[1].decode('ascii', 'replace')}), which "
        f"audioset does not read; unpack it: sph2pipe -f wav {path.name} unpacked.wav"
    )


def _say_by_name_or_damage(path: Path, head: bytes) -> str:
    known = next((name for mark, name in _KNOWN if re.match(mark, head, re.DOTALL)), None)
    if known == "MP4 or QuickTime" and b"moov" not in _box_names(path):
        return (
            "the index of the file (moov) is missing: the recording ended before it was finished, "
            "or a copy or download is not complete; copy it again, or repair it with the program "
            "of the camera"
        )
    if known:
        return f"a damaged {known} file: its beginning cannot be read; copy it again"
    if path.suffix.lower() in _BY_SUFFIX:
        what, cure = _BY_SUFFIX[path.suffix.lower()]
        return f"by its name {what}, which audioset does not read; {cure}"
    text = _as_text(head)
    if text is not None:
        return f"not a media file but text, beginning with {text}; give the recording"
    return "not a media file, or its beginning is damaged; play it in a media player to see"


def _box_names(path: Path) -> set[bytes]:
    """Give the kinds of the boxes of an MP4, as far as they lie behind each other."""
    names: set[bytes] = set()
    at, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 16 <= size:
            file.seek(at)
            length, name, long = struct.unpack(">I4sQ", file.read(16))
            names.add(name)
            length = long if length == 1 else length
            if length < 8:
                break
            at += length
    return names


def _as_text(head: bytes) -> str | None:
    """Give the first words of a text, as they may be shown; None when it is none."""
    try:
        text = head.decode("utf-8", "strict" if len(head) < _HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return None
    words = " ".join(text.split())
    if not words or not words.isprintable():
        return None
    return json.dumps(words[:_SHOWN_CHARACTERS], ensure_ascii=False)
