"""Sources that are asked for by their ids: where their bytes lie now."""

from collections.abc import Sequence
from pathlib import Path

from audioset.curation.sources.find import Finder
from audioset.curation.sources.known import KnownSource, find_named, read_known
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
    source = read_known(working.manifests_dir / f"{text}.parquet") or _checked_out(text, working)
    if source is None:
        return word
    if source.url is not None:
        return source.url
    found = finder.find(source.sha256, source.name)
    if found is not None:
        return found
    place = finder.places.by_sha256.get(source.sha256)
    where = f"it lay at {place.path}" if place else "it was not seen on this machine"
    if source.checkout is not None:
        where = f"it was checked out with {source.checkout}, and {where}"
    raise NotFoundError(
        f"the file of {text} ({source.name}) was not found: {where}; name the file, whatever it "
        "is called now, or the folder in which it lies"
    )


def _checked_out(name: str, working: Working) -> KnownSource | None:
    """Find the source of a file name of which a version was checked out, and nothing else."""
    found = [each for each in find_named(working.manifests_dir, name) if each.checkout is not None]
    return found[0] if len(found) == 1 else None
