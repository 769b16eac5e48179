"""Verify names every damaged object, and reading a damaged store fails or gives the right data."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import audioset
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.storage.local_store import LocalStore
from audioset.storage.store import open_store
from audioset.versions.layout import manifest_key, shard_key, version_key
from audioset.versions.publish.commit import put_manifests
from audioset.versions.read.resolve import list_versions, read_version, resolve
from audioset.versions.references import needed_keys
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.versions.damage import (
    DAMAGES,
    KINDS,
    LeftOutError,
    copy_of,
    flip,
    make_published,
    read_everything,
    truncate,
)
from tests.versions.publishing import publish, stored_objects, with_value, working_table
from tests.workspaces import changed, make_workspace

__all__ = ["s3_url"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_published(tmp_path_factory.mktemp("whole") / "scots")


@pytest.fixture
def ws(whole: Workspace, tmp_path: Path) -> Workspace:
    return copy_of(whole, tmp_path / "scots")


@pytest.fixture(scope="module")
def right(whole: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What every read gives when nothing is damaged."""
    results = read_everything(copy_of(whole, tmp_path_factory.mktemp("right") / "scots"))
    assert not [result for result in results.values() if isinstance(result, Exception)]
    return results


def files_of(ws: Workspace, kind: str) -> list[Path]:
    return sorted((Path(ws.settings.store) / "scots" / KINDS[kind]).iterdir())


def keys_of_problems(ws: Workspace) -> set[str]:
    return {problem.key for problem in ws.verify().problems}


@pytest.mark.parametrize("decode", [False, True])
def test_a_whole_store_has_no_problems_and_each_object_is_read_once(
    whole: Workspace, monkeypatch: pytest.MonkeyPatch, decode: bool
) -> None:
    read: list[str] = []
    get_blocks = LocalStore.get_blocks
    monkeypatch.setattr(
        LocalStore, "get_blocks", lambda self, key: read.append(key) or get_blocks(self, key)
    )
    report = whole.verify(decode=decode)
    assert report.problems == ()
    store = open_store(whole.settings.store)
    needed = needed_keys(list_versions(store, "scots"))
    assert sorted(read) == sorted(needed)
    assert report.num_objects == len(needed)
    assert report.size_bytes == sum(store.size(key) or 0 for key in needed)
    assert (report.versions, report.num_clips, report.num_unneeded) == ((1, 2, 3), 12, 0)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_named_and_never_read_as_data(
    whole: Workspace, right: dict[str, object], tmp_path: Path, kind: str, damage: str
) -> None:
    """For each object of a kind: verify names it, and a read fails or is right."""
    for number, name in enumerate(path.name for path in files_of(whole, kind)):
        ws = copy_of(whole, tmp_path / str(number))
        path = Path(ws.settings.store) / "scots" / KINDS[kind] / name
        DAMAGES[damage](path)
        key = str(path.relative_to(ws.settings.store))
        # Nothing else names an alias: without it there is none.
        if (kind, damage) != ("aliases", "deleted"):
            assert key in keys_of_problems(ws)
        results = read_everything(ws)
        wrong = {
            what
            for what, result in results.items()
            if not isinstance(result, Exception) and result != right[what]
        }
        if damage == "deleted":  # what is gone cannot be listed
            wrong -= {"list versions", "list aliases"}
        if (kind, damage, name) == ("records", "deleted", "v0003.json"):
            wrong -= {"publish"}  # its number is free again
        assert not wrong
        for what, left in results.items():
            if isinstance(left, LeftOutError):  # all but the damaged one, with what cures it
                (told,) = left.args
                rest, whole_list = list(left.rest), list(right[what])  # type: ignore[call-overload]
                assert len(rest) == len(whole_list) - 1
                assert all(one in whole_list for one in rest)
                assert f"{name}" in told
                assert "restore it from a backup, or " in told
        if kind == "records" and damage != "deleted":
            assert not isinstance(results["publish"], Exception)
        noticed = [what for what, result in results.items() if isinstance(result, Exception)]
        assert noticed or (kind == "shards" and "flipped" in damage), "no clip lies there"


def test_all_problems_are_named_at_once_with_what_they_touch(ws: Workspace) -> None:
    shards = files_of(ws, "shards")
    flip(shards[0], 600)
    truncate(shards[1])
    shards[2].unlink()
    (Path(ws.settings.store) / version_key("scots", 2)).write_text("{}")
    flip(files_of(ws, "aliases")[0], 40)
    report = ws.verify()
    found = {problem.key.removeprefix("scots/"): problem for problem in report.problems}
    assert {name.partition("/")[0] for name in found} == {"versions", "aliases", "shards"}
    assert len(found) == len(report.problems) == 5
    assert [problem.kind for problem in report.problems] == ["record", "alias", *["shard"] * 3]
    flipped, short, gone = (found[f"shards/{path.name}"] for path in shards[:3])
    assert flipped.what == "does not match its hash"
    assert flipped.remedy.startswith("delete it, then publish again")
    assert short.what.endswith(f"bytes, not {2 * shards[1].stat().st_size}")
    assert gone.what == "is missing"
    assert gone.remedy.startswith("publish again from the workspace that has its clips")
    assert gone.versions == (1, 3), "v2 has it too, but its record cannot be read"
    held = resolve(open_store(ws.settings.store), VersionRef("scots", 3)).shards
    assert len(gone.clip_ids) == next(s for s in held if s.sha256 in gone.key).num_clips
    assert found["versions/v0002.json"].versions == (2,)
    assert report.num_unneeded is None


def test_a_flipped_byte_names_the_clip_that_has_it(ws: Workspace) -> None:
    record = resolve(open_store(ws.settings.store), VersionRef("scots", 3))
    row = read_version(open_store(ws.settings.store), record).slice(3, 1).to_pylist()[0]
    path = Path(ws.settings.store) / shard_key("scots", row["shard_sha256"])
    flip(path, row["offset_bytes"] + row["size_bytes"] - 1)
    (problem,) = ws.verify().problems
    assert problem.clip_ids == (row["clip_id"],)


def test_some_versions_alone_can_be_verified(ws: Workspace) -> None:
    files_of(ws, "manifests")[0].unlink()
    (broken,) = ws.verify().problems
    others = [f"scots@v{n}" for n in (1, 2, 3) if n not in broken.versions]
    assert ws.verify(others).problems == ()
    named = [f"scots@v{n}" for n in broken.versions]
    assert ws.verify(named).problems == (broken,)
    assert ws.verify(["scots@prod"]).versions == (3,)
    with pytest.raises(NotFoundError, match="scots@v9 does not exist"):
        ws.verify(["scots@v9"])
    with pytest.raises(InvalidInputError, match="one dataset at a time"):
        ws.verify(["scots@v1", "welsh@v1"])


def test_a_store_without_versions_is_no_proof(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="welsh has no version"):
        changed(ws, name="welsh").verify()
    with (
        pytest.raises(NotFoundError, match="scots has no version"),
        pytest.warns(audioset.NotCopiedWarning, match="store/ here has 3 versions, not used"),
    ):
        changed(ws, store=str(tmp_path / "elsewhere")).verify()


def test_what_still_holds_withdrawn_recordings_is_named(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", clips_per_source=6)
    publish(ws)
    before = stored_objects(open_store(ws.settings.store))
    from audioset.versions.forget.forget import forget, plan_forget

    store = open_store(ws.settings.store)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))
    gone = {key: data for key, data in before.items() if store.size(key) is None}
    assert {key.rpartition(".")[2] for key in gone} == {"tar", "parquet"}
    for key, data in gone.items():
        store.put_content(key, data)
    report = verify(store, "scots")
    assert {problem.key for problem in report.problems} == set(gone)
    assert {problem.remedy for problem in report.problems} == {"run audioset forget again"}
    assert report.num_unneeded == 0


def commit_forged(
    ws: Workspace, change: Callable[[VersionRecord, pa.Table], VersionRecord]
) -> None:
    """Put version 4, made of version 3 by a change that no publish would make."""
    store = open_store(ws.settings.store)
    record = resolve(store, VersionRef("scots", 3))
    made = change(replace(record, version=4), read_version(store, record))
    store.put_new(version_key("scots", 4), made.to_json().encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [("num_clips", 13), ("length_seconds", 2.9), ("num_speakers", 5), ("digest", "0" * 64)],
)
def test_a_record_that_says_what_its_rows_do_not_is_named(
    ws: Workspace, field: str, value: object
) -> None:
    commit_forged(ws, lambda record, _: replace(record, **{field: value}))  # type: ignore[arg-type]
    (problem,) = ws.verify().problems
    assert (problem.key, problem.versions) == ("scots/versions/v0004.json", (4,))
    assert problem.what.startswith(f"says {field} is {value}, but its rows give ")


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("offset_bytes", 0, "1 rows are not so; the first, {}: its bytes do not match"),
        ("offset_bytes", 10**9, "1 rows are not so; the first, {}: lies behind the end"),
        ("offset_bytes", -1, "1 rows are not so; the first, {}: "),
        ("size_bytes", 1, "1 rows are not so; the first, {}: its bytes do not match"),
        ("audio_sha256", "0" * 64, "1 rows are not so; the first, {}: its bytes do not match"),
        ("shard_sha256", "0" * 64, "1 rows point into no shard that the record names"),
        ("shard_sha256", None, "1 rows point into no shard that the record names"),
    ],
)
def test_a_row_that_points_elsewhere_is_named(
    ws: Workspace, column: str, value: object, what: str
) -> None:
    ids: list[str] = []

    def change(record: VersionRecord, rows: pa.Table) -> VersionRecord:
        ids.append(rows["clip_id"][1].as_py())
        changed = with_value(rows, 1, column, value).to_batches()
        parts = put_manifests(open_store(ws.settings.store), "scots", changed)
        return replace(record, manifests=parts)

    commit_forged(ws, change)
    found = [p for p in ws.verify().problems if p.kind == "manifest"]
    assert [(p.clip_ids, p.versions) for p in found] == [(tuple(ids), (4,))]
    assert found[0].what.startswith(what.format(*ids))


def test_samples_that_are_not_those_of_the_row_need_decoding(tmp_path: Path) -> None:
    """The bytes are as published; only their decoded samples tell."""
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    table = working_table(ws)
    for row, clip_id in enumerate(table["clip_id"].to_pylist()):
        data = (ws.clips_dir / f"{clip_id}.flac").read_bytes()
        table = with_value(table, row, "audio_sha256", hashlib.sha256(data).hexdigest())
    publish(ws, with_value(table, 1, "pcm_sha256", "0" * 64))
    assert ws.verify().problems == ()
    (problem,) = ws.verify(decode=True).problems
    assert problem.clip_ids == (table["clip_id"][1].as_py(),)
    assert problem.what.endswith("its samples do not match pcm_sha256")


def test_progress_counts_the_bytes_of_all_objects(whole: Workspace) -> None:
    calls: list[tuple[str, float, float | None, str]] = []
    report = whole.verify(progress=lambda *call: calls.append(call))
    done = [call[1] for call in calls]
    assert done == sorted(done)
    assert done[-1] == calls[-1][2] == report.size_bytes


def test_a_store_on_s3_is_verified_alike(whole: Workspace, s3_url: str) -> None:
    local, remote = open_store(whole.settings.store), open_store(s3_url)
    for key, data in stored_objects(local).items():
        remote.put_content(key, data)
    ws = changed(whole, store=s3_url)
    assert ws.verify() == whole.verify()
    shard = resolve(remote, VersionRef("scots", 3)).shards[0]
    remote.delete(shard_key("scots", shard.sha256))
    (problem,) = ws.verify().problems
    assert (problem.what, len(problem.clip_ids)) == ("is missing", shard.num_clips)


def test_one_object_that_cannot_be_read_does_not_hide_the_others(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a bad sector: a folder in the place of a file cannot be read either."""
    first, second, *_ = files_of(ws, "shards")
    first.unlink()
    first.mkdir()
    truncate(second)
    found = {Path(p.key).name for p in ws.verify().problems}
    assert found == {first.name, second.name}


def test_a_store_that_refuses_everything_is_no_damaged_store(
    whole: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: LocalStore, key: str) -> None:
        raise StorageError(f"{self.uri(key)}: the server does not answer")

    monkeypatch.setattr(LocalStore, "get_blocks", refuse)
    monkeypatch.setattr("audioset.versions.verify.content.MOST_UNREADABLE", 2)
    with pytest.raises(StorageError, match="does not answer"):
        whole.verify()


@pytest.mark.parametrize("damage", ["truncated", "deleted"])
@pytest.mark.parametrize("kind", ["shards", "manifests"])
def test_publishing_again_repairs_what_the_latest_version_lost(
    tmp_path: Path, kind: str, damage: str
) -> None:
    ws = make_workspace(tmp_path / "scots")
    first = publish(ws)
    before = stored_objects(open_store(ws.settings.store))
    for path in files_of(ws, kind)[::2]:
        DAMAGES[damage](path)
    lost = len(files_of(ws, kind)) if kind == "manifests" else None
    again = publish(ws)
    assert (again.unchanged, again.record) == (True, first.record)
    if lost is None:
        assert again.num_new_shards == -(-len(first.record.shards) // 2)
    assert stored_objects(open_store(ws.settings.store)) == before
    assert ws.verify().problems == ()


def test_a_shard_that_cannot_be_made_as_it_was_is_left_out_of_the_next_version(
    tmp_path: Path,
) -> None:
    """What lay in it beside the clips of the version is not here."""
    ws = make_workspace(tmp_path / "scots")
    publish(ws)
    rows = working_table(ws)
    second = publish(ws, rows.slice(1), dead_share=1.0).record
    assert second.num_dead_clips == 1
    first = second.shards[0].sha256  # held the clip that is gone
    (Path(ws.settings.store) / shard_key("scots", first)).unlink()
    third = publish(ws, rows.slice(1))
    assert (third.unchanged, third.record.version, third.num_new_shards) == (False, 3, 1)
    assert third.record.digest == second.digest
    assert ws.verify("scots@v3").problems == ()
    assert publish(ws, rows.slice(1)).unchanged


def test_a_part_of_a_manifest_is_named_by_its_key(ws: Workspace) -> None:
    part = resolve(open_store(ws.settings.store), VersionRef("scots", 3)).manifests[0]
    key = manifest_key("scots", part.sha256)
    truncate(Path(ws.settings.store) / key)
    (problem,) = ws.verify().problems
    assert (problem.key, problem.kind) == (key, "manifest")
    assert 3 in problem.versions
