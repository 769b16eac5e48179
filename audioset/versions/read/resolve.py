"""From a name to a record, and from a record to its rows. Needs the store only."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError, StorageError
from audioset.records.identity import VersionRef, parse_reference
from audioset.records.manifest import manifest_schema
from audioset.records.pin import Pin
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.store import Store
from audioset.storage.tables import decode_manifest, scan_encoded
from audioset.versions.aliases import read_alias
from audioset.versions.layout import manifest_key, version_key, version_of_key, versions_prefix
from audioset.versions.read.withdrawals import list_withdrawals, remaining

# Records are small: what counts is the way to the store and back, so several travel at once.
REQUESTS_AT_ONCE = 8


def list_versions(store: Store, dataset: str) -> list[VersionRecord]:
    """List the versions of a dataset, oldest first; empty when there is none.

    Raises:
        InvalidInputError: a record is not readable by this release.
        IntegrityError: a record is that of another version, or a withdrawal is missing.
        StorageError: the store did not answer, or refused.
    """
    numbers = list_version_numbers(store, dataset)
    if not numbers:
        return []
    with ThreadPoolExecutor(min(REQUESTS_AT_ONCE, len(numbers))) as pool:
        records = list(pool.map(lambda number: read_record(store, dataset, number), numbers))
    withdrawals = list_withdrawals(store, dataset)
    return [remaining(store, record, withdrawals) for record in records]


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


def read_version(store: Store, record: VersionRecord) -> pa.Table:
    """Read the whole manifest of a version, in the order of its clip ids.

    Raises:
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    if not record.manifests:  # all of its clips were withdrawn
        return manifest_schema().empty_table()
    return pa.concat_tables(
        decode_manifest(_get_part(store, record, part), f"the manifest of {record.ref}")
        for part in record.manifests
    )


def scan_version(
    store: Store, record: VersionRecord, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Stream the manifest of a version, in the order of its clip ids.

    Args:
        columns: which to give, in this order; all when None.

    Raises:
        InvalidInputError: a manifest has no such column.
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    for part in record.manifests:
        data = _get_part(store, record, part)
        yield from scan_encoded(data, f"the manifest of {record.ref}", columns)


def read_record(store: Store, dataset: str, version: int) -> VersionRecord:
    """Read the record of a version as it was published.

    Raises:
        NotFoundError: no such object.
        InvalidInputError: it is not readable by this release.
        IntegrityError: it is damaged, or that of another version.
        StorageError: the store did not answer, or refused.
    """
    key = version_key(dataset, version)
    record = VersionRecord.from_json(store.get(key), name=store.uri(key))
    if (record.dataset, record.version) != (dataset, version):
        raise IntegrityError(f"{store.uri(key)} is the record of another version: {record.ref}")
    return record


def _get_part(store: Store, record: VersionRecord, part: ContentObject) -> bytes:
    try:
        data = store.get(manifest_key(record.dataset, part.sha256))
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
        return (
            f"{ref} does not exist; the store {store.url} has no dataset {ref.dataset!r}, "
            f"only {', '.join(datasets)}"
        )
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
