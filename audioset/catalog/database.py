"""The catalog: what people decided, in SQLite (default) or PostgreSQL."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import stat_result

from sqlalchemy import Connection, Engine, and_, delete, exists, func, inspect, select
from sqlalchemy.exc import OperationalError

from audioset.catalog.connection import (
    choose_journal,
    copy_in_memory,
    is_read_only,
    make_engine,
    one_line_errors,
    overwrite_what_goes,
    parse_url,
    shown,
    sqlite_file,
    write_anew,
)
from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    DecisionValue,
    HeldDecision,
    Recorded,
    RecordedDecision,
    SubjectKind,
    catalog_is_missing,
)
from audioset.catalog.held_columns import HeldColumns
from audioset.catalog.holding import (
    held_of,
    holding,
    in_parts,
    live,
    read_held,
    recorded_rows,
    values_with_author,
)
from audioset.catalog.migrations import is_up_to_date, lock_for_writing, migrate
from audioset.catalog.operations import (
    Operation,
    add_decisions,
    add_retraction,
    last_operation,
    named_operations,
)
from audioset.catalog.tables import assignments
from audioset.catalog.tables import decisions as table
from audioset.errors import InvalidInputError, NotFoundError


class CatalogDatabase:
    """The decisions of one workspace or team; threads may share it.

    Reading never creates anything: a SQLite file that is missing, or a database without the
    tables, holds no decisions. The first `record` creates both. Tables of an earlier release are
    brought up to date when they are first read or written.
    """

    def __init__(self, url: str, *, keep_open: bool = False) -> None:
        """Open lazily; nothing is contacted yet.

        Args:
            url: SQLAlchemy URL, such as `sqlite:////data/catalog.db` or
                `postgresql+psycopg://user@host/database`.
            keep_open: keep connections, for a process that decides all the time.

        Raises:
            InvalidInputError: not a SQLAlchemy URL of SQLite or PostgreSQL.
            StorageError: the database's driver is not installed.
        """
        self._url = parse_url(url)
        self._given = url
        self._keep_open = keep_open
        self._engine = make_engine(self._url, keep=keep_open)
        self._copy: Engine | None = None  # to read, where an old file cannot be brought up to date
        self._ready: object = None  # of which file, or that the server's tables are up to date

    def record(self, decisions: Iterable[Decision], operation: Operation) -> Recorded:
        """Add decisions, all or none, as one operation; one that is repeated adds nothing.

        Args:
            decisions: in the order in which they were taken; of one key the last one counts.
            operation: who decided, and what they saw.

        Raises:
            DecisionConflict: other rows hold than expected; nothing was recorded.
            AlreadyExistsError: another operation has its name.
            StorageError: the database cannot be reached or refused.
        """
        wanted = list(decisions)
        if not wanted:
            return Recorded(operation.name, {})
        with self.writing() as connection:
            return add_decisions(connection, wanted, operation)

    def retract(self, retracts: str, operation: Operation) -> Recorded:
        """Let an operation hold no more: what held before it, or the machine's word, holds again.

        Of a retraction, what it took back is recorded anew. What holds no more already is left.

        Raises:
            NotFoundError: there is no operation `retracts`.
            DecisionConflict, AlreadyExistsError, StorageError: as for `record`.
        """
        with self.writing() as connection:
            return add_retraction(connection, retracts, operation)

    def last_operation(self, by: str) -> str | None:
        """Give the newest operation of a person that holds, in whole or in part; None without any.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            return None if connection is None else last_operation(connection, by)

    def find_operation(self, start: str) -> str:
        """Give the name of the operation that begins so.

        Raises:
            NotFoundError: none does.
            InvalidInputError: several do.
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            found = named_operations(connection, start) if connection is not None else []
        if not found:
            raise NotFoundError(f"there is no operation {start!r}; history shows those of a clip")
        if len(found) > 1:
            raise InvalidInputError(
                f"{start!r} begins several operations, such as {found[0]} and {found[1]}; name one "
                "in full"
            )
        return found[0]

    def current(self) -> Mapping[DecisionKey, DecisionValue]:
        """Give the decision that holds for each (subject_kind, subject_id, field).

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return {key: value for key, (value, _) in self.current_with_author().items()}

    def current_with_author(self, fields: Collection[str] | None = None) -> HeldColumns:
        """Give for each key the decision that holds, and who took it.

        Args:
            fields: of which; of all when None.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            return HeldColumns({}) if connection is None else values_with_author(connection, fields)

    def ever_said(self, field: str, value: DecisionValue) -> bool:
        """Tell whether somebody ever decided so, whether it holds or not.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        said = and_(table.c.field == field, table.c.value == json.dumps(value, ensure_ascii=False))
        with self.reading() as connection:
            return connection is not None and bool(connection.scalar(select(exists().where(said))))

    def held_all(
        self, *, review_pass: int | None = None, by: str | None = None
    ) -> Mapping[DecisionKey, HeldDecision]:
        """Give for each key what holds, with who, when and its row.

        Args:
            review_pass: from 2 on, the opinions of `by` in that pass instead.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            return (
                {} if connection is None else read_held(connection, holding(live(review_pass, by)))
            )

    def held(
        self,
        subject_kind: SubjectKind,
        subject_ids: Iterable[str],
        *,
        review_pass: int | None = None,
        by: str | None = None,
    ) -> Mapping[DecisionKey, HeldDecision]:
        """Give what holds about some subjects, with who, when and its row.

        Args:
            review_pass: from 2 on, the opinions of `by` in that pass instead.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            if connection is None:
                return {}
            return held_of(connection, subject_kind, subject_ids, review_pass=review_pass, by=by)

    def history(self, subject_kind: SubjectKind, subject_id: str) -> list[RecordedDecision]:
        """Give everything that was ever decided about one clip or speaker, oldest first.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return self._rows(
            and_(table.c.subject_kind == subject_kind, table.c.subject_id == subject_id)
        )

    def operation(self, op_id: str) -> list[RecordedDecision]:
        """Give the rows of an operation; none where there is no such.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return self._rows(table.c.op_id == op_id)

    def since(self, row_id: int) -> list[RecordedDecision]:
        """Give all rows after one, oldest first: what became visible since that was the last.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return self._rows(table.c.id > row_id)

    def about(self, field: str) -> list[RecordedDecision]:
        """Give all rows of one field, oldest first; what was taken back is among them.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return self._rows(table.c.field == field)

    def last_row_id(self) -> int:
        """Give the number of the newest row; 0 without any.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            return int(connection.scalar(select(func.max(table.c.id))) or 0) if connection else 0

    def erase(self, subject_kind: SubjectKind, subject_ids: Iterable[str]) -> int:
        """Remove every row about some subjects, history included; returns how many.

        Only for withdrawn consent: anything else is a new decision. What is assigned of clips goes
        too, and nothing of it is left in the bytes of the file.

        Raises:
            StorageError: the database cannot be reached or refused.
        """
        erased = 0
        with self.reading() as connection:
            if connection is None:
                return 0
        with self.writing() as connection:
            overwrite_what_goes(connection)
            for some in in_parts(subject_ids):
                about = and_(table.c.subject_kind == subject_kind, table.c.subject_id.in_(some))
                erased += connection.execute(delete(table).where(about)).rowcount
                if subject_kind == "clip":
                    whose = assignments.c.clip_id.in_(some)
                    connection.execute(delete(assignments).where(whose))
        with one_line_errors(self._url):
            write_anew(self._engine)
        return erased

    def clip_ids(self) -> set[str]:
        """Give the ids of all clips of which anything is said or assigned here.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        with self.reading() as connection:
            if connection is None:
                return set()
            said = select(table.c.subject_id).where(table.c.subject_kind == "clip").distinct()
            return {
                *connection.scalars(said),
                *connection.scalars(select(assignments.c.clip_id).distinct()),
            }

    @property
    def shown(self) -> str:
        """Its address, without the password."""
        return shown(self._url)

    def close(self) -> None:
        """Close the connections that were kept."""
        self._engine.dispose()

    def make_tables(self) -> None:
        """Make the tables, or bring those of an earlier release up to date; once.

        Raises:
            StorageError: the database cannot be reached or refused.
        """
        with one_line_errors(self._url):
            self._make_tables()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection on which no other writer of the catalog works; all or nothing.

        Raises:
            StorageError: the database cannot be reached or refused; nothing was changed.
        """
        with one_line_errors(self._url):
            self._make_tables()
            with self._engine.connect() as connection:
                lock_for_writing(connection)
                yield connection
                connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection, or None where nothing was ever decided."""
        if catalog_is_missing(self._given):
            yield None
            return
        with one_line_errors(self._url):
            engine = self._engine if self._is_ready() else self._up_to_date()
            if engine is None:
                yield None
                return
            with engine.connect() as connection:
                yield connection

    def _rows(self, condition: object) -> list[RecordedDecision]:
        with self.reading() as connection:
            return [] if connection is None else recorded_rows(connection, condition)

    def _make_tables(self) -> None:
        if self._is_ready():
            return
        choose_journal(self._engine, tell=self._keep_open)
        migrate(self._engine)
        self._ready = self._place()

    def _up_to_date(self) -> Engine | None:
        """Bring tables of an earlier release up to date, and give where to read them, if there."""
        with self._engine.connect() as connection:
            if not inspect(connection).has_table(table.name):
                return None
            if is_up_to_date(connection):
                self._ready = self._place()
                return self._engine
        try:
            self._make_tables()
        except OperationalError as error:
            if not is_read_only(error):
                raise
            if self._copy is None:
                self._copy = copy_in_memory(self._url)
                migrate(self._copy)
            return self._copy
        return self._engine

    def _is_ready(self) -> bool:
        """Tell whether the tables are known to be there, and the file still is the same."""
        if self._ready is not None and self._ready != self._place():
            # Another file has its name by now: what is kept open leads to one that nobody sees.
            self._engine.dispose()
            self._ready = None
        return self._ready is not None

    def _place(self) -> object:
        file = sqlite_file(self._url)
        if file is None:
            return True
        try:
            found: stat_result = file.stat()
        except OSError:
            return False
        return found.st_dev, found.st_ino
