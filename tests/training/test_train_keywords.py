"""scripts/train_keywords.py: a speech model in PyTorch that a kill does not change."""

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import mlflow
import pytest

import audioset
from audioset.workspace import Workspace
from tests.training.optional import require
from tests.workspaces import add_source, changed

torch = require("torch", "REQUIRE_TORCH")

SCRIPT = Path(__file__).parents[2] / "scripts" / "train_keywords.py"
OPTIONS = ("words@v1", "--label", "word", "--epochs", "2", "--seconds", "1", "--save-steps", "2")
NUM_TRAINING = 24

# Runs the script, and kills itself as soon as the fourth checkpoint is written.
KILLED = """
import os, runpy, signal, sys
from pathlib import Path
saved, replace = [], Path.replace
def replace_and_count(path, target):
    replace(path, target)
    if Path(target).name == "killed.pt":
        saved.append(target)
        if len(saved) == 4:
            os.kill(os.getpid(), signal.SIGKILL)
Path.replace = replace_and_count
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

pytestmark = [
    # MLflow says this of its own functions when its pyfunc module is imported.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
]

Run = Callable[..., int]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_keywords", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["train_keywords"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A version words@v1 of tones of three heights, which are called words."""
    folder = tmp_path_factory.mktemp("words")
    ws = audioset.init(folder / "words", name="words")
    ws = changed(ws, tracking=f"sqlite:///{folder}/words/mlflow.db")
    for word in ("one", "two", "three"):
        add_source(ws, f"{word}.wav", NUM_TRAINING // 3, split="train", extra={"word": word})
        add_source(ws, f"{word} too.wav", 2, split="test", extra={"word": word})
    ws.publish(track=False)
    return ws


@pytest.fixture
def run(
    script: ModuleType, words: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    def run(*arguments: str) -> int:
        return int(script.main([*OPTIONS, *arguments]))

    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(words.folder))
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    yield run
    mlflow.set_tracking_uri(None)
    torch.use_deterministic_algorithms(mode=False)
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_weights_of_one_that_was_not(
    words: Workspace, run: Run, tmp_path: Path
) -> None:
    assert run("--checkpoint", "whole.pt") == 0
    command = [sys.executable, "-c", KILLED, str(SCRIPT), *OPTIONS, "--checkpoint", "killed.pt"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    values = torch.load(tmp_path / "killed.pt", weights_only=True)["values"]
    assert (values["steps"], values["stream"]["epoch"]) == (8, 1), "in the middle of an epoch"
    assert values["stream"]["consumed"] == 2
    assert run("--checkpoint", "killed.pt", "--resume") == 0

    whole, resumed = (
        torch.load(tmp_path / name, weights_only=True) for name in ("whole.pt", "killed.pt")
    )
    assert whole["values"]["steps"] == resumed["values"]["steps"] == 12
    assert whole["model"].keys() == resumed["model"].keys()
    assert all(torch.equal(whole["model"][key], resumed["model"][key]) for key in whole["model"])

    lineage = words.lineage("words@v1")
    assert [run.status for run in lineage.runs] == ["FINISHED"] * 2, "it went on in its run"
    assert [(model.name, model.version) for model in lineage.models] == [
        ("words-keywords", 1),
        ("words-keywords", 2),
    ]
    client = mlflow.MlflowClient(words.settings.tracking)
    one, other = (
        [(point.step, point.value) for point in client.get_metric_history(run.run_id, "loss")]
        for run in lineage.runs
    )
    assert one == other
    training = "words@v1 where split = 'train'"
    said = [client.get_run(found.run_id).data.tags["audioset.receipt"] for found in lineage.runs]
    assert f"{training}: 24 of 24 clips" in said[0]
    assert f"{training}: 16 of 24 clips so far" in said[1], "the kill came before the first log"

    # The registered model needs none of the code that made it.
    mlflow.set_tracking_uri(words.settings.tracking)
    model = mlflow.pytorch.load_model("models:/words-keywords/2")
    assert model(torch.zeros(3, 5000), torch.tensor([5000, 3000, 1])).shape == (3, 3)
    info = mlflow.models.get_model_info("models:/words-keywords/2")
    assert info.metadata == {"words": ["one", "three", "two"], "sampling_rate": 8000}


def test_padding_does_not_change_what_is_heard(script: ModuleType) -> None:
    torch.manual_seed(1)
    model = script.KeywordModel(["no", "yes"]).eval()
    clip = torch.randn(1, 3000)
    longer = torch.cat([torch.nn.functional.pad(clip, (0, 4000)), torch.randn(1, 7000)])
    with torch.no_grad():
        alone = model(clip, torch.tensor([3000]))[0]
        padded = model(longer, torch.tensor([3000, 7000]))[0]
    assert torch.allclose(alone, padded, atol=1e-5)


def test_a_checkpoint_that_is_missing_or_of_other_options_is_refused(
    run: Run, script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--resume") == 1
    assert "there is no checkpoint keywords.pt; begin without --resume" in capsys.readouterr().err
    model = script.KeywordModel(["one", "three", "two"])
    made = script.Checkpoint(tmp_path / "keywords.pt", model, torch.optim.AdamW(model.parameters()))
    made.values["choices"] = {"seed": 1}
    made.save()
    assert run("--resume") == 1
    assert "keywords.pt is of a training with other options" in capsys.readouterr().err
    assert run("--train", "split = 'dev'") == 1
    assert "no clip of words@v1 fulfils split = 'dev'" in capsys.readouterr().err


@pytest.mark.slow
def test_real_digits_are_learned(
    script: ModuleType,
    real_media: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    corpus = real_media / "corpus" / "spoken_digits"
    ws = audioset.init(tmp_path / "digits", name="digits")
    ws.import_folder(corpus, metadata=corpus / "labels.csv")
    ws.publish(track=False)
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
    monkeypatch.chdir(tmp_path)
    take = "cast(extra['take'] as integer)"
    arguments = ["--label", "digit", "--train", f"{take} >= 5", "--test", f"{take} < 5"]
    assert script.main(["digits@v1", *arguments]) == 0
    mlflow.set_tracking_uri(None)
    said = capsys.readouterr().out
    assert float(said.partition("epoch 11")[2].partition("accuracy ")[2][:5]) > 0.9, said
