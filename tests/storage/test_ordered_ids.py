"""Ids found in a long ascending list."""

import random

import numpy as np
import pyarrow as pa
import pytest

from audioset.storage.rows import ordered_ids
from audioset.storage.rows.ordered_ids import OrderedIds

IDS = sorted({f"talk-{number % 97:02d}-é{number:05d}" for number in range(5000)})


@pytest.mark.parametrize("hashed", [True, False], ids=["by a stretch", "by halving"])
def test_each_id_is_found_where_it_stands(hashed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hashed:
        monkeypatch.setattr(ordered_ids, "_ALWAYS_HASHED", 0)
        monkeypatch.setattr(ordered_ids, "_MOST_TIMES", 0)
    drawn = random.Random(1).sample([*IDS, "", "talk", "talk-50-", "zzz"], 300)
    places = OrderedIds(pa.array(IDS)).places(pa.array(drawn))
    wanted = [IDS.index(each) if each in IDS else -1 for each in drawn]
    assert places.tolist() == wanted
    one_source = [each for each in IDS if each.startswith("talk-07-")]
    found = OrderedIds(pa.array(IDS)).places(pa.array(one_source))
    assert np.array_equal(found, np.arange(IDS.index(one_source[0]), found[0] + len(one_source)))


def test_nothing_is_found_in_nothing() -> None:
    assert OrderedIds(pa.array([], pa.string())).places(pa.array(["a"])).tolist() == [-1]
    assert OrderedIds(pa.array(["a"])).places(pa.array([], pa.string())).tolist() == []
