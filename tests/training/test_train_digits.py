"""scripts/train_digits.py: real training on real recordings, registered and traced."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import mlflow
import pytest

import audioset
from audioset.storage.tables import read_manifest, write_manifest
from audioset.workspace import Workspace
from tests.workspaces import changed, make_workspace

PROJECT = Path(__file__).parents[2]

pytestmark = [
    # MLflow says this of its own functions when its pyfunc module is imported.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

Run = Callable[..., str]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "train_digits", PROJECT / "scripts" / "train_digits.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One MLflow database for all tests here: making one takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('tracking')}/mlflow.db"


@pytest.fixture(scope="module")
def digits(real_media: Path, tracking: str, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """240 spoken digits of 6 speakers, published as digits@v1; takes 3 and 4 are for testing."""
    folder = tmp_path_factory.mktemp("digits")
    corpus = real_media / "corpus" / "spoken_digits"
    header, *lines = (corpus / "labels.csv").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if line.split(",")[4] in ("3", "4", "5", "6")]
    (folder / "labels.csv").write_text("\n".join([header, *chosen]), encoding="utf-8")
    ws = changed(audioset.init(folder / "workspace", name="digits"), tracking=tracking)
    report = ws.import_folder(corpus, metadata=folder / "labels.csv", named_only=True)
    assert (report.num_clips, report.failures) == (240, ())
    ws.publish()
    return ws


@pytest.fixture
def run(
    script: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    def run(ws: Workspace, *arguments: str) -> str:
        monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
        monkeypatch.setenv("AUDIOSET_TRACKING", ws.settings.tracking)
        assert script.main(arguments) == 0
        return str(capsys.readouterr().out)

    yield run
    mlflow.set_tracking_uri(None)


@pytest.mark.slow  # a tutorial trains, compares and promotes, too
def test_digits_are_learned_and_the_better_model_is_champion(digits: Workspace, run: Run) -> None:
    first = run(digits, "digits@v1", "--label", "digit")
    assert "120 of 240 clips: takes 0 to 4" in first
    assert "digits v1, now champion" in first
    again = run(digits, "digits@v1", "--label", "digit")
    assert "digits v2; champion stays v1" in again, "it is as good, not better"

    found = digits.lineage("digits@v1")
    assert [(model.version, model.aliases) for model in found.models] == [
        (1, ("champion",)),
        (2, ()),
    ]
    back = digits.lineage("models:/digits@champion")
    assert [str(version.pin.ref) for version in back.versions] == ["digits@v1"]
    client = mlflow.MlflowClient(digits.settings.tracking)
    trained = client.get_run(found.models[0].run_id)
    assert trained.data.metrics["test_accuracy"] > 0.8, "chance is 0.1"
    assert {item.path for item in client.list_artifacts(trained.info.run_id)} >= {
        "confusion_matrix.png",
        "mistakes.json",
        "report.txt",
        "train_digits.py",
    }
    assert trained.data.params["svc__C"], "autolog noted the classifier"


def test_settings_are_options_and_validated_on_training_clips_alone(
    digits: Workspace, run: Run
) -> None:
    said = run(digits, "digits@v1", "--label", "digit", "--C", "0.01", "--model", "tuned")
    assert "cv_accuracy      0." in said
    (model,) = (m for m in digits.lineage("digits@v1").models if m.name == "tuned")
    found = mlflow.MlflowClient(digits.settings.tracking).get_run(model.run_id)
    assert (found.data.params["svc__C"], found.data.params["svc__gamma"]) == ("0.01", "scale")
    assert found.data.metrics["cv_accuracy"] < 0.8, "hardly learns with such a small C"


def test_kept_features_are_those_of_the_clips_and_the_receipt_holds_all(
    digits: Workspace, run: Run
) -> None:
    view = "digits@v1?extra['digit'] < '5'"
    arguments = ("--label", "digit", "--cache", "--model", "kept")
    first = run(digits, view, *arguments)
    (path,) = (digits.folder / ".features").iterdir()
    before = path.read_bytes()
    again = run(digits, view, *arguments)
    assert path.read_bytes() == before, "nothing was computed again"
    assert first.splitlines()[:4] == again.splitlines()[:4], "the same numbers"
    run(digits, "digits@v1", *arguments)
    assert path.stat().st_size > 1.5 * len(before), "a version adds what its view lacked"
    models = [m for m in digits.lineage("digits@v1").models if m.name == "kept"]
    heard = [digits.clips_behind(f"models:/kept/{m.version}") for m in models]
    assert [found.versions[0].num_consumed for found in heard] == [120, 120, 240]


def test_the_registered_model_holds_its_preprocessing(
    digits: Workspace, run: Run, script: ModuleType
) -> None:
    run(digits, "digits@v1", "--label", "speaker", "--model", "who")
    mlflow.set_tracking_uri(digits.settings.tracking)
    model = mlflow.sklearn.load_model("models:/who@champion")
    assert [name for name, _ in model.steps] == ["standardscaler", "svc"]
    dataset = digits.open("digits@v1")
    clips = [clip for clip in dataset if clip.row.extra["take"] == "4"]
    heard = model.predict([script.features_of(clip) for clip in clips])
    right = sum(clip.row.speaker == speaker for clip, speaker in zip(clips, heard, strict=True))
    assert right / len(clips) > 0.8


def test_without_a_label_the_odd_clip_is_found(tmp_path: Path, tracking: str, run: Run) -> None:
    made = make_workspace(tmp_path / "work", sources=3, clips_per_source=5)
    ws = changed(made, tracking=tracking)
    (odd,) = add_noise(ws)
    ws.publish()
    said = run(ws, "scots@v1", "--label", "language")
    assert "'language' has fewer than two values" in said
    assert said.splitlines()[2].endswith(odd)
    assert "scots v1, now champion" in said
    assert "scots v2, now champion (before: v1)" in run(ws, "scots@v1")


def add_noise(ws: Workspace) -> list[str]:
    """Import one clip of loud noise among the tones; gives its clip id."""
    import numpy as np
    import soundfile

    folder = ws.folder / "noise"
    folder.mkdir()
    noise = np.random.default_rng(1).uniform(-0.9, 0.9, 2000).astype(np.float32)
    soundfile.write(folder / "noise.wav", noise, 8000)
    (folder / "labels.csv").write_text("file\nnoise.wav\n", encoding="utf-8")
    ws.import_folder(folder, metadata=folder / "labels.csv")
    return [path.stem for path in ws.clips_dir.glob("noise-*.flac")]


def test_a_small_dataset_is_split_by_hash(tmp_path: Path, tracking: str, run: Run) -> None:
    made = make_workspace(tmp_path / "work", name="small", sources=2, clips_per_source=8)
    ws = changed(made, tracking=tracking)
    for path in ws.manifests_dir.iterdir():  # without splits
        write_manifest(path, read_manifest(path).drop_columns(["split"]))
    ws.publish()
    said = run(ws, "small@v1", "--label", "speaker")
    assert "4 of 16 clips: 25% of each label, by hash of the clip id" in said


def test_an_unknown_label_is_one_line_and_exit_status_1(
    digits: Workspace,
    script: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(digits.folder))
    assert script.main(["digits@v1", "--label", "mood"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "audioset: no clip of digits@v1 has 'mood'; there are accent, digit, gender, speaker, "
        "take, word\n"
    )
