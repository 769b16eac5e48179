"""Which sources the words of a call mean."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from audioset.curation.sources.copies import find_copies, find_remote_copies
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.fetch_source import (
    RemoteSource,
    find_remote,
    is_url,
    known_remote_ids,
)
from audioset.curation.workspace.find_files import find_sources
from audioset.curation.workspace.working import Working


def find_meant(words: Sequence[str | Path], working: Working) -> list[Path | RemoteSource]:
    """Find the files and objects that words mean, each once.

    Raises:
        NotFoundError, InvalidInputError: they mean none.
        StorageError: a store did not answer.
    """
    urls = [str(word) for word in words if is_url(str(word))]
    others = [_as_path(word) for word in words if not is_url(str(word))]
    found: list[Path | RemoteSource] = []
    if urls:
        known = known_remote_ids(working.manifests_dir)
        found += dict.fromkeys(source for url in urls for source in find_remote(url, known))
    if others or not urls:
        found += find_sources(others, not_below=working.own_folders)
    return found


def folders_of(words: Sequence[str | Path]) -> list[Path]:
    """Give the folders among the words."""
    paths = (Path(_as_path(word)) for word in words if not is_url(str(word)))
    return [path for path in paths if path.is_dir()]


def named_alone(
    words: Sequence[str | Path], sources: Sequence[Path | RemoteSource]
) -> list[Path | RemoteSource]:
    """Give the sources that a word means by itself, and not a folder or a pattern."""
    named = {str(word if is_url(str(word)) else Path(_as_path(word))) for word in words}
    return [source for source in sources if str(source) in named]


def find_all_copies(
    sources: Iterable[Path | RemoteSource], places: SourcePlaces, working: Working
) -> dict[Path | RemoteSource, Path | RemoteSource]:
    """Find the sources whose bytes are those of another one of them, which stands for them."""
    local = [source for source in sources if isinstance(source, Path)]
    remote = [source for source in sources if isinstance(source, RemoteSource)]
    found: dict[Path | RemoteSource, Path | RemoteSource] = {}
    for copy, first in find_copies(local, places, working.manifests_dir).items():
        found[copy] = first
    for other, stands_for in find_remote_copies(remote).items():
        found[other] = stands_for
    return found


def _as_path(word: str | Path) -> str | Path:
    text = str(word)
    return url2pathname(urlsplit(text).path) if text.startswith("file://") else word
