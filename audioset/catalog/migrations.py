"""Steps that bring the catalog's tables up to date: ordered functions, applied names in a table.

To change the tables, append a function; never edit one that was released. A function states its
own SQL, so that it keeps doing what it did when `tables.py` moves on.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, DateTime, Engine, text

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


_ROWS_AT_ONCE = 10_000


def m002_operations(connection: Connection) -> None:
    """Give each row its operation, and columns for what holds no more and for blind opinions.

    Rows of before get an operation by what they say, so that the same row has the same one in each
    copy of a catalog: what one person decided at one moment to be of one value is one operation.
    The default is for those who still write by the release before.
    """
    # A copy added a row once more where an older one would have held; the last of them is it.
    connection.execute(
        text(
            "DELETE FROM decisions WHERE id NOT IN (SELECT max(id) FROM decisions GROUP BY "
            "decided_at, decided_by, subject_kind, subject_id, field, value)"
        )
    )
    if connection.dialect.name == "sqlite":
        _rebuild_on_sqlite(connection)
    else:
        _alter_on_postgresql(connection)
    for statement in (
        "CREATE INDEX decisions_by_subject ON decisions (subject_kind, subject_id, field, id)",
        "CREATE UNIQUE INDEX decisions_by_operation "
        "ON decisions (op_id, subject_kind, subject_id, field)",
        "CREATE INDEX decisions_by_retracted "
        "ON decisions (retracts, subject_kind, subject_id, field) WHERE retracts IS NOT NULL",
    ):
        connection.execute(text(statement))


def _rebuild_on_sqlite(connection: Connection) -> None:
    """Make the table anew: a column that is added to one that is there has no such default."""
    last = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'decisions'"))
    connection.execute(
        text(
            "CREATE TABLE new_decisions (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "
            "decided_at DATETIME NOT NULL, decided_by VARCHAR(200) NOT NULL, "
            "subject_kind VARCHAR(20) NOT NULL, subject_id TEXT NOT NULL, "
            "field VARCHAR(200) NOT NULL, value TEXT NOT NULL, "
            "op_id TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))), "
            "retracts TEXT, review_pass INTEGER, heard_share DOUBLE)"
        )
    )
    connection.execute(
        text(
            "INSERT INTO new_decisions "
            "(id, decided_at, decided_by, subject_kind, subject_id, field, value) "
            "SELECT id, decided_at, decided_by, subject_kind, subject_id, field, value "
            "FROM decisions ORDER BY id"
        )
    )
    connection.execute(text("DROP TABLE decisions"))  # with its index
    connection.execute(text("ALTER TABLE new_decisions RENAME TO decisions"))
    _name_old_operations(connection)
    if last is not None:  # the number of a row that was erased is not given again
        connection.execute(
            text("DELETE FROM sqlite_sequence WHERE name IN ('decisions', 'new_decisions')")
        )
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES ('decisions', :last)"),
            {"last": last},
        )


def _alter_on_postgresql(connection: Connection) -> None:
    connection.execute(text("DROP INDEX decisions_by_subject"))
    connection.execute(
        text(
            "ALTER TABLE decisions ADD COLUMN op_id TEXT, ADD COLUMN retracts TEXT, "
            "ADD COLUMN review_pass INTEGER, ADD COLUMN heard_share DOUBLE PRECISION"
        )
    )
    _name_old_operations(connection)
    connection.execute(
        text(
            "ALTER TABLE decisions ALTER COLUMN op_id SET NOT NULL, ALTER COLUMN op_id "
            "SET DEFAULT md5(random()::text || clock_timestamp()::text)"
        )
    )


def _name_old_operations(connection: Connection) -> None:
    last = 0
    while True:
        query = text(
            "SELECT id, decided_at, decided_by, value FROM decisions WHERE id > :last "
            "ORDER BY id LIMIT :limit"
        ).columns(decided_at=DateTime(timezone=True))
        rows = connection.execute(query, {"last": last, "limit": _ROWS_AT_ONCE}).all()
        if not rows:
            return
        last = rows[-1].id
        named = [
            {"id": row.id, "op_id": _old_operation(row.decided_at, row.decided_by, row.value)}
            for row in rows
        ]
        connection.execute(text("UPDATE decisions SET op_id = :op_id WHERE id = :id"), named)


def _old_operation(decided_at: datetime, decided_by: str, value: str) -> str:
    moment = decided_at.replace(tzinfo=UTC) if decided_at.tzinfo is None else decided_at
    said = "\0".join((moment.astimezone(UTC).isoformat(), decided_by, value))
    return sha256(said.encode()).hexdigest()[:32]


def m003_assignments(connection: Connection) -> None:
    """Create the table of who is to judge which clips."""
    sqlite = connection.dialect.name == "sqlite"
    number = "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" if sqlite else "BIGSERIAL PRIMARY KEY"
    moment = "DATETIME" if sqlite else "TIMESTAMP WITH TIME ZONE"
    connection.execute(
        text(
            f"CREATE TABLE assignments (id {number}, assigned_at {moment} NOT NULL, "
            "assigned_by VARCHAR(200) NOT NULL, reviewer VARCHAR(200) NOT NULL, "
            "clip_id TEXT NOT NULL, review_pass INTEGER NOT NULL, withdrawn BOOLEAN NOT NULL)"
        )
    )
    connection.execute(text("CREATE INDEX assignments_by_clip ON assignments (clip_id)"))


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m001_decisions,
    m002_operations,
    m003_assignments,
)


def is_up_to_date(connection: Connection) -> bool:
    """Tell whether a database that has the table of decisions has all else."""
    applied = set(connection.scalars(text("SELECT name FROM audioset_migrations")))
    return all(migration.__name__ in applied for migration in MIGRATIONS)


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
