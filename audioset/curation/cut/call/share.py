"""Which of the sources of a call are in the share of this machine."""

from collections.abc import Sequence
from pathlib import Path

from audioset.curation.cut.call.words import folders_of
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.records.source_slice import SourceSlice


def in_share(
    sources: Sequence[Path | RemoteSource], words: Sequence[str | Path], share: SourceSlice | None
) -> list[Path | RemoteSource]:
    """Give the sources of a share; all of them where there is none.

    A source goes by its URL, or by its path from the folder that was named on: a folder may have
    another name on each machine.

    Args:
        sources: what the words mean.
        words: of the caller.
        share: of the sources.
    """
    if share is None:
        return list(sources)
    folders = folders_of(words)
    return [source for source in sources if share.has(_name_of(source, folders))]


def _name_of(source: Path | RemoteSource, folders: Sequence[Path]) -> str:
    if isinstance(source, RemoteSource):
        return source.url
    above = next((folder for folder in folders if source.is_relative_to(folder)), None)
    return (source if above is None else source.relative_to(above)).as_posix()
