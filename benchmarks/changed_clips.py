"""Small changes to the workspace of many_clips.py, each as a person makes it with audioset.

Texts and rejections are decisions, new talks have manifests of their own, clips that are cut anew
have other edges and so other ids. A hundredth of the clips changes: anywhere, or within some talks
(a twentieth of them, a fifth of whose clips change).
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from many_clips import CLIPS_PER_TALK, Recordings, Talk, add_clips, read_rows, write_rows
from talks import RECORDINGS

import audioset
from audioset.catalog.decisions import Decision
from audioset.records.identity import clip_path
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import read_manifest, write_manifest
from audioset.workspace import Workspace

SHARE = 0.01


class Changer:
    """Makes workspaces that differ from the first one by one change."""

    def __init__(
        self, first: Workspace, material: Path, folder: Path, names: Sequence[str] = RECORDINGS
    ) -> None:
        self.first = first
        self.folder = folder
        self.recordings = Recordings(material, names)
        self.rows = read_rows(first)
        self.num_changed = round(SHARE * len(self.rows))

    def make(self, change: str) -> Workspace:
        """Make the workspace after a change, by its name in `CHANGES`."""
        workspace = self.folder / "workspace"
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(self.first.folder, workspace, copy_function=_link_clips)
        ws = audioset.open_workspace(workspace=workspace)
        CHANGES[change](self, ws)
        write_rows(workspace, read_rows(ws))
        return ws

    def edit_texts(self, ws: Workspace) -> None:
        """Write every text anew."""
        ws.decide(
            [Decision("clip", row["clip_id"], "text", f"{row['text']}.") for row in self.rows],
        )

    def add_talks(self, ws: Workspace) -> None:
        """Add new talks, whole."""
        first_number = len(self.rows) // CLIPS_PER_TALK + 1
        num_talks = max(1, self.num_changed // CLIPS_PER_TALK)
        for number in range(first_number, first_number + num_talks):
            talk = self.recordings.talk(number)
            pairs = zip(talk.spans, talk.texts, strict=True)
            add_clips(ws, [talk.cut(*span, text) for span, text in pairs])

    def remove(self, ws: Workspace, chosen: Iterable[int]) -> None:
        """Reject clips."""
        ids = [self.rows[position]["clip_id"] for position in chosen]
        ws.decide([Decision("clip", i, "accepted", value=False) for i in ids])

    def cut_anew(self, ws: Workspace, chosen: Iterable[int]) -> None:
        """Cut clips with other edges: up to 0.15 s further out at both ends."""
        wanted = {self.rows[position]["clip_id"] for position in chosen}
        sources = {self.rows[position]["source_id"] for position in chosen}
        for number in range(len(self.rows) // CLIPS_PER_TALK):
            talk = self.recordings.talk(number)
            if talk.source_id not in sources:
                continue
            path = ws.manifests_dir / f"{talk.source_id}.parquet"
            clips = [
                _replace_by_wider(talk, clip, ws.clips_dir) if clip.clip_id in wanted else clip
                for clip in clips_from_table(read_manifest(path))
            ]
            write_manifest(path, table_from_clips(clips))

    def anywhere(self, seed: int) -> list[int]:
        """Choose a hundredth of the clips."""
        random = np.random.default_rng(seed)
        return sorted(random.choice(len(self.rows), self.num_changed, replace=False).tolist())

    def in_some_talks(self, seed: int) -> list[int]:
        """Choose a hundredth of the clips: a fifth of those of a twentieth of the talks."""
        random = np.random.default_rng(seed)
        num_talks = len(self.rows) // CLIPS_PER_TALK
        each = CLIPS_PER_TALK // 5
        talks = random.choice(num_talks, max(1, self.num_changed // each), replace=False)
        return sorted(
            int(talk) * CLIPS_PER_TALK + int(place)
            for talk in talks
            for place in random.choice(CLIPS_PER_TALK, each, replace=False)
        )


CHANGES: dict[str, Callable[[Changer, Workspace], None]] = {
    "every text edited": Changer.edit_texts,
    "1 % added: new talks": Changer.add_talks,
    "1 % removed, anywhere": lambda self, ws: self.remove(ws, self.anywhere(1)),
    "1 % removed, in 5 % of the talks": (lambda self, ws: self.remove(ws, self.in_some_talks(2))),
    "1 % cut anew, anywhere": lambda self, ws: self.cut_anew(ws, self.anywhere(3)),
    "1 % cut anew, in 5 % of the talks": (
        lambda self, ws: self.cut_anew(ws, self.in_some_talks(4))
    ),
}


def cut_wider(talk: Talk, clip: Clip) -> tuple[Clip, bytes]:
    """Cut a clip with other edges: its row and FLAC bytes."""
    random = np.random.default_rng(clip.start_sample)
    before, after = (random.uniform(0.01, 0.15, 2) * talk.sampling_rate).round().astype(int)
    start, end = max(0, clip.start_sample - int(before)), clip.end_sample + int(after)
    return talk.cut(start, end, clip.text or "")


def _replace_by_wider(talk: Talk, clip: Clip, clips_dir: Path) -> Clip:
    """Cut a clip with other edges; its file takes the place of the old one."""
    new, flac = cut_wider(talk, clip)
    clip_path(clips_dir, clip.clip_id).unlink()
    clip_path(clips_dir, new.clip_id).write_bytes(flac)
    return new


def _link_clips(source: str, target: str) -> None:
    """Link what never changes, copy the rest."""
    if source.endswith(".flac"):
        os.link(source, target)
    else:
        shutil.copy(source, target)
