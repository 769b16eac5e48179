"""The examples in scripts/examples: stock code with `mlflow.autolog()` and two lines more."""

import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS

import audioset
from audioset.tracking.client.queries import pinned_inputs
from audioset.tracking.run.receipts import read_receipts
from audioset.workspace import Workspace
from tests.training.optional import have
from tests.workspaces import add_source, changed

EXAMPLES = Path(__file__).parents[2] / "scripts" / "examples"
# And a param that autologging notes for each.
FRAMEWORKS = {"sklearn": "C", "xgboost": "max_depth", "pytorch": "epochs"}
NUM_CLIPS = 32

pytestmark = [
    # MLflow says this of its own functions when its pyfunc module is imported.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
    # Its hooks on imports, which autologging sets, are of an older kind.
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    # Lightning gives advice about loaders, and counts on older names in PyTorch.
    pytest.mark.filterwarnings("ignore::UserWarning:lightning.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:pytorch_lightning.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A version digits@v1: tones, of which each source says what they are called."""
    folder = tmp_path_factory.mktemp("examples")
    ws = audioset.init(folder / "digits", name="digits")
    ws = changed(ws, tracking=f"sqlite:///{folder}/digits/mlflow.db")
    for digit in (0, 1):
        add_source(ws, f"{digit}.wav", NUM_CLIPS // 2, extra={"digit": str(digit)})
    ws.publish(track=False)
    return ws


@pytest.fixture
def _as_a_script(
    digits: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What a new process would be: the folder of the script first, and nothing is logged yet."""
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(digits.folder))
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(None)
    # MLflow leaves alone what was set by itself, as other tests do: `mlflow.sklearn.autolog(...)`.
    AUTOLOGGING_INTEGRATIONS.clear()
    yield
    mlflow.autolog(disable=True)
    mlflow.set_tracking_uri(None)
    sys.modules.pop("my_data", None)
    assert not list(tmp_path.iterdir()), "something was written to the current folder"


@pytest.mark.usefixtures("_as_a_script")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_two_lines_tie_autologged_training_to_its_data(digits: Workspace, framework: str) -> None:
    if framework == "pytorch":
        have("torch", "REQUIRE_TORCH")
        have("lightning", "REQUIRE_LIGHTNING")
    runpy.run_path(str(EXAMPLES / f"digits_{framework}.py"), run_name="__main__")
    active = mlflow.active_run()
    assert active is not None, "the run that the pin started ends with the process"
    mlflow.end_run()
    client = mlflow.MlflowClient(digits.settings.tracking)
    run = client.get_run(active.info.run_id)

    record = digits.open("digits@v1").record
    assert [(item.dataset, item.digest) for item in pinned_inputs(run)] == [
        ("digits", record.digest)
    ]
    assert run.data.params["data_digest"] == record.digest[:32]
    assert run.data.params["data_clips"] == str(NUM_CLIPS)
    assert FRAMEWORKS[framework] in run.data.params, "autologging did its part"
    (receipt,) = read_receipts(client, run)
    assert (receipt.num_consumed, receipt.complete) == (NUM_CLIPS, True)
    model = f"digits-{framework}"
    assert client.get_model_version(model, "1").tags["audioset.digest"] == record.digest

    forth = digits.lineage("digits@v1")
    assert model in {found.name for found in forth.models}
    back = digits.lineage(f"models:/{model}/1")
    assert [str(version.pin.ref) for version in back.versions] == ["digits@v1"]
    assert [found.run_id for found in back.runs] == [run.info.run_id]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_without_the_marked_lines_an_example_knows_nothing_of_audioset(framework: str) -> None:
    text = (EXAMPLES / f"digits_{framework}.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    added = [line for line in lines if line.endswith("  # added")]
    assert added == ["import audioset  # added", 'audioset.pin("digits@v1")  # added']
    assert not re.search("audioset", "\n".join(line for line in lines if line not in added))
