"""What a withdrawal takes out of every version, and where the rows that stay are found after it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from audioset.errors import ConflictError, IntegrityError
from audioset.records.version import VersionRecord
from audioset.records.withdrawal import Reach, WithdrawnRows
from audioset.storage.store import Store, open_store
from audioset.versions.forget import ForgetPlan, Forgotten, forget, plan_forget
from audioset.versions.layout import manifest_key, shard_key, withdrawal_key
from audioset.versions.read.fetch import stream_clips
from audioset.versions.read.find_clip import find_clip, find_in_version
from audioset.versions.read.resolve import list_versions, read_version
from audioset.versions.read.row_history import RowHistory, find_withdrawn
from audioset.versions.read.withdrawals import list_withdrawals
from audioset.versions.references import needed_keys
from audioset.workspace import Workspace
from tests.versions.publishing import publish, stored_objects, with_value, working_table
from tests.workspaces import add_source, make_workspace


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, bytes]]:
    """Three versions: ben in all, ada from v2 on, cat in v3 only."""
    ws = make_workspace(tmp_path_factory.mktemp("forget") / "scots", sources=0)
    store = open_store("memory://")
    for number, speaker in enumerate(["ben", "ada", "cat"], 1):
        add_source(ws, f"talk {number}.mp4", 8, speaker=speaker, text="words of " + speaker)
        publish(ws, store=store)
    return ws, stored_objects(store)


@pytest.fixture
def ws(published: tuple[Workspace, dict[str, bytes]]) -> Workspace:
    return published[0]


@pytest.fixture
def store(published: tuple[Workspace, dict[str, bytes]]) -> Store:
    made = open_store("memory://")
    for key, data in published[1].items():
        made.put_new(key, data)
    return made


def ids_of(ws: Workspace, speaker: str) -> list[str]:
    rows = working_table(ws)
    ids: list[str] = rows.filter(pc.equal(rows["speaker"], speaker))["clip_id"].to_pylist()
    return sorted(ids)


def take_out(store: Store, column: str = "speaker", value: str = "ada") -> Forgotten:
    return forget(store, plan_forget(store, "scots", column=column, value=value), message="asked")


def sounds(store: Store, record: VersionRecord) -> dict[str, bytes]:
    rows = stream_clips(store, record, read_version(store, record))
    return {row["clip_id"]: flac for row, flac in rows}


def test_a_plan_names_versions_clips_and_recordings(ws: Workspace, store: Store) -> None:
    before = stored_objects(store)
    plan = plan_forget(store, "scots", column="speaker", value="ada")
    rows = working_table(ws)
    gone = rows.filter(pc.equal(rows["speaker"], "ada"))
    assert [str(one.record.ref) for one in plan.versions] == ["scots@v2", "scots@v3"]
    assert [sorted(one.clip_ids) for one in plan.versions] == [ids_of(ws, "ada")] * 2
    assert [one.length_seconds for one in plan.versions] == [2.0, 2.0]
    assert plan.recordings == set(gone["pcm_sha256"].to_pylist())
    assert plan.source_names == {"talk 2.mp4"}
    assert (plan.dataset, plan.sources, plan.is_new, plan.num_left_behind) == (
        "scots",
        frozenset(),
        True,
        0,
    )
    assert len(plan.spans) == 8
    assert plan.reach == Reach(
        recordings=plan.recordings,
        spans=plan.spans,
        sources=plan.sources,
        source_names=plan.source_names,
    )
    assert stored_objects(store) == before


def test_a_source_is_planned_as_a_whole_and_what_is_asked_besides_goes_too(
    ws: Workspace, store: Store
) -> None:
    rows = working_table(ws)
    ada = rows.filter(pc.equal(rows["speaker"], "ada"))
    plan = plan_forget(store, "scots", column="source_id", value=ada["source_id"][0].as_py())
    assert plan.sources == {ada["source_sha256"][0].as_py()}
    ben = rows.filter(pc.equal(rows["speaker"], "ben"))
    also = Reach(recordings=frozenset({ben["pcm_sha256"][0].as_py()}))
    more = plan_forget(store, "scots", column="speaker", value="ada", also=also)
    assert [len(one.clip_ids) for one in more.versions] == [1, 9, 9]
    assert more.source_names == {"talk 1.mp4", "talk 2.mp4"}
    assert len(more.spans) == 9


def test_nothing_of_that_value_is_nothing_to_do(store: Store) -> None:
    plan = plan_forget(store, "scots", column="speaker", value="eve")
    assert (plan.versions, plan.recordings, plan.is_new) == ((), frozenset(), False)
    before = stored_objects(store)
    assert forget(store, plan) == Forgotten(withdrawal=None, version=None, num_removed=0)
    assert stored_objects(store) == before


def test_what_is_left_is_what_it_was_in_every_version(ws: Workspace, store: Store) -> None:
    published = list_versions(store, "scots")
    before = [sounds(store, record) for record in published]
    told: list[tuple[object, ...]] = []
    plan = plan_forget(store, "scots", column="speaker", value="ada")
    done = forget(store, plan, message="asked", progress=lambda *values: told.append(values))
    gone = set(ids_of(ws, "ada"))
    left = list_versions(store, "scots")
    assert [(r.version, r.num_clips, r.num_withdrawn, r.num_speakers) for r in left] == [
        (1, 8, 0, 1),
        (2, 8, 8, 1),
        (3, 16, 8, 2),
        (4, 16, 0, 2),
    ]
    assert [r.length_seconds for r in left] == [2.0, 2.0, 4.0, 4.0]
    for record, was in zip(left, [*before, before[2]], strict=True):
        assert sounds(store, record) == {i: flac for i, flac in was.items() if i not in gone}
        assert record.size_bytes == sum(shard.size_bytes for shard in record.shards)
        assert record.num_clips == sum(shard.num_clips for shard in record.shards)
    assert left[0] == published[0]
    assert [r.digest for r in left[1:3]] == [r.digest for r in published[1:]]
    assert needed_keys(left) == {
        key for key in stored_objects(store) if "/shards/" in key or "/manifests/" in key
    }
    rewriting = [values for values in told if values[0] == "rewriting versions"]
    assert rewriting == [("rewriting versions", n, 2, "versions") for n in range(3)]
    removing = [values for values in told if values[0] == "removing"]
    number = done.num_removed
    assert removing == [("removing", n, number, "objects") for n in range(1, number + 1)]


def test_a_withdrawal_says_what_it_took_and_a_new_version_follows(
    ws: Workspace, store: Store
) -> None:
    every = read_version(store, list_versions(store, "scots")[2])["clip_id"].to_pylist()
    done = take_out(store)
    (withdrawal,) = list_withdrawals(store, "scots")
    assert done.withdrawal == withdrawal
    assert (withdrawal.number, withdrawal.message, withdrawal.dataset) == (1, "asked", "scots")
    assert (len(withdrawal.recordings), len(withdrawal.spans)) == (8, 8)
    assert list(withdrawal.spans) == sorted(withdrawal.spans)
    assert list(withdrawal.recordings) == sorted(withdrawal.recordings)
    assert [left.version for left in withdrawal.versions] == [2, 3]
    first = every.index(ids_of(ws, "ada")[0])
    assert withdrawal.versions[1].rows == (WithdrawnRows(position=first, span=0, num_rows=8),)
    version = done.version
    assert version is not None
    assert (version.version, version.parent, version.message) == (4, 3, "asked")
    assert (version.num_withdrawals, version.shard_bytes) == (1, 20_000)
    latest = list_versions(store, "scots")[2]
    assert (version.shards, version.manifests) == (latest.shards, latest.manifests)


def test_without_a_message_the_new_version_counts_the_clips(store: Store) -> None:
    done = forget(store, plan_forget(store, "scots", column="speaker", value="ada"))
    assert done.version is not None
    assert done.version.message == "8 clips withdrawn"
    assert done.withdrawal is not None
    assert done.withdrawal.message == ""


def test_the_latest_without_them_needs_no_new_version(ws: Workspace, store: Store) -> None:
    rows = working_table(ws)
    publish(ws, rows.filter(pc.equal(rows["speaker"], "ben")), store)
    done = take_out(store)
    assert (done.version, done.withdrawal is not None) == (None, True)
    assert [r.version for r in list_versions(store, "scots")] == [1, 2, 3, 4]


def test_a_version_that_loses_all_of_its_clips_is_followed_by_none(tmp_path: Path) -> None:
    store = open_store("memory://")
    ws = make_workspace(tmp_path / "scots", sources=0)
    add_source(ws, "talk 1.mp4", 3, speaker="ada")
    held = needed_keys([publish(ws, store=store).record])
    done = take_out(store)
    assert done.version is None
    (record,) = list_versions(store, "scots")
    assert (record.num_clips, record.num_withdrawn, record.shards, record.manifests) == (
        0,
        3,
        (),
        (),
    )
    assert read_version(store, record).num_rows == 0
    assert done.num_removed == len(held)
    assert not held & set(stored_objects(store))


def test_again_there_is_nothing_to_do_and_what_stayed_behind_is_removed(store: Store) -> None:
    (held, *_) = needed_keys(list_versions(store, "scots")[1:2])
    objects = stored_objects(store)
    take_out(store)
    lost = next(key for key in objects if key not in stored_objects(store))
    store.put_content(lost, objects[lost])
    plan = plan_forget(store, "scots", column="speaker", value="ada")
    assert (plan.versions, plan.num_left_behind) == ((), 1)
    assert forget(store, plan) == Forgotten(withdrawal=None, version=None, num_removed=1)
    assert lost not in stored_objects(store)
    assert held in objects


@pytest.mark.parametrize("missing", ["recordings", "sources", "spans"])
def test_what_no_earlier_withdrawal_names_is_new(store: Store, missing: str) -> None:
    take_out(store)
    (withdrawal,) = list_withdrawals(store, "scots")
    known = Reach(
        recordings=frozenset(withdrawal.recordings),
        spans=frozenset(withdrawal.spans),
        sources=frozenset(withdrawal.sources),
    )
    assert not plan_forget(store, "scots", column="speaker", value="eve", also=known).is_new
    new = {"recordings": "a" * 64, "sources": "b" * 64, "spans": withdrawal.spans[0] + "0"}
    also = known | Reach(**{missing: frozenset({new[missing]})})  # type: ignore[arg-type]
    plan = plan_forget(store, "scots", column="speaker", value="eve", also=also)
    assert plan.is_new
    if missing != "spans":
        done = forget(store, plan)
        assert done.withdrawal is not None
        assert (done.withdrawal.number, done.withdrawal.versions) == (2, ())


def test_a_damaged_clip_stops_it_before_anything_is_withdrawn(ws: Workspace, store: Store) -> None:
    """One that stays, in a shard that also holds one that goes."""
    record = list_versions(store, "scots")[2]
    rows = read_version(store, record)
    goes = rows.slice(1, 1).to_pylist()[0]
    stays = next(
        row
        for row in rows.to_pylist()
        if row["shard_sha256"] == goes["shard_sha256"] and row["clip_id"] != goes["clip_id"]
    )
    key = shard_key("scots", goes["shard_sha256"])
    data = bytearray(store.get(key))
    data[stays["offset_bytes"] + 60] ^= 1
    store.delete(key)
    store.put_content(key, bytes(data))
    plan = plan_forget(store, "scots", column="clip_id", value=goes["clip_id"])
    with pytest.raises(
        IntegrityError, match=f"clip {stays['clip_id']} is damaged.*nothing was withdrawn"
    ):
        forget(store, plan)
    assert list_withdrawals(store, "scots") == []


def test_two_at_the_same_moment_and_the_second_is_told(store: Store) -> None:
    plans = [plan_forget(store, "scots", column="speaker", value=name) for name in ("ada", "cat")]
    real = store.put_new

    def first(key: str, data: bytes) -> None:
        store.put_new = real  # type: ignore[method-assign]
        forget(store, plans[1])
        real(key, data)

    store.put_new = first  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="withdrew clips of scots at the same moment"):
        forget(store, plans[0])
    assert len(list_withdrawals(store, "scots")) == 1


def test_a_lost_answer_is_not_taken_for_another(store: Store) -> None:
    real = store.put_new

    def twice(key: str, data: bytes) -> None:
        real(key, data)
        if key == withdrawal_key("scots", 1):
            real(key, data)

    store.put_new = twice  # type: ignore[method-assign]
    assert take_out(store).withdrawal == list_withdrawals(store, "scots")[0]


def test_a_version_that_appeared_meanwhile_is_named_if_it_holds_them(
    ws: Workspace, store: Store
) -> None:
    plan = plan_forget(store, "scots", column="speaker", value="ada")
    publish(ws, with_value(working_table(ws), 0, "text", "new"), store)
    with pytest.raises(ConflictError, match="scots@v4 was published meanwhile"):
        forget(store, plan)
    assert take_out(store).withdrawal is not None
    other = plan_forget(store, "scots", column="speaker", value="cat")
    rows = working_table(ws)
    publish(ws, rows.filter(pc.equal(rows["speaker"], "ben")), store)
    assert forget(store, other).withdrawal is not None, "it holds nobody of them"


def history_of(store: Store, version: int) -> tuple[VersionRecord, RowHistory]:
    record = next(r for r in list_versions(store, "scots") if r.version == version)
    return record, RowHistory.of(record, list_withdrawals(store, "scots"))


def test_rows_are_found_again_through_several_withdrawals(ws: Workspace, store: Store) -> None:
    at_first = read_version(store, list_versions(store, "scots")[2])["clip_id"].to_pylist()
    cat = ids_of(ws, "cat")[2]
    take_out(store, "clip_id", cat)
    between = [clip_id for clip_id in at_first if clip_id != cat]
    take_out(store)
    record, history = history_of(store, 3)
    left = read_version(store, record)["clip_id"].to_pylist()
    assert history.sizes == (24, 23, 15)
    for num_clips, ids in ((24, at_first), (23, between), (15, left)):
        positions = history.opened(num_clips)
        assert positions is not None
        assert [ids[place] for place in positions] == left
    first = history.opened(24, until=1)
    assert first is not None
    assert [at_first[place] for place in first] == between
    start = history.opened(24, until=0)
    assert start is not None
    assert start.tolist() == list(range(24))
    assert history.opened(22) is None
    assert history_of(store, 1)[1].sizes == (8,)

    (place, *others) = find_withdrawn(store, cat)
    assert (place.record.version, place.position, place.step) == (3, at_first.index(cat), 0)
    assert [other.record.version for other in others] == []
    assert place.is_withdrawn
    assert place.among(24) == at_first.index(cat)
    assert [place.had_left(size) for size in (24, 23, 15, 9)] == [False, True, True, False]
    assert (place.among(23), place.among(9)) == (None, None)
    ada = ids_of(ws, "ada")[5]
    found = {one.record.version: one for one in find_withdrawn(store, ada)}
    assert {number: one.step for number, one in found.items()} == {2: 0, 3: 1, 4: 0}
    assert found[3].position == between.index(ada)
    assert (found[3].among(24), found[3].among(23)) == (
        at_first.index(ada),
        between.index(ada),
    )
    assert list(find_withdrawn(store, ids_of(ws, "ben")[0])) == []
    assert list(find_withdrawn(store, "talk-00000000-000000000-000000250")) == []


def test_rows_of_which_a_withdrawal_does_not_tell_are_not_guessed(store: Store) -> None:
    take_out(store)
    record, history = history_of(store, 3)
    silent = RowHistory(tuple(replace(one, rows=()) for one in history.steps), history.sizes)
    assert silent.opened(24) is None
    assert silent.opened(16) is not None
    np.testing.assert_array_equal(silent.opened(16), np.arange(16))
    assert record.num_clips == 16


def test_a_clip_is_found_in_every_version_that_holds_it(ws: Workspace, store: Store) -> None:
    ada = ids_of(ws, "ada")[3]
    found = [(str(record.ref), position) for record, position in find_clip(store, ada)]
    rows = [read_version(store, r)["clip_id"].to_pylist() for r in list_versions(store, "scots")]
    assert found == [("scots@v2", rows[1].index(ada)), ("scots@v3", rows[2].index(ada))]
    record = list_versions(store, "scots")[2]
    assert [find_in_version(store, record, clip_id) for clip_id in rows[2]] == list(range(24))
    assert find_in_version(store, list_versions(store, "scots")[0], ada) is None
    assert list(find_clip(store, "nobody")) == []


def test_what_a_withdrawal_left_and_a_later_one_took_is_removed(
    ws: Workspace, store: Store
) -> None:
    ada = ids_of(ws, "ada")
    take_out(store, "clip_id", ada[0])
    (one,) = list_withdrawals(store, "scots")
    between = {
        key
        for left in one.versions
        for key in (
            *(shard_key("scots", shard.sha256) for shard in left.shards),
            *(manifest_key("scots", part.sha256) for part in left.manifests),
        )
    }
    assert between <= set(stored_objects(store))
    take_out(store)
    assert needed_keys(list_versions(store, "scots")) == {
        key for key in stored_objects(store) if "/shards/" in key or "/manifests/" in key
    }


def test_the_plan_of_a_dataset_that_is_not_there_is_empty() -> None:
    plan = plan_forget(open_store("memory://"), "scots", column="speaker", value="ada")
    assert plan == ForgetPlan(
        dataset="scots",
        recordings=frozenset(),
        spans=frozenset(),
        sources=frozenset(),
        source_names=frozenset(),
        is_new=False,
        versions=(),
        shards=frozenset(),
        sharing=(),
        num_left_behind=0,
    )
