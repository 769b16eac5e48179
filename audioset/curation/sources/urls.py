"""URLs that were given to be cut, such as `s3://videos/`: what lies there is looked at again.

An address means the same on every machine, so that it is kept with the workspace, one small file
each: whoever notes the same one writes the same file.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from audioset.curation.workspace.fetch_source import (
    RemoteSource,
    find_remote,
    is_url,
    known_remote_ids,
)
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError, NotFoundError
from audioset.storage.files import write_atomically
from audioset.storage.synced import was_written

URLS_FOLDER = "urls"  # of a workspace
_NAME_LENGTH = 16


def note_urls(
    workspace: Path, words: Iterable[str | Path], found: Iterable[Path | RemoteSource]
) -> None:
    """Note those of the words of a cut that are URLs, but not those of single objects.

    Args:
        workspace: its folder.
        words: of the cut.
        found: what they mean.

    Raises:
        StorageError: the workspace cannot be written.
    """
    single = {str(source) for source in found}
    for url in sorted({str(word) for word in words if is_url(str(word))} - single):
        path = workspace / URLS_FOLDER / f"{sha256(url.encode()).hexdigest()[:_NAME_LENGTH]}.txt"
        if not path.exists():
            _note(path, url)


def _note(path: Path, url: str) -> None:
    write_atomically(path, lambda file: file.write(f"{url}\n".encode()))
    was_written(path)


def find_uncut(working: Working) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the media at noted URLs that are no source of the workspace, and what went wrong.

    Nothing is asked where no URL was ever cut.
    """
    urls = list(_noted(working.folder))
    if not urls:
        return (), ()
    known = {
        **known_remote_ids(working.aside.manifests_dir),
        **known_remote_ids(working.manifests_dir),
    }
    new: dict[str, None] = {}
    notes = []
    for url in urls:
        try:
            found = find_remote(url, known)
        except NotFoundError:  # all of it is gone; the clips stay
            continue
        except AudiosetError as error:
            notes.append(f"{url} cannot be looked at: {error}")
        else:
            new |= dict.fromkeys(each.url for each in found if each.known_id is None)
    return tuple(new), tuple(notes)


def _noted(workspace: Path) -> Iterator[str]:
    for path in sorted((workspace / URLS_FOLDER).glob("*.txt")):
        yield path.read_text(encoding="utf-8").strip()
