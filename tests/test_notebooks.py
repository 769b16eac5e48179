"""The notebooks of the documentation run from the first cell to the last, and show it."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks import Shown

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(jupyter_client|zmq|tornado).*")


def executed(notebook: Any, folder: Path) -> Any:
    """Run a notebook; what it makes lies in the folder."""
    client = NotebookClient(
        notebook, timeout=None, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    return client.execute(env={**os.environ, "TMPDIR": str(folder)})


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def html_of(notebook: Any, kind: str) -> list[Shown]:
    """Give what cells showed as HTML: their results, or what was displayed meanwhile."""
    found = [output.data for output in outputs(notebook) if output.output_type == kind]
    return [Shown(data["text/html"]) for data in found if "text/html" in data]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_showed(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
            assert not cell.metadata


def test_an_evening_goes_from_a_video_to_a_model_and_back_to_its_clips(tmp_path: Path) -> None:
    run = executed(nbformat.read(FOLDER / "evening.ipynb", as_version=4), tmp_path)
    results = {shown.words[0]: shown for shown in html_of(run, "execute_result")}
    version = results["words@v1: 11 clips"]
    assert len(version.sounds) == 10
    assert {"banana", "and 1 more"} <= set(version.words)
    assert {"re-texted", "bananas"} <= set(results["words@v1 → working"].words)
    assert results["audioset review"].links[0].startswith("http://127.0.0.1:")
    assert {"words@v1", "words v1"} <= set(results["lineage of models:/words/1"].words)
    assert {"11", "receipt"} <= set(results["clips behind models:/words/1"].words)
    tasks = {shown.words[0].partition(":")[0].strip() for shown in html_of(run, "display_data")}
    assert {"cutting", "publishing"} <= tasks


def test_progress_is_one_display_for_each_cell_that_changes_in_place(tmp_path: Path) -> None:
    cells = (
        "from audioset.notebook import notebook_progress as tell",
        "for done in range(501): tell('cut <b>', done, 500, 'clips')\ntell('read', 3e6, None, 'B')",
        "tell('cut <b>', 250, 500, 'clips')",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    first, second = html_of(executed(notebook, tmp_path), "display_data")
    assert first.words == [" cut <b>: 500 clips of 500 clips", "read: 3.0 MB"]
    assert second.words == [" cut <b>: 250 clips of 500 clips"]


def test_outside_of_a_notebook_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    from audioset.notebook import notebook_progress

    notebook_progress("cut", 1, 2, "clips")
    assert capfd.readouterr() == ("", "")
