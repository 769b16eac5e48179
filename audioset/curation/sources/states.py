"""How the sources of a workspace are found on this machine: here, changed, renamed, missing."""

from collections.abc import Iterable
from pathlib import Path

from audioset.curation.sources.find import Finder
from audioset.curation.sources.known import KnownSource, list_known
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.sources.urls import find_uncut
from audioset.curation.workspace.working import Working
from audioset.records.source_state import SourcesHere, SourceState


def read_source_states(working: Working) -> SourcesHere:
    """Look for every source of the workspace where this machine remembers it, and near there.

    Files are hashed only where size or time of change are not those that are remembered, and where
    a file may be a source that is looked for; stores, where URLs were given to be cut. Nothing is
    written.
    """
    places = SourcePlaces.read(working.folder)
    finder = Finder(places, working)
    uncut, notes = find_uncut(working)
    states = [_state(source, finder) for source in list_known(working.manifests_dir)]
    return SourcesHere(
        sources=tuple(sorted(states, key=lambda state: (state.name, state.source_id))),
        new_files=(*_new_files(states, finder), *uncut),
        notes=((places.note, *notes) if places.note else notes),
    )


def _state(source: KnownSource, finder: Finder) -> SourceState:
    def found(state: str, path: str | None, was: str | None = None) -> SourceState:
        return SourceState(
            source_id=source.source_id,
            name=source.name,
            sha256=source.sha256,
            state=state,  # type: ignore[arg-type]  # one of PlaceState
            path=path,
            was=was,
            is_imported=not source.is_cut,
        )

    if source.url is not None:
        return found("remote", source.url)
    place = finder.places.by_sha256.get(source.sha256)
    if place is not None and finder.is_here(place):
        return found("here", place.path)
    was = place.path if place else None
    elsewhere = finder.find_near(source.sha256, source.name)
    if elsewhere is not None:
        return found("renamed" if was else "here", str(elsewhere), was)
    if place is None:
        return found("unknown", None)
    return found("changed" if Path(place.path).is_file() else "missing", place.path)


def _new_files(states: Iterable[SourceState], finder: Finder) -> tuple[str, ...]:
    """List media of the folders that no source is known to lie in."""
    taken = {path for state in states for path in (state.path, state.was) if path}
    taken |= {place.path for place in finder.places.by_sha256.values()}
    return tuple(str(path) for path in finder.files if str(path) not in taken)
