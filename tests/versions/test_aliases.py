"""Aliases move one writer at a time and keep their history."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audioset.errors import (
    ConflictError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from audioset.records.identity import AliasRef, VersionRef
from audioset.settings import user_name
from audioset.storage.store import Store, open_store
from audioset.versions.aliases import list_alias_names, list_aliases, move_alias, read_alias
from audioset.versions.layout import alias_key
from audioset.versions.read.resolve import resolve_reference
from audioset.workspace import Workspace
from tests.faulty_proxy import LOST_ANSWER, faulty_proxy
from tests.servers import S3Server, careless_s3, s3_url, start_s3
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import make_workspace

__all__ = ["s3_url"]


@pytest.fixture(params=["local", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    urls = {"local": str(tmp_path / "store"), "memory": "memory://"}
    return open_store(urls.get(request.param) or request.getfixturevalue("s3_url"))


@pytest.fixture
def two_versions(tmp_path: Path) -> Workspace:
    ws = make_workspace(tmp_path / "scots", sources=1)
    publish(ws)
    publish(ws, with_value(working_table(ws), 0, "text", "new"))
    return ws


def test_an_alias_moves_and_remembers(store: Store) -> None:
    move_alias(store, "prod", VersionRef("scots", 1), message="first")
    moved = move_alias(store, "prod", VersionRef("scots", 3), expect=1, message="better")
    found = read_alias(store, AliasRef("scots", "prod"))
    assert found == moved
    assert [(move.version, move.message) for move in found.moves] == [(1, "first"), (3, "better")]
    assert list_aliases(store, "scots") == [found]


def test_an_alias_that_names_something_else_is_not_moved(store: Store) -> None:
    with pytest.raises(ConflictError, match="scots@prod names nothing, not v1"):
        move_alias(store, "prod", VersionRef("scots", 2), expect=1)
    move_alias(store, "prod", VersionRef("scots", 2))
    with pytest.raises(ConflictError, match="scots@prod names v2, not v1"):
        move_alias(store, "prod", VersionRef("scots", 3), expect=1)
    assert read_alias(store, AliasRef("scots", "prod")).version == 2


def test_of_many_movers_at_once_each_wins_or_is_told(store: Store) -> None:
    """Nobody's move is lost: the history holds exactly those that were told it was theirs."""
    move_alias(store, "prod", VersionRef("scots", 1))
    start = threading.Barrier(8)

    def move(version: int) -> int | None:
        start.wait()
        try:
            move_alias(store, "prod", VersionRef("scots", version))
        except ConflictError:
            return None
        return version

    with ThreadPoolExecutor(8) as pool:
        won = [version for version in pool.map(move, range(2, 10)) if version]
    moves = [move.version for move in read_alias(store, AliasRef("scots", "prod")).moves]
    assert won
    assert sorted(moves) == sorted([1, *won])


def test_a_move_whose_answer_was_lost_is_made(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    move_alias(open_store(s3_url), "prod", VersionRef("scots", 1))
    with faulty_proxy(start_s3().port, LOST_ANSWER, r"PUT .*/aliases/prod\.json") as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        moved = move_alias(open_store(s3_url), "prod", VersionRef("scots", 2))
        assert proxy.done == 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{start_s3().port}")
    assert read_alias(open_store(s3_url), AliasRef("scots", "prod")) == moved


def test_a_server_that_ignores_the_condition_holds_no_aliases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with careless_s3() as port:
        for name, value in S3Server(port).environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StorageError, match="cannot hold aliases"):
            move_alias(open_store("s3://bucket/store"), "prod", VersionRef("scots", 1))


@pytest.mark.parametrize("name", ["v3", "Prod", "3", "", "a/b", "x" * 65, "prod "])
def test_a_name_that_could_be_taken_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be an alias"):
        move_alias(open_store("memory://"), name, VersionRef("scots", 1))


def test_an_alias_works_wherever_a_version_does(two_versions: Workspace) -> None:
    two_versions.alias("prod", "scots@v1")
    assert str(two_versions.open("scots@prod").record.ref) == "scots@v1"
    assert two_versions.describe("scots@prod").num_clips == 10
    two_versions.alias("next", "scots@prod")
    (following, prod) = two_versions.aliases()
    assert (following.alias, following.version, prod.alias) == ("next", 1, "prod")
    two_versions.alias("prod", "scots@v2", expect=1)
    store = open_store(two_versions.settings.store)
    assert str(resolve_reference(store, "scots@prod").ref) == "scots@v2"


def test_an_alias_that_does_not_exist_says_which_do(two_versions: Workspace) -> None:
    store = open_store(two_versions.settings.store)
    with pytest.raises(NotFoundError, match="scots@prod does not exist; it has no alias yet"):
        resolve_reference(store, "scots@prod")
    two_versions.alias("best", "scots@v2")
    with pytest.raises(NotFoundError, match="its aliases are best"):
        resolve_reference(store, "scots@prod")
    with pytest.raises(NotFoundError, match="scots@v9 does not exist"):
        two_versions.alias("best", "scots@v9")


def in_memory() -> Store:
    return open_store("memory://")


def test_a_move_says_who_made_it_and_when() -> None:
    store = in_memory()
    made = move_alias(store, "prod", VersionRef("scots", 4))
    (move,) = made.moves
    assert (move.version, move.message, move.moved_by) == (4, "", user_name())
    assert move.moved_at.endswith("+00:00")
    assert (made.dataset, made.alias, made.version, len(made.nonce)) == ("scots", "prod", 4, 32)
    again = move_alias(store, "prod", VersionRef("scots", 4))
    assert again.nonce != made.nonce
    assert len(again.moves) == 2
    assert list_alias_names(store, "scots") == ["prod"]


def test_aliases_are_listed_by_name_and_damaged_ones_are_told() -> None:
    store = in_memory()
    for name in ("prod", "best"):
        move_alias(store, name, VersionRef("scots", 1))
    store.put_new("scots/aliases/notes.txt", b"")
    store.put_new(alias_key("scots", "broken"), b"{}")
    store.put_new(alias_key("scots", "copy"), store.get(alias_key("scots", "best")))
    assert list_alias_names(store, "scots") == ["best", "broken", "copy", "prod"]
    with pytest.warns(DamagedWarning) as told:
        assert [found.alias for found in list_aliases(store, "scots")] == ["best", "prod"]
    assert len(told) == 2
    assert "scots@broken is left out: " in str(told[0].message)
    assert "is another alias: scots@best" in str(told[1].message)
    with pytest.raises(IntegrityError, match=r"copy\.json is another alias: scots@best"):
        read_alias(store, AliasRef("scots", "copy"))
    with pytest.raises(IntegrityError, match="is another alias"):
        move_alias(store, "copy", VersionRef("scots", 2))
    with pytest.raises(NotFoundError, match="its aliases are best, broken, copy, prod"):
        read_alias(store, AliasRef("scots", "nobody"))
    assert list_aliases(store, "welsh") == []


@pytest.mark.parametrize("error", [StorageError("no answer"), ConflictError("changed")])
@pytest.mark.parametrize("is_new", [True, False])
def test_of_a_lost_answer_the_nonce_tells_whose_the_move_is(error: Exception, is_new: bool) -> None:
    store = in_memory()
    move_alias(store, "other" if is_new else "prod", VersionRef("scots", 1))
    put_new, replace = store.put_new, store.replace

    def lose_put(key: str, data: bytes) -> None:
        put_new(key, data)
        raise error

    def lose_replace(key: str, held: bytes, data: bytes) -> None:
        replace(key, held, data)
        raise error

    store.put_new, store.replace = lose_put, lose_replace  # type: ignore[method-assign]
    made = move_alias(store, "prod", VersionRef("scots", 2))
    assert read_alias(store, AliasRef("scots", "prod")) == made


def test_a_move_that_was_not_made_says_who_was_first_or_what_failed() -> None:
    store = in_memory()
    move_alias(store, "prod", VersionRef("scots", 1))
    replace = store.replace

    def other_first(key: str, held: bytes, data: bytes) -> None:
        store.replace = replace  # type: ignore[method-assign]
        move_alias(store, "prod", VersionRef("scots", 7))
        replace(key, held, data)

    store.replace = other_first  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match=f"scots@prod was moved to v7 by {user_name()} at the"):
        move_alias(store, "prod", VersionRef("scots", 2))

    def fail(*_: object) -> None:
        raise StorageError("the store did not answer")

    store.replace = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError, match="the store did not answer"):
        move_alias(store, "prod", VersionRef("scots", 2))
    store.put_new = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError, match="the store did not answer"):
        move_alias(store, "best", VersionRef("scots", 2))
    assert read_alias(store, AliasRef("scots", "prod")).version == 7
