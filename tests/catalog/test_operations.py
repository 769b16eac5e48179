"""Operations: repeated, expected, retracted; two at once, and one that is killed."""

import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from audioset.catalog.catalog import Catalog
from audioset.catalog.decisions import Decision, DecisionConflict, DecisionKey, Recorded
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError

TEXT: DecisionKey = ("clip", "a", "text")


@pytest.fixture(params=["kept open", "closed"])
def catalog(url: str, request: pytest.FixtureRequest) -> Iterator[Catalog]:
    opened = Catalog(url)
    if request.param == "kept open":
        opened.keep_open()
    yield opened
    opened.close()


def text(value: str | None, clip: str = "a") -> Decision:
    return Decision("clip", clip, "text", value)


def held(catalog: Catalog, clip: str = "a") -> object:
    found = catalog.held("clip", [clip]).get(("clip", clip, "text"))
    whole = catalog.current_with_author().get(("clip", clip, "text"))
    assert whole == (None if found is None else (found.value, found.by)), "both ways of asking"
    return "nothing" if found is None else found.value


def test_one_field_of_many_clips_is_one_operation_or_none(catalog: Catalog) -> None:
    parts = [{"a": 'tränen "1"', "b": None}, {"c": "c"}]
    catalog.record([text("Aye", "b")], by="mairi")
    assert catalog.record_field("text", parts, by="ewan") == 3
    rows = catalog.since(0)[1:]
    assert [(row.decision.key, row.decision.value) for row in rows] == [
        (("clip", clip, "text"), value) for part in parts for clip, value in part.items()
    ]
    assert len({(row.op_id, row.decided_at, row.decided_by) for row in rows}) == 1
    assert [held(catalog, clip) for clip in "abc"] == ['tränen "1"', None, "c"]

    def broken() -> Iterator[dict[str, str]]:
        yield {"a": "never"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.record_field("text", broken(), by="ewan")
    assert (held(catalog), len(catalog.since(0))) == ('tränen "1"', 4)
    catalog.retract(rows[0].op_id, by="ewan")
    assert [held(catalog, clip) for clip in "abc"] == ["nothing", "Aye", "nothing"]


def test_an_operation_that_is_repeated_adds_nothing(catalog: Catalog) -> None:
    decisions = [text("Aye"), Decision("clip", "a", "accepted", value=True)]
    first = catalog.record(decisions, by="mairi", op_id="one", expected={TEXT: None})
    catalog.record([text("Naw")], by="ewan")
    again = catalog.record(decisions, by="mairi", op_id="one", expected={TEXT: None})
    assert (again.row_ids, again.repeated, first.repeated) == (first.row_ids, True, False)
    assert (held(catalog), len(catalog.since(0))) == ("Naw", 3)
    assert [row.op_id for row in catalog.operation("one")] == ["one", "one"]


def test_the_name_of_another_operation_is_refused(catalog: Catalog) -> None:
    catalog.record([text("Aye")], by="mairi", op_id="one")
    for decisions in ([text("Naw")], [text("Aye", "b")]):
        with pytest.raises(AlreadyExistsError, match=r"'one' was recorded already"):
            catalog.record(decisions, by="mairi", op_id="one")
    with pytest.raises(AlreadyExistsError, match="'one' was recorded already"):
        catalog.retract("one", by="mairi", op_id="one")
    assert len(catalog.since(0)) == 1


def test_the_second_writer_sees_what_the_first_one_said(catalog: Catalog) -> None:
    first = catalog.record([text("Aye")], by="mairi", expected={TEXT: None}).row_ids[TEXT]
    other: DecisionKey = ("clip", "b", "text")
    with pytest.raises(DecisionConflict) as caught:
        catalog.record(
            [text("Naw"), text("new", "b")], by="ewan", expected={TEXT: None, other: None}
        )
    (conflict,) = caught.value.conflicts
    (recorded,) = catalog.history("clip", "a")
    assert conflict == (TEXT, "Aye", "mairi", recorded.decided_at, first)
    assert "text of clip a is 'Aye' by now (mairi, " in str(caught.value)
    assert len(catalog.since(0)) == 1, "all or nothing"
    second = catalog.record([text("Naw")], by="ewan", expected={TEXT: first}).row_ids[TEXT]
    assert second > first
    catalog.retract(catalog.history("clip", "a")[1].op_id, by="ewan")
    catalog.retract(recorded.op_id, by="isla")
    with pytest.raises(DecisionConflict) as caught:
        catalog.record([text("Och")], by="ewan", expected={TEXT: second})
    (conflict,) = caught.value.conflicts
    assert (conflict.value, conflict.by, conflict.row_id) == (None, "isla", None)
    assert "nothing is decided any more (isla, " in str(conflict)


def test_what_is_retracted_gives_back_the_word_before_it(catalog: Catalog) -> None:
    first = catalog.record([text("Aye")], by="mairi")
    second = catalog.record([text("Naw"), text("b", "b")], by="ewan")
    undone = catalog.retract(second.op_id, by="isla", op_id="undo")
    assert set(undone.row_ids) == {TEXT, ("clip", "b", "text")}
    assert (held(catalog), held(catalog, "b")) == ("Aye", "nothing")
    again = catalog.retract(second.op_id, by="isla", op_id="undo")
    assert (again.row_ids, again.repeated) == (undone.row_ids, True)
    harmless = catalog.retract(second.op_id, by="rab")
    assert (harmless.row_ids, harmless.repeated) == ({}, False)
    catalog.retract(first.op_id, by="isla")
    assert held(catalog) == "nothing"
    rows = catalog.history("clip", "a")
    assert [(row.decision.value, row.decided_by, row.retracts) for row in rows] == [
        ("Aye", "mairi", None),
        ("Naw", "ewan", None),
        ("Naw", "isla", second.op_id),
        ("Aye", "isla", first.op_id),
    ]
    assert [row.row_id for row in rows] == sorted(row.row_id for row in rows)


def test_an_undo_is_undone(catalog: Catalog) -> None:
    catalog.record([text("Aye")], by="mairi")
    second = catalog.record([text("Naw")], by="mairi", heard_share=0.5)
    undone = catalog.retract(second.op_id, by="mairi")
    redone = catalog.retract(undone.op_id, by="mairi", op_id="redo")
    assert held(catalog) == "Naw"
    assert catalog.history("clip", "a")[-1].heard_share == 0.5
    assert catalog.retract(undone.op_id, by="mairi", op_id="redo").repeated
    assert catalog.retract(undone.op_id, by="mairi").row_ids == {}, "it holds again already"
    assert catalog.last_operation("mairi") == redone.op_id
    catalog.retract(redone.op_id, by="mairi")
    assert held(catalog) == "Aye"


def test_the_last_operation_of_a_person_goes_back_step_by_step(catalog: Catalog) -> None:
    assert catalog.last_operation("mairi") is None
    ops = [catalog.record([text(value)], by="mairi").op_id for value in ("one", "two", "three")]
    catalog.record([text("of another", "b")], by="ewan")
    for op_id in reversed(ops):
        last = catalog.last_operation("mairi")
        assert last == op_id
        catalog.retract(last, by="mairi")
    assert catalog.last_operation("mairi") is None


def test_a_blind_opinion_does_not_hold(catalog: Catalog) -> None:
    shared = catalog.record([text("Aye")], by="mairi", review_pass=1).row_ids[TEXT]
    blind = catalog.record([text("Naw")], by="ewan", review_pass=2, expected={TEXT: None})
    assert held(catalog) == "Aye"
    mine = catalog.held("clip", ["a"], review_pass=2, by="ewan")
    assert {key: one.value for key, one in mine.items()} == {TEXT: "Naw"}
    assert catalog.held("clip", ["a"], review_pass=2, by="rab") == {}
    catalog.record([text("Och")], by="rab", expected={TEXT: shared})
    with pytest.raises(DecisionConflict) as caught:
        catalog.record([text("x")], by="ewan", review_pass=2, expected={TEXT: None})
    assert caught.value.conflicts[0].by == "ewan", "of others it says nothing"
    catalog.retract(blind.op_id, by="ewan", expected={TEXT: blind.row_ids[TEXT]})
    assert catalog.held("clip", ["a"], review_pass=2, by="ewan") == {}
    assert held(catalog) == "Och"


def test_news_come_in_their_order(catalog: Catalog) -> None:
    assert (catalog.since(0), catalog.last_row_id()) == ([], 0)
    first = catalog.record([text("Aye")], by="mairi", op_id="one", heard_share=0.25)
    last = catalog.last_row_id()
    assert first.row_ids == {TEXT: last}
    catalog.record([text("b", "b")], by="ewan", review_pass=2)
    catalog.retract("one", by="mairi", op_id="two")
    news = catalog.since(last)
    assert [(n.decision.subject_id, n.review_pass, n.retracts, n.op_id) for n in news][1] == (
        "a", None, "one", "two",
    )  # fmt: skip
    assert [n.review_pass for n in news] == [2, None]
    assert catalog.since(0)[0].heard_share == 0.25


def test_erased_subjects_leave_nothing(catalog: Catalog, url: str, tmp_path: Path) -> None:
    catalog.record([text("a secret that nobody may find")], by="mairi")
    catalog.record([Decision("clip", "a", "note", "whispered")], by="ewan", review_pass=2)
    catalog.retract(catalog.record([text("kept", "b")], by="mairi").op_id, by="mairi")
    assert catalog.erase("clip", ["a"]) == 2
    assert [row.decision.subject_id for row in catalog.since(0)] == ["b", "b"]
    if url.startswith("sqlite"):
        for file in tmp_path.iterdir():
            assert not {b"nobody may find", b"whispered"} & {
                word for word in (b"nobody may find", b"whispered") if word in file.read_bytes()
            }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"op_id": ""}, "1 to 100 printable"),
        ({"op_id": "x" * 101}, "1 to 100 printable"),
        ({"op_id": "a\nb"}, "1 to 100 printable"),
        ({"review_pass": 0}, "review_pass is a whole number from 1; got 0"),
        ({"heard_share": 1.5}, "heard_share is from 0 to 1; got 1.5"),
    ],
)
def test_what_is_out_of_range_is_refused(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    with pytest.raises(InvalidInputError, match=told):
        catalog.record([text("Aye")], by="mairi", **wrong)
    with pytest.raises(NotFoundError, match="no operation 'none'"):
        catalog.retract("none", by="mairi")
    assert catalog.since(0) == []


def decide_all(url: str, writer: str, barrier: threading.Barrier) -> None:
    """Decide the text of five clips, and look again where another was first; repeat each call."""
    catalog = Catalog(url)
    catalog.keep_open()
    barrier.wait()
    for number in range(15):
        clip = f"clip {number % 5}"
        key: DecisionKey = ("clip", clip, "text")
        said, op_id = [text(f"{writer} {number}", clip)], f"{writer} {number}"
        while True:
            now = catalog.held("clip", [clip]).get(key)
            expected = {key: now.row_id if now else None}
            try:
                first = catalog.record(said, by=writer, op_id=op_id, expected=expected)
            except DecisionConflict:
                continue
            break
        assert catalog.record(said, by=writer, op_id=op_id, expected=expected).repeated
        assert first.row_ids[key] > (now.row_id if now else 0)
    catalog.close()


def test_people_who_decide_at_once_overwrite_nothing_unseen(url: str) -> None:
    barrier = threading.Barrier(3)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda who: decide_all(url, who, barrier), ["mairi", "ewan", "isla"]))
    rows = Catalog(url).since(0)
    assert len(rows) == 45
    assert len({row.decision.value for row in rows}) == 45


def test_the_same_operation_twice_at_once_is_there_once(url: str) -> None:
    barrier = threading.Barrier(2)

    def send(_: str) -> list[Recorded]:
        catalog = Catalog(url)
        barrier.wait()
        return [catalog.record([text(f"v{n}")], by="mairi", op_id=f"op {n}") for n in range(5)]

    with ThreadPoolExecutor() as pool:
        one, other = pool.map(send, "ab")
    for mine, theirs in zip(one, other, strict=True):
        assert mine.row_ids == theirs.row_ids, "both are told the same row"
        assert mine.repeated != theirs.repeated
    assert len(Catalog(url).since(0)) == 5


def _decide_for_ever(url: str, told: Any) -> None:
    catalog = Catalog(url)
    catalog.keep_open()
    number = 0
    while True:
        number += 1
        op_id = f"op {number}"
        catalog.record([text("x", f"{number}"), text("y", f"{number}+")], by="mairi", op_id=op_id)
        os.write(told, f"{op_id}\n".encode())


def test_what_was_acknowledged_outlives_kill(url: str) -> None:
    reader, writer = os.pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_decide_for_ever, args=(url, writer)
    )
    process.start()
    os.close(writer)
    with os.fdopen(reader) as lines:
        acknowledged = [next(lines).strip() for _ in range(20)]
        os.kill(process.pid or 0, signal.SIGKILL)
        acknowledged += [line.strip() for line in lines]
    process.join()
    catalog = Catalog(url)
    by_operation = {op_id: catalog.operation(op_id) for op_id in acknowledged}
    assert {len(rows) for rows in by_operation.values()} == {2}, "whole, and once"
    assert len(catalog.since(0)) - 2 * len(acknowledged) in (0, 2), "one may wait for its word"
    again = catalog.record([text("x", "1"), text("y", "1+")], by="mairi", op_id="op 1")
    assert again.repeated


def test_a_file_that_is_replaced_is_noticed_by_who_keeps_it_open(tmp_path: Path) -> None:
    file, url = tmp_path / "catalog.db", f"sqlite:///{tmp_path / 'catalog.db'}"
    catalog = Catalog(url)
    catalog.keep_open()
    catalog.record([text("Aye")], by="mairi")
    file.rename(tmp_path / "aside.db")
    catalog.record([text("b", "b")], by="mairi")
    assert [row.decision.subject_id for row in Catalog(url).since(0)] == ["b"]
    catalog.close()


def test_a_file_keeps_a_log_that_is_gone_when_nobody_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    catalog = Catalog(f"sqlite:///{file}")
    catalog.keep_open()
    catalog.record([text("Aye")], by="mairi")
    assert (tmp_path / "catalog.db-wal").exists()
    catalog.close()
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.db"]
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
