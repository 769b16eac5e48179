"""A change of the clips of one source, carried out so that it may be broken off at any moment."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.shapes.plan import ReshapePlan, edges_of_row
from audioset.curation.shapes.shape import SourceShape, lost_clips
from audioset.curation.workspace.clip_files import (
    release_clip_file,
    remove_clip_files,
    write_clip_file,
)
from audioset.curation.workspace.originals import (
    Originals,
    has_original,
    keep_audio,
    original_path,
    remove_audio_but_of,
    remove_originals,
    write_originals,
)
from audioset.curation.workspace.working import Working
from audioset.records.manifest import RESHAPED_KEY, Clip, table_from_clips
from audioset.records.reshaping import Edges, Reshaped
from audioset.storage.tables import replace_rows


class Change:
    """What becomes of the clips of one source.

    Attributes:
        rows: ids of the rows that clips have, by root: as they will be.
        why_not: why a clip that was cut is not taken, one line.
    """

    def __init__(self, working: Working, shape: SourceShape, plan: ReshapePlan) -> None:
        self.rows: dict[str, str] = dict(shape.by_root)
        self.why_not: str | None = None
        self._working, self._shape, self._plan = working, shape, plan
        self._lost = lost_clips(shape, working)
        self._kept, self._said = shape.originals, shape.reshaped
        self._new: dict[str, Clip] = {}  # rows that come, by root
        self._held: set[str] = set()  # ids of clips under temporary names
        self._recut = {  # those that come back, and have lost their audio
            root: edges_of_row(shape.originals.rows[root])
            for root in plan.back
            if not has_original(working, root, shape.originals.rows[root])
        }

    @property
    def to_cut(self) -> Mapping[str, Edges]:
        """What has to be cut: edges by root."""
        return {**self._plan.cut, **self._recut}

    def take(self, root: str, clip: Clip) -> None:
        """Take a clip that was cut, under its temporary name."""
        original = self._shape.originals.rows.get(root)
        if root in self._recut and original and original.audio_sha256 == clip.audio_sha256:
            clip = original
        if self._is_taken(root, clip):
            if clip.clip_id not in self._held:
                remove_clip_files(self._working.clips_dir, [clip.clip_id], held=True)
            return
        self._comes(root, clip)

    def _is_taken(self, root: str, clip: Clip) -> bool:
        """Tell whether another clip has the id of one that comes."""
        other = next((r for r, i in self.rows.items() if i == clip.clip_id and r != root), None)
        if other is None:
            return False
        self.why_not = (
            f"{root} cannot lie from {clip.start_seconds:.3f} to {clip.end_seconds:.3f} s: there, "
            f"to the millisecond, lies another clip ({other}); move one of both"
        )
        return True

    def _comes(self, root: str, clip: Clip) -> None:
        self._held.add(clip.clip_id)
        self._new[root] = clip
        self.rows[root] = clip.clip_id

    def tell_missing(self) -> None:
        """Say which clips that were to be cut are nowhere in the source."""
        missing = sorted(self.to_cut.keys() - self._new.keys())
        if missing and self.why_not is None:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            self.why_not = f"clip {missing[0]}{more} lies in no channel that is cut now"

    def carry_out(self) -> None:
        """Do it.

        Raises:
            StorageError: the workspace cannot be written.
        """
        self._bring_back()
        self._let_go()
        if self._changes:
            self._keep()
            in_use = set(self._shape.by_root.values())
            self._release(self._held - in_use)
            self._write()
            self._release(self._held & in_use)
        self._tidy()

    def undo(self) -> None:
        """Leave the workspace as it was, as far as names were not given yet."""
        remove_clip_files(self._working.clips_dir, self._held, held=True)

    @property
    def _changes(self) -> bool:
        return bool(self._new) or self.rows != self._shape.by_root

    def _bring_back(self) -> None:
        """Hold the clips that come back as they were."""
        shape, clips_dir = self._shape, self._working.clips_dir
        for root in sorted(self._plan.back - self._recut.keys()):
            row = shape.originals.rows[root]
            if shape.by_root.get(root) == row.clip_id and not (
                row.clip_id in self._lost or root in shape.moved
            ):
                continue  # it is back: a process was killed before it noted that
            if self._is_taken(root, row):
                continue
            if row.is_in_store:
                self._new[root], self.rows[root] = row, row.clip_id
                continue
            audio = original_path(self._working, root).read_bytes()
            write_clip_file(clips_dir, row.clip_id, audio, hold=True)
            self._comes(root, row)

    def _let_go(self) -> None:
        """Leave out what nobody wants, and what others that are there took the place of."""
        for root in self._plan.gone:
            self.rows.pop(root, None)
        for root in self._plan.replaced:
            if self._is_replaced(root, frozenset()):
                self.rows.pop(root, None)

    def _is_replaced(self, root: str, seen: frozenset[str]) -> bool:
        others = self._plan.replaced.get(root, ())
        wanted = [other for other in others if other in self._plan.made and other not in seen]
        return bool(wanted) and all(
            other in self.rows
            if other not in self._plan.replaced
            else self._is_replaced(other, seen | {root})
            for other in wanted
        )

    def _keep(self) -> None:
        """Keep what goes and may come back, and note which ids come and go."""
        shape, kept = self._shape, dict(self._shape.originals.rows)
        cuts = dict(shape.originals.cuts)
        for root, clip_id in shape.by_root.items():
            goes = root not in self.rows
            if root in kept or root in self._plan.gone or not (goes or root in self._new):
                continue
            if root in shape.moved and not goes:
                continue  # a person cut it before, and moves it again
            kept[root] = shape.row(clip_id)
            if clip_id not in shape.reshaped.edges:
                cuts[root] = shape.fingerprint
            keep_audio(self._working, root, clip_id)
        leaving = set(shape.by_root.values()) - set(self.rows.values())
        self._kept = Originals(rows=kept, cuts=cuts, touched=tuple(sorted(self._held | leaving)))
        write_originals(self._working, shape.manifest.name, self._kept)

    def _release(self, clip_ids: set[str]) -> None:
        for clip_id in sorted(clip_ids):
            release_clip_file(self._working.clips_dir, clip_id)
        self._held = self._held - clip_ids

    def _write(self) -> None:
        """Replace the manifest."""
        shape = self._shape
        comes = {clip.clip_id for clip in self._new.values()}
        stays = set(self.rows.values()) - comes
        ids = shape.table["clip_id"]
        rows = shape.table.filter(pc.is_in(ids, value_set=pa.array(sorted(stays), pa.string())))
        if self._new:
            rows = pa.concat_tables([rows, table_from_clips(self._new.values())])
        self._said = said = self._reshaped()
        replace_rows(
            shape.manifest,
            rows,
            metadata={RESHAPED_KEY: said.to_json().encode() if said else None},
        )

    def _reshaped(self) -> Reshaped:
        """Say which rows are what people made, those that lie aside included."""
        shape, out = self._shape, self._plan.out
        before = shape.reshaped
        edges = {i: e for i, e in before.edges.items() if before.root_of(i) in out}
        roots = {i: root for i, root in before.roots.items() if root in out}
        former = dict(before.former)
        for root, clip_id in self.rows.items():
            decided = self._edges_of(root, clip_id)
            if decided is None:
                continue
            edges[clip_id] = decided
            if clip_id != root:
                roots[clip_id] = root
            was = shape.by_root.get(root)
            if was is not None and was not in (root, clip_id):
                former[was] = root
        there, moved = set(self.rows.values()), set(roots.values())
        made = self._plan.made & {*self.rows, *self._kept.rows, *out}
        return Reshaped(
            edges=edges,
            roots=roots,
            former={i: r for i, r in former.items() if i not in there and r in moved},
            made=tuple(sorted(made)),
        )

    def _edges_of(self, root: str, clip_id: str) -> str | None:
        """Give the edges of a person that a row is cut by; None for one that is as it was cut."""
        if root not in self._new:
            return self._shape.reshaped.edges.get(clip_id)
        if root in self._plan.cut:
            return str(self._plan.cut[root])
        return str(edges_of_row(self._new[root])) if root in self._plan.made else None

    def _tidy(self) -> None:
        """Remove files that no row names, and keep no more what came back."""
        shape, rows = self._shape, self._kept.rows
        ours = {*shape.by_root.values(), *shape.reshaped.former, *shape.originals.touched}
        ours |= {row.clip_id for row in shape.originals.rows.values()}
        remove_clip_files(self._working.clips_dir, ours - set(self.rows.values()))
        left = {root: row for root, row in rows.items() if not self._is_over(root, row)}
        if not left and not self._said:
            remove_originals(self._working, shape.manifest.name)
        elif len(left) < len(rows) or shape.has_stale:
            over = replace(self._kept, rows=left, touched=())
            write_originals(self._working, shape.manifest.name, over)
        remove_audio_but_of(self._working, shape.source.source_id, left)

    def _is_over(self, root: str, row: Clip) -> bool:
        """Tell whether a clip need not be kept: it is back, or nobody knows it any more."""
        if root in self._plan.out:
            return False
        there = self.rows.get(root)
        if there is None:
            return root in self._shape.reshaped.made and root not in self._plan.made
        return there == row.clip_id and root in self._plan.back
