"""Copying between any two stores: what travels, what never does, and what a broken copy leaves."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from audioset.errors import ConflictError, InvalidInputError, NotFoundError, StorageError
from audioset.records.copy_report import CopiedVersions
from audioset.records.identity import AliasRef, VersionRef
from audioset.storage.store import Patience, Store, open_store
from audioset.training.reader import Dataset
from audioset.versions.aliases import move_alias, read_alias
from audioset.versions.copy import copy_versions
from audioset.versions.forget.forget import forget, plan_forget
from audioset.versions.layout import shard_key
from audioset.versions.read.resolve import list_versions, read_record
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.faulty_proxy import CUT_ANSWER, FOR_EVER, STALL, FaultyProxy, faulty_proxy
from tests.servers import s3_url, start_s3
from tests.versions.damage import flip
from tests.versions.killing import AFTER, BEFORE, Order, Publishers, publishers
from tests.versions.publishing import publish, stored_objects, with_value, working_table
from tests.workspaces import add_source, changed, make_workspace

__all__ = ["s3_url"]

KINDS = ("local", "memory", "s3")
# What a copy of three versions calls at least, and what it never needs.
LEAST_CALLS, MOST_CALLS = 40, 130


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three versions of two speakers, two aliases with a history."""
    ws = make_workspace(tmp_path_factory.mktemp("copy") / "scots", sources=2, clips_per_source=6)
    table, store = working_table(ws), open_store(ws.settings.store)
    publish(ws, table.slice(0, 7))
    move_alias(store, "prod", VersionRef("scots", 1), message="the first")
    publish(ws, with_value(table, 0, "text", "said otherwise"))
    publish(ws, with_value(table, 1, "text", "again"))
    move_alias(store, "prod", VersionRef("scots", 3), message="better")
    move_alias(store, "old", VersionRef("scots", 1))
    return ws


@pytest.fixture
def ws(published: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the workspace, to be changed."""
    shutil.copytree(published.folder, tmp_path / "scots")
    return changed(published, workspace=tmp_path / "scots", store=str(tmp_path / "scots/store"))


@pytest.fixture
def origin(ws: Workspace) -> Store:
    return open_store(ws.settings.store)


@pytest.fixture
def target(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "team"))


@pytest.fixture(params=KINDS)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Store]:
    """Makes empty stores of one kind, by name."""

    def make(name: str) -> Store:
        if request.param == "memory":
            return open_store("memory://")
        root = tmp_path if request.param == "local" else request.getfixturevalue("s3_url")
        return open_store(f"{root}/{name}")

    return make


def states(copied: CopiedVersions) -> list[str]:
    parts = (*copied.withdrawals, *copied.versions, *copied.aliases)
    return [part.state for part in parts]


def withdraw(store: Store, speaker: str) -> None:
    forget(store, plan_forget(store, "scots", column="speaker", value=speaker))


def require_whole(store: Store) -> None:
    report = verify(store, "scots", decode=True)
    assert (report.problems, report.num_unneeded) == ((), 0)


def test_between_any_two_stores_everything_is_the_same_afterwards(
    published: Workspace, any_store: Callable[[str], Store]
) -> None:
    origin, middle, last = (
        open_store(published.settings.store),
        any_store("there"),
        any_store("on"),
    )
    told: list[tuple[float, float | None]] = []
    copied = copy_versions(
        origin, middle, "scots", progress=lambda _, done, total, __: told.append((done, total))
    )
    assert states(copied) == ["copied"] * 5
    sizes = [version.size_bytes for version in copied.versions]
    assert told[-1] == (sum(sizes), sum(sizes))
    copy_versions(middle, last, "scots")
    assert stored_objects(last) == stored_objects(middle) == stored_objects(origin)
    require_whole(last)
    again = copy_versions(middle, last, "scots")
    assert states(again) == ["there"] * 5
    assert sum(version.num_objects for version in again.versions) == 0


def test_only_what_is_missing_is_sent(ws: Workspace, origin: Store, target: Store) -> None:
    copied = copy_versions(origin, target, "scots", numbers=[2])
    assert states(copied) == ["copied"]
    assert [record.version for record in list_versions(target, "scots")] == [2]
    publish(ws, with_value(working_table(ws), 2, "text", "once more"))
    put: list[str] = []
    real = target.put_content

    def note(key: str, *args: object, **named: object) -> bool:
        put.append(key)
        return real(key, *args, **named)  # type: ignore[arg-type]

    target.put_content = note  # type: ignore[method-assign]
    copied = copy_versions(origin, target, "scots")
    assert [version.state for version in copied.versions] == ["copied", "there", "copied", "copied"]
    assert len(put) == 3, "manifests: the other versions lie in shards of the second"
    assert all("/manifests/" in key for key in put)
    assert sum(version.num_objects for version in copied.versions) == len(put)
    require_whole(target)


def test_a_dry_run_tells_the_same_and_writes_nothing(origin: Store, target: Store) -> None:
    planned = copy_versions(origin, target, "scots", dry_run=True)
    assert stored_objects(target) == {}
    done = copy_versions(origin, target, "scots")
    assert states(planned) == ["missing"] * 5
    assert [v.size_bytes for v in planned.versions] == [v.size_bytes for v in done.versions]


def test_another_version_of_that_number_is_told_before_anything_is_written(
    ws: Workspace, origin: Store, target: Store
) -> None:
    publish(ws, with_value(working_table(ws), 0, "text", "of the team"), target)
    before = stored_objects(target)
    with pytest.raises(ConflictError, match=r"scots@v1 is \w{12} of .* nothing was copied"):
        copy_versions(origin, target, "scots")
    assert stored_objects(target) == before
    assert states(copy_versions(origin, target, "scots", numbers=[2]))[0] == "copied"


def test_the_same_data_under_the_same_number_is_there(
    ws: Workspace, origin: Store, target: Store
) -> None:
    """Two people published the same clips, each for himself: only nonce and moment differ."""
    publish(ws, working_table(ws).slice(0, 7), target)
    copied = copy_versions(origin, target, "scots")
    assert [version.state for version in copied.versions] == ["there", "copied", "copied"]


def test_a_damaged_version_is_named_and_the_others_go_on(
    ws: Workspace, origin: Store, target: Store
) -> None:
    """The fourth version has a shard of its own."""
    table = working_table(ws)
    add_source(ws, "late.mp4", 2)
    fourth = publish(ws).record
    publish(ws, with_value(table, 2, "text", "without the late ones"))
    move_alias(origin, "old", fourth.ref)
    shared = {shard.sha256 for shard in read_record(origin, "scots", 5).shards}
    (own,) = [shard.sha256 for shard in fourth.shards if shard.sha256 not in shared]
    flip(Path(ws.settings.store) / shard_key("scots", own), 100)
    copied = copy_versions(origin, target, "scots")
    states_of = [version.state for version in copied.versions]
    assert states_of == ["copied", "copied", "copied", "left out", "copied"]
    assert [alias.state for alias in copied.aliases] == ["left out", "copied"]
    fourth_problem, alias_problem = copied.all_problems()
    assert f"shards/{own}.tar does not match its hash" in fourth_problem
    assert alias_problem == "scots@old names scots@v4, which is left out"
    (problem,) = verify(target, "scots").problems
    assert problem.what == "is missing, but scots@v5 names it"
    assert problem.remedy.endswith("copy it too: audioset copy")


def test_what_versions_share_is_damaged_for_all_of_them(
    ws: Workspace, origin: Store, target: Store
) -> None:
    records = [read_record(origin, "scots", number) for number in (1, 2, 3)]
    shared = set.intersection(*({s.sha256 for s in record.shards} for record in records))
    (Path(ws.settings.store) / shard_key("scots", min(shared))).unlink()
    copied = copy_versions(origin, target, "scots")
    assert [version.state for version in copied.versions] == ["left out"] * 3
    assert list_versions(target, "scots") == []


@pytest.mark.parametrize("kind", ["versions", "manifests"])
def test_a_damaged_record_or_manifest_is_named(
    kind: str, ws: Workspace, origin: Store, target: Store
) -> None:
    record = read_record(origin, "scots", 2)
    name = "v0002.json" if kind == "versions" else f"{record.manifests[0].sha256}.parquet"
    flip(Path(ws.settings.store) / "scots" / kind / name, 40)
    copied = copy_versions(origin, target, "scots")
    assert [version.state for version in copied.versions] == ["copied", "left out", "copied"]
    (problem,) = copied.all_problems()
    assert "scots@v2 cannot be copied" in problem


def test_an_alias_goes_on_where_nobody_moved_it_and_else_waits(
    origin: Store, target: Store
) -> None:
    copy_versions(origin, target, "scots")
    move_alias(origin, "prod", VersionRef("scots", 2), message="back")
    assert copy_versions(origin, target, "scots").aliases[1].state == "copied"
    assert read_alias(target, AliasRef("scots", "prod")).version == 2

    move_alias(target, "prod", VersionRef("scots", 1), message="of the team")
    assert copy_versions(origin, target, "scots").aliases[1].state == "there", "it went on there"
    move_alias(origin, "prod", VersionRef("scots", 3))
    told = copy_versions(origin, target, "scots").aliases[1]
    assert told.state == "left out"
    assert "scots@prod names v3 here and v1 in" in told.problem
    assert read_alias(target, AliasRef("scots", "prod")).version == 1
    copy_versions(origin, target, "scots", yes=True)
    moves = read_alias(target, AliasRef("scots", "prod")).moves
    assert [move.version for move in moves] == [1, 3, 2, 1, 3], "nobody's move is lost"


def test_a_withdrawal_comes_first_and_what_it_took_never_travels(
    origin: Store, target: Store
) -> None:
    withdraw(origin, "speaker1")
    copied = copy_versions(origin, target, "scots")
    assert states(copied) == ["copied"] * 7
    assert stored_objects(target) == stored_objects(origin)
    require_whole(target)


def test_a_later_withdrawal_waits_for_yes_and_then_takes_the_clips_out_there(
    origin: Store, target: Store
) -> None:
    copy_versions(origin, target, "scots", numbers=[1, 2])
    withdraw(origin, "speaker1")
    before = stored_objects(target)
    told = copy_versions(origin, target, "scots")
    assert told.withdrawals[0].versions == (1, 2)
    assert [version.state for version in told.versions] == ["there", "there", *["left out"] * 2]
    assert "takes clips out of v1, v2" in next(told.all_problems())
    assert {key: before[key] for key in before} == {
        key: data for key, data in stored_objects(target).items() if key in before
    }
    assert {c.speaker for c in rows(target, 1)} == {"speaker0", "speaker1"}

    copied = copy_versions(origin, target, "scots", numbers=[3], yes=True)
    assert copied.num_removed > 0
    assert {c.speaker for number in (1, 2, 3) for c in rows(target, number)} == {"speaker0"}
    copy_versions(origin, target, "scots")
    assert stored_objects(target) == stored_objects(origin)
    require_whole(target)


def rows(store: Store, number: int) -> list:
    return [clip.row for clip in Dataset(store, _resolved(store, number))]


def _resolved(store: Store, number: int):
    return next(r for r in list_versions(store, "scots") if r.version == number)


def test_what_is_withdrawn_at_the_target_stays_so(
    ws: Workspace, origin: Store, target: Store
) -> None:
    copy_versions(origin, target, "scots", numbers=[3])
    withdraw(target, "speaker1")
    told = copy_versions(origin, target, "scots", numbers=[1])
    (problem,) = [v.problem for v in told.versions]
    assert "holds 1 clips that were withdrawn in" in problem, "of the 7 that the first one has"
    assert [alias.state for alias in told.aliases] == ["left out"]
    before = stored_objects(target)

    # The way out that the message names: the withdrawal comes here, and is completed here.
    back = copy_versions(target, origin, "scots", yes=True)
    assert [one.versions for one in back.withdrawals] == [(3,)]
    assert list(back.all_problems()) == [
        f"{ref} in {origin.url}, which only it has, holds {number} withdrawn recordings: run "
        "audioset forget for them there"
        for ref, number in (("scots@v1", 1), ("scots@v2", 6))
    ]
    told = copy_versions(origin, target, "scots", numbers=[1])
    assert "run audioset forget again there" in told.versions[0].problem
    assert stored_objects(target) == before
    withdraw(origin, "speaker1")
    copied = copy_versions(origin, target, "scots")
    assert [version.state for version in copied.versions] == ["copied"] * 2 + ["there"] * 2
    assert {c.speaker for number in (1, 2, 3, 4) for c in rows(target, number)} == {"speaker0"}
    require_whole(target)


def test_two_that_withdrew_on_their_own_are_told_before_anything_is_written(
    origin: Store, target: Store
) -> None:
    copy_versions(origin, target, "scots", numbers=[1])
    withdraw(origin, "speaker0")
    withdraw(target, "speaker1")
    before = stored_objects(target)
    with pytest.raises(ConflictError, match="people withdrew in both; nothing was copied"):
        copy_versions(origin, target, "scots", yes=True)
    assert stored_objects(target) == before


def test_several_withdrawals_from_one_version_arrive_together(
    ws: Workspace, origin: Store, target: Store
) -> None:
    copy_versions(origin, target, "scots")
    clip = next(iter(working_table(ws)["clip_id"].to_pylist()))
    forget(origin, plan_forget(origin, "scots", column="clip_id", value=clip))
    withdraw(origin, "speaker1")
    copy_versions(origin, target, "scots", yes=True)
    assert stored_objects(target) == stored_objects(origin)
    require_whole(target)


def test_the_workspace_is_one_end_and_the_other_is_named(ws: Workspace, tmp_path: Path) -> None:
    there = tmp_path / "there"
    report = ws.copy("scots@prod", to=there)
    assert (report.origin, report.to) == (ws.settings.store, str(there))
    assert [str(version.ref) for version in report.versions.versions] == ["scots@v3"]
    other = changed(ws, store=str(tmp_path / "other"))
    assert other.copy(origin=there).problems == ()
    assert [record.version for record in other.versions()] == [3]
    for wrong in ({}, {"to": there, "origin": there}):
        with pytest.raises(InvalidInputError, match="name one other place"):
            ws.copy(**wrong)
    with pytest.raises(InvalidInputError, match="is the store of this workspace itself"):
        ws.copy(to=ws.settings.store)
    with pytest.raises(NotFoundError, match=r"scots@v9 is not in .*, which has v1 to v3"):
        ws.copy("scots@v9", to=there)
    with pytest.raises(NotFoundError, match="has no version of scots; it is empty"):
        ws.copy(origin=tmp_path / "nothing")
    with pytest.raises(InvalidInputError, match="copy one dataset at a time"):
        ws.copy(["scots@v1", "welsh@v1"], to=there)


@pytest.fixture(scope="module")
def killer() -> Iterator[Publishers]:
    with publishers() as running:
        yield running


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL under which every try has a store of its own."""
    return str(tmp_path / "to") if request.param == "local" else request.getfixturevalue("s3_url")


@pytest.mark.parametrize("step", [31, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_copy_killed_at_any_call_to_a_store_goes_on_where_it_was(
    killer: Publishers, ws: Workspace, root: str, when: str, step: int
) -> None:
    withdraw(open_store(ws.settings.store), "speaker1")
    whole = stored_objects(open_store(ws.settings.store))
    for call in count(1 if when == BEFORE else 2, step):
        url = f"{root}/{call}"
        store = open_store(url)
        order = Order(str(ws.folder), ws.settings.store, "", call=call, when=when, copy_to=url)
        (end,) = killer.run(order)
        seen = list_versions(store, "scots")
        for record in seen:
            assert len(list(Dataset(store, record))) == record.num_clips
        there = set(stored_objects(store)) & set(whole)
        copied = ws.copy(to=url).versions
        # A far server may still finish what it had received from the killed process.
        content = {key for key in whole if "/shards/" in key or "/manifests/" in key}
        assert sum(v.num_objects for v in copied.versions) <= len(content - there)
        assert {k: v for k, v in stored_objects(store).items() if ".probe" not in k} == whole
        if not end.killed:
            break
    assert LEAST_CALLS < call < MOST_CALLS


def test_several_copies_at_once_do_no_harm(killer: Publishers, ws: Workspace, root: str) -> None:
    order = Order(str(ws.folder), ws.settings.store, "", publishers=4, copy_to=root)
    assert [(end.killed, end.error, end.message) for end in killer.run(order)] == [
        (False, None, "")
    ] * 4
    assert stored_objects(open_store(root)) == stored_objects(open_store(ws.settings.store))


@pytest.fixture
def proxy(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    with faulty_proxy(start_s3().port) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.port}")
        yield running


@pytest.mark.parametrize("fault", [CUT_ANSWER, STALL])
def test_a_target_that_is_lost_on_the_way_is_told_and_the_next_copy_goes_on(
    origin: Store, proxy: FaultyProxy, s3_url: str, fault: str
) -> None:
    hasty = open_store(s3_url, patience=Patience(silent_seconds=1, busy_seconds=2))
    proxy.set(fault, "PUT .*/shards/", nth=2, times=FOR_EVER)
    with pytest.raises(StorageError, match=r"does not answer|broke off"):
        copy_versions(origin, hasty, "scots")
    assert proxy.done
    proxy.set(None)
    store = open_store(s3_url)
    assert list_versions(store, "scots") == []
    copied = copy_versions(origin, store, "scots")
    assert states(copied) == ["copied"] * 5
    assert stored_objects(store) == stored_objects(origin)


def test_a_lost_answer_to_a_record_is_no_conflict(
    origin: Store, proxy: FaultyProxy, s3_url: str
) -> None:
    proxy.set(CUT_ANSWER, "PUT .*/(versions|aliases)/", times=4)
    store = open_store(s3_url)
    assert states(copy_versions(origin, store, "scots")) == ["copied"] * 5
    assert proxy.done == 4
