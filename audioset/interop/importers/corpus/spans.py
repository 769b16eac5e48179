"""Spans of long recordings: gathered source by source, and cut in one pass over each.

Corpora list spans in the order of their ids, so that those of one recording may stand anywhere.
They wait in a file of this process, and memory does not grow with their number.
"""

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from audioset.records.corpus_item import CorpusItem, FileSpan


class GatheredSpans:
    """Items that are spans, to be had again in the order of their recordings."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "spans.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE spans (path BLOB, start REAL, item BLOB)")
        self._database.execute("BEGIN")

    def add(self, item: CorpusItem) -> None:
        """Add an item."""
        assert isinstance(item.sound, FileSpan)  # noqa: S101  asked of spans only
        path = str(item.sound.path).encode("utf-8", "surrogateescape")
        row = (path, item.sound.start_seconds, pickle.dumps(item))
        self._database.execute("INSERT INTO spans VALUES (?, ?, ?)", row)

    def recordings(self, most: int) -> list[Path]:
        """Name the first of the recordings, without their items."""
        rows = self._database.execute("SELECT DISTINCT path FROM spans LIMIT ?", (most,))
        return [_as_path(data) for (data,) in rows]

    def __iter__(self) -> Iterator["SpansOfSource"]:
        """Give the items of each recording."""
        with closing(self._database.cursor()) as cursor:
            rows = cursor.execute("SELECT path, item FROM spans ORDER BY path, start")
            for path, some in groupby(rows, key=lambda row: bytes(row[0])):
                items = tuple(pickle.loads(data) for _, data in some)  # noqa: S301  our own
                yield SpansOfSource(_as_path(path), items)

    def close(self) -> None:
        """Forget them."""
        self._database.close()


def _as_path(data: bytes) -> Path:
    return Path(data.decode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class SpansOfSource:
    """The items of a corpus that are spans of one recording."""

    path: Path
    items: tuple[CorpusItem, ...] = field(repr=False)
