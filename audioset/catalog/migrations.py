"""Steps that bring the catalog's tables up to date: ordered functions, applied names in a table.

To change the tables, append a function; never edit one that was released. A function states its
own SQL, so that it keeps doing what it did when `tables.py` moves on.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, text

# Any fixed number: PostgreSQL lets one holder of it through at a time.
_ADVISORY_LOCK = 7_314_205


def m001_decisions(connection: Connection) -> None:
    """Create the table of decisions."""
    sqlite = connection.dialect.name == "sqlite"
    number = "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" if sqlite else "BIGSERIAL PRIMARY KEY"
    moment = "DATETIME" if sqlite else "TIMESTAMP WITH TIME ZONE"
    connection.execute(
        text(
            f"CREATE TABLE decisions (id {number}, decided_at {moment} NOT NULL, "
            "decided_by VARCHAR(200) NOT NULL, subject_kind VARCHAR(20) NOT NULL, "
            "subject_id TEXT NOT NULL, field VARCHAR(200) NOT NULL, value TEXT NOT NULL)"
        )
    )
    connection.execute(
        text("CREATE INDEX decisions_by_subject ON decisions (subject_kind, subject_id, field, id)")
    )


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (m001_decisions,)


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction; safe when two processes start at once."""
    with engine.connect() as connection:
        lock_for_writing(connection)
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS audioset_migrations (name VARCHAR(100) PRIMARY KEY)")
        )
        applied = set(connection.scalars(text("SELECT name FROM audioset_migrations")))
        for migration in MIGRATIONS:
            if migration.__name__ not in applied:
                migration(connection)
                connection.execute(
                    text("INSERT INTO audioset_migrations (name) VALUES (:name)"),
                    {"name": migration.__name__},
                )
        connection.commit()


def lock_for_writing(connection: Connection) -> None:
    """Begin a transaction that no other writer of the catalog can overlap.

    So ids grow in the order in which decisions become visible, and two processes that start at
    once do not both create the tables.
    """
    if connection.dialect.name == "sqlite":
        # pysqlite begins only before the first change, which is too late: both would have read.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
