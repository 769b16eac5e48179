"""Clips that people moved, split or merged, as recordings: what is kept of them beside the rows.

The speech of a moved clip lies twice in a workspace: in the clip, and in the one that is kept to
come back. Who takes one of both out takes out both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.originals import original_path, read_originals
from audioset.curation.workspace.roots import Roots, read_reshaped
from audioset.curation.workspace.working import Working
from audioset.records.manifest import Clip
from audioset.records.overlap import LEAST_SHARED_SECONDS
from audioset.storage.synced import was_removed
from audioset.storage.tables import read_manifest, replace_rows


class SpeechSpan(NamedTuple):
    """Where a clip lies: in which source, and from when to when in seconds."""

    source_sha256: str
    start_seconds: float
    end_seconds: float

    def meets(self, other: "SpeechSpan") -> bool:
        """Tell whether both hold the same speech; a breath is none."""
        shared = min(self.end_seconds, other.end_seconds) - max(
            self.start_seconds, other.start_seconds
        )
        return self.source_sha256 == other.source_sha256 and shared > LEAST_SHARED_SECONDS


def rows_beside(working: Working, spans: Iterable[SpeechSpan]) -> Iterator[pa.Table]:
    """Yield the rows that hold speech of some spans as well, before or after clips were moved."""
    wanted: defaultdict[str, list[SpeechSpan]] = defaultdict(list)
    for span in spans:
        wanted[span.source_sha256].append(span)
    for path in sorted(working.originals.manifests_dir.glob("*.parquet")):
        edges = read_reshaped(working.manifests_dir / path.name).edges
        for folder, which in ((working.originals, None), (working, edges), (working.aside, edges)):
            manifest = folder.manifests_dir / path.name
            if not manifest.exists():
                continue
            rows = read_manifest(manifest)
            names = ("clip_id", "source_sha256", "start_seconds", "end_seconds")
            told = zip(*(rows[name].to_pylist() for name in names), strict=True)
            meets = [
                (which is None or clip_id in which)
                and any(SpeechSpan(sha256, *at).meets(span) for span in wanted[sha256])
                for clip_id, sha256, *at in told
            ]
            yield rows.filter(pa.array(meets, pa.bool_()))


def originals_of(working: Working, clip_id: str) -> list[Clip]:
    """Give what is kept of a clip, by the id that its row has, or had."""
    root = Roots.read(working).root_of(clip_id)
    return [
        kept.rows[root]
        for path in sorted(working.originals.manifests_dir.glob("*.parquet"))
        if root in (kept := read_originals(working, path.name)).rows
    ]


def remove_kept_clips(
    working: Working, *, recordings: Collection[str] = (), roots: Collection[str] = ()
) -> list[str]:
    """Delete what is kept of some clips, audio first; returns the roots.

    Args:
        recordings: `pcm_sha256` of what is kept.
        roots: of the clips.

    Raises:
        StorageError: a manifest cannot be written.
    """
    removed: list[str] = []
    for path in sorted(working.originals.manifests_dir.glob("*.parquet")):
        gone = {
            root: row.clip_id
            for root, row in read_originals(working, path.name).rows.items()
            if root in roots or row.pcm_sha256 in recordings
        }
        for root in gone:
            original_path(working, root).unlink(missing_ok=True)
            was_removed(original_path(working, root))
        if gone:
            rows = read_manifest(path)
            goes = pc.is_in(rows["clip_id"], value_set=pa.array(sorted(gone.values())))
            replace_rows(path, rows.filter(pc.invert(goes)))
        removed += gone
    return removed
