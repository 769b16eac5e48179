"""The audio files of working clips, as publish meets them: there, and what their rows say?"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audioset.errors import MediaError, StorageError
from audioset.media.flac import decode_flac_pcm, pcm_sha256
from audioset.records.identity import clip_file_name

# How a FLAC file begins: "fLaC", then the header of its first block, STREAMINFO: type 0 and 34
# bytes long, with or without the bit that says that no other block follows.
# Source: RFC 9639, sections 6 and 8.2.
_BEGINNINGS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
_STREAMINFO_END = 42


def clip_sizes(clips_dir: Path, clip_ids: Sequence[str]) -> list[int]:
    """Measure the audio file of every clip, in bytes; 0 where there is none.

    Raises:
        StorageError: the folder cannot be read.
    """
    return [_file_size(_path_text(clips_dir, clip_id)) for clip_id in clip_ids]


def require_no_missing(clips_dir: Path, missing: Sequence[str], num_clips: int) -> None:
    """Require that no clip is without audio.

    Args:
        clips_dir: folder of the working clips.
        missing: ids of clips whose audio is neither there nor in the store.
        num_clips: of how many.

    Raises:
        MediaError: there are any; the text names the first and tells how many.
    """
    if missing:
        raise MediaError(
            f"{len(missing)} of {num_clips} clips have no audio, the first is "
            f"{_path_text(clips_dir, missing[0])}; cut the source again: audioset cut"
        )


def read_clip(clips_dir: Path, row: Mapping[str, Any], size_bytes: int) -> bytes:
    """Read the FLAC bytes of a clip and hold them against the clip's row.

    The whole bytes are checked: an immutable version must not hold what a crash left half-written.

    Args:
        clips_dir: folder of the working clips.
        row: `clip_id`, `num_samples`, `sampling_rate`, `channels`, `bit_depth`, `pcm_sha256` and
            `audio_sha256` of the clip; without the last, the clip is decoded to be checked.
        size_bytes: of the file when publish began.

    Raises:
        MediaError: the file is not FLAC, changed meanwhile, or holds other audio than the row says.
        StorageError: the file cannot be read.
    """
    path = _path_text(clips_dir, row["clip_id"])
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            data = file.read()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) != size_bytes:
        raise MediaError(f"{path} changed while it was published; run publish again")
    if not data.startswith(_BEGINNINGS) or len(data) < _STREAMINFO_END:
        raise MediaError(f"{path} is not a FLAC file; cut the source again: audioset cut")
    for name, found in _read_streaminfo(data).items():
        if found != row[name]:
            raise MediaError(
                f"{path} does not match its manifest row: {name} is {found}, not {row[name]}; "
                "cut the source again: audioset cut"
            )
    if not _is_what_was_cut(data, row):
        raise MediaError(
            f"{path} is damaged or was changed (its hash differs from its manifest row); delete it "
            "and cut the source again: audioset cut"
        )
    return data


def _is_what_was_cut(data: bytes, row: Mapping[str, Any]) -> bool:
    if row["audio_sha256"] is not None:
        return bool(hashlib.sha256(data).hexdigest() == row["audio_sha256"])
    try:
        pcm = decode_flac_pcm(data, bit_depth=row["bit_depth"], name=row["clip_id"])
    except MediaError:
        return False
    return bool(pcm_sha256(pcm) == row["pcm_sha256"])


def _path_text(clips_dir: Path, clip_id: str) -> str:
    """Give `clip_path` as text: with Path, reading clips takes half as much CPU again."""
    return f"{clips_dir}{os.sep}{clip_file_name(clip_id)}"


def _file_size(path: str) -> int:
    """Give the size in bytes, 0 when there is no such file."""
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def _read_streaminfo(data: bytes) -> dict[str, int]:
    """Read 20 bits of sampling rate, 3 of channels, 5 of depth and 36 of samples."""
    packed = int.from_bytes(data[18:26], "big")
    return {
        "num_samples": packed & (2**36 - 1),
        "sampling_rate": packed >> 44,
        "channels": (packed >> 41 & 7) + 1,
        "bit_depth": (packed >> 36 & 31) + 1,
    }
