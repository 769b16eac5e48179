"""Free: local audio that is safely in the store makes room, after that was proved.

For each clip its range is read back from the store and hashed, and its file too. Only where both
are what the row says the file is deleted; anything else stays, and is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.engine import Progress, no_progress
from audioset.errors import IntegrityError, StorageError, one_line
from audioset.records.cut_shards import NoVersionYet
from audioset.records.identity import clip_path
from audioset.records.local_audio import FreeReport
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.read.fetch import fetch_clips, plan_requests
from audioset.versions.read.local_clips import is_there
from audioset.versions.thin.fetch import stored_places


def free(
    store: Store,
    record: VersionRecord | NoVersionYet,
    rows: pa.Table,
    clips_dir: Path,
    *,
    yes: bool = False,
    progress: Progress = no_progress,
) -> FreeReport:
    """Delete the files of some working clips whose audio the store is proved to hold.

    Args:
        record, rows, clips_dir: as for `fetch`.
        yes: really do it.
        progress: told of the bytes that were proved.

    Raises:
        StorageError: the store did not answer, or a file cannot be read or deleted; what was freed
            until then is proved.
    """
    here = {path.stem for path in clips_dir.glob("[!.]*.flac")}
    local = rows.filter(pa.array([clip_id in here for clip_id in rows["clip_id"].to_pylist()]))
    places = stored_places(local)
    total = sum(places["size_bytes"].to_pylist())
    freed = _Freed()
    if yes:
        progress("proving", 0, total, "B")
        for part in plan_requests(places):
            freed.prove(store, record, places.take(pa.array(part)).to_pylist(), clips_dir)
            progress("proving", freed.proved_bytes, total, "B")
    return FreeReport(
        num_clips=places.num_rows,
        size_bytes=total,
        num_freed=freed.num_clips,
        freed_bytes=freed.size_bytes,
        read_bytes=freed.read_bytes,
        num_not_stored=local.num_rows - places.num_rows,
        failures=tuple(freed.failures),
        done=yes,
    )


@dataclass(slots=True)
class _Freed:
    num_clips: int = 0
    size_bytes: int = 0
    read_bytes: int = 0
    proved_bytes: int = 0  # of all clips that were looked at
    failures: list[tuple[str, str]] = field(default_factory=list)

    def prove(
        self,
        store: Store,
        record: VersionRecord | NoVersionYet,
        places: Sequence[Mapping[str, Any]],
        clips_dir: Path,
    ) -> None:
        """Read some clips back, which lie near each other, and delete the files of those."""
        size_bytes = sum(place["size_bytes"] for place in places)
        try:
            fetch_clips(store, record, places)
        except IntegrityError as error:
            if len(places) > 1:  # which of them is it?
                for place in places:
                    self.prove(store, record, [place], clips_dir)
                return
            self.failures.append((places[0]["clip_id"], one_line(error)))
            self.proved_bytes += size_bytes
            return
        self.read_bytes += size_bytes
        self.proved_bytes += size_bytes
        for place in places:
            self._delete(place, clips_dir)

    def _delete(self, place: Mapping[str, Any], clips_dir: Path) -> None:
        path = clip_path(clips_dir, place["clip_id"])
        if not is_there(place, clips_dir):
            self.failures.append((path.stem, "its file holds other audio than its row says"))
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot delete {path}: {error.strerror or error}") from error
        self.num_clips += 1
        self.size_bytes += place["size_bytes"]
