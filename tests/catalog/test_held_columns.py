"""What holds, as columns: the same as the mapping that it stands for."""

import pytest

from audioset.catalog.decisions import DecisionKey, DecisionValue
from audioset.catalog.held_columns import HeldColumns

HELD: dict[DecisionKey, tuple[DecisionValue, str]] = {
    ("clip", "talk-2", "text"): ('she said "aye"', "ada"),
    ("clip", "talk-1", "text"): (None, "rab"),
    ("clip", "tàlk", "text"): ("ünï", "rab"),
    ("clip", "talk-1", "line"): (7, "ada"),
    ("clip", "talk-2", "accepted"): (False, "ada"),
    ("speaker", "talk-1", "text"): ("of a speaker", "ada"),
}


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_it_is_the_mapping_that_it_was_made_of(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audioset.catalog import held_columns

    monkeypatch.setattr(held_columns, "_ROWS_OF_PART", at_once)
    columns = HeldColumns.of(HELD)
    assert dict(columns.items()) == HELD
    assert set(columns) == set(HELD)
    assert len(columns) == len(HELD)
    assert {key: columns[key] for key in HELD} == HELD
    assert columns.get(("clip", "talk-3", "text")) is None
    assert columns.get(("clip", "talk-1", "accepted")) is None
    assert not HeldColumns.of({})


def test_clips_go_by_other_ids_and_speakers_do_not() -> None:
    renamed = HeldColumns.of(HELD).renamed({"talk-1": "z", "talk-2": "a"})
    assert renamed["clip", "z", "line"] == (7, "ada")
    assert renamed["clip", "a", "text"] == ('she said "aye"', "ada")
    assert ("clip", "talk-1", "text") not in renamed
    assert renamed["speaker", "talk-1", "text"] == ("of a speaker", "ada")


def test_a_span_of_ids_is_found() -> None:
    texts = HeldColumns.of(HELD).columns["clip", "text"]
    assert [subject for subject, _, _ in texts.between("talk-1", "talk-2")] == ["talk-1", "talk-2"]
    assert [by for _, _, by in texts.between("talk-3", "tàlk")] == ["rab"]
    assert not texts.between("a", "b")
