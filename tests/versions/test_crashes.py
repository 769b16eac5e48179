"""A publish killed at any moment: readers see the old or the new version, the next completes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from audioset.records.manifest import table_from_clips
from audioset.storage.store import Store, open_store
from audioset.storage.tables import write_manifest
from audioset.training.reader import Dataset
from audioset.versions.publish.publish import Publication
from audioset.versions.read.resolve import list_versions
from audioset.versions.references import stored_content
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.versions.killing import AFTER, BEFORE, Order, Publishers, publishers
from tests.versions.publishing import (
    SHARD_BYTES,
    publish,
    stored_objects,
    with_value,
    working_table,
)
from tests.workspaces import add_source, make_workspace

__all__ = ["s3_url"]

OLD, NEW = "as it was", "said otherwise"
LEAST_CALLS, MOST_CALLS = 12, 120  # what a publish calls at least, and what it never needs
RANDOM_MOMENTS = 200
FIRST, SECOND, LAID_ANEW, COMPACTED = "first version", "second version", "laid anew", "compacted"
# Clips that the version to be laid anew leaves out: two of three in the worst shard, few in others.
GONE = (0, 14, 15, 20)


@dataclass(frozen=True, kw_only=True)
class Material:
    """A store, and a workspace that is published to it.

    Attributes:
        store: in memory.
        shard_bytes, compact: as of the publish.
    """

    ws: Workspace
    store: Store
    shard_bytes: int = SHARD_BYTES
    compact: bool = False

    @cached_property
    def objects(self) -> dict[str, bytes]:
        return stored_objects(self.store)

    @cached_property
    def before(self) -> list[str]:
        """Text of the first clip of each version."""
        return texts_heard(self.store)

    def store_at(self, url: str) -> Store:
        """Make a store like it."""
        store = open_store(url)
        for key, data in self.objects.items():
            store.put_new(key, data)
        return store

    def order(self, url: str, **moment: Any) -> Order:
        """Order a publish that is killed at a moment."""
        folder, size_bytes = str(self.ws.folder), self.shard_bytes
        return Order(folder, url, NEW, shard_bytes=size_bytes, compact=self.compact, **moment)

    def publish(self, store: Store) -> Publication:
        table = with_value(working_table(self.ws), 0, "text", NEW)
        return publish(self.ws, table, store, shard_bytes=self.shard_bytes, compact=self.compact)

    @cached_property
    def undisturbed(self) -> Publication:
        """What a publish gives that nobody kills."""
        return self.publish(self.store_at("memory://"))


def make_material(kind: str, folder: Path) -> Material:
    if kind in (LAID_ANEW, COMPACTED):
        return make_much(folder, compact=kind == COMPACTED)
    ws, store = make_workspace(folder, sources=1), open_store("memory://")
    if kind == SECOND:  # some of the clips, so that the next version adds some and reuses others
        publish(ws, with_value(working_table(ws).slice(0, 6), 0, "text", OLD), store)
    return Material(ws=ws, store=store)


def make_much(folder: Path, *, compact: bool) -> Material:
    """A version of many small shards and few large ones; then clips go, and others come."""
    ws, store = make_workspace(folder, sources=1, clips_per_source=1), open_store("memory://")
    add_source(ws, "tiny.mp4", 20, seconds=0.05)
    publish(ws, store=store, shard_bytes=1)  # a shard for each clip
    long = add_source(ws, "long.mp4", 24, seconds=0.5)
    publish(ws, with_value(working_table(ws), 0, "text", OLD), store)
    kept = [clip for number, clip in enumerate(long) if number not in GONE]
    write_manifest(ws.manifests_dir / f"{long[0].source_id}.parquet", table_from_clips(kept))
    add_source(ws, "late.mp4", 3, seconds=0.5)
    return Material(ws=ws, store=store, shard_bytes=80_000, compact=compact)


@pytest.fixture(scope="module")
def killer() -> Iterator[Publishers]:
    with publishers() as running:
        yield running


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL under which every try has a store of its own."""
    return (
        str(tmp_path / "stores") if request.param == "local" else request.getfixturevalue("s3_url")
    )


def texts_heard(store: Store) -> list[str]:
    """Read every clip of every version, and give the text of the first of each."""
    texts = []
    for record in list_versions(store, "scots"):
        clips = list(Dataset(store, record))
        assert len(clips) == record.num_clips
        texts.append(str(clips[0].row.text))
    return texts


def complete(material: Material, store: Store) -> Publication:
    """Look at what a killed publish left, run it again, and look again."""
    before, seen = material.before, texts_heard(store)
    assert seen in (before, [*before, NEW])
    if seen:
        assert verify(store, "scots").problems == ()
    there = {item.key for item in stored_content(store, "scots")}
    made = material.publish(store)
    assert texts_heard(store) == [*before, NEW]
    expected = material.undisturbed.record
    assert (made.record.digest, made.record.shards) == (expected.digest, expected.shards)
    shards = {f"scots/shards/{shard.sha256}.tar" for shard in made.record.shards}
    # What was whole is not uploaded again. A far server may still finish what it had received from
    # the killed process after we looked, never less.
    assert made.unchanged or len(seen) == len(before)
    assert made.num_new_shards + made.num_reused_shards == len(shards)
    assert made.num_reused_shards >= len(shards & there)
    report = verify(store, "scots", decode=True)
    assert (report.problems, report.num_unneeded) == ((), 0)
    return made


def test_the_material_makes_a_publish_do_all_that_it_can(tmp_path: Path) -> None:
    """It keeps, packs, rewrites the worst shard and merges small ones; or leaves nothing dead."""
    much = make_material(LAID_ANEW, tmp_path / "laid anew")
    old = list_versions(much.store, "scots")[-1]
    made = much.undisturbed
    new = set(made.record.shards) - set(old.shards)
    assert (made.num_reused_shards, made.record.num_dead_clips) == (9, 2)
    assert sum(shard.num_clips for shard in new) == 16 + 3 + 1, "small ones, new ones, the worst"
    compacted = make_material(COMPACTED, tmp_path / "compacted").undisturbed
    assert (compacted.num_reused_shards, compacted.record.num_dead_clips) == (2, 0)


# A call begins where the one before has ended, so every third of both leaves few moments out.
@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (FIRST, 3),
        (SECOND, 3),
        (LAID_ANEW, 13),
        (COMPACTED, 19),
        *(
            pytest.param(kind, 1, marks=pytest.mark.slow)
            for kind in (FIRST, SECOND, LAID_ANEW, COMPACTED)
        ),
    ],
)
@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_publish_killed_at_any_call_to_the_store_does_no_harm(
    killer: Publishers, tmp_path: Path, root: str, kind: str, when: str, step: int
) -> None:
    """Killed at its first call, then another at its second, and so on to its last."""
    material = make_material(kind, tmp_path / "work")
    for call in count(1 if when == BEFORE else 2, step):
        url = f"{root}/{call}"
        store = material.store_at(url)
        (end,) = killer.run(material.order(url, call=call, when=when))
        complete(material, store)
        if not end.killed:
            break
    assert LEAST_CALLS < call < MOST_CALLS


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kinds", [(FIRST, SECOND), (LAID_ANEW, COMPACTED)], ids=" and ".join)
def test_a_publish_killed_at_a_random_moment_does_no_harm(
    killer: Publishers, tmp_path: Path, root: str, kinds: tuple[str, str]
) -> None:
    materials = [make_material(kind, tmp_path / kind) for kind in kinds]
    seconds, killed = 0.0, 0  # what a publish takes now: others may be using the machine
    for number in range(RANDOM_MOMENTS):
        url = f"{root}/{number}"
        material = materials[number % 2]
        store = material.store_at(url)
        moment = {"seconds": seconds} if number else {}
        started = time.monotonic()
        (end,) = killer.run(material.order(url, **moment))
        if not end.killed:
            seconds = 1.2 * (time.monotonic() - started)
        if not number:
            continue
        complete(material, store)
        killed += end.killed
    assert killed > RANDOM_MOMENTS / 3, "most of them ended before they could be killed"
