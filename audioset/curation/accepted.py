"""What a publish takes, in the order of clip ids and without all of it in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.effective import (
    find_unsure,
    read_decisions,
    scan_effective_files,
    tell_nothing,
)
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError
from audioset.records.manifest import manifest_schema
from audioset.storage.rows.laid_rows import ManyRows, even_batches, lay_rows
from audioset.storage.tables import (
    ROW_GROUP_ROWS,
    list_manifests,
    order_manifest,
    scan_manifests,
)


def lay_accepted(
    working: Working,
    where: str | None = None,
    *,
    with_unsure: bool = False,
    folder: Callable[[], Path],
) -> ManyRows:
    """Read what a publish takes, decisions applied, in the order of clip ids.

    Args:
        where: SQL condition on the columns; other clips stay out.
        with_unsure: take those too of which a person was unsure.
        folder: gives the folder for the rows of many clips; see `lay_rows`.

    Raises:
        InvalidInputError: no clip was cut, all were rejected or left unsure, the condition holds
            for none, a file is not a manifest, or a clip id occurs twice.
        StorageError: a manifest or the catalog cannot be read, or the folder cannot be written.
    """
    if not any(working.manifests_dir.glob("*.parquet")):
        raise tell_nothing(working)
    held = read_decisions(working)
    unsure = frozenset() if with_unsure else find_unsure(working, held)
    accepted = _Accepted(unsure)
    batches = accepted.of(scan_ordered(working, decisions=held))
    rows = lay_rows(
        _filtered(batches, where) if where else batches,
        manifest_schema(),
        folder,
    )
    if not accepted.num_rows:
        raise tell_nothing(working)
    if not rows.num_rows:
        raise InvalidInputError(
            f"there is nothing to publish: the condition {where!r} holds for none of "
            f"{accepted.num_rows:,} clips"
        )
    return rows


def scan_ordered(working: Working, *, decisions: Decisions) -> Iterator[pa.RecordBatch]:
    """Stream the effective manifest, all columns, in the order of clip ids.

    Manifests hold a source each, so that most follow each other as they are. Only those whose ids
    lie between each other's are read together.

    Raises:
        As `scan_effective_files`.
    """
    runs = _runs(list_manifests(working.manifests_dir))
    place = {span.path: number for number, run in enumerate(runs) for span in run}
    stream = scan_effective_files(working, decisions=decisions, paths=list(place))
    for number, found in groupby(stream, key=lambda pair: place[pair[0]]):
        batches = (batch for _, batch in found)
        if len(runs[number]) == 1 and runs[number][0].ascends:
            yield from batches
        else:
            rows = order_manifest(pa.Table.from_batches(batches, manifest_schema()), "the manifest")
            yield from rows.combine_chunks().to_batches(ROW_GROUP_ROWS)


@dataclass(frozen=True, slots=True)
class _IdSpan:
    """The first and the last id of a manifest, and whether its ids ascend."""

    path: Path
    first: str
    last: str
    ascends: bool


def _ids_of(path: Path) -> _IdSpan | None:
    first, last, ascends = "", "", True
    for batch in scan_manifests([path], columns=["clip_id"]):
        if not len(batch):
            continue
        ids = batch["clip_id"]
        span = pc.min_max(ids).as_py()
        in_order = pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py()
        ascends = ascends and in_order and span["min"] > last
        first, last = min(first or span["min"], span["min"]), max(last, span["max"])
    return _IdSpan(path, first, last, ascends) if last else None


def _runs(paths: Iterable[Path]) -> list[list[_IdSpan]]:
    """Put manifests in the order of their ids, together where these lie between each other's."""
    runs: list[list[_IdSpan]] = []
    last = ""
    for span in sorted(filter(None, map(_ids_of, paths)), key=lambda span: span.first):
        if runs and span.first <= last:
            runs[-1].append(span)
        else:
            runs.append([span])
        last = max(last, span.last)
    return runs


class _Accepted:
    """Leaves out clips that were rejected, or of which somebody was unsure, and counts the rest."""

    def __init__(self, unsure: frozenset[str]) -> None:
        self.num_rows = 0
        # Only where there are any: an array of Python values loads pandas.
        self._unsure = pa.array(sorted(unsure), pa.string()) if unsure else None

    def of(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            # Null, where nobody looked, is no rejection.
            kept = batch.filter(pc.or_kleene(pc.is_null(batch["accepted"]), batch["accepted"]))
            if self._unsure is not None:
                kept = kept.filter(pc.invert(pc.is_in(kept["clip_id"], self._unsure)))
            self.num_rows += len(kept)
            yield kept


def _filtered(batches: Iterable[pa.RecordBatch], where: str) -> Iterator[pa.RecordBatch]:
    from audioset.storage.filters import filter_rows

    for batch in even_batches(batches, ROW_GROUP_ROWS):
        yield from filter_rows(pa.Table.from_batches([batch]), where).to_batches()
