"""Aliases: names that move from version to version, one writer at a time, with their history."""

import secrets
import warnings
from datetime import UTC, datetime

from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from audioset.near_names import ask_whether
from audioset.records.alias import Alias, AliasMove
from audioset.records.identity import AliasRef, VersionRef, require_alias
from audioset.settings import user_name
from audioset.storage.probes import require_conditional_replace
from audioset.storage.store import Store
from audioset.versions.layout import MOST_RECORD_BYTES, alias_key, alias_of_key, aliases_prefix


def read_alias(store: Store, ref: AliasRef) -> Alias:
    """Read an alias.

    Raises:
        NotFoundError: there is none of that name; the text names those that exist.
        InvalidInputError: it is not readable by this release.
        IntegrityError: it is damaged, or another alias.
        StorageError: the store did not answer, or refused.
    """
    try:
        return _read(store, ref)
    except NotFoundError:
        known = list_alias_names(store, ref.dataset)
        hint = (
            f"its aliases are {', '.join(known)}"
            if known
            else "it has no alias yet: audioset alias"
        )
        hint = ask_whether(ref.alias, known) or hint
        raise NotFoundError(f"{ref} does not exist; {hint}") from None


def list_aliases(store: Store, dataset: str) -> list[Alias]:
    """List the aliases of a dataset whose objects can be read, by name; warn of the others.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    found = []
    for name in list_alias_names(store, dataset):
        try:
            found.append(_read(store, AliasRef(dataset, name)))
        except (IntegrityError, InvalidInputError) as error:
            warnings.warn(
                f"{dataset}@{name} is left out: {error}, or delete it and set it again: audioset "
                "alias",
                DamagedWarning,
                stacklevel=2,
            )
        except NotFoundError:  # it was removed meanwhile
            continue
    return found


def list_alias_names(store: Store, dataset: str) -> list[str]:
    """List the names of the aliases of a dataset, sorted.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    found = (alias_of_key(key) for key in store.list_keys(aliases_prefix(dataset)))
    return sorted(name for name in found if name is not None)


def move_alias(
    store: Store, alias: str, to: VersionRef, *, expect: int | None = None, message: str = ""
) -> Alias:
    """Let an alias name a version from now on; of several writers at once exactly one succeeds.

    Args:
        alias: its name; made when it is new.
        to: an existing version.
        expect: version that it must name until now, else nothing is changed.
        message: why it moves.

    Raises:
        InvalidInputError: not a name for an alias.
        IntegrityError: the alias is damaged.
        ConflictError: somebody else moved it meanwhile, or it does not name what is expected.
        StorageError: the store did not answer, or refused, or cannot hold aliases.
    """
    key = alias_key(to.dataset, require_alias(alias))
    move = AliasMove(
        version=to.version,
        moved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        moved_by=user_name(),
        message=message,
    )
    held = _get(store, key)
    before = _decode(store, AliasRef(to.dataset, alias), held) if held is not None else None
    if expect is not None and (before is None or before.version != expect):
        now = f"v{before.version}" if before else "nothing"
        raise ConflictError(f"{to.dataset}@{alias} names {now}, not v{expect}; nothing was moved")
    moves = (*before.moves, move) if before else (move,)
    made = Alias(dataset=to.dataset, alias=alias, moves=moves, nonce=secrets.token_hex(16))
    try:
        if held is None:
            if not list_alias_names(store, to.dataset):
                require_conditional_replace(store)
            store.put_new(key, made.to_json().encode())
        else:
            store.replace(key, held, made.to_json().encode())
    except (AlreadyExistsError, ConflictError, StorageError) as error:
        _require_own(store, key, made, error)
    return made


def _read(store: Store, ref: AliasRef) -> Alias:
    key = alias_key(ref.dataset, ref.alias)
    return _decode(store, ref, store.get(key, most_bytes=MOST_RECORD_BYTES))


def _decode(store: Store, ref: AliasRef, data: bytes) -> Alias:
    name = store.uri(alias_key(ref.dataset, ref.alias))
    found = Alias.from_json(data, name=name)
    if (found.dataset, found.alias) != (ref.dataset, ref.alias):
        raise IntegrityError(f"{name} is another alias: {found.dataset}@{found.alias}")
    return found


def _get(store: Store, key: str) -> bytes | None:
    try:
        return store.get(key, most_bytes=MOST_RECORD_BYTES)
    except NotFoundError:
        return None


def _require_own(store: Store, key: str, made: Alias, error: AudiosetError) -> None:
    """Go on when the move was made and only its answer was lost; else say who was first."""
    try:
        found = Alias.from_json(store.get(key), name=store.uri(key))
    except (NotFoundError, StorageError):
        raise error from None
    if found.nonce == made.nonce:
        return
    if isinstance(error, StorageError):
        raise error
    last = found.moves[-1]
    raise ConflictError(
        f"{made.dataset}@{made.alias} was moved to v{last.version} by {last.moved_by} at the same "
        "moment; look, then try again"
    ) from error
