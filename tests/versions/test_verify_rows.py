"""What verify makes of names and rows: everything that does not agree is told, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.seal import BACKUP
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.store import Store, open_store
from audioset.versions.aliases import move_alias
from audioset.versions.forget import forget, plan_forget
from audioset.versions.layout import alias_key, shard_key, version_key, withdrawal_key
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import list_versions
from audioset.versions.verify import verify
from audioset.versions.verify.names import NamedRecords, verify_names
from audioset.versions.verify.rows import RowWalk
from tests.versions.publishing import publish, stored_objects, with_value, working_table
from tests.workspaces import make_clip, make_workspace


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two versions, a withdrawal, what is left as version 3, and two aliases."""
    ws = make_workspace(tmp_path_factory.mktemp("names") / "w", sources=3, clips_per_source=4)
    store = open_store("memory://")
    publish(ws, store=store)
    publish(ws, with_value(working_table(ws), 0, "text", "new"), store)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))
    move_alias(store, "prod", VersionRef("scots", 1))
    move_alias(store, "best", VersionRef("scots", 2))
    return stored_objects(store)


@pytest.fixture
def store(objects: dict[str, bytes]) -> Store:
    made = open_store("memory://")
    for key, data in objects.items():
        made.put_new(key, data)
    return made


def replaced(store: Store, key: str, data: bytes | None) -> None:
    store.delete(key)
    if data is not None:
        store.put_new(key, data)


def told(names: NamedRecords) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(problem.kind, problem.key, problem.versions) for problem in names.problems]


def test_names_that_agree_have_no_problems(store: Store) -> None:
    names = verify_names(store, "scots")
    assert (sorted(names.records), len(names.withdrawals)) == ([1, 2, 3], 1)
    assert (names.problems, names.complete) == ([], True)
    nothing = verify_names(open_store("memory://"), "scots")
    assert (nothing.records, nothing.withdrawals, nothing.problems) == ({}, [], [])


def test_a_damaged_alias_touches_no_version(store: Store) -> None:
    replaced(store, alias_key("scots", "best"), b"{}")
    names = verify_names(store, "scots")
    assert told(names) == [("alias", alias_key("scots", "best"), ())]
    assert names.problems[0].remedy == f"{BACKUP}, or delete it and set it again: audioset alias"
    assert names.complete


def test_a_damaged_record_is_named_once(store: Store) -> None:
    replaced(store, version_key("scots", 2), store.get(version_key("scots", 1)))
    names = verify_names(store, "scots")
    assert told(names) == [("record", version_key("scots", 2), (2,))]
    assert names.problems[0].what.endswith("is the record of another version: scots@v1")
    assert (names.problems[0].remedy, names.complete) == (BACKUP, False)
    assert sorted(names.records) == [1, 3]


@pytest.mark.parametrize(("number", "by"), [(1, "scots@prod names it"), (2, "scots@best names it")])
def test_a_record_that_is_gone_is_missed_by_those_that_name_it(
    store: Store, number: int, by: str
) -> None:
    replaced(store, version_key("scots", number), None)
    names = verify_names(store, "scots")
    assert told(names) == [("record", version_key("scots", number), (number,))]
    assert names.problems[0].what == f"is missing, but {by}"
    for alias in ("prod", "best"):
        replaced(store, alias_key("scots", alias), None)
    assert verify_names(store, "scots").problems[0].what == "is missing, but w0001 names it"
    assert not names.complete


def test_a_parent_that_is_gone_is_missed(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "w", sources=1, clips_per_source=2)
    store = open_store("memory://")
    publish(ws, store=store)
    publish(ws, with_value(working_table(ws), 0, "text", "new"), store)
    replaced(store, version_key("scots", 1), None)
    (problem,) = verify_names(store, "scots").problems
    assert problem.what == "is missing, but scots@v2 names it"


def test_a_withdrawal_that_is_gone_or_damaged_touches_every_version(store: Store) -> None:
    key = withdrawal_key("scots", 1)
    whole = store.get(key)
    for data, what in ((None, "is missing"), (b"{}", "")):
        replaced(store, key, data)
        names = verify_names(store, "scots")
        assert told(names) == [("withdrawal", key, (1, 2, 3))]
        assert what in names.problems[0].what
        assert names.problems[0].remedy.startswith(f"{BACKUP}: without it, withdrawn clips")
        assert not names.complete
    replaced(store, key, whole)
    store.put_new(withdrawal_key("scots", 3), whole)
    keys = sorted(problem.key for problem in verify_names(store, "scots").problems)
    assert keys == [withdrawal_key("scots", 2), withdrawal_key("scots", 3)]


def test_a_whole_store_is_told_in_numbers(store: Store, objects: dict[str, bytes]) -> None:
    steps: list[tuple[Any, ...]] = []
    report = verify(store, "scots", progress=lambda *values: steps.append(values))
    content = {k: v for k, v in objects.items() if "/shards/" in k or "/manifests/" in k}
    assert report.problems == ()
    assert (report.dataset, report.versions, report.decoded) == ("scots", (1, 2, 3), False)
    assert (report.num_unneeded, verify(store, "scots", decode=True).decoded) == (0, True)
    size = sum(map(len, content.values()))
    assert (report.num_objects, report.size_bytes) == (len(content), size)
    assert report.num_clips == 8, "those of the shards, each once"
    assert steps[0] == ("verifying", 0, size, "B")
    assert max(step[1] for step in steps) == size
    assert {step[2] for step in steps} == {size}
    store.put_content(shard_key("scots", "0" * 64), b"spare")
    assert verify(store, "scots").num_unneeded == 1
    one = verify(store, "scots", versions=[1])
    assert (one.versions, one.num_clips) == ((1,), 8)


def test_of_some_versions_only_their_problems_are_told(store: Store) -> None:
    replaced(store, version_key("scots", 2), b"{}")
    assert verify(store, "scots", versions=[1]).problems == ()
    report = verify(store, "scots", versions=[2, 3])
    assert [problem.versions for problem in report.problems] == [(2,)]
    assert report.num_unneeded is None
    with pytest.raises(NotFoundError, match="scots@v7 does not exist in memory://"):
        verify(store, "scots", versions=[1, 9, 7])
    with pytest.raises(NotFoundError, match="welsh has no version in memory://"):
        verify(store, "welsh")


def test_damage_is_told_with_the_versions_and_clips_it_touches(store: Store) -> None:
    record = list_versions(store, "scots")[0]
    shard = record.shards[0]
    key = shard_key("scots", shard.sha256)
    whole = store.get(key)
    remedy = "publish again from the workspace that has its clips, or restore it from a backup"
    for data, what, cure in (
        (None, "is missing", remedy),
        (whole[:-1], f"has {len(whole) - 1} bytes, not {len(whole)}", remedy),
        (b"\1" + whole[1:], "does not match its hash", f"delete it, then {remedy}"),
    ):
        replaced(store, key, data)
        (problem,) = verify(store, "scots").problems
        assert (problem.kind, problem.key, problem.what) == ("shard", key, what)
        assert (problem.versions, problem.remedy) == ((1, 2, 3), cure)
        assert len(problem.clip_ids) == (shard.num_clips if data is None else 0)


def clips_of(*shards: str | None) -> list[Clip]:
    made = [make_clip("talk.mp4", number)[0] for number in range(len(shards))]
    return [
        replace(
            clip,
            shard_sha256=shard,
            offset_bytes=100 * number,
            size_bytes=10,
            audio_sha256=f"{number}" * 64,
            speaker="ada" if number % 2 else None,
        )
        for number, (clip, shard) in enumerate(zip(made, shards, strict=True))
    ]


def walked(
    clips: list[Clip],
    *,
    at_once: int = 2,
    gone: frozenset[str] = frozenset(),
    shards: Sequence[ContentObject] = (),
) -> Any:
    batches = table_from_clips(clips).to_batches(at_once)
    walk = RowWalk(((f"part {n // 2}", batch) for n, batch in enumerate(batches)), gone, shards)
    uses = list(walk.uses())
    return walk.sums, uses


def shard_of(sha256: str, size_bytes: int, num_clips: int) -> ContentObject:
    return ContentObject(sha256=sha256, size_bytes=size_bytes, num_clips=num_clips)


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_rows_of_one_shard_come_together_as_soon_as_all_are_met(at_once: int) -> None:
    clips = clips_of("a", "a", "b", "a", "c", "b", None, None)
    shards = [shard_of("a", 90, 3), shard_of("b", 90, 9), shard_of("c", 90, 1)]
    sums, uses = walked(clips, at_once=at_once, shards=shards)
    assert [(use.shard_sha256, len(use.places)) for use in uses] == [
        ("a", 3),
        ("c", 1),
        ("b", 2),
        (None, 2),
    ]
    of_a, of_b = uses[0].places, uses[2].places
    assert [place.clip_id for place in of_a] == [clips[n].clip_id for n in (0, 1, 3)]
    assert [place.clip_id for place in of_b] == [clips[n].clip_id for n in (2, 5)]
    assert (of_b[0].shard_sha256, of_b[0].offset_bytes, of_b[0].size_bytes) == ("b", 200, 10)
    assert (of_b[0].audio_sha256, of_b[0].pcm_sha256, of_b[0].bit_depth) == (
        "2" * 64,
        clips[2].pcm_sha256,
        16,
    )
    assert uses[0].part == "part 0"
    assert sums.num_clips == sum(sums.clips_of_part.values()) == 8
    assert (sums.clips_of_shard["a"], sums.clips_of_shard["b"]) == (3, 2)
    assert sums.digest == table_digest(table_from_clips(clips).to_batches())
    assert sums.withdrawn == {}


def test_rows_of_withdrawn_recordings_are_told_by_their_part() -> None:
    clips = clips_of(*"aaaaaa")
    gone = frozenset(str(clips[number].pcm_sha256) for number in (0, 1, 5))
    sums, _ = walked(clips, gone=gone)
    assert sums.withdrawn == {
        "part 0": [clips[0].clip_id, clips[1].clip_id],
        "part 1": [clips[5].clip_id],
    }
    with pytest.raises(InvalidInputError, match="in the order of their clip ids"):
        walked(clips[::-1])


def test_a_record_is_held_against_the_sums_of_its_rows() -> None:
    sums, _ = walked(clips_of("a", "a", "b"))
    shards = (shard_of("a", 70, 2), shard_of("b", 30, 1))
    record = VersionRecord(
        dataset="scots",
        version=1,
        digest=sums.digest,
        num_clips=3,
        length_seconds=0.75,
        num_speakers=1,
        size_bytes=100,
        manifests=(),
        shards=shards,
        parent=None,
        message="",
        created_at="",
        created_by="",
        nonce="",
        format_version=1,
    )
    assert sums.disagreements(record) == []
    for name, value, found in (
        ("num_clips", 4, 3),
        ("num_speakers", 2, 1),
        ("size_bytes", 99, 100),
        ("digest", "0", sums.digest),
        ("length_seconds", 0.7501, 0.75),
    ):
        changed = replace(record, **{name: value})  # type: ignore[arg-type]
        assert sums.disagreements(changed) == [f"says {name} is {value}, but its rows give {found}"]
    assert sums.disagreements(replace(record, length_seconds=0.75 + 1e-10)) == []
    assert sums.disagreements(replace(record, digest="0", num_withdrawn=1)) == []
    more = replace(record, shards=(shards[0], shard_of("b", 30, 2)))
    assert sums.disagreements(more) == ["says num_clips of shard b is 2, but its rows give 1"]
    assert sums.disagreements(replace(more, format_version=2)) == [], "one of them is dead"
    fewer = replace(record, shards=(shard_of("a", 70, 1), shards[1]), format_version=2)
    assert sums.disagreements(fewer) == ["says num_clips of shard a is 1, but its rows give 2"]
    unused = replace(record, shards=(*shards, shard_of("c", 0, 1)), format_version=2)
    assert sums.disagreements(unused) == ["says num_clips of shard c is 1, but its rows give 0"]
