"""What the tests of splits share: clips that have nothing in common but what a test plants."""

from dataclasses import replace

import numpy as np

import audioset
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.manifest import Clip, table_from_clips
from audioset.storage.tables import list_manifests, read_manifest, write_manifest
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, Samples, spoken
from tests.workspaces import make_clip

WORDS = ["the", "kettle", "is", "on", "the", "hob", "and", "the", "tea", "is", "in", "the", "pot"]


def put(ws: Workspace, clip: Clip, flac: bytes) -> Clip:
    """Put one clip into a workspace, in a manifest of its own."""
    ws.clips_dir.mkdir(exist_ok=True)
    (ws.clips_dir / f"{clip.clip_id}.flac").write_bytes(flac)
    ws.manifests_dir.mkdir(exist_ok=True)
    path = ws.manifests_dir / f"{clip.clip_id}.parquet"
    write_manifest(path, table_from_clips([clip]))
    return clip


def add_clip(ws: Workspace, name: str, **values: object) -> Clip:
    """Add a clip of a source of its own, with sounds of its own."""
    return put(ws, *make_clip(name, 0, seconds=0.5, **values))


def add_part(ws: Workspace, name: str, start_seconds: float, **values: object) -> Clip:
    """Add half a second of the source `name`, from a time; its sounds are like no other's."""
    clip, _ = make_clip(name, 0, seconds=0.5)
    _, flac = make_clip(f"{name} at {start_seconds}", 0, seconds=0.5)
    other, _ = make_clip(f"{name} at {start_seconds}", 0, seconds=0.5)
    clip = replace(
        clip,
        clip_id=f"{clip.source_id}-{round(start_seconds * 1000):09d}-x",
        start_seconds=start_seconds,
        end_seconds=start_seconds + 0.5,
        pcm_sha256=other.pcm_sha256,
        **values,  # type: ignore[arg-type]
    )
    return put(ws, clip, flac)


def add_speech(ws: Workspace, name: str, samples: Samples, **values: object) -> Clip:
    """Add a clip with real sounds."""
    pcm = (samples * 32767).astype(np.int16)
    clip, _ = make_clip(name, 0, seconds=0.5)
    clip = replace(
        clip,
        pcm_sha256=pcm_sha256(pcm),
        num_samples=len(pcm),
        sampling_rate=SPEECH_RATE,
        length_seconds=len(pcm) / SPEECH_RATE,
        **values,  # type: ignore[arg-type]
    )
    return put(ws, clip, encode_flac(pcm, SPEECH_RATE))


def first_take() -> Samples:
    """Somebody says a line."""
    samples, said = spoken()
    start, end = (round(t * SPEECH_RATE) for t in (said[0].start_seconds, said[0].end_seconds))
    return samples[start:end]


def sentence(number: int) -> str:
    """A sentence of five words, another one for each number."""
    return " ".join([*WORDS[number % 7 : number % 7 + 4], f"{number}"])


def splits_of(ws: Workspace) -> dict[str, str | None]:
    """The split of every clip that a publish would take, by clip id."""
    from audioset.curation.workspace.effective import read_effective

    rows = read_effective(ws.working)
    return dict(zip(rows["clip_id"].to_pylist(), rows["split"].to_pylist(), strict=True))


def remove(ws: Workspace, clip: Clip) -> None:
    """Take a clip out of the workspace, as somebody does who deletes the files of a source."""
    for path in list_manifests(ws.manifests_dir):
        if clip.clip_id in read_manifest(path)["clip_id"].to_pylist():
            path.unlink()
    (ws.clips_dir / f"{clip.clip_id}.flac").unlink()


def decide(ws: Workspace, clip: Clip, field: str, value: str | bool | None) -> None:
    """Let a person decide."""
    decision = audioset.Decision("clip", clip.clip_id, field, value)
    ws.decide([decision], by="ada")
