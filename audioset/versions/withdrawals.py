"""Withdrawals of a dataset, and what they leave of a version."""

from collections.abc import Sequence
from dataclasses import replace

from audioset.errors import IntegrityError, NotFoundError
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Withdrawal
from audioset.storage.store import Store
from audioset.versions.layout import withdrawal_key, withdrawal_of_key, withdrawn_prefix


def list_withdrawals(store: Store, dataset: str) -> list[Withdrawal]:
    """List the withdrawals of a dataset in the order in which they happened.

    Raises:
        InvalidInputError: one is not readable by this release.
        IntegrityError: one is missing from their numbers: what it withdrew would come back.
        StorageError: the store did not answer, or refused.
    """
    found = (withdrawal_of_key(key) for key in store.list_keys(withdrawn_prefix(dataset)))
    numbers = sorted(number for number in found if number is not None)
    if numbers != list(range(1, len(numbers) + 1)):
        raise IntegrityError(
            f"{store.uri(withdrawn_prefix(dataset))} lacks a withdrawal before w{numbers[-1]:04d}; "
            "restore it from a backup: without it, withdrawn clips would come back"
        )
    return [_read(store, dataset, number) for number in numbers]


def remaining(record: VersionRecord, withdrawals: Sequence[Withdrawal]) -> VersionRecord:
    """Give what the withdrawals leave of a version: the last that touched it says so."""
    for withdrawal in reversed(withdrawals):
        for left in withdrawal.versions:
            if left.version == record.version:
                return replace(
                    record,
                    num_withdrawn=left.num_withdrawn,
                    num_clips=left.num_clips,
                    length_seconds=left.length_seconds,
                    num_speakers=left.num_speakers,
                    size_bytes=left.size_bytes,
                    manifests=left.manifests,
                    shards=left.shards,
                )
    return record


def withdrawn_recordings(withdrawals: Sequence[Withdrawal]) -> frozenset[str]:
    """Give the `pcm_sha256` of everything that was withdrawn."""
    return frozenset(pcm for withdrawal in withdrawals for pcm in withdrawal.recordings)


def _read(store: Store, dataset: str, number: int) -> Withdrawal:
    key = withdrawal_key(dataset, number)
    try:
        return Withdrawal.from_json(store.get(key), name=store.uri(key))
    except NotFoundError as error:
        raise IntegrityError(f"{store.uri(key)} vanished while it was read; try again") from error
