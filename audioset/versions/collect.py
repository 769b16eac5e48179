"""Collect: remove objects that no version needs, such as those of a publish that was broken off."""

from dataclasses import dataclass
from datetime import timedelta

from audioset.errors import InvalidInputError
from audioset.storage.objects import StoredObject
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.read.resolve import list_versions
from audioset.versions.references import needed_keys, stored_content

# A publish that is going on has put shards that no record names yet. A shorter limit would take
# them away from under it.
LEAST_AGE = timedelta(hours=24)
DEFAULT_AGE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """What `collect` found.

    Attributes:
        dataset: name of the dataset.
        removed: keys that no version needs and that are old enough; only named in a dry run.
        size_bytes: of those objects.
        num_young: objects that no version needs yet; they may belong to a publish that goes on.
        num_needed: objects that versions need, or clips of this workspace.
        dry_run: nothing was removed.
    """

    dataset: str
    removed: tuple[str, ...]
    size_bytes: int
    num_young: int
    num_needed: int
    dry_run: bool


def collect(
    store: Store,
    dataset: str,
    *,
    age: timedelta = DEFAULT_AGE,
    dry_run: bool = True,
    kept: frozenset[str] = frozenset(),
) -> CollectReport:
    """Remove what no version of a dataset needs and what is older than an age limit.

    Nothing is removed when the dataset has no version: a listing that is empty by mistake would
    otherwise take everything. Ages are told by the store's own clock. Clips that a workspace cut
    into the store and did not publish yet are protected by their age, those of `kept` at any rate.

    Args:
        age: at least 24 hours.
        kept: hashes of shards that are needed although no version names them.
        dry_run: only tell.

    Raises:
        InvalidInputError: the age is too short, or a record is not readable by this release.
        IntegrityError: a record or a withdrawal is damaged: nothing was removed.
        StorageError: the store did not answer, or refused.
    """
    if age < LEAST_AGE:
        raise InvalidInputError(
            f"the age limit must be at least {LEAST_AGE.total_seconds() / 3600:.0f} hours; younger "
            "objects may belong to a publish that is going on"
        )
    # Listed before the records: what a version needs that appears in between is not in this list.
    found = stored_content(store, dataset)
    records = list_versions(store, dataset)
    needed = needed_keys(records)
    needed |= {item.key for item in found} & {shard_key(dataset, sha256) for sha256 in kept}
    spare = [item for item in found if item.key not in needed] if records else []
    old = _older_than(store, spare, age)
    if old and not dry_run:
        # A publish may have named a shard since that a cut had put there long before.
        newly_needed = needed_keys(list_versions(store, dataset))
        old = [item for item in old if item.key not in newly_needed]
        for item in old:
            store.delete(item.key)
    return CollectReport(
        dataset=dataset,
        removed=tuple(item.key for item in old),
        size_bytes=sum(item.size_bytes for item in old),
        num_young=len(spare) - len(old),
        num_needed=len(needed),
        dry_run=dry_run,
    )


def _older_than(store: Store, items: list[StoredObject], age: timedelta) -> list[StoredObject]:
    if not items:
        return []
    limit = store.now() - age
    return [item for item in items if item.modified_at < limit]
