"""A workspace of many real clips for the benchmarks, cut from the real recordings without `cut`.

A talk is 100 clips in a row of one recording (see CONTRIBUTING.md), at its own sampling rate. It
begins anywhere in the recording, which goes on from its beginning when it ends, and its clips have
many lengths (median 1.9 s): so no two clips of any two talks have the same samples, and FLAC of
one sound at another shift shares no bytes with it. Texts are real lines; the quality columns of the
manifest are drawn like those of real speech.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from measuring import ffmpeg, real_media, tell
from talks import RECORDINGS

import audioset
from audioset.curation.workspace.effective import read_effective
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.identity import clip_path, make_clip_id, make_source_id
from audioset.records.manifest import Clip, table_from_clips
from audioset.storage.shards import SHARD_FACTS
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace

CLIPS_PER_TALK = 100
LINES = "long/libri_27_124992.lines.txt"
# Facts and text of every clip, one JSON object a line, for the ways that are not ours.
ROWS_FILE = "rows.jsonl"


@dataclass(frozen=True)
class Talk:
    """One made recording and the spans of its clips.

    Attributes:
        number: of the talk; names the file that it stands for.
        pcm: int16, shape (num_samples,).
        sampling_rate: in Hz.
        spans: first sample and the one after the last, of each clip, in order.
        texts: of each clip.
    """

    number: int
    pcm: np.ndarray
    sampling_rate: int
    spans: list[tuple[int, int]]
    texts: list[str]

    @property
    def name(self) -> str:
        """Name of the file that it stands for."""
        return f"talk {self.number:04d}.mp4"

    @property
    def source_id(self) -> str:
        """Id that the file would have."""
        return make_source_id(self.name, hashlib.sha256(self.name.encode()).hexdigest())

    def cut(self, start: int, end: int, text: str) -> tuple[Clip, bytes]:
        """Cut one clip: its manifest row and FLAC bytes."""
        pcm, rate = self.pcm[start:end], self.sampling_rate
        flac = encode_flac(pcm, rate)
        random = np.random.default_rng([start, end])
        row = Clip(
            clip_id=make_clip_id(self.source_id, start / rate, end / rate),
            source_id=self.source_id,
            source_name=self.name,
            source_sha256=hashlib.sha256(self.name.encode()).hexdigest(),
            pcm_sha256=pcm_sha256(pcm),
            audio_sha256=hashlib.sha256(flac).hexdigest(),
            start_sample=start,
            end_sample=end,
            start_seconds=start / rate,
            end_seconds=end / rate,
            length_seconds=pcm.size / rate,
            num_samples=pcm.size,
            sampling_rate=rate,
            channels=1,
            source_channels=1,
            bit_depth=16,
            text=text,
            text_source="subtitles",
            speaker=f"speaker{self.number % 40:02d}",
            split="train",
            loudness_lufs=random.normal(-23, 3),
            peak_dbfs=random.normal(-6, 2),
            clipped_share=0.0,
            dc_offset=random.normal(0, 1e-3),
            snr_db=random.normal(30, 8),
            speech_share=random.uniform(0.6, 1),
            bandwidth_hz=random.normal(7000, 500),
            edge_speech=random.uniform(0, 0.4),
        )
        return row, flac


class Recordings:
    """The real recordings, decoded once."""

    def __init__(self, folder: Path, names: Sequence[str] = RECORDINGS) -> None:
        self._sounds = [_decode(folder, name) for name in names]
        self._lines = (real_media() / LINES).read_text(encoding="utf-8").split("\n")
        sizes = np.array([pcm.size / rate for pcm, rate in self._sounds])
        self._shares = sizes / sizes.sum()

    def talk(self, number: int) -> Talk:
        """Make the talk of that number, the same every time."""
        random = np.random.default_rng(number)
        pcm, rate = self._sounds[random.choice(len(self._sounds), p=self._shares)]
        lengths = random.lognormal(np.log(1.9), 0.6, CLIPS_PER_TALK).clip(0.3, 15) * rate
        pauses = random.uniform(0.05, 0.6, CLIPS_PER_TALK) * rate
        ends = np.cumsum(lengths + pauses).astype(int)
        spans = [(int(end - length), int(end)) for end, length in zip(ends, lengths, strict=True)]
        places = (random.integers(pcm.size) + np.arange(ends[-1] + rate)) % pcm.size
        texts = [str(text) for text in random.choice(self._lines, CLIPS_PER_TALK)]
        return Talk(number, pcm[places], rate, spans, texts)


def make_clips(folder: Path, num_clips: int, names: Sequence[str] = RECORDINGS) -> Workspace:
    """Make the workspace `folder/clips<number>` of recordings, or give it when it is there."""
    workspace = folder / f"clips{num_clips}"
    if (workspace / ROWS_FILE).is_file():
        return audioset.open_workspace(workspace=workspace)
    tell(f"making {num_clips} clips")
    shutil.rmtree(workspace, ignore_errors=True)
    ws = audioset.init(workspace, name="talks")
    ws.clips_dir.mkdir()
    recordings = Recordings(folder, names)
    for number in range(-(-num_clips // CLIPS_PER_TALK)):
        talk = recordings.talk(number)
        cuts = [talk.cut(*span, text) for span, text in zip(talk.spans, talk.texts, strict=True)]
        add_clips(ws, cuts[: num_clips - number * CLIPS_PER_TALK])
    rows = read_rows(ws)
    assert len({row["pcm_sha256"] for row in rows}) == num_clips
    write_rows(workspace, rows)
    return ws


def add_clips(ws: Workspace, cuts: Iterable[tuple[Clip, bytes]]) -> None:
    """Add clips of one source and their manifest, as `audioset cut` would."""
    clips = []
    for clip, flac in cuts:
        clip_path(ws.clips_dir, clip.clip_id).write_bytes(flac)
        clips.append(clip)
    path = ws.manifests_dir / f"{clips[0].source_id}.parquet"
    write_manifest(path, table_from_clips(clips))


def read_rows(ws: Workspace) -> list[dict[str, Any]]:
    """Read `SHARD_FACTS` and text of all clips that nobody rejected, in the order of their ids."""
    table = read_effective(ws.working).select([*SHARD_FACTS, "text"])
    return table.sort_by("clip_id").to_pylist()


def write_rows(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows where the ways that are not ours find them."""
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    (folder / ROWS_FILE).write_text(lines, encoding="utf-8")


def audio_bytes(ws: Workspace) -> int:
    """Add up the sizes of all clips."""
    return sum(path.stat().st_size for path in ws.clips_dir.iterdir())


def _decode(folder: Path, name: str) -> tuple[np.ndarray, int]:
    """Decode a recording at its own rate, one channel, int16."""
    wav = folder / f"{Path(name).stem}-mono.wav"
    if not wav.is_file():
        ffmpeg("-i", real_media() / name, "-vn", "-ac", "1", "-c:a", "pcm_s16le", wav)
    return soundfile.read(wav, dtype="int16")
