"""Two people in two browsers decide the same clips: nothing is lost, every conflict is shown."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response

from audioset.catalog.database import CatalogDatabase
from tests.postgresql import postgresql_url
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands

__all__ = ["postgresql_url"]  # a fixture
ANSWERS = ("Keep theirs", "Mine again", "Keep what holds", "This again")


@dataclass
class Person:
    """Somebody at a page, and what became of what the page sent.

    Attributes:
        taken: operations that the server acknowledged.
        refused: operations that somebody else's word was in the way of.
        shown: conflicts that the page showed.
    """

    page: Page
    random: random.Random
    taken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    shown: int = 0

    def __post_init__(self) -> None:
        self.hands = Hands(self.page)
        self.page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        if answer.url.endswith(("/api/decisions", "/api/undo")):
            op_id = json.loads(answer.request.post_data or "")["op_id"]
            assert answer.status in (200, 409), answer.text()
            (self.taken if answer.ok else self.refused).add(op_id)

    def decide(self) -> None:
        """Press a key or two, mostly of a verdict, mostly about the same few clips."""
        self.hands.press(self.random.choice("aaxxuu"), self.random.choice("jk"))

    def settle(self) -> None:
        """Wait for all answers, and choose where somebody else was first."""
        self.hands.wait_until_saved()
        clashes = self.page.locator("#conflicts[open] .clash")
        while clashes.count():
            self.shown += 1
            clash = clashes.first.element_handle()
            names = [button.inner_text() for button in clash.query_selector_all("button")]
            # One's own word is in the way where one has just insisted on an earlier one.
            chosen = self.random.choice([name for name in names if name in ANSWERS])
            clash.query_selector(f"text={chosen}").press("Enter")
            clash.wait_for_element_state("hidden")
            self.hands.wait_until_saved()


def decide_side_by_side(
    workspace: Path, catalog: str, serve: Serve, sit_down: SitDown, *, edits: int
) -> tuple[Person, Person]:
    """Let two people press keys in turn, now and then at the same moment."""
    options = ("--order", "clip_id", "--where", "speaker = 'isla'")
    mairi, ewan = (
        Person(
            sit_down(
                serve(workspace, *options, "--by", name, AUDIOSET_CATALOG=catalog),
                allow=("409",),
            ),
            random.Random(name),
        )
        for name in ("mairi", "ewan")
    )
    for number in range(100 * edits):
        mairi.decide()
        ewan.decide()
        if number % 3 == 2 or number >= edits // 2 - 1:
            mairi.settle()
            ewan.settle()
        # On a busy machine the first few may never meet: the one is seen before the other decides.
        if number >= edits // 2 - 1 and (mairi.refused or ewan.refused):
            break
    return mairi, ewan


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
@pytest.mark.parametrize("edits", [15, pytest.param(1000, marks=pytest.mark.slow)])
def test_nothing_is_lost_and_every_conflict_is_shown(
    where: str,
    edits: int,
    voiced: Path,
    serve: Serve,
    sit_down: SitDown,
    request: pytest.FixtureRequest,
) -> None:
    catalog = f"sqlite:///{voiced / 'catalog.db'}"
    if where == "postgresql":
        catalog = request.getfixturevalue("postgresql_url")
    people = decide_side_by_side(voiced, catalog, serve, sit_down, edits=edits)
    rows = CatalogDatabase(catalog).since(0)
    for name, person in zip(("mairi", "ewan"), people, strict=True):
        assert {row.op_id for row in rows if row.decided_by == name} == person.taken
        assert person.shown == len(person.refused)
    assert any(person.refused for person in people)
    keys = [(row.op_id, row.decision.subject_id) for row in rows]
    assert len(keys) == len(set(keys)), "each is there once"
