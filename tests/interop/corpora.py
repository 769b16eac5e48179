"""Corpora made in code, in the layouts of others, and what became of them in a workspace."""

import io
import tarfile
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audioset.media.flac import decode_flac_pcm
from audioset.records.corpus_report import CorpusReport
from audioset.records.identity import clip_path
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace

RATE = 8000
Pcm = NDArray[np.int16]


def noise_pcm(number: int, *, seconds: float = 0.25, rate: int = RATE, channels: int = 1) -> Pcm:
    """A tone with noise that no other number has, int16, shape (n,) or (n, channels)."""
    rng = np.random.default_rng(number)
    size = round(seconds * rate)
    tone = 0.2 * np.sin(2 * np.pi * (200 + 10 * (number % 50)) * np.arange(size) / rate)
    shape = (size,) if channels == 1 else (size, channels)
    wave = (tone if channels == 1 else tone[:, None]) + rng.normal(0, 0.01, shape)
    return (wave * 32767).astype(np.int16)


def write_pcm(path: Path, pcm: Pcm, *, rate: int = RATE, form: str | None = None) -> Pcm:
    """Write samples to a file of the format that its name says; gives them back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, pcm, rate, format=form)
    return pcm


def encoded(pcm: Pcm, form: str = "FLAC") -> bytes:
    """Give the bytes of a file of a format."""
    file = io.BytesIO()
    soundfile.write(file, pcm, RATE, format=form)
    return file.getvalue()


def write_lines(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """Write a text file, its lines ended by one sign."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def write_tar(path: Path, members: dict[str, bytes]) -> Path:
    """Write a tar that is not compressed, its members by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def rows(ws: Workspace) -> dict[str, Clip]:
    """Give the working clips, by their ids in the corpus they are of."""
    found = {}
    for manifest in sorted(ws.working.manifests_dir.glob("*.parquet")):
        for clip in clips_from_table(read_manifest(manifest)):
            origin_id = clip.extra["origin_id"]
            assert origin_id not in found, "an item is one clip"
            found[origin_id] = clip
    return found


def samples(ws: Workspace, clip: Clip) -> Pcm:
    """Decode a clip."""
    data = clip_path(ws.working.clips_dir, clip.clip_id).read_bytes()
    pcm = decode_flac_pcm(data, bit_depth=16, name=clip.clip_id)
    return (pcm.reshape(-1) >> 16).astype(np.int16)


def why(report: CorpusReport, kind: str = "left out") -> dict[str, str]:
    """Give the problems of a kind, by name of the item."""
    return {each.name: each.why for each in report.problems if each.kind == kind}
