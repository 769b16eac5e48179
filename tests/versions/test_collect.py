"""What no version needs goes when it is old; everything else stays."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.identity import VersionRef
from audioset.storage.local_store import LocalStore
from audioset.storage.store import open_store
from audioset.versions.collect import collect
from audioset.versions.layout import manifest_key, shard_key, version_key
from audioset.versions.read.resolve import resolve
from audioset.versions.references import needed_keys
from audioset.workspace import Workspace
from tests.versions.publishing import publish, stored_objects, with_value, working_table
from tests.workspaces import make_workspace

DAY = 24 * 3600


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = make_workspace(tmp_path / "scots")
    publish(ws)
    publish(ws, with_value(working_table(ws), 0, "text", "new"))
    return ws


def add_orphans(ws: Workspace) -> set[str]:
    """Put what a publish that was broken off would leave."""
    store = open_store(ws.settings.store)
    keys = {shard_key("scots", "0" * 64), manifest_key("scots", "1" * 64)}
    for key in keys:
        store.put_content(key, b"left behind")
    return keys


def make_older(ws: Workspace, days: float) -> None:
    then = time.time() - days * DAY
    for path in Path(ws.settings.store).rglob("*"):
        os.utime(path, (then, then))


def test_only_old_objects_that_nobody_needs_are_removed(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    before = stored_objects(store)
    orphans = add_orphans(ws)
    make_older(ws, days=8)
    told = collect(store, "scots")
    assert (set(told.removed), told.dry_run) == (orphans, True)
    assert orphans <= set(stored_objects(store))
    assert set(collect(store, "scots", dry_run=False).removed) == orphans
    assert stored_objects(store) == before
    assert collect(store, "scots", dry_run=False).removed == ()


def test_young_objects_stay(ws: Workspace) -> None:
    orphans = add_orphans(ws)
    make_older(ws, days=6)
    report = collect(open_store(ws.settings.store), "scots", dry_run=False)
    assert (report.removed, report.num_young) == ((), len(orphans))
    with pytest.raises(InvalidInputError, match="at least 24 hours"):
        collect(open_store(ws.settings.store), "scots", age=timedelta(hours=23))


def test_nothing_is_removed_when_no_version_is_listed(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that is empty by mistake must not take the dataset with it."""
    make_older(ws, days=30)
    store = open_store(ws.settings.store)
    before = stored_objects(store)
    listing = LocalStore.list_keys
    monkeypatch.setattr(
        LocalStore,
        "list_keys",
        lambda self, prefix: iter(()) if "versions" in prefix else listing(self, prefix),
    )
    assert collect(store, "scots", dry_run=False).removed == ()
    monkeypatch.undo()
    assert stored_objects(store) == before


def test_a_damaged_record_stops_it(ws: Workspace) -> None:
    add_orphans(ws)
    make_older(ws, days=30)
    store = open_store(ws.settings.store)
    (Path(ws.settings.store) / version_key("scots", 1)).write_text("{}")
    before = stored_objects(store)
    with pytest.raises(AudiosetError):
        collect(store, "scots", dry_run=False)
    assert stored_objects(store) == before


def test_ages_are_told_by_the_clock_of_the_store(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose clock is a year ahead removes nothing that is young."""
    add_orphans(ws)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 365 * DAY)
    report = collect(open_store(ws.settings.store), "scots", dry_run=False)
    assert (report.removed, report.num_young) == ((), 2)


def test_a_publish_makes_young_again_what_it_takes_over(ws: Workspace) -> None:
    """What a broken-off publish left a week ago must not be removed while the next one uses it."""
    store = open_store(ws.settings.store)
    first = resolve(store, VersionRef("scots", 1))
    for number in (1, 2):
        store.delete(version_key("scots", number))
    make_older(ws, days=8)
    again = publish(ws)
    assert (again.record.shards, again.num_new_shards) == (first.shards, len(first.shards))
    assert again.record.manifests == first.manifests
    left = collect(store, "scots", dry_run=False).removed
    assert not {*needed_keys([again.record])} & {*left}
