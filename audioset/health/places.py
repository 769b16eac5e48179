"""Store, catalog and MLflow of a workspace: do they answer, may they be written, do they fit."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import StorageError
from audioset.health.words import diagnose, from_error
from audioset.hiding import hide
from audioset.records.doctor_report import Diagnosis
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.settings import Settings

_STORE_SECONDS = 4.0  # for one question; there are some ten
_STORE_READ_ONLY = (
    "enough to read and to train; to publish, have its owner allow you to put and delete objects"
)


def look_at_store(settings: "Settings") -> Diagnosis:
    """List the versions, and prove in an object that is removed that one writer creates a key."""
    from audioset.storage.patience import Patience
    from audioset.storage.probes import (
        is_refusal,
        require_conditional_replace,
        require_exclusive_create,
    )
    from audioset.storage.store import open_store
    from audioset.versions.read.resolve import list_readable_versions

    patience = Patience(
        silent_seconds=_STORE_SECONDS, busy_seconds=_STORE_SECONDS, call_seconds=_STORE_SECONDS
    )
    store = open_store(settings.store, patience=patience)
    shown = hide(settings.store, settings.store)
    if store.is_local and not Path(settings.store).exists():
        return _not_made_yet("store", Path(settings.store), "the first publish makes it")
    versions = count(len(list_readable_versions(store, settings.name)), "version")
    what = f"{shown}: {versions} of {settings.name}"
    try:
        require_exclusive_create(store)
        require_conditional_replace(store)
    except StorageError as error:
        if not is_refusal(error):
            raise
        text = f"{what}; it can be read, and not written by you"
        return diagnose("store", "limited", text, _STORE_READ_ONLY, settings.store)
    return diagnose("store", "fine", f"{what}; one writer alone creates an object: proven")


def look_at_catalog(settings: "Settings") -> Diagnosis:
    """Read the catalog as it is, and see whether it could be written; nothing is changed."""
    from audioset.catalog.decisions import catalog_is_missing
    from audioset.catalog.look import look_into
    from audioset.settings import SQLITE_FILE

    address = settings.catalog
    if catalog_is_missing(address):
        file = Path(address.removeprefix(SQLITE_FILE))
        return _not_made_yet("catalog", file, "the first decision makes it")
    found = look_into(address)
    shown = hide(address, address)
    if found.newer_steps:
        text = (
            f"{shown} was brought up to date by a newer audioset ({', '.join(found.newer_steps)})"
        )
        return diagnose("catalog", "trouble", text, "pip install --upgrade audioset", address)
    what = f"{shown}: {count(found.num_rows, 'row')} of decisions"
    if found.is_busy:
        text = f"{what}; another program is writing to it, for over {found.waited_seconds:.0f} s"
        cure = "wait for that program, or end it (a review page, a notebook, sqlite3)"
        return diagnose("catalog", "trouble", text, cure, address)
    if not found.is_writable:
        cure = "enough to look and to publish; to decide, have its owner allow you to write"
        return diagnose(
            "catalog", "limited", f"{what}; it can be read, and not written by you", cure, address
        )
    if found.is_older:
        what += "; of an earlier release, and brought up to date when it is next used"
    return diagnose("catalog", "fine", what, "", address)


def look_at_tracking(settings: "Settings") -> Diagnosis:
    """Ask MLflow what it knows, and hold its release against that of this machine."""
    from audioset.tracking.client import Tracking
    from audioset.tracking.status import look_at_mlflow

    uri = settings.tracking
    found = look_at_mlflow(Tracking(uri, settings.workspace), settings.name)
    if found.num_known is None:
        return _not_made_yet("tracking", found.file or Path(), "the first publish makes it")
    text = f"{hide(uri, uri)}: knows {count(found.num_known, 'version')} of {settings.name}"
    if not found.is_writable:
        cure = "enough to look; to publish and train, have its owner allow you to write"
        text = f"{text}; it can be read, and not written by you"
        return diagnose("tracking", "limited", text, cure, uri)
    if found.theirs is None:
        return diagnose("tracking", "fine", text, "", uri)
    text = f"{text}; its MLflow is {found.theirs}, that of this machine {found.ours}"
    theirs, ours = _release(found.theirs), _release(found.ours)
    if theirs >= ours:
        return diagnose("tracking", "fine", text, "", uri)
    cure = (
        "it lacks what newer ones send: have the server upgraded, or take its release here: "
        f"pip install 'mlflow=={found.theirs}'"
    )
    # Servers before 3 know no logged models; within 3 they refuse a call here and there.
    return diagnose("tracking", "trouble" if theirs[0] < ours[0] else "limited", text, cure, uri)


def _not_made_yet(thing: str, path: Path, when: str) -> Diagnosis:
    """Say of a file or folder of this machine that it can be made, where it can."""
    there = next(each for each in path.parents if each.exists())
    if not there.is_dir():
        return from_error(thing, StorageError(f"{there} is a file, not a folder; name another"))
    if not os.access(there, os.W_OK):
        cure = f"have its owner let you write there, or name another place for the {thing}"
        return diagnose(thing, "limited", f"not made yet, and {there} may not be written", cure)
    return diagnose(thing, "fine", f"{path}: not made yet; {when}")


def _release(text: str) -> tuple[int, ...]:
    """Give the first two numbers of a version."""
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
