"""Which clip is which, where people moved edges: from the ids that rows have to the roots.

The catalog knows a clip by its root, the id under which it came into the workspace. Everything else
goes by the id of its row, which is another one once its edges were moved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from audioset.catalog.decisions import Decision, DecisionKey
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.records.manifest import RESHAPED_KEY
from audioset.records.reshaping import Reshaped
from audioset.storage.tables import read_manifest_metadata

_Held = TypeVar("_Held")


@dataclass(frozen=True, slots=True)
class Roots:
    """The moved clips of a workspace; there are few.

    Attributes:
        roots: ids of rows to roots.
        former: ids that moved clips had between, to roots.
    """

    roots: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, working: Working) -> "Roots":
        """Read them from the manifests that have moved clips; no other is opened."""
        roots: dict[str, str] = {}
        former: dict[str, str] = {}
        for path in sorted(working.originals.manifests_dir.glob("*.parquet")):
            for clips in (working.aside, working):
                reshaped = read_reshaped(clips.manifests_dir / path.name)
                roots |= reshaped.roots
                former |= reshaped.former
        return cls(roots, former)

    def root_of(self, clip_id: str) -> str:
        """Give the root of a clip, by the id that its row has, or once had."""
        return self.roots.get(clip_id) or self.former.get(clip_id, clip_id)

    def row_of(self, root: str) -> str:
        """Give the id that the row of a clip has now."""
        return next((i for i, moved in self.roots.items() if moved == root), root)

    def knows(self, clip_id: str) -> bool:
        """Tell whether an id is that of a moved clip, or was: its root among them."""
        return clip_id in self.roots or clip_id in self.former or clip_id in self._moved

    @property
    def rows(self) -> dict[str, str]:
        """Roots of moved clips to the ids of their rows."""
        return {root: clip_id for clip_id, root in self.roots.items()}

    def widened(self, holds: Callable[[str], bool]) -> Callable[[str], bool]:
        """Give a test of clip ids that holds of a moved clip under all of its ids, if of one."""
        found = {
            i
            for clip_id, root in (*self.roots.items(), *self.former.items())
            if holds(clip_id) or holds(root)
            for i in (clip_id, root)
        }
        return lambda clip_id: clip_id in found or holds(clip_id)

    @property
    def _moved(self) -> set[str]:
        return set(self.roots.values())

    def by_rows(self, held: Mapping[DecisionKey, _Held]) -> Mapping[DecisionKey, _Held]:
        """Give what is held about roots as held about the rows that are there."""
        if not self.roots:
            return held
        now = self.rows
        return {
            (kind, now.get(subject, subject) if kind == "clip" else subject, name): what
            for (kind, subject, name), what in held.items()
        }

    def keys_of_roots(self, keyed: Mapping[DecisionKey, _Held]) -> dict[DecisionKey, _Held]:
        """Give what is said of rows as said of their roots."""
        return {
            (kind, self.root_of(subject) if kind == "clip" else subject, name): what
            for (kind, subject, name), what in keyed.items()
        }

    def about_roots(self, decisions: Iterable[Decision]) -> list[Decision]:
        """Give decisions about rows as decisions about roots."""
        return [
            replace(each, subject_id=self.root_of(each.subject_id))
            if each.subject_kind == "clip"
            else each
            for each in decisions
        ]


def read_reshaped(manifest: Path) -> Reshaped:
    """Read which rows of a manifest are moved clips; none where it is not there, or damaged."""
    try:
        return Reshaped.from_json(read_manifest_metadata(manifest)[RESHAPED_KEY].decode())
    except (AudiosetError, KeyError, ValueError, TypeError):
        return Reshaped()
