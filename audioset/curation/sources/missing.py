"""Which sources of the folders that were given to a cut are not there any more."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from audioset.curation.sources.known import KnownSource, list_known
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.fetch_source import is_url
from audioset.curation.workspace.working import Working
from audioset.records.source_state import SourceState


def find_missing(
    words: Sequence[str | Path], working: Working, places: SourcePlaces, found: Iterable[str]
) -> tuple[SourceState, ...]:
    """Find the sources that lay in the folders that the words name, and lie there no more.

    Args:
        words: files, folders, globs and URLs; only folders are looked at.
        working: the workspace.
        places: what this machine remembered before the cut.
        found: ids of sources whose bytes the cut found, under whatever name.
    """
    folders = [word for word in words if not is_url(str(word)) and Path(word).is_dir()]
    lay = {place.sha256: place.path for folder in folders for place in places.below(folder)}
    gone = {sha256: path for sha256, path in lay.items() if not Path(path).exists()}
    if not gone:
        return ()
    known = [source for source in list_known(working.manifests_dir) if source.sha256 in gone]
    there = {source.sha256 for source in known if source.source_id in set(found)}
    states = [
        _missing(source, gone[source.sha256]) for source in known if source.sha256 not in there
    ]
    return tuple(sorted(states, key=lambda state: (state.name, state.source_id)))


def _missing(source: KnownSource, path: str) -> SourceState:
    return SourceState(
        source_id=source.source_id,
        name=source.name,
        sha256=source.sha256,
        state="missing",
        path=path,
    )
