"""Rows of a manifest by a condition in SQL. The only module that knows DuckDB."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from audioset.errors import InvalidInputError
from audioset.storage.arrays import as_indices

# What DuckDB says of a column that it does not find, in a condition or behind `clips.`.
_UNKNOWN = re.compile(r'column "([^"]+)" not found|have a column named "([^"]+)"')
_NAMES_SHOWN = 5
_LIKENESS = 0.65  # of a name to the one that was meant; below it, location is like duration


def filter_rows(rows: pa.Table, where: str) -> pa.Table:
    """Keep the rows for which a condition holds, in their order.

    Args:
        rows: at least a column `clip_id`.
        where: SQL condition on the columns, such as `speaker = 'ada' and snr_db > 20`; facts
            without a column of their own are `extra['room']`. Null is not true.

    Raises:
        InvalidInputError: not a condition, or an unknown column.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        # A condition comes from a command line or a web page: it sees the rows and nothing else.
        connection.execute("set enable_external_access = false")
        connection.execute("set threads = 1")
        connection.register("clips", _numbered(rows))
        connection.execute("set lock_configuration = true")
        try:
            condition = _require_condition(connection, where)
            found = connection.execute(
                f"select number from clips where {condition} order by number"  # noqa: S608
            ).fetchnumpy()["number"]
        except duckdb.Error as error:
            raise InvalidInputError(_explain(where, error, rows.column_names)) from error
    return rows.take(as_indices(np.asarray(found, np.int64)))


def _numbered(rows: pa.Table) -> pa.Table:
    return rows.append_column("number", as_indices(np.arange(rows.num_rows)))


def _require_condition(connection: Any, where: str) -> str:
    """Give the condition in brackets; more than one expression is refused."""
    condition = f"({where}\n)"  # the line ends a comment
    statements = connection.extract_statements(f"select 1 from clips where {condition}")  # noqa: S608
    if len(statements) != 1:
        raise InvalidInputError(f"{where!r} is not one condition on the columns")
    return condition


def _explain(where: str, error: Exception, names: Sequence[str]) -> str:
    reason = str(error).splitlines()[0]
    if unknown := _UNKNOWN.search(reason):
        reason = _explain_unknown(unknown[1] or unknown[2], names)
    return f"the condition {where!r} cannot be used: {reason}"


def _explain_unknown(column: str, names: Sequence[str]) -> str:
    """Name the columns that may be meant; a word that is like none is perhaps a text."""
    if near := _near(column.lower(), names):
        return f"unknown column {column!r}; did you mean {' or '.join(near)}?"
    return (
        f"unknown column {column!r}; docs/format.md lists the columns, and a text stands in single "
        f"quotes: '{column}'"
    )


def _near(column: str, names: Sequence[str]) -> list[str]:
    """Give the names that begin with the word, or else look like it, the likeliest first."""
    begun = [name for name in names if name.startswith(f"{column}_")]
    return begun[:_NAMES_SHOWN] or difflib.get_close_matches(
        column, names, _NAMES_SHOWN, cutoff=_LIKENESS
    )
