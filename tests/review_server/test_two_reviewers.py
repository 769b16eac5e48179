"""Two reviewers at once: nothing that was acknowledged is lost, and every conflict is told."""

import random
import threading
from collections import defaultdict
from pathlib import Path

import pytest

import audioset
from audioset.workspace import Workspace
from tests.postgresql import postgresql_url
from tests.review_server.asking import Asker, asker_of, decide
from tests.workspaces import make_workspace

__all__ = ["postgresql_url"]  # a fixture

Key = tuple[str, str]  # clip and field


class Person(threading.Thread):
    """Edits clips that the other edits too; looks again where somebody was first."""

    def __init__(self, name: str, ask: Asker, clip_ids: list[str], edits: int) -> None:
        super().__init__(name=name, daemon=True)
        self.ask, self.clip_ids, self.edits = ask, clip_ids, edits
        self.written: dict[int, tuple[Key, object]] = {}  # by row, what was acknowledged
        self.overtaken: list[tuple[Key, int | None, int]] = []  # of what was seen, and what held
        self.problems: list[object] = []

    def run(self) -> None:
        draw, seen = random.Random(self.name), defaultdict[Key, int | None](lambda: None)
        for number in range(self.edits):
            clip, field = key = draw.choice(self.clip_ids), draw.choice(["text", "accepted"])
            value = f"{self.name} {number}" if field == "text" else draw.choice([True, False])
            body = decide(clip, field, value, op_id=f"{self.name}-{number}")
            body["changes"][0]["expected_id"] = seen[key]
            answer = self.ask.post("/api/decisions", body)
            if answer.status == 200:
                seen[key] = row_id = answer.json["row_ids"][0]["row_id"]
                self.written[row_id] = key, value
            elif answer.status == 409:
                held = answer.json["conflicts"][0]["row_id"]
                self.overtaken.append((key, seen[key], held))
                seen[key] = held  # as a person does who has looked at it
            else:
                self.problems.append(answer.body)


def edit_together(ws: Workspace, edits: int) -> None:
    with (
        ws.review(open=False, by="mairi") as one,
        audioset.open_workspace(ws.folder).review(open=False, by="ewan") as two,
    ):
        clip_ids = asker_of(one).get("/api/queue").json["columns"]["clip_id"]
        people = [
            Person(name, asker_of(served), clip_ids, edits)
            for name, served in (("mairi", one), ("ewan", two))
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        rows = ws.working.catalog.since(0)
        held = {key[1:]: value.value for key, value in ws.working.catalog.held_all().items()}
        for served in (one, two):  # both pages show what holds
            told = asker_of(served).post("/api/rows", {"clip_ids": clip_ids}).json["rows"]
            assert {row["clip_id"]: row["text"] for row in told if "text" in row["held"]} == {
                clip: value for (clip, field), value in held.items() if field == "text"
            }
    assert [person.problems for person in people] == [[], []]
    written = people[0].written | people[1].written
    assert sum(len(person.written) + len(person.overtaken) for person in people) == 2 * edits
    assert {
        row.row_id: (row.decision.key[1:], row.decision.value) for row in rows
    } == written  # each once, and nothing else
    assert held == {key: value for _, (key, value) in sorted(written.items())}
    assert any(person.overtaken for person in people)
    # Nobody wrote over what they had not seen, and who was told of another word was overtaken.
    by_row = {row.row_id: row for row in rows}
    for person in people:
        for key, seen, now in person.overtaken:
            assert by_row[now].decision.key[1:] == key
            assert by_row[now].decided_by != person.name
            assert now > (seen or 0)


@pytest.mark.parametrize("edits", [20, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_who_edit_the_same_clips_lose_nothing(
    database: str, edits: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    if database == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        settings = ws.folder / "audioset.toml"
        settings.write_text(f'catalog = "{url}"\n{settings.read_text()}')
        ws = audioset.open_workspace(ws.folder)
    edit_together(ws, edits)
