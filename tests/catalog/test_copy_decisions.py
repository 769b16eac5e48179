"""Decisions from catalog to catalog: all come, once, and the newest word holds."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from audioset.catalog import copy_decisions as module
from audioset.catalog.copy_decisions import copy_decisions
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import Decision, DecisionKey
from audioset.catalog.merge import DecisionRow, merge
from audioset.catalog.operations import Operation
from audioset.catalog.tables import decisions as table
from audioset.records.copy_report import CopiedDecisions
from audioset.records.split_report import SPLIT_AUTHOR
from tests.postgresql import postgresql_url

__all__ = ["postgresql_url"]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def alone(tmp_path: Path) -> CatalogDatabase:
    return CatalogDatabase(f"sqlite:///{tmp_path / 'alone.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> CatalogDatabase:
    if request.param == "sqlite":
        return CatalogDatabase(f"sqlite:///{tmp_path / 'team.db'}")
    return CatalogDatabase(request.getfixturevalue("postgresql_url"))


def row(
    minute: int, value: str, *, subject: str = "a", by: str = "ada", field: str = "text"
) -> DecisionRow:
    moment = NOON + timedelta(minutes=minute, microseconds=7)
    op_id = f"{minute} {value} {by}"
    return DecisionRow(moment, by, "clip", subject, field, f'"{value}"', op_id)


def record(catalog: CatalogDatabase, decisions: list[Decision], by: str) -> None:
    catalog.record(decisions, Operation(by=by))


def holding(catalog: CatalogDatabase) -> dict[DecisionKey, tuple[object, str]]:
    return {key: (held.value, held.by) for key, held in catalog.held_all().items()}


def write(catalog: CatalogDatabase, *rows: DecisionRow) -> None:
    catalog.make_tables()
    with catalog.writing() as connection:
        connection.execute(insert(table), [one._asdict() for one in rows])


def copy(
    origin: CatalogDatabase,
    target: CatalogDatabase,
    *,
    is_withdrawn: Callable[[str], bool] = lambda _: False,
    dry_run: bool = False,
) -> CopiedDecisions:
    return copy_decisions(origin, target, is_withdrawn=is_withdrawn, dry_run=dry_run)


def text_of(catalog: CatalogDatabase, subject: str = "a", field: str = "text") -> object:
    return catalog.current()[("clip", subject, field)]


def said(catalog: CatalogDatabase, subject: str = "a") -> list[object]:
    return [entry.decision.value for entry in catalog.history("clip", subject)]


def test_all_come_with_who_and_when_and_a_second_copy_adds_nothing(
    alone: CatalogDatabase, team: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    values = ["Aye", True, None, 3, "ünï 'quoted'"]
    for number, value in enumerate(values * 4):
        decisions = [
            Decision("clip", f"clip {number % 6}", "text", value),
            Decision("speaker", "ada", "accent", value),
        ]
        record(alone, decisions, f"person {number % 3}")
    planned = copy(alone, team, dry_run=True)
    assert (planned.num_added, planned.num_there) == (40, 0)
    assert team.current() == {}
    assert copy(alone, team) == planned
    assert holding(team) == holding(alone)
    for kind, subject in {(kind, subject) for kind, subject, _ in alone.current()}:
        mine, theirs = alone.history(kind, subject), team.history(kind, subject)
        assert [replace(row, row_id=0) for row in theirs] == [
            replace(row, row_id=0) for row in mine
        ]
    again = copy(alone, team)
    assert (again.num_added, again.num_there, again.conflicts) == (0, 40, ())
    assert copy(team, alone).num_added == 0


def test_an_empty_catalog_makes_no_tables(alone: CatalogDatabase, team: CatalogDatabase) -> None:
    assert copy(alone, team) == CopiedDecisions()
    with team.reading() as connection:
        assert connection is None


def test_the_newer_word_holds_and_the_difference_is_told_once(
    alone: CatalogDatabase, team: CatalogDatabase
) -> None:
    write(alone, row(1, "old"), row(5, "mine, older"), row(8, "mine, newer", subject="b"))
    write(team, row(6, "theirs, newer", by="ben"), row(7, "theirs, older", subject="b", by="ben"))
    copied = copy(alone, team)
    assert copied.num_added == 3
    assert [(c.subject_id, c.value, c.other_value) for c in copied.conflicts] == [
        ("a", "theirs, newer", "mine, older"),
        ("b", "mine, newer", "theirs, older"),
    ]
    assert "'theirs, newer' holds (ben, 2026-11-01 12:06)" in str(copied.conflicts[0])
    assert (text_of(team), text_of(team, "b")) == ("theirs, newer", "mine, newer")
    assert said(team) == ["old", "mine, older", "theirs, newer"], "each once"
    again = copy(alone, team)
    assert (again.num_added, again.conflicts) == (0, ())
    back = copy(team, alone)
    assert (back.num_added, back.conflicts) == (2, ())
    assert alone.current() == team.current()


def test_who_knew_of_the_other_word_wins_whatever_the_clocks_say(
    alone: CatalogDatabase, team: CatalogDatabase
) -> None:
    write(alone, row(9, "first, by a clock that is ahead"))
    copy(alone, team)
    write(team, row(2, "second, in view of the first", by="ben"))
    copied = copy(alone, team)
    assert (copied.num_added, copied.conflicts) == (0, ())
    assert text_of(team) == "second, in view of the first"
    copy(team, alone)
    assert text_of(alone) == "second, in view of the first"


def test_a_person_wins_over_a_plan_that_is_newer(
    alone: CatalogDatabase, team: CatalogDatabase
) -> None:
    write(alone, row(1, "test", field="split"))
    write(team, row(5, "train", field="split", by=SPLIT_AUTHOR))
    copy(alone, team)
    assert text_of(team, field="split") == "test"


def test_decisions_about_withdrawn_clips_stay_out(
    alone: CatalogDatabase, team: CatalogDatabase
) -> None:
    write(alone, row(1, "gone", subject="gone"), row(2, "kept", subject="kept"))
    record(alone, [Decision("speaker", "gone", "accent", "glasgow")], "ada")
    copied = copy(alone, team, is_withdrawn=lambda clip_id: clip_id == "gone")
    assert (copied.num_added, copied.num_left_out, copied.num_there) == (2, 1, 0)
    assert {(kind, subject) for kind, subject, _ in team.current()} == {
        ("clip", "kept"),
        ("speaker", "gone"),
    }


def test_a_copy_that_breaks_off_goes_on(
    alone: CatalogDatabase, team: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 5)
    write(alone, *(row(n, f"v{n}", subject=f"clip {n % 4}") for n in range(23)))
    for broken_after in (5, 15):

        def stop(_task: str, done: float, *_: object, limit: int = broken_after) -> None:
            if done >= limit:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            copy_decisions(alone, team, is_withdrawn=lambda _: False, progress=stop)
    assert copy(alone, team).num_added == 8
    assert team.current() == alone.current()
    assert [said(team, f"clip {n}") for n in range(4)] == [
        said(alone, f"clip {n}") for n in range(4)
    ]


def test_two_copies_at_once_add_everything_once(
    alone: CatalogDatabase, team: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 10)
    write(alone, *(row(n, f"v{n}", subject=f"clip {n % 7}") for n in range(60)))
    team.make_tables()
    added: list[int] = []
    threads = [
        threading.Thread(target=lambda: added.append(copy(alone, team).num_added)) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 60
    assert team.current() == alone.current()


def test_what_was_taken_back_and_opinions_come_as_they_are(
    alone: CatalogDatabase, team: CatalogDatabase
) -> None:
    first, second = row(1, "first"), row(2, "second", by="ben")
    undo = second._replace(op_id="undo", decided_by="ada", retracts=second.op_id)
    blind = row(3, "blind", by="cat")._replace(review_pass=2, heard_share=0.5)
    write(alone, first, second, undo, blind)
    write(team, first, second)
    copied = copy(alone, team)
    assert (copied.num_added, copied.conflicts) == (2, ())
    assert text_of(team) == text_of(alone) == "first"
    told = [(row.op_id, row.retracts, row.review_pass) for row in team.history("clip", "a")]
    assert told[2:] == [("undo", second.op_id, None), (blind.op_id, None, 2)]
    assert team.history("clip", "a")[-1].heard_share == 0.5
    assert copy(team, alone).num_added == copy(alone, team).num_added == 0
    assert team.record([], Operation(by="ada")).row_ids == {}


rows = st.builds(
    row,
    st.integers(0, 5),
    st.sampled_from("xyz"),
    subject=st.sampled_from("ab"),
    by=st.sampled_from(["ada", "ben", SPLIT_AUTHOR]),
    field=st.sampled_from(["text", "split"]),
)


def with_retractions(choice: tuple[list[DecisionRow], list[int]]) -> list[DecisionRow]:
    """Give a history in which some rows are opinions, and some are taken back later."""
    said, retracted = list(dict.fromkeys(choice[0])), choice[1]
    history = [one._replace(review_pass=2) if one.op_id.startswith("5") else one for one in said]
    for number in retracted:
        if number < len(said):
            old = history[number]
            history.append(old._replace(op_id=f"not {old.op_id}", retracts=old.op_id))
    return list(dict.fromkeys(history))


histories = st.tuples(st.lists(rows, max_size=8), st.lists(st.integers(0, 9), max_size=3)).map(
    with_retractions
)


@given(histories, histories, st.integers(1, 4))
def test_two_catalogs_agree_after_both_ways_and_then_stay(
    one: list[DecisionRow], other: list[DecisionRow], size: int
) -> None:
    def bring(origin: list[DecisionRow], target: list[DecisionRow]) -> int:
        changed = 0
        for start in range(0, len(origin), size):
            merged = merge(origin[start : start + size], list(origin), list(target))
            target += merged.rows
            for moved in merged.moved:
                target.remove(moved)
                target.append(moved)
            changed += len(merged.rows) + len(merged.moved)
        return changed

    def holds(history: list[DecisionRow]) -> dict[object, DecisionRow]:
        gone = {(found.retracts, found.key) for found in history}
        return {
            found.key: found
            for found in history
            if found.retracts is None
            and found.review_pass is None
            and (found.op_id, found.key) not in gone
        }

    before = set(one) | set(other)
    bring(one, other)
    bring(other, one)
    assert set(one) == set(other) == before
    assert len(one) == len(other) == len(before)
    assert holds(one) == holds(other)
    assert bring(one, other) == bring(other, one) == 0
