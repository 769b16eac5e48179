"""The dataset card on the run of a version: whole as an artifact, as far as it fits as the note."""

from pathlib import Path

import mlflow
import pytest

from audioset.records.lineage import LinkedModel
from audioset.tracking.published.card import MAX_NOTE, add_models, note_of
from audioset.workspace import Workspace
from tests.tracking.conftest import Published
from tests.workspaces import add_source

WORDS = "We asked friends for tales.\n\n## Who made it\n\nThe evening class."


def card_of(ws: Workspace, name: str, folder: Path) -> tuple[str, str]:
    """Give the card and the note of a version's run."""
    client = mlflow.MlflowClient(ws.settings.tracking)
    (experiment,) = client.search_experiments(filter_string="name = 'audioset/scots'")
    runs = client.search_runs([experiment.experiment_id])
    (run,) = [run for run in runs if run.info.run_name == name]
    path = client.download_artifacts(run.info.run_id, "dataset_card.md", str(folder))
    return Path(path).read_text(encoding="utf-8"), run.data.tags["mlflow.note.content"]


def test_the_authors_words_stand_there_and_stay_when_clips_are_withdrawn(
    published: Published, tmp_path: Path
) -> None:
    ws = published.ws
    (ws.folder / "card.md").write_text(WORDS, encoding="utf-8")
    add_source(ws, "isla.mp4", 2, speaker="isla", text="isla said this")
    ws.publish()
    card, note = card_of(ws, "scots@v2", tmp_path)
    assert card == note
    assert WORDS in card
    assert "| **store** |" in card, "where it lies is told here, and not in a page for others"
    assert "| **store** |" not in ws.card("scots@v2").body
    (ws.folder / "card.md").unlink()  # as on another machine
    ws.forget(speaker="isla", yes=True)
    card, note = card_of(ws, "scots@v2", tmp_path)
    assert WORDS in card
    assert WORDS in note
    assert "| **withdrawn since** | 2 clips |" in card
    assert "isla" not in card


def test_a_card_that_fits_is_the_note() -> None:
    assert note_of("# a\n\nb\n\n## c\n\nd\n") == "# a\n\nb\n\n## c\n\nd\n"


@pytest.mark.parametrize("long", ["b", "c", "d"])
def test_whole_sections_are_left_out_until_it_fits(long: str) -> None:
    parts = {name: f"## {name}\n\n" + name * (6000 if name == long else 9) for name in "bcd"}
    note = note_of("\n\n".join(["# a\n\nabout", *parts.values()]) + "\n")
    kept = [parts[name] for name in "bcd" if name != long]
    rest = "The rest stands in the artifact `dataset_card.md`."
    assert note == "\n\n".join(["# a\n\nabout", *kept, rest]) + "\n"


@pytest.mark.parametrize("number", [1000, 5000, 10**6])
def test_long_words_leave_room_for_the_models(number: int) -> None:
    words = " ".join(["word"] * number)
    note = note_of(f"# scots@v1\n\nfirst\n\n{words}\n\n## Splits\n\n{'x' * 3000}\n")
    assert note.startswith("# scots@v1\n\nfirst\n\n")
    model = LinkedModel(name="gr|eeter", version=1, aliases=(), run_id="r" * 32)
    shown = add_models(note, [model], {"r" * 32: "1"})
    assert "| [gr\\|eeter v1](#/models/gr%7Ceeter/versions/1)" in shown
    assert len(shown) <= MAX_NOTE
