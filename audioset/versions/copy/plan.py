"""What a copy has to do: both stores are read, and nothing is changed.

Conflicts are found here, before anything is written.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from audioset.errors import (
    AudiosetError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    as_option,
)
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Withdrawal
from audioset.storage.store import Store
from audioset.versions.copy.withdrawals import (
    MissingWithdrawal,
    find_missing,
    join_withdrawals,
    tell_agreed,
)
from audioset.versions.layout import MOST_RECORD_BYTES, manifest_key, shard_key, version_key
from audioset.versions.publish.put_shards import SAFE_AGE
from audioset.versions.read.resolve import (
    REQUESTS_AT_ONCE,
    list_readable_versions,
    list_version_numbers,
    read_record,
    scan_version,
)
from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Withdrawn
from audioset.versions.read.withdrawals import list_withdrawals, what_is_left
from audioset.versions.references import needed_keys, stored_content


@dataclass(slots=True, kw_only=True)
class PlannedVersion:
    """One version of the origin.

    Attributes:
        ref: its name.
        data: bytes of its record, as published.
        left: what is left of it after all withdrawals; None when its record is damaged.
        is_there: the target has its record.
        needs: its shards, then the parts of its manifest; size in bytes by key.
        num_objects, size_bytes: of those that neither the target has nor a version before brings.
        problem: why it cannot be copied; empty when it can.
    """

    ref: VersionRef
    data: bytes = b""
    left: VersionRecord | None = None
    is_there: bool = False
    needs: dict[str, int] = field(default_factory=dict)
    num_objects: int = 0
    size_bytes: int = 0
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class CopyPlan:
    """All that one copy has to do.

    Attributes:
        dataset: name of the dataset.
        versions: that were asked for, and those that withdrawals change; oldest first.
        withdrawals: that the target lacks, in order.
        num_withdrawals: of the origin and of the target, when they were read.
        stored: what the target has, size in bytes by key.
        is_new: the target has no version of the dataset.
        problems: what copying cannot cure, a line each.
    """

    dataset: str
    versions: list[PlannedVersion]
    withdrawals: list[MissingWithdrawal]
    num_withdrawals: tuple[int, int]
    stored: dict[str, int]
    is_new: bool
    problems: list[str]

    def hold_back(self) -> None:
        """Leave out versions that need a withdrawal which does not come."""
        waits = [one for one in self.withdrawals if one.problem]
        touched = {left.version: one for one in waits for left in one.withdrawal.versions}
        for version in self.versions:
            if version.problem or version.is_there or version.left is None:
                continue
            needed = version.left.num_withdrawals
            late = [one for one in waits if one.withdrawal.number <= needed]
            if found := touched.get(version.ref.version) or next(iter(late), None):
                version.problem = f"{version.ref} waits for withdrawal {found.withdrawal.number}"


def plan_copy(
    origin: Store, target: Store, dataset: str, numbers: Sequence[int] = (), *, withdraw: bool
) -> CopyPlan:
    """Compare two stores.

    Args:
        numbers: of the versions that are asked for; all of the origin when empty.
        withdraw: also bring withdrawals that take clips out of versions that the target has.

    Raises:
        NotFoundError: the origin has no such version, or none at all.
        ConflictError: the target has another version under the same number, or another withdrawal.
        IntegrityError: a withdrawal is damaged or missing.
        StorageError: a store did not answer, or refused.
    """
    here, there = (list_withdrawals(store, dataset) for store in (origin, target))
    every = join_withdrawals(origin, target, here, there)
    versions_there = list_version_numbers(target, dataset)
    missing = find_missing(target, every[len(there) :], versions_there, withdraw=withdraw)
    wanted = _require_versions(origin, dataset, numbers)
    reached = {number for one in missing if not one.problem for number in one.reached}
    versions = _read_versions(origin, target, dataset, sorted(wanted | reached), versions_there)
    plan = CopyPlan(
        dataset=dataset,
        versions=versions,
        withdrawals=missing,
        num_withdrawals=(len(here), len(there)),
        stored=_stored(target, dataset),
        is_new=not versions_there,
        problems=tell_agreed(origin, target, missing, versions_there) if missing else [],
    )
    for version in versions:
        if version.left is not None:
            version.left = what_is_left(version.left, every)
    plan.hold_back()
    checker = _Checker(origin, target, here, there)
    seen = dict(plan.stored)
    for version in versions:
        if version.left is None or version.problem:
            continue
        if not version.is_there:
            version.problem = checker.check(version.left)
        if not version.problem and _has_all(version, missing):
            version.needs = _needs(version.left)
            new = {key: size for key, size in version.needs.items() if seen.get(key) != size}
            version.num_objects, version.size_bytes = len(new), sum(new.values())
            seen |= new
    return plan


def _has_all(version: PlannedVersion, missing: Sequence[MissingWithdrawal]) -> bool:
    """Tell whether what is left of a version is what the target shall have of it."""
    return not any(one.problem and version.ref.version in one.reached for one in missing)


def _require_versions(origin: Store, dataset: str, numbers: Sequence[int]) -> set[int]:
    """Give the versions that are asked for, all when none is, and require that they are there."""
    known = list_version_numbers(origin, dataset)
    if not known:
        others = ", ".join(origin.list_folders())
        has = f"its datasets are {others}" if others else "it is empty"
        raise NotFoundError(f"{origin.url} has no version of {dataset}; {has}")
    for number in numbers:
        if number not in known:
            raise NotFoundError(
                f"{VersionRef(dataset, number)} is not in {origin.url}, which has "
                f"v{known[0]} to v{known[-1]}"
            )
    return set(numbers or known)


def _read_versions(
    origin: Store, target: Store, dataset: str, numbers: Sequence[int], there: Sequence[int]
) -> list[PlannedVersion]:
    """Read the records of the origin, and hold those of the target against them."""
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        versions = list(pool.map(lambda number: _read(origin, dataset, number), numbers))
        shared = [v for v in versions if v.left is not None and v.ref.version in there]
        differing = list(filter(None, pool.map(lambda v: _differs(target, v), shared)))
    if differing:
        raise ConflictError(
            f"{target.url} has other versions under the same names: {'; '.join(differing)}; "
            "nothing was copied; name the versions to copy, or publish them there anew"
        )
    for version in shared:
        version.is_there = True
    return versions


def _read(origin: Store, dataset: str, number: int) -> PlannedVersion:
    version = PlannedVersion(ref=VersionRef(dataset, number))
    try:
        key = version_key(dataset, number)
        version.data = origin.get(key, most_bytes=MOST_RECORD_BYTES)
        version.left = read_record(origin, dataset, number)
    except (IntegrityError, InvalidInputError) as error:
        version.problem = f"{version.ref} cannot be copied: {error}"
    return version


def _differs(target: Store, version: PlannedVersion) -> str:
    """Say how the target's record of a number differs; nothing when its data is the same."""
    assert version.left is not None  # noqa: S101  only records that could be read are compared
    try:
        held = read_record(target, version.ref.dataset, version.ref.version)
    except (IntegrityError, InvalidInputError) as error:
        return f"{version.ref} cannot be read there ({error})"
    if held.digest == version.left.digest:
        return ""
    return (
        f"{version.ref} is {version.left.digest[:12]} of {version.left.created_by}, "
        f"{version.left.created_at[:10]}, and there {held.digest[:12]} of {held.created_by}, "
        f"{held.created_at[:10]}"
    )


def _stored(target: Store, dataset: str) -> dict[str, int]:
    """List what the target has, size in bytes by key.

    What a copy that was broken off left half a day ago may be about to be collected: it counts as
    missing, and is sent again.
    """
    needed = needed_keys(list_readable_versions(target, dataset))
    young = datetime.now(UTC) - SAFE_AGE
    return {
        item.key: item.size_bytes
        for item in stored_content(target, dataset)
        if item.key in needed or item.modified_at > young
    }


def _needs(record: VersionRecord) -> dict[str, int]:
    """Give the shards of a version, then the parts of its manifest; size in bytes by key."""
    named = [(shard_key(record.dataset, s.sha256), s.size_bytes) for s in record.shards]
    named += [(manifest_key(record.dataset, p.sha256), p.size_bytes) for p in record.manifests]
    return dict(named)


class _Checker:
    """Holds rows of versions against withdrawals: what was withdrawn never travels."""

    def __init__(
        self,
        origin: Store,
        target: Store,
        withdrawn: list[Withdrawal],
        withdrawn_there: list[Withdrawal],
    ) -> None:
        self._origin = origin
        self._target = target
        self._here = Withdrawn.of(withdrawn)
        self._there = Withdrawn.of(withdrawn_there[len(withdrawn) :])

    def check(self, record: VersionRecord) -> str:
        """Say why a version must not travel; nothing when it may."""
        if not self._here and not self._there:
            return ""
        here = there = 0
        try:
            for batch in scan_version(self._origin, record, list(WITHDRAWN_COLUMNS)):
                here += self._count(batch, self._here, by_span=False)
                there += self._count(batch, self._there, by_span=True)
        except AudiosetError as error:
            if not isinstance(error, IntegrityError | InvalidInputError):
                raise
            return f"{record.ref} cannot be copied: {error}"
        if here:
            return (
                f"{record.ref} holds {here} withdrawn recordings in {self._origin.url}: run "
                "audioset forget again there, which takes them out"
            )
        if there:
            return (
                f"{record.ref} holds {there} clips that were withdrawn in {self._target.url}: "
                "bring the withdrawal here first (audioset copy from there, with "
                f"{as_option('yes', 'True')}), then run audioset forget for them here"
            )
        return ""

    def _count(self, batch: pa.RecordBatch, withdrawn: Withdrawn, *, by_span: bool) -> int:
        if not withdrawn:
            return 0
        found = withdrawn.holds(batch) if by_span else withdrawn.same_samples(batch)
        return int(found.sum())
