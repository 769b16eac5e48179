"""The catalog: append-only, the newest wins, reading creates nothing, errors in one line."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from audioset.catalog.catalog import Catalog
from audioset.catalog.decisions import Decision, DecisionKey, DecisionValue, catalog_is_missing
from audioset.catalog.migrations import MIGRATIONS, migrate
from audioset.catalog.tables import metadata
from audioset.errors import InvalidInputError, StorageError


def engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def current(catalog: Catalog) -> dict[DecisionKey, DecisionValue]:
    return {key: value for key, (value, _) in catalog.current_with_author().items()}


def test_reading_creates_nothing(url: str, tmp_path: Path) -> None:
    catalog = Catalog(url)
    assert current(catalog) == {}
    assert catalog.history("clip", "a") == []
    assert list(tmp_path.iterdir()) == []
    if not url.startswith("sqlite"):
        assert not inspect(engine(url)).has_table("decisions")


def test_the_newest_decision_holds_and_all_are_kept(url: str) -> None:
    catalog = Catalog(url)
    first = Decision("clip", "a", "text", "Aye")
    other = Decision("speaker", "a", "accent", "glasgow")
    assert len(catalog.record([first, other], by="ada").row_ids) == 2
    second = Decision("clip", "a", "text", "Aye, right.")
    catalog.record([second], by="rab")

    assert current(catalog) == {
        ("clip", "a", "text"): "Aye, right.",
        ("speaker", "a", "accent"): "glasgow",
    }
    history = catalog.history("clip", "a")
    assert [(entry.decision, entry.decided_by) for entry in history] == [
        (first, "ada"),
        (second, "rab"),
    ]
    for entry in history:
        assert datetime.now(UTC) - timedelta(minutes=1) < entry.decided_at <= datetime.now(UTC)


def test_within_one_call_the_last_decision_holds(url: str) -> None:
    catalog = Catalog(url)
    catalog.record([Decision("clip", "a", "line", n) for n in (1, 2, 3)], by="ada")
    assert current(catalog) == {("clip", "a", "line"): 3}


@pytest.mark.parametrize("value", ["", "ünïcode \U0001f3b5 '\"\\", True, False, 7, None])
def test_values_keep_their_type(url: str, value: str | bool | int | None) -> None:
    catalog = Catalog(url)
    catalog.record([Decision("clip", "a", "field", value)], by="ada")
    (kept,) = current(catalog).values()
    assert (kept, type(kept)) == (value, type(value))


_decisions = st.builds(
    Decision,
    st.sampled_from(["clip", "speaker"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["text", "split"]),
    st.integers(0, 9),
)


@settings(max_examples=25)
@given(calls=st.lists(st.lists(_decisions, max_size=4), max_size=5))
def test_the_catalog_is_the_fold_of_its_history(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[Decision]]
) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'c.db'}")
    expected = {}
    for call in calls:
        catalog.record(call, by="ada")
        expected.update({(d.subject_kind, d.subject_id, d.field): d.value for d in call})
    assert current(catalog) == expected


def _record_many(url: str, writer: str, barrier) -> None:  # type: ignore[no-untyped-def]
    barrier.wait()
    for number in range(10):
        Catalog(url).record([Decision("clip", f"{writer}-{number}", "line", number + 1)], by=writer)


def test_processes_that_start_at_once_lose_nothing(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    writers = [
        context.Process(target=_record_many, args=(url, f"writer{n}", barrier)) for n in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert len(current(Catalog(url))) == 40


def test_migrations_make_the_tables_that_the_code_reads(url: str) -> None:
    migrate(engine(url))
    migrate(engine(url))  # a second time changes nothing
    with engine(url).connect() as connection:
        made = inspect(connection)
        for table in metadata.tables.values():
            found = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
            assert found == {column.name: column.nullable for column in table.columns}
            indexes = {
                index["name"]: index["column_names"] for index in made.get_indexes(table.name)
            }
            assert indexes == {
                index.name: [column.name for column in index.columns] for index in table.indexes
            }
        names = connection.scalars(text("SELECT name FROM audioset_migrations ORDER BY name"))
        assert list(names) == [migration.__name__ for migration in MIGRATIONS]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("not a database, and long enough to be read as one" * 20)
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    with pytest.raises(StorageError, match=r"catalog sqlite:///.*: file is not a database; check"):
        current(catalog)
    with pytest.raises(StorageError, match="not a database"):
        catalog.record([Decision("clip", "a", "line", 1)], by="ada")


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'missing' / 'catalog.db'}")
    with pytest.raises(StorageError, match=r"missing/catalog.db: unable to open database file"):
        catalog.record([Decision("clip", "a", "line", 1)], by="ada")


@pytest.mark.parametrize("url", ["nonsense", "mysql://ada:secret@host/x", "://:secret@"])
def test_another_kind_of_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInputError, match=r"sqlite:///catalog\.db") as caught:
        Catalog(url).held_all()
    assert "secret" not in str(caught.value)


def test_a_server_out_of_reach_is_one_line_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    catalog = Catalog("postgresql+psycopg://ada:secret@127.0.0.1:9/x")
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:9") as caught:
        current(catalog)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_driver_says_what_to_install() -> None:
    with pytest.raises(StorageError, match=r"pip install 'psycopg\[binary\]'") as caught:
        Catalog("postgresql+nosuchdriver://ada:secret@host/x").held_all()
    assert "secret" not in str(caught.value)


def test_only_a_sqlite_file_can_be_missing(tmp_path: Path) -> None:
    assert catalog_is_missing(f"sqlite:///{tmp_path / 'none.db'}")
    assert not catalog_is_missing("postgresql+psycopg://host/x")
    assert not catalog_is_missing("sqlite://")
    assert not catalog_is_missing("sqlite:///:memory:")


def test_who_took_the_decision_that_holds_is_known(url: str) -> None:
    catalog = Catalog(url)
    catalog.record([Decision("clip", "a", "split", "train")], by="ada")
    catalog.record([Decision("clip", "a", "split", "test")], by="rab")
    assert catalog.current_with_author() == {("clip", "a", "split"): ("test", "rab")}
