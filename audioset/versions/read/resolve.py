"""From a name to a record, and from a record to its rows. Needs the store only.

Who only asks for records does not load what rows need, which takes longer than to read a record.
"""

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import (
    AudiosetError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from audioset.near_names import near_or_all
from audioset.records.identity import VersionRef, parse_reference
from audioset.records.pin import Pin
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.store import Store
from audioset.versions.aliases import read_alias
from audioset.versions.layout import (
    MOST_RECORD_BYTES,
    manifest_key,
    version_key,
    version_of_key,
    versions_prefix,
)
from audioset.versions.read.withdrawals import list_withdrawals, remaining

if TYPE_CHECKING:
    import pyarrow as pa

# Records are small: what counts is the way to the store and back, so several travel at once.
REQUESTS_AT_ONCE = 8
# A larger part of a manifest is read twice from this machine's drive rather than held.
_MOST_HELD_BYTES = 2**23
FoundRecord = VersionRecord | IntegrityError | InvalidInputError


def list_versions(store: Store, dataset: str) -> list[VersionRecord]:
    """List the versions of a dataset, oldest first; empty when there is none.

    Raises:
        InvalidInputError: a record is not readable by this release.
        IntegrityError: a record is damaged, or a withdrawal is missing.
        StorageError: the store did not answer, or refused.
    """
    found = _read_records(store, dataset)
    if damaged := [error for error in found.values() if isinstance(error, AudiosetError)]:
        raise damaged[0]
    return list_readable_versions(store, dataset, found)


def list_readable_versions(
    store: Store, dataset: str, found: Mapping[int, FoundRecord] | None = None
) -> list[VersionRecord]:
    """List the versions of a dataset whose records can be read, oldest first; warn of the others.

    Args:
        found: the records, when they are read already.

    Raises:
        IntegrityError: a withdrawal is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    found = _read_records(store, dataset) if found is None else found
    if not found:
        return []
    withdrawals = list_withdrawals(store, dataset)
    readable = []
    for number, record in found.items():
        if isinstance(record, VersionRecord):
            readable.append(remaining(store, record, withdrawals))
        else:
            tell_damaged(VersionRef(dataset, number), record)
    return readable


def tell_damaged(ref: VersionRef, error: AudiosetError) -> None:
    """Warn that a version is left out because its record is damaged, and say what cures it."""
    warnings.warn(
        f"{ref} is left out: {error}, or publish its clips again as a new version; its number "
        "stays taken",
        DamagedWarning,
        stacklevel=3,
    )


def _read_records(store: Store, dataset: str) -> dict[int, FoundRecord]:
    """Read all records of a dataset, several at once; of a damaged one its error stands there."""

    def attempt(number: int) -> FoundRecord:
        try:
            return read_record(store, dataset, number)
        except (IntegrityError, InvalidInputError) as error:
            return error

    numbers = list_version_numbers(store, dataset)
    if store.is_local:
        return {number: attempt(number) for number in numbers}
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        return dict(zip(numbers, pool.map(attempt, numbers), strict=True))


def list_version_numbers(store: Store, dataset: str) -> list[int]:
    """List the numbers of the versions of a dataset, ascending.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    found = (version_of_key(key) for key in store.list_keys(versions_prefix(dataset)))
    return sorted(number for number in found if number is not None)


def resolve(store: Store, ref: VersionRef) -> VersionRecord:
    """Find the record of a version, as far as it was not withdrawn.

    Raises:
        NotFoundError: no such version; the text names those that exist.
        IntegrityError: the record is that of another version, or a withdrawal is missing.
        StorageError: the store did not answer, or refused.
    """
    try:
        record = read_record(store, ref.dataset, ref.version)
    except NotFoundError:
        raise NotFoundError(_missing_text(store, ref)) from None
    return remaining(store, record, list_withdrawals(store, ref.dataset))


def resolve_reference(store: Store, text: str) -> VersionRecord:
    """Find the record of `name@v3`, or of the version that `name@alias` names now.

    Raises:
        InvalidInputError: the text has another form.
        NotFoundError: no such version or alias; the text names those that exist.
        IntegrityError, StorageError: as `resolve`.
    """
    ref = parse_reference(text)
    return resolve(store, ref if isinstance(ref, VersionRef) else read_alias(store, ref).ref)


def resolve_pin(store: Store, path: Path) -> tuple[VersionRecord, Pin]:
    """Find the version that a pin file names, and require its digest.

    Returns:
        The record, and the pin; of a pinned view the rows are still to be checked.

    Raises:
        NotFoundError: no such file, or no such version in this store.
        InvalidInputError: the file is not a pin file.
        IntegrityError: the version has another digest than the pin.
        StorageError: the file cannot be read, or the store did not answer.
    """
    pin = Pin.from_json(_read_pin(path), name=str(path))
    try:
        record = resolve(store, pin.ref)
    except NotFoundError as error:
        raise NotFoundError(f"{error} (pinned by {path} from store {pin.store})") from None
    wanted = pin.version_digest or pin.digest
    if record.digest != wanted:
        raise IntegrityError(
            f"{pin.ref} in {store.url} has digest {record.digest[:12]}, but {path} pins "
            f"{wanted[:12]}: it is not the same data; was it pinned from {pin.store}?"
        )
    return record, pin


def read_version(store: Store, record: VersionRecord) -> "pa.Table":
    """Read the whole manifest of a version, in the order of its clip ids.

    Raises:
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    import pyarrow as pa

    from audioset.records.manifest import manifest_schema
    from audioset.storage.tables import decode_manifest
    from audioset.versions.read.believed import require_count, require_places

    if not record.manifests:  # all of its clips were withdrawn
        require_count(record, 0)
        return manifest_schema().empty_table()
    rows = pa.concat_tables(
        decode_manifest(_get_part(store, record, part), f"the manifest of {record.ref}")
        for part in record.manifests
    )
    require_count(record, rows.num_rows)
    require_places(record, rows)
    return rows


def scan_version(
    store: Store, record: VersionRecord, columns: Sequence[str] | None = None
) -> "Iterator[pa.RecordBatch]":
    """Stream the manifest of a version, in the order of its clip ids.

    Large parts of a store on this machine are read where they lie, others are held one at a time.

    Args:
        columns: which to give, in this order; all when None.

    Raises:
        InvalidInputError: a manifest has no such column.
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    from audioset.versions.read.believed import require_count

    num_rows = 0
    for part in record.manifests:
        for batch in _scan_part(store, record, part, columns):
            num_rows += batch.num_rows
            yield batch
    require_count(record, num_rows)


def _scan_part(
    store: Store, record: VersionRecord, part: ContentObject, columns: Sequence[str] | None
) -> "Iterator[pa.RecordBatch]":
    from audioset.storage.tables import scan_encoded
    from audioset.versions.read.parts import local_part

    is_large = store.is_local and part.size_bytes > _MOST_HELD_BYTES
    get = local_part if is_large else _get_part
    return scan_encoded(get(store, record, part), f"the manifest of {record.ref}", columns)


def read_record(store: Store, dataset: str, version: int) -> VersionRecord:
    """Read the record of a version as it was published.

    Raises:
        NotFoundError: no such object.
        InvalidInputError: it is not readable by this release.
        IntegrityError: it is damaged, or that of another version.
        StorageError: the store did not answer, or refused.
    """
    key = version_key(dataset, version)
    data = store.get(key, most_bytes=MOST_RECORD_BYTES)
    record = VersionRecord.from_json(data, name=store.uri(key))
    if (record.dataset, record.version) != (dataset, version):
        raise IntegrityError(f"{store.uri(key)} is the record of another version: {record.ref}")
    return record


def _get_part(store: Store, record: VersionRecord, part: ContentObject) -> bytes:
    try:
        data = store.get(manifest_key(record.dataset, part.sha256), most_bytes=part.size_bytes)
    except NotFoundError as error:
        raise IntegrityError(f"{record.ref} is damaged: its manifest is missing") from error
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise IntegrityError(f"{record.ref} is damaged: its manifest does not match its hash")
    return data


def _missing_text(store: Store, ref: VersionRef) -> str:
    numbers = list_version_numbers(store, ref.dataset)
    if numbers:
        known = f"v{numbers[0]}" if len(numbers) == 1 else f"v{numbers[0]} to v{numbers[-1]}"
        return f"{ref} does not exist; {ref.dataset} has {known}"
    datasets = store.list_folders()
    if datasets:
        hint = near_or_all(ref.dataset, datasets, told="it has")
        return f"{ref} does not exist; the store {store.url} has no dataset {ref.dataset!r}; {hint}"
    return f"{ref} does not exist; the store {store.url} is empty: publish first, audioset publish"


def _read_pin(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"no pin file {path}; a version is written name@v3, for example scots@v1"
        ) from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise InvalidInputError(f"{path} is not a pin file: {error}") from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
