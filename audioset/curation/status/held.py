"""What a workspace knows of the clips of its dataset, so that what it lacks can be told."""

from audioset.curation.removed import read_removed
from audioset.curation.sources import own_sources
from audioset.curation.workspace.effective import list_clip_ids
from audioset.curation.workspace.working import Working
from audioset.records.held_here import HeldHere


def read_held(working: Working) -> HeldHere:
    """Read which clips a workspace has, which sources are its own, and what was removed.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest cannot be read.
    """
    return HeldHere(
        clip_ids=list_clip_ids(working) | list_clip_ids(working.aside),
        source_ids=own_sources(working),
        removed=read_removed(working),
    )
