"""Whether the versions in the folder of a workspace are in the store that its settings name."""

import warnings
from contextlib import suppress
from pathlib import Path

from audioset.errors import AudiosetError, NotCopiedWarning, NotFoundError
from audioset.records.identity import VersionRef
from audioset.settings import shown_here
from audioset.storage.store import Store, open_store
from audioset.versions.layout import version_of_key, versions_prefix
from audioset.versions.read.resolve import read_record
from audioset.wording import count


def tell_not_copied(store: Store, own: Path, dataset: str) -> None:
    """Warn when the newest version of a workspace's own store is not in the one that is used.

    Without a version in its own store, nothing is asked of the other.

    Args:
        store: that its settings name.
        own: folder of its own store.
    """
    if store.url == str(own):
        return
    folder = own / versions_prefix(dataset)
    here = sorted(filter(None, (version_of_key(path.name) for path in folder.glob("v*.json"))))
    if not here:
        return
    with suppress(AudiosetError):  # what is wrong with the store, the verb itself will say
        if text := _what_lacks(store, own, VersionRef(dataset, here[-1]), len(here)):
            warnings.warn(text, NotCopiedWarning, stacklevel=3)


def _what_lacks(store: Store, own: Path, newest: VersionRef, number: int) -> str:
    """Say what the store lacks; nothing when it has the newest version of the workspace's own."""
    mine = read_record(open_store(str(own)), newest.dataset, newest.version)
    try:
        found = read_record(store, newest.dataset, newest.version)
    except NotFoundError:
        some = any(store.list_keys(versions_prefix(newest.dataset)))
        lacks = f"has no {newest}" if some else f"has no version of {newest.dataset}"
        versions = count(number, "version")
        return (
            f"store {store.url} {lacks}, while {own.name}/ here has {versions}, not used: audioset "
            f"copy --from {shown_here(own)} brings what is missing, or rename that folder"
        )
    if found.digest == mine.digest:
        return ""
    return (
        f"store {store.url} has another {newest} than {own.name}/ here, which is not used: people "
        "published in both; rename that folder when nothing of it is needed"
    )
