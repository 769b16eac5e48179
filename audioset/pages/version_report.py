"""The report of a published version: what it tells, and of what its parent differs from it."""

from functools import partial

from audioset.curation.report import collect_report
from audioset.curation.workspace.clip_audio import PublishedAudio
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.errors import NotFoundError
from audioset.records.dataset_report import DatasetReport
from audioset.records.description import Description
from audioset.records.identity import VersionRef
from audioset.records.split_report import SplitCertificate, SplitOptions
from audioset.records.version import VersionRecord
from audioset.records.version_diff import VersionDiff
from audioset.storage.store import Store
from audioset.versions.diff import DiffInput, diff_rows, version_input
from audioset.versions.layout import shard_key
from audioset.versions.read.resolve import resolve, scan_version

# Changes are held in memory, some hundred bytes each; a page shows twenty of each kind.
MOST_CHANGES = 100_000


def clips_of_version(store: Store, record: VersionRecord) -> ClipSet:
    """Give the clips of a version, to be read as often as it takes."""
    audio = PublishedAudio(store.url, partial(shard_key, record.dataset))
    return ClipSet(str(record.ref), partial(scan_version, store, record), audio)


def report_version(
    store: Store,
    record: VersionRecord,
    split_options: SplitOptions,
    *,
    description: Description | None = None,
    certificate: SplitCertificate | None = None,
) -> DatasetReport:
    """Collect what a report tells of a version; its withdrawn clips are not read.

    Args:
        description, certificate: of the version, where they are known already.

    Raises:
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    diff, not_compared = _diff_to_parent(store, record)
    return collect_report(
        clips_of_version(store, record),
        split_options=split_options,
        num_withdrawn=record.num_withdrawn,
        description=description,
        certificate=certificate,
        diff=diff,
        not_compared=not_compared,
    )


def compare_for_report(before: DiffInput, after: DiffInput) -> tuple[VersionDiff | None, str]:
    """Give what changed, or why the page does not tell it."""
    diff = diff_rows(before, after, most_changes=MOST_CHANGES)
    if diff is not None:
        return diff, ""
    return None, (
        f"More than {MOST_CHANGES:,} changes since {before.name}; all of them: "
        f"audioset diff {before.name} {after.name}"
    )


def _diff_to_parent(store: Store, record: VersionRecord) -> tuple[VersionDiff | None, str]:
    if not record.parent:
        return None, ""
    ref = VersionRef(record.dataset, record.parent)
    try:
        parent = resolve(store, ref)
    except NotFoundError:  # a version that was copied here alone
        return None, f"{ref}, which it goes on from, is not in this store."
    return compare_for_report(version_input(store, parent), version_input(store, record))
