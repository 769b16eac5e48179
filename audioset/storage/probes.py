"""Proofs that a store keeps what versions and aliases rest on; some servers ignore conditions."""

import errno
from contextlib import suppress

from obstore.exceptions import NotSupportedError, PermissionDeniedError, UnauthenticatedError

from audioset.errors import AlreadyExistsError, AudiosetError, StorageError
from audioset.storage.objects import probe_key
from audioset.storage.store import Store


def require_exclusive_create(store: Store) -> None:
    """Prove that the store lets only one writer create a key.

    Some servers ignore the condition without a word, and then two publishers would both believe
    that they made the same version.

    Raises:
        StorageError: it does not, or it cannot be written at all.
    """
    key = probe_key()
    reason = "let a second writer replace an object that must be written once"
    try:
        # A first answer may be lost and the call repeated; only the second put is the proof.
        with suppress(AlreadyExistsError):
            store.put_new(key, b"1")
        store.put_new(key, b"2")
    except AlreadyExistsError:
        return
    except StorageError as error:
        if not isinstance(error.__cause__, NotSupportedError):
            raise
        reason = "has no way to create an object only when it is missing"
    finally:
        with suppress(AudiosetError):
            store.delete(key)
    raise StorageError(
        f"{store.url} cannot hold versions: it {reason} (conditional put, If-None-Match); "
        "use another store or a newer server"
    )


def require_conditional_replace(store: Store) -> None:
    """Prove that the store replaces an object only while it is the one that was read.

    Raises:
        StorageError: it does not, or it cannot be written at all.
    """
    if store.is_local:
        return  # a lock does it there, not a condition
    from audioset.storage.remote_store import RemoteStore

    assert isinstance(store, RemoteStore)  # noqa: S101  there are these two kinds
    key = probe_key()
    store.put_new(key, b"1")
    try:
        etag = _etag(store, key)
        holds = store.put_if(key, etag, b"2") and not store.put_if(key, etag, b"3")
    finally:
        with suppress(AudiosetError):
            store.delete(key)
    if not holds:
        raise StorageError(
            f"{store.url} cannot hold aliases: it does not replace an object on a condition "
            "(If-Match); use another store or a newer server, or name versions by number"
        )


def is_refusal(error: StorageError) -> bool:
    """Tell whether a store refused since this user may not do that, whatever its error says."""
    cause = error.__cause__
    if isinstance(cause, PermissionDeniedError | UnauthenticatedError):
        return True
    return isinstance(cause, OSError) and cause.errno in (errno.EACCES, errno.EPERM, errno.EROFS)


def _etag(store: Store, key: str) -> str:
    found = store.find_object(key)
    return (found.etag if found else None) or ""
