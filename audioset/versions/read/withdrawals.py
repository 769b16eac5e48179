"""Withdrawals of a dataset, and what they leave of a version.

Most datasets have none: their form is loaded when there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.errors import IntegrityError, NotFoundError
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import (
    MOST_WITHDRAWAL_BYTES,
    withdrawal_key,
    withdrawal_of_key,
    withdrawn_prefix,
)

if TYPE_CHECKING:
    from audioset.records.withdrawal import Withdrawal


def list_withdrawals(store: Store, dataset: str) -> "list[Withdrawal]":
    """List the withdrawals of a dataset in the order in which they happened.

    Raises:
        InvalidInputError: one is not readable by this release.
        IntegrityError: one is missing from their numbers: what it withdrew would come back.
        StorageError: the store did not answer, or refused.
    """
    numbers = list_withdrawal_numbers(store, dataset)
    for expected, number in enumerate(numbers, 1):
        if number != expected:
            raise IntegrityError(lost_text(store, dataset, expected))
    return [read_withdrawal(store, dataset, number) for number in numbers]


def list_withdrawal_numbers(store: Store, dataset: str) -> list[int]:
    """List the numbers of the withdrawals of a dataset, ascending.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    found = (withdrawal_of_key(key) for key in store.list_keys(withdrawn_prefix(dataset)))
    return sorted(number for number in found if number is not None)


def lost_text(store: Store, dataset: str, number: int) -> str:
    """Say that a withdrawal is missing, and why that matters."""
    return (
        f"{store.uri(withdrawal_key(dataset, number))} is missing; restore it from a backup: "
        "without it, withdrawn clips would come back"
    )


def remaining(
    store: Store, record: VersionRecord, withdrawals: "Sequence[Withdrawal]"
) -> VersionRecord:
    """Give what the withdrawals leave of a version: the last that touched it says so.

    Args:
        store: for messages.
        record: as it was published.
        withdrawals: all of its dataset, listed after the record was read.

    Raises:
        IntegrityError: the record knows of more withdrawals than there are.
    """
    if len(withdrawals) < record.num_withdrawals:
        raise IntegrityError(lost_text(store, record.dataset, len(withdrawals) + 1))
    return what_is_left(record, withdrawals)


def what_is_left(record: VersionRecord, withdrawals: "Sequence[Withdrawal]") -> VersionRecord:
    """Give what some withdrawals leave of a version, whether there are more of them or not."""
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


def withdrawn_recordings(withdrawals: "Sequence[Withdrawal]") -> frozenset[str]:
    """Give the `pcm_sha256` of everything that was withdrawn."""
    return frozenset(pcm for withdrawal in withdrawals for pcm in withdrawal.recordings)


def withdrawn_ids(withdrawals: "Sequence[Withdrawal]") -> Callable[[str], bool]:
    """Give a test of clip ids: whether the clip was withdrawn, by its span or with its source."""
    from audioset.records.withdrawal import place_of_clip_id, place_of_span

    places = {place_of_span(span) for one in withdrawals for span in one.spans}
    sources = {source[:8] for one in withdrawals for source in one.sources}

    def is_withdrawn(clip_id: str) -> bool:
        place = place_of_clip_id(clip_id)
        return place is not None and (place in places or place[0] in sources)

    return is_withdrawn


def read_withdrawal(store: Store, dataset: str, number: int) -> "Withdrawal":
    """Read one withdrawal.

    Raises:
        InvalidInputError: it is not readable by this release.
        IntegrityError: it is damaged, is another one, or vanished meanwhile.
        StorageError: the store did not answer, or refused.
    """
    from audioset.records.withdrawal import Withdrawal

    key = withdrawal_key(dataset, number)
    try:
        data = store.get(key, most_bytes=MOST_WITHDRAWAL_BYTES)
        found = Withdrawal.from_json(data, name=store.uri(key))
    except NotFoundError as error:
        raise IntegrityError(f"{store.uri(key)} vanished while it was read; try again") from error
    if (found.dataset, found.number) != (dataset, number):
        raise IntegrityError(
            f"{store.uri(key)} is another withdrawal: w{found.number:04d} of {found.dataset}"
        )
    return found
