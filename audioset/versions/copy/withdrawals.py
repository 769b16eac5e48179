"""Withdrawals of two stores: whether they agree, and which of them are missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audioset.errors import ConflictError, as_option
from audioset.records.withdrawal import Withdrawal
from audioset.storage.store import Store
from audioset.versions.read.resolve import list_version_numbers, read_record, scan_version
from audioset.versions.read.withdrawals import list_withdrawals, what_is_left, withdrawn_recordings


@dataclass(slots=True)
class MissingWithdrawal:
    """A withdrawal that the target lacks.

    Attributes:
        withdrawal: of the origin.
        reached: numbers of versions at the target that lose clips by it.
        problem: why it is held back; empty when it is not.
    """

    withdrawal: Withdrawal
    reached: tuple[int, ...] = ()
    problem: str = ""


def join_withdrawals(
    origin: Store, target: Store, here: Sequence[Withdrawal], there: Sequence[Withdrawal]
) -> list[Withdrawal]:
    """Give the withdrawals of both stores, where one has those of the other and perhaps more.

    Raises:
        ConflictError: both have withdrawn on their own since.
    """
    for one, other in zip(here, there, strict=False):
        if _meaning(one) != _meaning(other):
            raise ConflictError(
                f"withdrawal {one.number} of {one.dataset} in {origin.url} (by {one.created_by}, "
                f"{one.created_at[:10]}) is another one than in {target.url} (by "
                f"{other.created_by}, {other.created_at[:10]}): people withdrew in both; nothing "
                "was copied; publish the clips that are left there anew, which leaves out what "
                "was withdrawn there"
            )
    return list(here if len(here) > len(there) else there)


def find_missing(
    target: Store, withdrawals: Sequence[Withdrawal], there: Sequence[int], *, withdraw: bool
) -> list[MissingWithdrawal]:
    """Find what withdrawals do at the target; those that need permission wait for it.

    Args:
        withdrawals: that the target lacks, in order.
        there: numbers of its versions.
        withdraw: they may change versions of the target.
    """
    found = []
    waits = False
    for one in withdrawals:
        reached = tuple(left.version for left in one.versions if left.version in there)
        missing = MissingWithdrawal(one, reached)
        waits |= bool(reached) and not withdraw
        if waits:  # also those behind it: they follow each other without gaps
            names = ", ".join(f"v{number}" for number in reached)
            missing.problem = (
                f"withdrawal {one.number} takes clips out of {names} in {target.url}; "
                f"{as_option('yes', 'True')} does it"
                if reached
                else f"withdrawal {one.number} waits for the one before it"
            )
        found.append(missing)
    return found


def tell_agreed(
    origin: Store, target: Store, missing: Sequence[MissingWithdrawal], there: Sequence[int]
) -> list[str]:
    """Require that withdrawals mean the same versions at the target; they name them by number.

    Returns:
        Versions that only the target has and that hold the recordings, a line each.

    Raises:
        ConflictError: a version that they name is another one at the target.
        IntegrityError: a record or a manifest of the target is damaged.
    """
    dataset = missing[0].withdrawal.dataset
    here = set(list_version_numbers(origin, dataset))
    reached = {left.version for one in missing for left in one.withdrawal.versions}
    for number in sorted(reached & set(there) & here):
        ours, theirs = (read_record(store, dataset, number) for store in (origin, target))
        if ours.digest != theirs.digest:
            raise ConflictError(
                f"{theirs.ref} in {target.url} is another version than in {origin.url}, and a "
                "withdrawal names it; nothing was copied"
            )
    recordings = withdrawn_recordings([one.withdrawal for one in missing])
    before = list_withdrawals(target, dataset)
    found = []
    for number in sorted(set(there) - here):
        record = what_is_left(read_record(target, dataset, number), before)
        held = sum(
            sum(pcm in recordings for pcm in batch.column(0).to_pylist())
            for batch in scan_version(target, record, ["pcm_sha256"])
        )
        if held:
            found.append(
                f"{record.ref} in {target.url}, which only it has, holds {held} withdrawn "
                "recordings: run audioset forget for them there"
            )
    return found


def _meaning(withdrawal: Withdrawal) -> Withdrawal:
    """Give what a withdrawal says, without who said it when: the same twice is no conflict."""
    return replace(withdrawal, message="", created_at="", created_by="", nonce="", format_version=1)
