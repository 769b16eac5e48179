"""Verify the objects that have names of their own: records, withdrawals, aliases."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.alias import Alias
from audioset.records.identity import AliasRef
from audioset.records.seal import BACKUP
from audioset.records.verify_report import ObjectKind, Problem
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Withdrawal
from audioset.storage.store import Store
from audioset.versions.aliases import list_alias_names, read_alias
from audioset.versions.layout import alias_key, version_key, withdrawal_key
from audioset.versions.read.resolve import REQUESTS_AT_ONCE, list_version_numbers, read_record
from audioset.versions.read.withdrawals import list_withdrawal_numbers, read_withdrawal

_NO_WITHDRAWAL = f"{BACKUP}: without it, withdrawn clips would come back"
_REMEDIES = {
    "withdrawal": _NO_WITHDRAWAL,
    "alias": f"{BACKUP}, or delete it and set it again: audioset alias",
}
_NEVER_HERE = f"{BACKUP}; where only some versions were copied, copy it too: audioset copy"
Name = TypeVar("Name", int, str)
Read = TypeVar("Read", VersionRecord, Withdrawal, Alias)


@dataclass(slots=True, kw_only=True)
class NamedRecords:
    """The named objects of a dataset, as far as they can be read.

    Attributes:
        records: by number, as they were published, ascending.
        withdrawals: in the order in which they happened.
        problems: what is wrong with records, withdrawals and aliases.
    """

    records: dict[int, VersionRecord]
    withdrawals: list[Withdrawal]
    problems: list[Problem] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """No record and no withdrawal is missing or damaged: it is known what versions need."""
        return all(problem.kind == "alias" for problem in self.problems)


def verify_names(store: Store, dataset: str) -> NamedRecords:
    """Read all records, withdrawals and aliases of a dataset and what they say of one another.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    found: list[Problem] = []
    numbers = list_version_numbers(store, dataset)
    withdrawal_numbers = list_withdrawal_numbers(store, dataset)
    aliases = list_alias_names(store, dataset)

    def fail(
        kind: ObjectKind, key: str, what: str, versions: Iterable[int], remedy: str = ""
    ) -> None:
        remedy = remedy or _REMEDIES.get(kind, BACKUP)
        found.append(
            Problem(key=key, kind=kind, what=what, remedy=remedy, versions=tuple(versions))
        )

    records = _read_all(
        numbers,
        lambda n: read_record(store, dataset, n),
        lambda n, what: fail("record", version_key(dataset, n), what, [n]),
    )
    withdrawals = _read_all(
        withdrawal_numbers,
        lambda n: read_withdrawal(store, dataset, n),
        lambda n, what: fail("withdrawal", withdrawal_key(dataset, n), what, numbers),
    )
    read_aliases = _read_all(
        aliases,
        lambda name: read_alias(store, AliasRef(dataset, name)),
        lambda name, what: fail("alias", alias_key(dataset, name), what, []),
    )
    expected = max((record.num_withdrawals for record in records.values()), default=0)
    last = max([expected, *withdrawal_numbers])
    for number in sorted(set(range(1, last + 1)) - set(withdrawal_numbers)):
        fail("withdrawal", withdrawal_key(dataset, number), "is missing", numbers)
    named = _named_versions(records, withdrawals, read_aliases)
    for number in sorted(set(named) - set(numbers)):
        what = f"is missing, but {named[number]} names it"
        fail("record", version_key(dataset, number), what, [number], _NEVER_HERE)
    return NamedRecords(records=records, withdrawals=list(withdrawals.values()), problems=found)


def _read_all(
    names: list[Name], read: Callable[[Name], Read], fail: Callable[[Name, str], None]
) -> dict[Name, Read]:
    """Read what can be read, several at once; tell of the rest."""

    def attempt(name: Name) -> Read | Exception:
        try:
            return read(name)
        except (IntegrityError, InvalidInputError, NotFoundError) as error:
            return error

    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        outcomes = dict(zip(names, pool.map(attempt, names), strict=True))
    good: dict[Name, Read] = {}
    for name, outcome in outcomes.items():
        if isinstance(outcome, Exception):
            fail(name, _without_remedy(outcome))
        else:
            good[name] = outcome
    return good


def _without_remedy(error: Exception) -> str:
    """Keep what an error says is wrong; the problem itself says what to do."""
    return str(error).removesuffix(f"; {BACKUP}")


def _named_versions(
    records: dict[int, VersionRecord], withdrawals: dict[int, Withdrawal], aliases: dict[str, Alias]
) -> dict[int, str]:
    """Tell which versions must exist, and who says so."""
    named = {record.parent: str(record.ref) for record in records.values() if record.parent}
    for number, withdrawal in withdrawals.items():
        named.update((left.version, f"w{number:04d}") for left in withdrawal.versions)
    for name, alias in aliases.items():
        named[alias.version] = f"{alias.dataset}@{name}"
    return named
