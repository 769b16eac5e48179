"""A catalog as the first release made it: read, gone on with, copied, with all its history."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from audioset.catalog.catalog import Catalog
from audioset.catalog.copy_decisions import copy_decisions
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import Decision
from audioset.catalog.migrations import m001_decisions
from audioset.catalog.operations import Operation
from audioset.errors import StorageError

NOON = datetime(2026, 11, 1, 12, 0, 0, 7, tzinfo=UTC)
# minute, who, subject_kind, subject_id, field, JSON
ROWS = [
    (0, "mairi", "clip", "a", "text", '"Aye"'),
    (0, "mairi", "clip", "b", "text", '"Aye"'),
    (0, "mairi", "speaker", "isla", "accent", '"glasgow"'),
    (1, "ewan", "clip", "a", "text", '"Och aye, \\"ünï\\""'),
    (2, "mairi", "clip", "b", "accepted", "false"),
    (3, "mairi", "clip", "b", "accepted", "null"),
    (4, "audioset split", "clip", "a", "split", '"test"'),
    (9, "mairi", "clip", "gone", "text", '"erased"'),
    (1, "ewan", "clip", "a", "text", '"Och aye, \\"ünï\\""'),  # once more, as a copy added it
]


def write(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """Add rows as the first release did."""
    sqlite = connection.dialect.name == "sqlite"
    for minute, *rest in rows:
        moment = NOON + timedelta(minutes=minute)
        at = f"{moment:%Y-%m-%d %H:%M:%S.%f}" if sqlite else moment
        names = ("at", "by", "kind", "subject", "field", "value")
        connection.execute(
            text(
                "INSERT INTO decisions (decided_at, decided_by, subject_kind, subject_id, field, "
                "value) VALUES (:at, :by, :kind, :subject, :field, :value)"
            ),
            dict(zip(names, (at, *rest), strict=True)),
        )


def make_old(url: str, rows: list[tuple[Any, ...]] = ROWS) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE audioset_migrations (name VARCHAR(100) PRIMARY KEY)"))
        m001_decisions(connection)
        connection.execute(text("INSERT INTO audioset_migrations VALUES ('m001_decisions')"))
        write(connection, rows)
        connection.execute(text("DELETE FROM decisions WHERE subject_id = 'gone'"))


def test_all_that_was_said_is_there_with_who_and_when(url: str) -> None:
    make_old(url)
    catalog = Catalog(url)
    assert catalog.current_with_author() == {
        ("clip", "a", "text"): ('Och aye, "ünï"', "ewan"),
        ("clip", "b", "text"): ("Aye", "mairi"),
        ("speaker", "isla", "accent"): ("glasgow", "mairi"),
        ("clip", "b", "accepted"): (None, "mairi"),
        ("clip", "a", "split"): ("test", "audioset split"),
    }
    history = catalog.history("clip", "a")
    assert [(row.decision.value, row.decided_by, row.decided_at) for row in history] == [
        ("Aye", "mairi", NOON),
        ("test", "audioset split", NOON + timedelta(minutes=4)),
        ('Och aye, "ünï"', "ewan", NOON + timedelta(minutes=1)),
    ]
    assert {(row.retracts, row.review_pass, row.heard_share) for row in history} == {
        (None, None, None)
    }
    new = catalog.record([Decision("clip", "c", "line", 1)], by="ewan")
    assert list(new.row_ids.values()) == [10], "no number is given twice, of what is gone too"


def test_what_was_said_at_once_is_taken_back_at_once(url: str) -> None:
    make_old(url)
    catalog = Catalog(url)
    (first, *_), (other, *_) = catalog.history("clip", "a"), catalog.history("clip", "b")
    assert first.op_id == other.op_id
    catalog.retract(first.op_id, by="isla")
    assert ("clip", "b", "text") not in catalog.held_all()
    assert catalog.held("clip", ["a"])[("clip", "a", "text")].value == 'Och aye, "ünï"'


def _open(url: str, barrier: Any, write: bool) -> None:
    catalog = Catalog(url)
    barrier.wait()
    if write:
        catalog.record([Decision("clip", f"{os.getpid()}", "line", 1)], by="ewan")
    assert len(catalog.history("clip", "a")) == 3


def test_two_processes_bring_it_up_to_date_at_once(url: str) -> None:
    make_old(url)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    openers = [context.Process(target=_open, args=(url, barrier, write)) for write in (True, False)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0, 0]
    assert len(Catalog(url).since(0)) == 8


def test_the_release_before_goes_on_writing(url: str) -> None:
    make_old(url)
    catalog = Catalog(url)
    assert catalog.held_all()
    with create_engine(url, poolclass=NullPool).begin() as connection:
        write(connection, [(11, "rab", "clip", "a", "text", '"by the release before"')] * 2)
    assert catalog.current_with_author()[("clip", "a", "text")] == ("by the release before", "rab")
    assert len({row.op_id for row in catalog.since(0)}) == len({*catalog.since(0)}) - 1


@pytest.mark.parametrize("first", ["both old", "new first"])
def test_copies_of_it_know_equal_rows(url: str, tmp_path: Path, first: str) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    make_old(url)
    make_old(other, [*ROWS, (12, "rab", "clip", "d", "text", '"mine"')])
    one, two = CatalogDatabase(url), CatalogDatabase(other)
    if first == "new first":
        one.record([Decision("clip", "e", "text", "new")], Operation(by="ewan"))
    for origin, target, added in ((two, one, 1), (one, two, first == "new first"), (two, one, 0)):
        copied = copy_decisions(origin, target, is_withdrawn=lambda _: False)
        assert (copied.num_added, copied.conflicts) == (added, ())
    assert one.current() == two.current()
    for clip in ("a", "b", "d"):
        assert [row.op_id for row in one.history("clip", clip)] == [
            row.op_id for row in two.history("clip", clip)
        ]


@pytest.fixture
def readable() -> Iterator[Path]:
    """Give a folder that everybody may enter."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_nobody(function: Callable[[str], None], url: str) -> int | None:
    """Run a function in a process that may change nothing."""

    def run() -> None:
        if os.getuid() == 0:
            os.setuid(65534)
        function(url)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    return process.exitcode


def _read(url: str) -> None:
    catalog = Catalog(url)
    assert len(catalog.history("clip", "a")) == 3
    assert len(catalog.held_all()) == 5
    with pytest.raises(StorageError, match="readonly database"):
        catalog.record([Decision("clip", "a", "line", 1)], by="ewan")
    assert len(catalog.held_all()) == 5


@pytest.mark.parametrize("migrated", [False, True])
def test_a_file_that_nobody_may_change_is_read(readable: Path, *, migrated: bool) -> None:
    file, url = readable / "catalog.db", f"sqlite:///{readable / 'catalog.db'}"
    make_old(url)
    if migrated:
        assert len(Catalog(url).held_all()) == 5
    before = file.read_bytes()
    readable.chmod(0o555)
    file.chmod(0o444)
    assert as_nobody(_read, url) == 0
    assert file.read_bytes() == before
    assert [path.name for path in readable.iterdir()] == ["catalog.db"]
    readable.chmod(0o755)
