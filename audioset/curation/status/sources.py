"""The sources of a workspace: how they are found here, and how they were cut."""

from collections import Counter

from audioset.curation.removed import read_removed
from audioset.curation.sources import read_source_states
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.records.manifest import CHECKOUT_KEY, SOURCE_KEY
from audioset.records.way import way_of
from audioset.records.workspace_status import SourceTotals
from audioset.storage.tables import list_manifests, read_manifest_metadata, scan_manifests

_UNKNOWN = "not noted"
_CHECKED_OUT = "checked out"


def count_sources(working: Working) -> SourceTotals:
    """Count the sources of a workspace; manifests that are damaged are left out.

    Raises:
        InvalidInputError: the file that says what was removed is damaged.
    """
    here = read_source_states(working)
    ways: Counter[str] = Counter()
    num_cut = num_without_clips = 0
    for manifest in list_manifests(working.manifests_dir) if here.sources else ():
        try:
            metadata = read_manifest_metadata(manifest)
            if SOURCE_KEY not in metadata:
                continue
            rows = list(scan_manifests([manifest], ["text_source"]))
            texts = [value for batch in rows for value in batch.column(0).unique().to_pylist()]
            way = way_of(metadata, texts)
            checked_out = CHECKOUT_KEY in metadata
        except AudiosetError:
            continue
        except ValueError:  # a newer release noted it
            ways[_UNKNOWN] += 1
        else:
            ways[_CHECKED_OUT if checked_out else way.by or _UNKNOWN] += 1
            num_without_clips += not sum(batch.num_rows for batch in rows)
        num_cut += 1
    if num_imported := len(here.sources) - num_cut:
        ways["imported"] = num_imported
    return SourceTotals(
        here=here,
        ways=dict(ways.most_common()),
        num_without_clips=num_without_clips,
        num_removed=len(read_removed(working).sources),
    )
