"""Entries that are laid down on the drive are read as those of a tuple."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from audioset.errors import StorageError
from audioset.storage.rows import laid_entries
from audioset.storage.rows.laid_entries import EntryPile, LaidEntries

VALUES = [(f"clip-{number:02d}", number / 7 if number % 3 else None) for number in range(23)]
NAMED = tuple({"clip_id": clip_id, "value": value} for clip_id, value in VALUES)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_entries, "MOST_HELD_ENTRIES", 9)
    monkeypatch.setattr(laid_entries, "CHUNK_ENTRIES", 4)


def piled(*parts: Sequence[tuple[str, float | None]]) -> Sequence[dict[str, object]]:
    pile = EntryPile(lambda clip_id, value: {"clip_id": clip_id, "value": value})
    for part in parts:
        pile.add(part)
    assert len(pile) == sum(map(len, parts))
    return pile.done()


def test_few_are_a_tuple() -> None:
    assert piled() == ()
    assert piled(VALUES[:4], VALUES[4:9]) == NAMED[:9]
    assert isinstance(piled(VALUES[:9]), tuple)


@pytest.mark.parametrize("at_once", [1, 3, 4, 10, 23])
@pytest.mark.parametrize("total", [10, 12, 23])
def test_many_are_those_of_a_tuple(at_once: int, total: int) -> None:
    found = piled(*(VALUES[:total][start : start + at_once] for start in range(0, total, at_once)))
    assert isinstance(found, LaidEntries)
    assert (len(found), tuple(found), found) == (total, NAMED[:total], NAMED[:total])
    assert found != NAMED[: total - 1]
    assert found != (*NAMED[: total - 1], {})
    for index in (slice(3), slice(2, 7), slice(None, None, -2), slice(30, 40)):
        assert found[index] == NAMED[:total][index]
    assert [found[place] for place in (0, 9, 4, -1)] == [NAMED[:total][p] for p in (0, 9, 4, -1)]
    with pytest.raises(IndexError):
        found[total]


def test_threads_may_read_them_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_entries, "_CHUNKS_HELD", 1)
    found = piled(VALUES)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda n: found[n * 7 % 23], range(200))) == [
            NAMED[n * 7 % 23] for n in range(200)
        ]


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/not/there")
    with pytest.raises(StorageError, match="cannot write /not/there"):
        piled(VALUES)
