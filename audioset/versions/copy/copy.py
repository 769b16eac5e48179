"""Copy: versions, aliases and withdrawals from one store to another, in the order of a publish.

Shards, then manifests, then the record, byte for byte: a version appears at the target last and
whole. Everything is named by its hash or by its number, so a copy that stops anywhere is continued
by the next one, and two that go on at once do no harm.
"""

from collections.abc import Sequence

from audioset.engine import Progress, no_progress
from audioset.errors import AlreadyExistsError, AudiosetError, ConflictError, StorageError
from audioset.records.copy_report import CopiedVersion, CopiedVersions, CopiedWithdrawal
from audioset.storage.probes import require_exclusive_create
from audioset.storage.store import Store
from audioset.versions.copy.aliases import PlannedAlias, plan_aliases, put_alias
from audioset.versions.copy.plan import CopyPlan, PlannedVersion, plan_copy
from audioset.versions.copy.send import ObjectSender
from audioset.versions.layout import version_key, withdrawal_key
from audioset.versions.read.left_behind import left_behind
from audioset.versions.read.withdrawals import list_withdrawal_numbers, list_withdrawals


def copy_versions(
    origin: Store,
    target: Store,
    dataset: str,
    *,
    numbers: Sequence[int] = (),
    yes: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> CopiedVersions:
    """Bring versions of a dataset to another store, with their aliases and all withdrawals.

    A version whose objects are damaged at the origin is left out and named; the others go on.

    Args:
        numbers: of the versions; all when empty.
        yes: also change what the target has: move aliases that were moved there, and withdraw
            clips from its versions.
        dry_run: only tell.
        progress: told of bytes.

    Raises:
        NotFoundError: the origin has no such version, or none at all.
        ConflictError: the target has another version under the same number or another withdrawal:
            nothing was copied. Or somebody withdrew clips meanwhile: copy again.
        IntegrityError: a withdrawal is damaged or missing.
        StorageError: a store or the disk refused. Versions that were copied stand.
    """
    plan = plan_copy(origin, target, dataset, numbers, withdraw=yes)
    wanted = {version.ref.version for version in plan.versions} if numbers else None
    aliases = plan_aliases(origin, target, dataset, wanted, move=yes)
    if dry_run:
        _leave_out(plan, aliases)
        return _told(plan, aliases, done=False)
    copier = _Copier(origin, target, plan)
    copier.copy(progress)
    _leave_out(plan, aliases)
    for planned in aliases:
        if planned.moves is not None and not planned.problem:
            put_alias(target, planned)
    return _told(plan, aliases, done=True, num_removed=copier.remove_withdrawn())


class _Copier:
    """Carries out a plan, step after step."""

    def __init__(self, origin: Store, target: Store, plan: CopyPlan) -> None:
        self._origin = origin
        self._target = target
        self._plan = plan
        self._num_withdrawals = plan.num_withdrawals

    def copy(self, progress: Progress) -> None:
        """Bring withdrawals first, so that no version appears with what they took out of it."""
        if self._plan.is_new:
            require_exclusive_create(self._target)
        total = sum(version.size_bytes for version in self._plan.versions if not version.problem)
        with self._target.scratch() as scratch:
            sender = ObjectSender(
                self._origin,
                self._target,
                scratch,
                stored=self._plan.stored,
                total_bytes=total,
                progress=progress,
            )
            self._withdraw(sender)
            self._plan.hold_back()
            for version in self._plan.versions:
                if not version.problem:
                    self._copy_version(sender, version)

    def remove_withdrawn(self) -> int:
        """Remove what still holds withdrawn recordings at the target; gives how many objects."""
        known = list_withdrawals(self._target, self._plan.dataset)
        keys = sorted(left_behind(self._target, self._plan.dataset, known))
        for key in keys:
            self._target.delete(key)
        return len(keys)

    def _withdraw(self, sender: ObjectSender) -> None:
        """Put what is left of the target's versions, then the withdrawals, one after the other.

        Where several take clips out of one version, the origin has only what the last one left:
        that version cannot be read at the target until that one is there as well.
        """
        missing = [one for one in self._plan.withdrawals if not one.problem]
        reached = {number for one in missing for number in one.reached}
        for version in self._plan.versions:
            if version.is_there and version.ref.version in reached and not version.problem:
                self._send(sender, version)
        damaged = {v.ref.version: v.ref for v in self._plan.versions if v.problem and v.is_there}
        if broken := sorted(reached & damaged.keys()):
            for one in missing:
                one.problem = (
                    f"withdrawal {one.withdrawal.number} waits: what it leaves of "
                    f"{damaged[broken[0]]} is damaged"
                )
            return
        for one in missing:
            key = withdrawal_key(self._plan.dataset, one.withdrawal.number)
            _put_same(self._target, key, self._origin.get(key))
        here, there = self._num_withdrawals
        self._num_withdrawals = here, there + len(missing)

    def _copy_version(self, sender: ObjectSender, version: PlannedVersion) -> None:
        self._send(sender, version)
        if version.problem or version.is_there:
            return
        dataset, number = version.ref.dataset, version.ref.version
        now = tuple(
            len(list_withdrawal_numbers(store, dataset)) for store in (self._origin, self._target)
        )
        if now != self._num_withdrawals:
            raise ConflictError(f"clips of {dataset} were withdrawn meanwhile; run copy again")
        _put_same(self._target, version_key(dataset, number), version.data)

    def _send(self, sender: ObjectSender, version: PlannedVersion) -> None:
        shards = {key: size for key, size in version.needs.items() if "/shards/" in key}
        if what := sender.send_all(shards) or sender.send_all(version.needs):  # manifests last
            version.problem = f"{version.ref} cannot be copied: {what}"


def _leave_out(plan: CopyPlan, aliases: Sequence[PlannedAlias]) -> None:
    """Leave out aliases of versions that do not come."""
    comes = {version.ref.version: not version.problem for version in plan.versions}
    for planned in aliases:
        alias = planned.alias
        if planned.moves is not None and not planned.problem and not comes.get(alias.version):
            planned.problem = f"{alias.dataset}@{alias.alias} names {alias.ref}, which is left out"


def _put_same(target: Store, key: str, data: bytes) -> None:
    """Create an object; one of the same bytes is as good, whoever made it.

    Raises:
        ConflictError: somebody else made another one at this moment.
        StorageError: the target did not answer, or refused.
    """
    try:
        target.put_new(key, data)
    except (AlreadyExistsError, StorageError) as error:
        try:
            held = target.get(key)
        except AudiosetError:
            raise error from None
        if held != data:
            raise ConflictError(
                f"{target.uri(key)} was made by somebody else at this moment; run copy again"
            ) from error


def _told(
    plan: CopyPlan, aliases: Sequence[PlannedAlias], *, done: bool, num_removed: int = 0
) -> CopiedVersions:
    state = "copied" if done else "missing"
    return CopiedVersions(
        versions=tuple(_version(version, done=done) for version in plan.versions),
        aliases=tuple(planned.told(state) for planned in aliases),
        withdrawals=tuple(
            CopiedWithdrawal(
                number=missing.withdrawal.number,
                state="left out" if missing.problem else "copied" if done else "missing",
                versions=missing.reached,
                problem=missing.problem,
            )
            for missing in plan.withdrawals
        ),
        num_removed=num_removed,
        problems=tuple(plan.problems),
    )


def _version(version: PlannedVersion, *, done: bool) -> CopiedVersion:
    state = "copied" if done else "missing"
    if version.problem:
        state = "left out"
    elif version.is_there:
        state = "there" if not version.num_objects else "repaired" if done else "missing"
    return CopiedVersion(
        ref=version.ref,
        state=state,  # type: ignore[arg-type]  # one of CopyState
        num_objects=version.num_objects,
        size_bytes=version.size_bytes,
        problem=version.problem,
    )
