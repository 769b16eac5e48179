"""One field of very many clips decided at once, and never a row of them in Python."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import JSON, Insert, Text, bindparam, cast, func, insert, literal, select
from sqlalchemy.sql.selectable import TableValuedAlias

from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import DecisionValue
from audioset.catalog.operations import Operation
from audioset.catalog.tables import decisions as table

_SAID = "said"


def write_field_of_clips(
    database: CatalogDatabase,
    field: str,
    parts: Iterable[Mapping[str, DecisionValue]],
    *,
    by: str,
) -> int:
    """Decide one field of clips, all or none, as one operation; returns how many clips.

    The database takes a part apart by itself: a row for each clip out of Python costs more than
    all indices.

    Args:
        field: what is decided.
        parts: clip ids to values, some thousands at once; no clip occurs twice.
        by: who decides.

    Raises:
        StorageError: the database cannot be reached or refused.
    """
    operation = Operation(by=by)
    num_clips = 0
    with database.writing() as connection:
        statement = _insert(field, operation, _each(connection.dialect.name))
        for part in parts:
            said = {clip: json.dumps(value, ensure_ascii=False) for clip, value in part.items()}
            connection.execute(statement, {_SAID: json.dumps(said, ensure_ascii=False)})
            num_clips += len(said)
    return num_clips


def _insert(field: str, operation: Operation, each: TableValuedAlias) -> Insert:
    columns = {
        table.c.decided_at: literal(operation.at, table.c.decided_at.type),
        table.c.decided_by: literal(operation.by),
        table.c.subject_kind: literal("clip"),
        table.c.subject_id: each.c.key,
        table.c.field: literal(field),
        table.c.value: each.c.value,
        table.c.op_id: literal(operation.name),
    }
    return insert(table).from_select(list(columns), select(*columns.values()))


def _each(dialect: str) -> TableValuedAlias:
    """Give the pairs of a JSON object as rows, as each database has it."""
    said = bindparam(_SAID, type_=Text)
    if dialect == "sqlite":
        return func.json_each(said).table_valued("key", "value")
    return func.json_each_text(cast(said, JSON)).table_valued("key", "value")
