"""Verify: prove that all a store holds of a dataset is what was published, and name what is not.

Every object is read once, as a stream. Nothing stops at the first problem.
"""

from collections import defaultdict
from collections.abc import Collection

from audioset.engine import Progress, no_progress
from audioset.errors import NotFoundError
from audioset.machine import num_cores
from audioset.records.verify_report import ObjectKind, Problem, VerifyReport
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.read.withdrawals import what_is_left, withdrawn_recordings
from audioset.versions.references import (
    needed_keys,
    replaced_shards,
    stored_content,
    withdrawn_keys,
)
from audioset.versions.verify.content import FORGET, ContentVerifier
from audioset.versions.verify.names import NamedRecords, verify_names

_ORDER: dict[ObjectKind, int] = {
    "record": 0,
    "withdrawal": 1,
    "alias": 2,
    "manifest": 3,
    "shard": 4,
}


def verify(
    store: Store,
    dataset: str,
    *,
    versions: Collection[int] = (),
    decode: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> VerifyReport:
    """Read all objects of a dataset and hold them against their hashes and against each other.

    Args:
        versions: numbers of the versions to verify; all when empty.
        decode: also decode every clip and hold its samples against `pcm_sha256`.
        workers: CPU cores to use, all when None.
        progress: told of the bytes that were read.

    Raises:
        NotFoundError: the dataset has no such version, or none.
        StorageError: the store did not answer, or refused; or the temporary disk is full.
    """
    names = verify_names(store, dataset)
    known = set(names.records) | {v for p in names.problems for v in p.versions}
    if missing := sorted(set(versions) - known):
        raise NotFoundError(f"{dataset}@v{missing[0]} does not exist in {store.url}")
    if not known:
        raise NotFoundError(
            f"{dataset} has no version in {store.url}: publish first, audioset publish"
        )
    chosen = {
        number: what_is_left(record, names.withdrawals)
        for number, record in names.records.items()
        if not versions or number in versions
    }
    problems = [
        problem
        for problem in names.problems
        if not versions or set(versions) & set(problem.versions)
    ]
    content = ContentVerifier(
        store,
        dataset,
        chosen,
        recordings=withdrawn_recordings(names.withdrawals),
        decode=decode,
        threads=workers or num_cores(),
        progress=progress,
    )
    problems += content.verify()
    problems += _leftovers(store, names, chosen) if names.complete else []
    return VerifyReport(
        dataset=dataset,
        versions=tuple(sorted(set(versions or known))),
        num_objects=content.num_objects,
        size_bytes=content.size_bytes,
        num_clips=content.num_clips,
        num_dead_clips=chosen[max(chosen)].num_dead_clips if chosen else 0,
        decoded=decode,
        num_unneeded=_count_unneeded(store, dataset, names) if names.complete else None,
        problems=tuple(sorted(problems, key=lambda p: (_ORDER[p.kind], p.key, p.what))),
    )


def _leftovers(
    store: Store, names: NamedRecords, chosen: dict[int, VersionRecord]
) -> list[Problem]:
    """Find objects that still hold what was withdrawn."""
    originals = names.records.values()
    left = [what_is_left(record, names.withdrawals) for record in originals]
    keys = withdrawn_keys(originals, names.withdrawals, needed_keys(left))
    # A version that appeared at the moment of a withdrawal may name what that replaced.
    replaced = replaced_shards(originals, names.withdrawals)
    keys |= {shard_key(left[0].dataset, sha256) for sha256 in replaced}
    users: dict[str, list[int]] = defaultdict(list)
    for number, record in names.records.items():
        for key in needed_keys([record]) & keys:
            users[key].append(number)
    return [
        Problem(
            key=key,
            kind="shard" if key.endswith(".tar") else "manifest",
            what="still holds withdrawn recordings",
            remedy=FORGET,
            versions=tuple(users[key]),
        )
        for key in sorted(keys)
        if (not users[key] or set(users[key]) & set(chosen)) and store.size(key) is not None
    ]


def _count_unneeded(store: Store, dataset: str, names: NamedRecords) -> int:
    """Count objects that no version needs, those that hold what was withdrawn aside."""
    needed = needed_keys(what_is_left(r, names.withdrawals) for r in names.records.values())
    gone = withdrawn_keys(names.records.values(), names.withdrawals, needed)
    return sum(item.key not in needed | gone for item in stored_content(store, dataset))
