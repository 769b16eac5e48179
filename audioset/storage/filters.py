"""Rows of a manifest by a condition in SQL. The only module that knows DuckDB."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from audioset.errors import InvalidInputError
from audioset.records.condition import (
    MOST_NESTED,
    SAMPLE,
    SAMPLE_WORDS,
    columns_of,
    explain_reserved,
    name_clips_of_samples,
    nested,
    refused,
    require_parsable,
    require_same_rows_always,
)
from audioset.storage.arrays import as_indices

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A condition over a million rows takes a second; none takes longer than this for each million, or
# more memory. To read the rows may take as long as it takes.
MOST_SECONDS = 60
_ROWS_OF_LIMIT = 1_000_000
MOST_BYTES = 2**31
_BETWEEN_SECONDS = 0.02
_MOST_SAID = 300  # DuckDB quotes what it does not understand
_NOT_ONE = "it is not one condition on the columns"
_POSITION = "position of the row"  # no name that a condition can have
# A condition comes from a command line, a web page or a store: it sees the rows and nothing else.
_SETTINGS = f"""
    set temp_directory = ''; set threads = 1; set memory_limit = '{MOST_BYTES // 2**20} MiB';
    set max_expression_depth = {MOST_NESTED}; set python_enable_replacements = false;
    set autoinstall_known_extensions = false; set autoload_known_extensions = false;
    set enable_external_access = false;
"""
# By the first 13 hex digits of a hash, which are 52 bits: exact in every float.
_SAMPLE = f"""
    create macro {SAMPLE}(clip_id, share, seed) as case when share::double between 0 and 1
        and seed::bigint = seed::double
        then share = 1 or sha256(seed::bigint || ':' || clip_id)
            < format('{{:013x}}', floor(share::double * {2**52})::bigint)
        else error('{SAMPLE_WORDS}') end
"""


def filter_rows(rows: pa.Table, where: str) -> pa.Table:
    """Keep the rows for which a condition holds, in their order.

    A condition that holds for a clip holds for it always: nothing by chance, by the clock or by
    other clips can stand in it. It ends within a minute for each million rows, and within some GB
    of memory.

    Args:
        rows: at least a column `clip_id`.
        where: SQL condition on the columns, such as `speaker = 'ada' and snr_db > 20`; facts
            without a column of their own are `extra['room']`; `sample(0.1, 7)` holds for a tenth
            of the clips, by the hash of seed 7 and clip id. Null is not true.

    Raises:
        InvalidInputError: not a condition, an unknown column, or one that may give other rows next
            time, or takes too long.
    """
    return rows.take(as_indices(find_rows(lambda _: [rows], rows.column_names, where)))


def find_rows(
    scan: Callable[[Sequence[str]], Iterable[pa.Table]], names: Sequence[str], where: str
) -> "NDArray[np.int64]":
    """Find the rows for which a condition holds, part after part, so that few are held.

    Args:
        scan: gives the rows in order, at least the columns that it is asked for.
        names: of all columns, `clip_id` among them.
        where: as in `filter_rows`.

    Returns:
        Their positions, ascending.

    Raises:
        As `filter_rows`, and what `scan` raises.
    """
    import duckdb

    require_parsable(where)
    with duckdb.connect(":memory:") as connection:
        connection.execute(_SETTINGS)
        connection.execute(_SAMPLE)
        connection.execute("set lock_configuration = true")
        try:
            tree = _parse(connection, where)
            require_same_rows_always(where, tree, names)
            with _interrupted_late(connection) as watch:
                return _run(connection, where, scan(columns_of(tree, names)), watch)
        except duckdb.InterruptException as error:
            raise refused(where, f"it takes longer than {MOST_SECONDS} s") from error
        except duckdb.OutOfMemoryException as error:
            raise refused(
                where, f"it takes more than {MOST_BYTES // 2**30} GB of memory"
            ) from error
        except duckdb.Error as error:
            raise _refusal(where, str(error)) from error


def _numbered(rows: pa.Table) -> pa.Table:
    return rows.append_column(_POSITION, as_indices(np.arange(rows.num_rows)))


def _parse(connection: Any, where: str) -> Any:
    """Give what the parser makes of a condition.

    It is parsed between two kinds of brackets: what leaves one kind is an error in the other.
    """
    sql = name_clips_of_samples(where)
    round_, square = f"select 1 from clips where ({sql}\n)", f"select [{sql}\n] from clips"  # noqa: S608
    condition, _ = _parse_statement(connection, where, round_)
    behind, listed = _parse_statement(connection, where, square)
    if condition is None or behind is not None or len(listed) != 1:
        raise refused(where, _NOT_ONE)
    return condition


def _parse_statement(connection: Any, where: str, statement: str) -> tuple[Any, list[Any]]:
    """Parse a select; gives its condition, and what it selects."""
    ((text,),) = connection.execute("select json_serialize_sql(?)", [statement]).fetchall()
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise nested(where) from None
    if parsed["error"]:
        raise _refusal(where, parsed["error_message"])
    if len(parsed["statements"]) != 1:
        raise refused(where, _NOT_ONE)
    node = parsed["statements"][0]["node"]
    return node["where_clause"], node["select_list"]


def _run(
    connection: Any, where: str, parts: Iterable[pa.Table], watch: "_Watch"
) -> "NDArray[np.int64]":
    """Give the positions of the rows for which a condition holds, ascending."""
    sql = name_clips_of_samples(where)
    found, start = [np.empty(0, np.int64)], 0
    for rows in parts:
        connection.register("clips", _numbered(rows))
        with watch.running(rows.num_rows):
            held = connection.execute(
                f'select "{_POSITION}" from clips where ({sql}\n) order by 1'  # noqa: S608
            ).fetchnumpy()[_POSITION]
        found.append(start + np.asarray(held, np.int64))
        start += rows.num_rows
    return np.concatenate(found)


class _Watch:
    """Tells whether a condition runs longer than it may; between its runs nothing is counted."""

    def __init__(self) -> None:
        self._num_rows = 0
        self._spent = 0.0
        self._begun: float | None = None

    @contextmanager
    def running(self, num_rows: int) -> Iterator[None]:
        """Count the time of the block, in which so many rows are looked at."""
        self._num_rows += num_rows
        self._begun = monotonic()
        try:
            yield
        finally:
            self._spent += monotonic() - self._begun
            self._begun = None

    def is_over(self) -> bool:
        """Tell whether it runs longer than it may."""
        begun = self._begun
        if begun is None:
            return False
        allowed = MOST_SECONDS * max(1.0, self._num_rows / _ROWS_OF_LIMIT)
        return self._spent + monotonic() - begun > allowed


@contextmanager
def _interrupted_late(connection: Any) -> Iterator[_Watch]:
    """Interrupt what takes longer than it may, again and again: one that is early is forgotten."""
    done, runs = Event(), _Watch()

    def watch() -> None:
        wait_seconds = float(MOST_SECONDS)
        while not done.wait(wait_seconds):
            wait_seconds = _BETWEEN_SECONDS
            if runs.is_over():
                connection.interrupt()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield runs
    finally:
        done.set()
        thread.join()


def _refusal(where: str, said: str) -> InvalidInputError:
    """Make an error of the first line of what DuckDB says, without its class of error."""
    line = (said.splitlines() or ["it cannot be parsed"])[0]
    if "expression depth" in line:
        return nested(where)
    told = re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", line)[:_MOST_SAID]
    if "Cannot compare values of type VARCHAR" in told:
        told += "; facts are texts, to be made numbers so: cast(age as integer) > 40"
    if "syntax error" in told:
        told += explain_reserved(where)
    return refused(where, told)
