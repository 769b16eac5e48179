"""Sources on object storage: found by URL, fetched for the time of the cut, never kept.

Reading media from afar in pieces reads nearly all of it (the sound is spread over the file), so
the file is fetched whole. What was cut already is known by the store's ETag and not fetched again.
"""

import fnmatch
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audioset.errors import InvalidInputError, MediaError, NotFoundError
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.manifest import SOURCE_KEY
from audioset.records.source import Source
from audioset.storage.objects import StoredObject
from audioset.storage.scratch import remove_left_behind, scratch_folder
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest_metadata

_FETCHED = ".fetched-"


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A media file on object storage.

    Attributes:
        bucket_url: root of the bucket, such as `s3://talks`.
        found: the object as it was listed.
        known_id: source id of an earlier cut of these very bytes, if there was one.
        earlier_ids: source ids of cuts of other bytes that lay at the same URL.
    """

    bucket_url: str
    found: StoredObject
    known_id: str | None = None
    earlier_ids: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The full address."""
        return f"{self.bucket_url}/{self.found.key}"

    @property
    def name(self) -> str:
        """The file's name."""
        return PurePosixPath(self.found.key).name

    def __str__(self) -> str:
        return self.url


def is_url(word: str) -> bool:
    """Tell whether a word means something on object storage."""
    return "://" in word and not word.startswith("file://")


def find_remote(word: str, known: Mapping[tuple[str, str], str]) -> list[RemoteSource]:
    """List the media that a URL means: an object, a folder, or a glob such as `s3://b/*.mp4`.

    Args:
        word: the URL.
        known: source ids of earlier cuts, by URL and ETag.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: an unknown kind of URL.
        StorageError: the store did not answer, or refused.
    """
    scheme, _, rest = word.partition("://")
    bucket, _, key = rest.partition("/")
    bucket_url = f"{scheme}://{bucket}"
    store = open_store(bucket_url)
    key = key.rstrip("/")
    magic = next((at for at, char in enumerate(key) if char in "*?["), None)
    exact = store.find_object(key) if key else None
    if exact is not None:  # also one with brackets in its name
        found = [exact]
    elif magic is None:
        found = [o for o in store.list_objects(key) if _is_media(o)]
    else:
        folder = key[:magic].rpartition("/")[0]
        found = [o for o in store.list_objects(folder) if fnmatch.fnmatchcase(o.key, key)]
    if not found:
        raise NotFoundError(f"no media at {word}; name an object, a folder of media, or a glob")
    return [_as_source(bucket_url, item, known) for item in found]


def _as_source(
    bucket_url: str, item: StoredObject, known: Mapping[tuple[str, str], str]
) -> RemoteSource:
    at = f"{bucket_url}/{item.key}"
    here = known.get((at, item.etag or ""))
    others = (source_id for (url, _), source_id in known.items() if url == at)
    return RemoteSource(bucket_url, item, here, tuple(other for other in others if other != here))


def _is_media(item: StoredObject) -> bool:
    return PurePosixPath(item.key).suffix.lower() in MEDIA_SUFFIXES


@contextmanager
def fetched(source: RemoteSource, workspace: Path) -> Iterator[Path]:
    """Give the source as a local file that is removed afterwards.

    Raises:
        NotFoundError: it is gone.
        StorageError: the store did not answer, or the disk is full.
    """
    with scratch_folder(workspace, _FETCHED) as folder:
        path = folder / source.name
        open_store(source.bucket_url).get_file(source.found.key, path)
        yield path


@contextmanager
def local_file(word: str, workspace: Path, *, etag: str | None = None) -> Iterator[Path]:
    """Give a source that was cut as a local file: itself, or fetched for as long as it is read.

    Args:
        word: its path or its URL.
        workspace: where a fetched one is kept.
        etag: of the object when it was cut.

    Raises:
        NotFoundError: it is gone.
        MediaError: it has changed since it was cut.
        StorageError: the store did not answer, or the disk is full.
    """
    if not is_url(word):
        yield Path(word)
        return
    bucket_url, found = _find_object(word)
    if found is None:
        raise NotFoundError(f"{word}: no such object any more")
    if etag is not None and found.etag != etag:
        raise MediaError(f"{word}: has changed since it was cut; cut it again")
    with fetched(RemoteSource(bucket_url, found), workspace) as path:
        yield path


def still_lies_at(url: str, etag: str | None) -> bool:
    """Tell whether the bytes that were fetched from a URL are still there.

    Raises:
        StorageError: the store did not answer.
    """
    found = _find_object(url)[1]
    return found is not None and found.etag == etag


def _find_object(url: str) -> tuple[str, StoredObject | None]:
    """Give the root of the bucket of a URL, and what lies there."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", open_store(f"{scheme}://{bucket}").find_object(key)


def remove_stale_fetches(workspace: Path) -> None:
    """Remove what a killed process left; that of living processes stays."""
    remove_left_behind(workspace, _FETCHED)


def known_remote_ids(manifests_dir: Path) -> dict[tuple[str, str], str]:
    """Give the source ids of earlier cuts of fetched sources, by URL and ETag."""
    known: dict[tuple[str, str], str] = {}
    try:
        manifests = list_manifests(manifests_dir)
    except (NotFoundError, InvalidInputError):
        return known
    for manifest in manifests:
        try:
            source = Source.from_json(read_manifest_metadata(manifest)[SOURCE_KEY].decode())
        except (NotFoundError, InvalidInputError, KeyError, TypeError, ValueError):
            continue  # imported, damaged or older: it is not taken for a fetched one
        if source.url and source.etag:
            known[source.url, source.etag] = source.source_id
    return known
