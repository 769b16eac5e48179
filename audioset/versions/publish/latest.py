"""Which version a publish goes on from, and the number of the next one."""

from audioset.errors import AudiosetError, IntegrityError, InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import MOST_VERSIONS, version_key
from audioset.versions.read.resolve import list_version_numbers, read_record, tell_damaged
from audioset.versions.read.withdrawals import list_withdrawals, remaining


def find_latest(store: Store, dataset: str) -> tuple[VersionRecord | None, int]:
    """Give the latest version whose record can be read, and the number of the next one.

    A damaged record is told and does not stop a new version; its number stays taken.

    Raises:
        IntegrityError: every record is damaged, or there is no number after the last.
        StorageError: the store did not answer, or refused.
    """
    numbers = list_version_numbers(store, dataset)
    if numbers and numbers[-1] >= MOST_VERSIONS:
        raise IntegrityError(
            f"{store.uri(version_key(dataset, numbers[-1]))} leaves no number for a new version; "
            "nobody has published so many: delete it when it is no record"
        )
    damaged: list[AudiosetError] = []
    for number in reversed(numbers):
        try:
            record = read_record(store, dataset, number)
        except (IntegrityError, InvalidInputError) as error:
            tell_damaged(VersionRef(dataset, number), error)
            damaged.append(error)
            continue
        return remaining(store, record, list_withdrawals(store, dataset)), numbers[-1] + 1
    if damaged:  # nothing tells which shards are needed
        raise damaged[0]
    return None, 1
