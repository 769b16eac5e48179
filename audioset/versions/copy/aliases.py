"""Aliases from one store to another, with all of their moves.

The moves of an alias are its history. Where one store has those of the other and more, it goes on;
where both moved it on their own, only a person can say which move holds.
"""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from audioset.errors import AlreadyExistsError, ConflictError, NotFoundError, as_option
from audioset.records.alias import Alias, AliasMove
from audioset.records.copy_report import CopiedAlias
from audioset.records.identity import AliasRef
from audioset.storage.probes import require_conditional_replace
from audioset.storage.store import Store
from audioset.versions.aliases import list_alias_names, list_aliases, read_alias
from audioset.versions.layout import MOST_RECORD_BYTES, alias_key


@dataclass(slots=True)
class PlannedAlias:
    """One alias of the origin.

    Attributes:
        alias: as it stands there.
        moves: that it will have at the target; None when it stays as it is.
        problem: why it stays, although the target names another version; empty otherwise.
    """

    alias: Alias
    moves: tuple[AliasMove, ...] | None = None
    problem: str = ""

    def told(self, state: str) -> CopiedAlias:
        """Say what became of it: `state` where nothing stands against it."""
        if self.problem:
            state = "left out"
        elif self.moves is None:
            state = "there"
        return CopiedAlias(
            alias=self.alias.alias,
            version=self.alias.version,
            state=state,  # type: ignore[arg-type]  # one of CopyState
            problem=self.problem,
        )


def plan_aliases(
    origin: Store, target: Store, dataset: str, numbers: Collection[int] | None, *, move: bool
) -> list[PlannedAlias]:
    """Compare the aliases of two stores.

    Args:
        numbers: of the versions that are copied; aliases of others stay out. All when None.
        move: also move aliases that the target moved on its own.

    Raises:
        IntegrityError: an alias of the target is damaged.
        StorageError: a store did not answer, or refused.
    """
    found = []
    for alias in list_aliases(origin, dataset):
        if numbers is None or alias.version in numbers:
            found.append(_plan(target, alias, move=move))
    return found


def put_alias(target: Store, planned: PlannedAlias) -> None:
    """Give an alias of the target its moves; of several writers at once exactly one succeeds.

    Raises:
        ConflictError: somebody else moved it at the same moment.
        StorageError: the target did not answer, or refused, or cannot hold aliases.
    """
    assert planned.moves is not None  # noqa: S101  only those that change are put
    alias, key = planned.alias, alias_key(planned.alias.dataset, planned.alias.alias)
    held = None
    with suppress(NotFoundError):
        held = target.get(key, most_bytes=MOST_RECORD_BYTES)
    changes = planned.moves != alias.moves
    made = replace(alias, moves=planned.moves, nonce=secrets.token_hex(16)) if changes else alias
    try:
        if held is None:
            if not list_alias_names(target, alias.dataset):
                require_conditional_replace(target)
            target.put_new(key, made.to_json().encode())
        else:
            before = Alias.from_json(held, name=target.uri(key))
            if before.moves != made.moves[: len(before.moves)]:
                raise _moved(target, alias)
            target.replace(key, held, made.to_json().encode())
    except (AlreadyExistsError, ConflictError) as error:
        # Another copy may have been faster, or the answer to this very call was lost.
        if read_alias(target, AliasRef(alias.dataset, alias.alias)).moves != made.moves:
            raise _moved(target, alias) from error


def _plan(target: Store, alias: Alias, *, move: bool) -> PlannedAlias:
    key = alias_key(alias.dataset, alias.alias)
    try:
        there = Alias.from_json(target.get(key, most_bytes=MOST_RECORD_BYTES), name=target.uri(key))
    except NotFoundError:
        return PlannedAlias(alias, alias.moves)
    shared = _shared(alias.moves, there.moves)
    if shared == len(alias.moves):  # the target has all of its moves, and perhaps more
        return PlannedAlias(alias)
    if shared == len(there.moves) or move:
        return PlannedAlias(alias, (*there.moves, *alias.moves[shared:]))
    last = there.moves[-1]
    return PlannedAlias(
        alias,
        problem=f"{alias.dataset}@{alias.alias} names v{alias.version} here and v{there.version} "
        f"in {target.url}, where {last.moved_by} moved it ({last.moved_at[:10]}); "
        f"{as_option('yes', 'True')} moves it",
    )


def _shared(one: tuple[AliasMove, ...], other: tuple[AliasMove, ...]) -> int:
    """Count the moves that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _moved(target: Store, alias: Alias) -> ConflictError:
    return ConflictError(
        f"{alias.dataset}@{alias.alias} in {target.url} was moved by somebody else at this moment; "
        "look, then copy again"
    )
