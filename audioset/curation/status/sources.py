"""The sources of a workspace: how they are found here, and how they were cut."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from audioset.curation.removed import read_removed
from audioset.curation.sources import read_source_states
from audioset.curation.sources.known import all_manifests, is_of_corpus
from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.records.line_report import LineReport
from audioset.records.manifest import CHECKOUT_KEY, IMPORT_KEY, LINES_KEY, SOURCE_KEY
from audioset.records.way import way_of
from audioset.records.workspace_status import SourceTotals
from audioset.storage.tables import read_manifest_metadata, scan_manifests

if TYPE_CHECKING:
    import pyarrow as pa

_UNKNOWN = "not noted"
_CHECKED_OUT = "checked out"
_OF_CORPORA, _SPANS = "of corpora", "spans of corpora"


def count_sources(working: Working) -> SourceTotals:
    """Count the sources of a workspace; manifests that are damaged are left out.

    Raises:
        InvalidInputError: the file that says what was removed is damaged.
    """
    here = read_source_states(working)
    ways: Counter[str] = Counter()
    without_clips: dict[str, frozenset[int]] = {}
    num_cut = num_without_clips = num_of_corpora = 0
    for manifest in all_manifests(working.manifests_dir):
        try:
            metadata = read_manifest_metadata(manifest)
            rows = list(scan_manifests([manifest], ["text_source", "line"]))
            if is_of_corpus(metadata):
                num_of_corpora += sum(batch.num_rows for batch in rows)
            if SOURCE_KEY not in metadata:
                continue
            texts = [value for batch in rows for value in batch.column(0).unique().to_pylist()]
            way = way_of(metadata, texts)
            checked_out = CHECKOUT_KEY in metadata
            lines = _lines_without_clips(metadata, rows)
        except AudiosetError:
            continue
        except ValueError:  # a newer release noted it
            ways[_UNKNOWN] += 1
        else:
            unknown = _SPANS if IMPORT_KEY in metadata else _UNKNOWN
            ways[_CHECKED_OUT if checked_out else way.by or unknown] += 1
            num_without_clips += not sum(batch.num_rows for batch in rows)
            if lines:
                without_clips[manifest.stem] = lines
        num_cut += 1
    if num_imported := len(here.sources) - num_cut:
        ways["imported"] = num_imported
    if num_of_corpora:
        ways[_OF_CORPORA] = num_of_corpora
    return SourceTotals(
        here=here,
        ways=dict(ways.most_common()),
        num_without_clips=num_without_clips,
        lines_without_clips=_without_made_clips(working, without_clips),
        num_of_corpora=num_of_corpora,
        num_removed=len(read_removed(working).sources),
    )


def _lines_without_clips(
    metadata: Mapping[bytes, bytes], rows: Sequence["pa.RecordBatch"]
) -> frozenset[int]:
    """Give the numbers of the lines that a source was cut by, and of which the cut has no clip."""
    try:
        asked = LineReport.from_json(metadata[LINES_KEY].decode()).lines
    except (KeyError, TypeError, ValueError):  # cut in another way, or noted by a newer release
        return frozenset()
    cut = {line for batch in rows for line in batch["line"].to_pylist()}
    return frozenset(line.number for line in asked if line.number not in cut)


def _without_made_clips(
    working: Working, without: Mapping[str, frozenset[int]]
) -> dict[str, tuple[int, ...]]:
    """Leave out the lines that people made clips of, where the catalog tells."""
    left = {source_id: set(lines) for source_id, lines in without.items()}
    with suppress(AudiosetError):  # of the catalog, which is told where clips are counted
        for batch in scan_effective(working, ["source_id", "line"]) if left else ():
            for source_id, line in zip(*(each.to_pylist() for each in batch.columns), strict=True):
                left.get(source_id, set()).discard(line)
    return {source_id: tuple(sorted(lines)) for source_id, lines in left.items() if lines}
