"""An undo gives back the word before it, a person's or the machine's, and tells which."""

from pathlib import Path

import pytest

import audioset
from audioset.curation.workspace.effective import read_effective
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import clips_from_table
from audioset.workspace import Workspace
from tests.workspaces import add_source


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = audioset.init(tmp_path / "scots")
    add_source(made, "model.mp4", 2, text="eye", text_source="model:asr@1", text_score=0.4)
    return made


def row_of(ws: Workspace, clip_id: str) -> tuple[object, ...]:
    (row,) = (r for r in clips_from_table(read_effective(ws.working)) if r.clip_id == clip_id)
    return row.text, row.text_source, row.text_score, row.accepted, row.extra


def test_the_machines_word_comes_back_with_who_wrote_it(ws: Workspace) -> None:
    clip_id = read_effective(ws.working)["clip_id"][0].as_py()
    before = row_of(ws, clip_id)
    assert before[:3] == ("eye", "model:asr@1", pytest.approx(0.4))
    first = ws.decide(audioset.Decision("clip", clip_id, "text", "Aye"), by="mairi")
    ws.decide(
        [
            audioset.Decision("clip", clip_id, "text", None),
            audioset.Decision("clip", clip_id, "shoe", "42"),
            audioset.Decision("clip", clip_id, "accepted", True),
        ],
        by="ewan",
    )
    assert row_of(ws, clip_id)[:2] == (None, None)
    undone = ws.undo(by="ewan")
    assert [(f.field, f.undone, f.value, f.by) for f in undone.fields] == [
        ("text", None, "Aye", "mairi"),
        ("shoe", "42", None, None),
        ("accepted", True, None, None),
    ]
    assert row_of(ws, clip_id) == ("Aye", "human", None, None, before[4])
    (text,) = ws.undo(first.op_id, by="isla").fields
    assert (text.undone, text.value, text.by) == ("Aye", "eye", None)
    assert row_of(ws, clip_id) == before
    assert ws.undo(first.op_id, by="isla").fields == ()
    assert [row.decided_by for row in ws.history(clip_id)][-1] == "isla"


def test_undo_by_undo_all_of_one_person_goes_back(ws: Workspace) -> None:
    first, second = read_effective(ws.working)["clip_id"].to_pylist()
    for number in range(3):
        ws.decide(audioset.Decision("clip", first, "text", f"{number}"), by="mairi")
    ws.decide(audioset.Decision("clip", second, "text", "of ewan"), by="ewan")
    assert [ws.undo(by="mairi").fields[0].value for _ in range(3)] == ["1", "0", "eye"]
    with pytest.raises(NotFoundError, match="mairi decided nothing that could be undone"):
        ws.undo(by="mairi")
    assert row_of(ws, second)[0] == "of ewan"


def test_an_operation_is_named_by_its_beginning(ws: Workspace) -> None:
    clip_id = read_effective(ws.working)["clip_id"][0].as_py()
    for op_id in ("abc-1", "abc-2", "abc"):
        ws.decide(audioset.Decision("clip", clip_id, "text", op_id), by="mairi", op_id=op_id)
    with pytest.raises(InvalidInputError, match="'abc-' begins several operations, such as abc-1"):
        ws.undo("abc-", by="mairi")
    assert ws.undo("abc", by="mairi").undoes == "abc"
    assert ws.undo("abc-2", by="mairi").undoes == "abc-2"
    with pytest.raises(NotFoundError, match="no operation '100%'"):
        ws.undo("100%", by="mairi")
