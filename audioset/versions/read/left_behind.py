"""Objects that hold what was withdrawn and that a withdrawal, broken off, did not remove."""

from collections.abc import Sequence

from audioset.records.withdrawal import Withdrawal
from audioset.storage.store import Store
from audioset.versions.read.resolve import list_version_numbers, list_versions, read_record
from audioset.versions.references import needed_keys, withdrawn_keys


def left_behind(store: Store, dataset: str, withdrawals: Sequence[Withdrawal]) -> set[str]:
    """Find objects in the store that still hold what was withdrawn.

    Raises:
        IntegrityError: a record is damaged, or a withdrawal is missing.
        StorageError: the store did not answer, or refused.
    """
    if not withdrawals:
        return set()
    originals = [
        read_record(store, dataset, number) for number in list_version_numbers(store, dataset)
    ]
    needed = needed_keys(list_versions(store, dataset))
    held = withdrawn_keys(originals, withdrawals, needed)
    return {key for key in held if store.size(key) is not None}
