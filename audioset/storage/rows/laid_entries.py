"""Entries that are more than memory should hold: laid down on the drive as they come."""

import pickle
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from os import SEEK_END
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Generic, TypeVar, overload

import pyarrow as pa

from audioset.storage.files import cannot_write

# Fewer are held in memory as they are: some 30 MB.
MOST_HELD_ENTRIES = 65_536
# Entries that are read together, of which some are held while others are taken in between.
CHUNK_ENTRIES = 4_096
_CHUNKS_HELD = 8
_CODEC = "lz4"

Entry = TypeVar("Entry")


class LaidEntries(Sequence[Entry]):
    """A sequence in a file without a name, which is gone with it; equal to a tuple of the same.

    Args:
        make: makes an entry of its values.

    Raises:
        OSError: the folder of temporary files cannot be written.
    """

    def __init__(self, make: Callable[..., Entry]) -> None:
        # Without a name it is gone with the process, however that ends.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  it stays open
        weakref.finalize(self, self._file.close)
        self._chunks: list[tuple[int, int, int]] = []
        self._num_entries = 0
        self._make = make
        self._lock = Lock()
        self._held: OrderedDict[int, list[Entry]] = OrderedDict()

    def __len__(self) -> int:
        """How many."""
        return self._num_entries

    def __iter__(self) -> Iterator[Entry]:
        """Read one after the other; threads may."""
        for number in range(len(self._chunks)):
            yield from self._read(number)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        """Read one, or those of a slice."""
        places = range(self._num_entries)[index]
        if isinstance(places, range):
            return tuple(self._at(place) for place in places)
        return self._at(places)

    def __eq__(self, other: object) -> bool:
        """Compare with any other sequence, entry by entry."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def lay(self, values: Sequence[tuple[Any, ...]]) -> None:
        """Add a chunk; all but the last have `CHUNK_ENTRIES`.

        Raises:
            OSError: the disk is full.
        """
        data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
        packed = pa.compress(data, codec=_CODEC, asbytes=True)
        with self._lock:
            start = self._file.seek(0, SEEK_END)
            self._file.write(packed)
            self._file.flush()
        self._chunks.append((start, len(packed), len(data)))
        self._num_entries += len(values)

    def _at(self, place: int) -> Entry:
        number, within = divmod(place, CHUNK_ENTRIES)
        with self._lock:
            found = self._held.pop(number, None)
        found = self._read(number) if found is None else found
        with self._lock:
            self._held[number] = found
            if len(self._held) > _CHUNKS_HELD:
                self._held.popitem(last=False)
        return found[within]

    def _read(self, number: int) -> list[Entry]:
        start, size_bytes, unpacked_bytes = self._chunks[number]
        with self._lock:
            self._file.seek(start)
            packed = self._file.read(size_bytes)
        data = pa.decompress(packed, unpacked_bytes, codec=_CODEC, asbytes=True)
        return [self._make(*values) for values in pickle.loads(data)]  # noqa: S301  our own


class EntryPile(Generic[Entry]):
    """Takes entries as the values they are made of, and gives them as a sequence when all are in.

    Args:
        make: makes an entry of its values.
    """

    def __init__(self, make: Callable[..., Entry]) -> None:
        self._make = make
        self._waiting: list[tuple[Any, ...]] = []
        self._laid: LaidEntries[Entry] | None = None

    def __len__(self) -> int:
        """How many so far."""
        return len(self._waiting) + (0 if self._laid is None else len(self._laid))

    def add(self, entries: Iterable[tuple[Any, ...]]) -> None:
        """Take the values of some more.

        Raises:
            StorageError: the disk of temporary files is full, or cannot be written.
        """
        stream = iter(entries)
        while more := list(islice(stream, CHUNK_ENTRIES)):
            self._waiting += more
            if self._laid is not None or len(self._waiting) > MOST_HELD_ENTRIES:
                self._lay(len(self._waiting) // CHUNK_ENTRIES)

    def done(self) -> Sequence[Entry]:
        """Give all of them: a tuple where they are few.

        Raises:
            StorageError: as for `add`.
        """
        if self._laid is None:
            return tuple(self._make(*values) for values in self._waiting)
        self._lay(-(-len(self._waiting) // CHUNK_ENTRIES))
        return self._laid

    def _lay(self, num_chunks: int) -> None:
        end = num_chunks * CHUNK_ENTRIES
        try:
            if self._laid is None:
                self._laid = LaidEntries(self._make)
            for start in range(0, end, CHUNK_ENTRIES):
                self._laid.lay(self._waiting[start : start + CHUNK_ENTRIES])
        except OSError as error:
            raise cannot_write(Path(tempfile.gettempdir()), error) from error
        del self._waiting[:end]
