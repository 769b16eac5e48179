"""Sources that are asked for by their ids: where their bytes lie now."""

from collections.abc import Sequence
from pathlib import Path

from audioset.curation.sources.find import Finder
from audioset.curation.sources.known import read_known
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.fetch_source import is_url
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError


def in_place_of_ids(
    words: Sequence[str | Path], working: Working, places: SourcePlaces
) -> list[str | Path]:
    """Give the words of a cut with the files or URLs of those that are ids of sources.

    A file is looked for by its hash: where it lay, beside that, and in folders that were cut before
    or are among the words.

    Raises:
        NotFoundError: a source that is asked for lies nowhere there.
    """
    folders = [word for word in words if not is_url(str(word)) and Path(word).is_dir()]
    finder = Finder(places, working, folders)
    return [_file_of(word, working, finder) for word in words]


def _file_of(word: str | Path, working: Working, finder: Finder) -> str | Path:
    text = str(word)
    if is_url(text) or Path(text).name != text or Path(text).exists():
        return word
    source = read_known(working.manifests_dir / f"{text}.parquet")
    if source is None:
        return word
    if source.url is not None:
        return source.url
    found = finder.find(source.sha256, source.name)
    if found is not None:
        return found
    place = finder.places.by_sha256.get(source.sha256)
    where = f"it lay at {place.path}" if place else "it was not seen on this machine"
    raise NotFoundError(
        f"the file of {text} ({source.name}) was not found: {where}; name the folder in which it "
        "lies as well, under whatever name"
    )
