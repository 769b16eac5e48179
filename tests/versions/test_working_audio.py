"""Audio of working clips as publish meets it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioset.errors import MediaError, StorageError
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.versions.publish.working_audio import clip_sizes, read_clip, require_no_missing

PCM = np.arange(6000, dtype=np.int16).reshape(-1, 2)
FLAC = encode_flac(PCM, 16000)
ROW: dict[str, Any] = {
    "clip_id": "talk-1",
    "num_samples": 3000,
    "sampling_rate": 16000,
    "channels": 2,
    "bit_depth": 16,
    "pcm_sha256": pcm_sha256(PCM),
    "audio_sha256": None,
}
HASHED = {**ROW, "audio_sha256": hashlib.sha256(FLAC).hexdigest()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk-1.flac").write_bytes(FLAC)
    return tmp_path


def test_sizes_are_those_of_the_files_and_missing_ones_are_counted(folder: Path) -> None:
    (folder / "talk-2.flac").write_bytes(b"1234")
    (folder / "talk-3.flac").write_bytes(b"")
    wanted = ["talk-2", "talk-1", "talk-3", "talk-4"]
    assert clip_sizes(folder, wanted) == [4, len(FLAC), 0, 0]
    assert clip_sizes(folder, []) == []
    require_no_missing(folder, [], 4)
    with pytest.raises(
        MediaError, match=r"2 of 4 clips have no audio, the first is .*talk-3\.flac; cut"
    ):
        require_no_missing(folder, ["talk-3", "talk-4"], 4)


def test_what_cannot_be_read_is_no_missing_clip(folder: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot read .*talk-1\.flac/talk-1\.flac"):
        clip_sizes(folder / "talk-1.flac", ["talk-1"])
    (folder / "talk-9.flac").mkdir()
    with pytest.raises(StorageError, match=r"cannot read .*talk-9\.flac"):
        read_clip(folder, {**ROW, "clip_id": "talk-9"}, 1)


def test_a_clip_that_is_what_its_row_says_is_given(folder: Path) -> None:
    assert read_clip(folder, ROW, len(FLAC)) == FLAC
    assert read_clip(folder, HASHED, len(FLAC)) == FLAC
    assert read_clip(folder, {**HASHED, "pcm_sha256": "0" * 64}, len(FLAC)) == FLAC


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_samples", 2999), ("sampling_rate", 16001), ("channels", 1), ("bit_depth", 24)],
)
def test_a_header_that_says_something_else_is_named(folder: Path, name: str, value: int) -> None:
    with pytest.raises(MediaError, match=f"its manifest row: {name} is {ROW[name]}, not {value};"):
        read_clip(folder, {**ROW, name: value}, len(FLAC))


@pytest.mark.parametrize("row", [ROW, HASHED], ids=["samples", "bytes"])
def test_a_damaged_clip_is_refused(folder: Path, row: dict[str, Any]) -> None:
    flipped = bytearray(FLAC)
    flipped[-20] ^= 1
    (folder / "talk-1.flac").write_bytes(bytes(flipped))
    with pytest.raises(MediaError, match=r"talk-1\.flac is damaged or was changed"):
        read_clip(folder, row, len(FLAC))
    name = "pcm_sha256" if row is ROW else "audio_sha256"
    (folder / "talk-1.flac").write_bytes(FLAC)
    with pytest.raises(MediaError, match="its hash differs from its manifest row"):
        read_clip(folder, {**row, name: "0" * 64}, len(FLAC))


def test_a_file_that_changed_or_is_no_flac_is_refused(folder: Path) -> None:
    for size in (len(FLAC) - 1, len(FLAC) + 1):
        with pytest.raises(MediaError, match=r"talk-1\.flac changed while it was published"):
            read_clip(folder, ROW, size)
    with pytest.raises(MediaError, match=r"talk-2\.flac changed while"):
        read_clip(folder, {**ROW, "clip_id": "talk-2"}, 1)
    for data in (b"RIFF" + FLAC[4:], FLAC[:4] + b"\1" + FLAC[5:], FLAC[:41], FLAC[:7]):
        (folder / "talk-1.flac").write_bytes(data)
        with pytest.raises(MediaError, match=r"talk-1\.flac is not a FLAC file"):
            read_clip(folder, ROW, len(data))
    (folder / "talk-1.flac").write_bytes(FLAC[:42])
    with pytest.raises(MediaError, match="damaged or was changed"):
        read_clip(folder, ROW, 42)
