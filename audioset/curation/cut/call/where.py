"""Where the sources of a call lie, to be remembered."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from audioset.curation.cut.source_report import HAS_OWN_CLIPS, SourceReport
from audioset.curation.sources.places import SourcePlaces, place_of
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.records.source_state import SourcePlace


def places_of(
    done: Iterable[tuple[Path | RemoteSource, SourceReport]],
) -> Iterator[SourcePlace]:
    """Tell where the local sources lie that could be used; a copy is not where one lies."""
    for source, report in done:
        kind = report.news.kind if report.news is not None else None
        lies_here = kind != "copy" and (kind, report.status) != ("changed", "kept")
        if isinstance(source, Path) and report.source is not None and lies_here:
            place = place_of(source, report.source.sha256)
            if place is not None:
                yield place


def lay_before(
    done: Iterable[tuple[Path | RemoteSource, SourceReport]], places: SourcePlaces, *, beside: bool
) -> Iterator[str]:
    """Give the hashes of other sources that lay where sources lie that were cut now.

    Args:
        beside: also of those that are still in the workspace, because a person said so.
    """
    for source, report in done:
        if not beside and report.succession is None:
            continue
        if isinstance(source, Path) and report.status in HAS_OWN_CLIPS and report.source:
            sha256 = report.source.sha256
            yield from (place.sha256 for place in places.at(source) if place.sha256 != sha256)


def first_names_of(done: Iterable[tuple[Path | RemoteSource, SourceReport]]) -> dict[str, str]:
    """Give the names of the first cut of sources that are called otherwise today."""
    names = {str(source): report.source.name for source, report in done if report.source}
    return {path: name for path, name in names.items() if name != PurePath(path).name}


def ids_found(done: Iterable[tuple[Path | RemoteSource, SourceReport]]) -> list[str]:
    """Give the ids of the sources whose bytes were found."""
    ids = (
        report.source.source_id if report.source else report.news.source_id if report.news else None
        for _, report in done
    )
    return [source_id for source_id in ids if source_id is not None]
