"""Tables of a corpus that are looked into by key: on disk once they are many, never in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice

_HELD_PAIRS = 2_000  # that are sorted in memory


class KeyedValues:
    """Values by table and key; of a key that is given twice the first value stays."""

    def __init__(self) -> None:
        # Without a name it is a file that nobody sees, and that vanishes with this process.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE held (name TEXT, key TEXT, value TEXT, PRIMARY KEY (name, key)) "
            "WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def fill(self, name: str, pairs: Iterable[tuple[str, str]]) -> int:
        """Put pairs into a table; gives how many keys came twice."""
        before, given = self._database.total_changes, 0
        for key, value in pairs:
            given += 1
            row = (name, _plain(key), _plain(value))
            self._database.execute("INSERT OR IGNORE INTO held VALUES (?, ?, ?)", row)
        return given - (self._database.total_changes - before)

    def get(self, name: str, key: str) -> str | None:
        """Give a value; None where the key has none."""
        asked = "SELECT value FROM held WHERE name = ? AND key = ?"
        found = self._database.execute(asked, (name, _plain(key))).fetchone()
        return None if found is None else str(found[0])

    def keys(self, name: str) -> Iterator[str]:
        """Yield the keys of a table, in the order of their signs."""
        asked = "SELECT key FROM held WHERE name = ? ORDER BY key"
        for (key,) in self._database.execute(asked, (name,)):
            yield str(key)

    def close(self) -> None:
        """Forget all."""
        self._database.close()


@contextmanager
def keyed_values() -> Iterator[KeyedValues]:
    """Hold tables as long as the context lasts."""
    held = KeyedValues()
    try:
        yield held
    finally:
        held.close()


def sorted_pairs(pairs: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield pairs in their order: in memory while they are few, on disk once they are many."""
    rest = iter(pairs)
    first = list(islice(rest, _HELD_PAIRS))
    if len(first) < _HELD_PAIRS:
        yield from sorted(first)
        return
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE pairs (first BLOB, second BLOB)")
        database.execute("BEGIN")
        database.executemany("INSERT INTO pairs VALUES (?, ?)", chain(first, rest))
        first.clear()
        yield from database.execute("SELECT first, second FROM pairs ORDER BY first, second")


def _plain(text: str) -> str:
    """Give text that a database takes: lone halves of signs are replaced."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
