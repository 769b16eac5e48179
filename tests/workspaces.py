"""Working datasets made in code: real FLAC clips and a real manifest, without the cutter."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

import audioset
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.identity import make_clip_id, make_source_id
from audioset.records.manifest import Clip, table_from_clips
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace

SAMPLING_RATE = 8000


def make_clip(
    source_name: str, number: int, *, seconds: float = 0.25, **values: object
) -> tuple[Clip, bytes]:
    """Make one clip of a source, a tone with faint noise, and its FLAC bytes."""
    source_sha256 = hashlib.sha256(source_name.encode()).hexdigest()
    source_id = make_source_id(source_name, source_sha256)
    num_samples = round(seconds * SAMPLING_RATE)
    start_sample = number * (num_samples + SAMPLING_RATE // 4)
    start_seconds = start_sample / SAMPLING_RATE
    end_seconds = (start_sample + num_samples) / SAMPLING_RATE
    seed = int(source_sha256[:8], 16) + number
    noise = np.random.default_rng(seed).normal(0, 0.01, num_samples)
    tone = 0.3 * np.sin(
        2 * np.pi * (200 + 20 * (seed % 50)) * np.arange(num_samples) / SAMPLING_RATE
    )
    pcm = ((tone + noise) * 32767).astype(np.int16)
    clip = Clip(
        clip_id=make_clip_id(source_id, start_seconds, end_seconds),
        source_id=source_id,
        source_name=source_name,
        source_sha256=source_sha256,
        pcm_sha256=pcm_sha256(pcm),
        start_sample=start_sample,
        end_sample=start_sample + num_samples,
        start_seconds=start_seconds,
        end_seconds=end_seconds,
        length_seconds=num_samples / SAMPLING_RATE,
        num_samples=num_samples,
        sampling_rate=SAMPLING_RATE,
        channels=1,
        source_channels=1,
        bit_depth=16,
        **values,  # type: ignore[arg-type]
    )
    return clip, encode_flac(pcm, SAMPLING_RATE)


def add_source(ws: Workspace, source_name: str, num_clips: int, **values: object) -> list[Clip]:
    """Add clips of one source and its manifest to a workspace, as `audioset cut` would."""
    made = [make_clip(source_name, number, **values) for number in range(num_clips)]
    ws.clips_dir.mkdir(exist_ok=True)
    ws.manifests_dir.mkdir(exist_ok=True)
    for clip, flac in made:
        (ws.clips_dir / f"{clip.clip_id}.flac").write_bytes(flac)
    clips = [clip for clip, _ in made]
    write_manifest(ws.manifests_dir / f"{clips[0].source_id}.parquet", table_from_clips(clips))
    return clips


def make_workspace(
    directory: Path, *, name: str = "scots", sources: int = 3, clips_per_source: int = 10
) -> Workspace:
    """Make a workspace with clips of several speakers; text and speaker are set."""
    ws = audioset.init(directory, name=name)
    for number in range(sources):
        add_source(
            ws,
            f"talk {number}.mp4",
            clips_per_source,
            text=f"line of source {number}",
            text_source="human",
            speaker=f"speaker{number % 2}",
            split="test" if number == 0 else "train",
        )
    return ws


def changed(ws: Workspace, **values: object) -> Workspace:
    """Give the same workspace with other settings."""
    return Workspace(replace(ws.settings, **values))  # type: ignore[arg-type]
