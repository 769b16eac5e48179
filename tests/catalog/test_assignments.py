"""Who is to judge which clips: kept by who and when, withdrawn, copied, and removed with clips."""

from pathlib import Path

import pytest

from audioset.catalog.assignments import (
    copy_assignments,
    read_assignments,
    write_assignments,
)
from audioset.catalog.catalog import Catalog
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import Decision, DecisionValue
from audioset.records.assignments import Assignment
from tests.postgresql import postgresql_url

__all__ = ["postgresql_url"]  # a fixture


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> CatalogDatabase:
    if request.param == "sqlite":
        return CatalogDatabase(f"sqlite:///{tmp_path / 'catalog.db'}")
    return CatalogDatabase(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def other(tmp_path: Path) -> CatalogDatabase:
    return CatalogDatabase(f"sqlite:///{tmp_path / 'other.db'}")


def task(clip_id: str, reviewer: str = "mairi", review_pass: int = 1) -> Assignment:
    return Assignment(reviewer=reviewer, clip_id=clip_id, review_pass=review_pass)


def keep_all(_: str) -> bool:
    return False


def test_what_was_assigned_last_holds_and_what_was_withdrawn_does_not(
    catalog: CatalogDatabase,
) -> None:
    assert read_assignments(catalog) == []
    assert write_assignments(catalog, [task("a"), task("b"), task("a", "ewan", 2)], by="ada") == 3
    assert read_assignments(catalog) == [task("a"), task("b"), task("a", "ewan", 2)]
    write_assignments(catalog, [task("a")], by="ada", withdrawn=True)
    assert read_assignments(catalog) == [task("b"), task("a", "ewan", 2)]
    write_assignments(catalog, [task("a")], by="ada")
    assert set(read_assignments(catalog)) == {task("a"), task("b"), task("a", "ewan", 2)}


def test_two_catalogs_become_one_whichever_way_they_are_copied(
    catalog: CatalogDatabase, other: CatalogDatabase
) -> None:
    write_assignments(catalog, [task("a"), task("b")], by="ada")
    assert copy_assignments(catalog, other, is_withdrawn=keep_all, dry_run=True) == 2
    assert read_assignments(other) == []
    assert copy_assignments(catalog, other, is_withdrawn=keep_all, dry_run=False) == 2
    assert copy_assignments(catalog, other, is_withdrawn=keep_all, dry_run=False) == 0
    write_assignments(other, [task("b")], by="ben", withdrawn=True)
    write_assignments(catalog, [task("c")], by="ada")
    assert copy_assignments(other, catalog, is_withdrawn=keep_all, dry_run=False) == 1
    assert copy_assignments(catalog, other, is_withdrawn=keep_all, dry_run=False) == 1
    assert read_assignments(catalog) == read_assignments(other) == [task("a"), task("c")]


def test_clips_that_were_withdrawn_do_not_travel(
    catalog: CatalogDatabase, other: CatalogDatabase
) -> None:
    write_assignments(catalog, [task("a"), task("b")], by="ada")
    copy_assignments(catalog, other, is_withdrawn=lambda clip_id: clip_id == "a", dry_run=False)
    assert read_assignments(other) == [task("b")]


def test_of_clips_that_are_erased_nothing_is_left(catalog: CatalogDatabase) -> None:
    assert catalog.erase("clip", ["a"]) == 0
    write_assignments(catalog, [task("a"), task("b"), task("a", "ewan", 2)], by="ada")
    write_assignments(catalog, [task("a")], by="ada", withdrawn=True)
    catalog.erase("speaker", ["b"])
    catalog.erase("clip", ["a"])
    assert catalog.clip_ids() == {"b"}
    assert read_assignments(catalog) == [task("b")]


def test_who_has_judged_what_is_told_by_pass(catalog: CatalogDatabase) -> None:
    held = Catalog(catalog._url.render_as_string(hide_password=False))
    assert held.judged() == []

    def say(clip_id: str, value: DecisionValue, by: str, review_pass: int | None = None) -> str:
        decision = Decision("clip", clip_id, "accepted", value)
        return held.record([decision], by=by, review_pass=review_pass).op_id

    say("a", True, "mairi")
    say("a", False, "ewan")  # the shared word is his now
    say("a", "unsure", "rab", 2)
    say("b", True, "mairi")
    say("b", None, "ewan")  # emptied
    say("c", True, "rab", 2)
    say("c", None, "rab", 2)
    held.retract(say("d", True, "mairi"), by="mairi")
    held.record([Decision("clip", "e", "text", "aye")], by="mairi")
    assert set(held.judged()) == {task("a", "ewan", 1), task("a", "rab", 2)}


def test_what_several_said_is_told_and_no_more(catalog: CatalogDatabase) -> None:
    held = Catalog(catalog._url.render_as_string(hide_password=False))
    assert held.said_by_several() == []
    for clip_id, by, review_pass in [
        ("a", "mairi", None),
        ("a", "ewan", None),
        ("b", "mairi", None),
        ("b", "mairi", None),
        ("c", "rab", 2),
        ("d", "audioset split", None),
        ("d", "mairi", None),
    ]:
        field = "split" if clip_id == "d" else "text"
        held.record([Decision("clip", clip_id, field, "x")], by=by, review_pass=review_pass)
    told = [(row.decision.subject_id, row.decided_by) for row in held.said_by_several()]
    assert told == [("a", "mairi"), ("a", "ewan"), ("c", "rab")]
