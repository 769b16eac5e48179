"""What is needed for nothing yet is not loaded: start-up stays quick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspaces import make_workspace

HEAVY = {
    "av", "jinja2", "librosa", "matplotlib", "mlflow", "numba", "numpy", "obstore", "onnx",
    "onnxruntime", "optuna", "pandas", "pyarrow", "pydantic", "ray", "rich", "scipy", "sklearn",
    "soundfile", "soxr", "sqlalchemy", "torch", "datasets", "lightning", "transformers",
    "webdataset",
}  # fmt: skip


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Run code in a fresh process and give the top-level modules that it loaded."""
    names = "sorted({name.partition('.')[0] for name in sys.modules})"
    report = f"; import sys, json; json.dump({names}, sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code + report, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import audioset",
        "import audioset; audioset.open_workspace()",
        "import audioset; audioset.Settings, audioset.CutOptions, audioset.Decision, audioset.Pin",
        "from audioset.cli.app import run; run(['--help'])",
        "from audioset.cli.app import run; run(['cut', '--help'])",
        "from audioset.cli.app import run; run(['search', '--help'])",
        "from audioset.cli.app import run; run(['--version'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    assert loaded_by(code) & HEAVY == set()


def test_describe_loads_no_pandas_and_no_database_when_nothing_was_decided(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots")
    code = (
        "import sys; from audioset.cli.app import run; code = run(sys.argv[1:]); assert code == 0"
    )
    loaded = loaded_by(code, "describe", "--workspace", str(ws.folder))
    assert loaded & {"pandas", "sqlalchemy", "mlflow", "matplotlib", "librosa", "av"} == set()


def test_reading_and_filtering_load_no_pandas(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots")
    ws.publish(track=False)
    code = (
        "import sys, audioset; ws = audioset.open_workspace(sys.argv[1]); "
        "view = ws.open(\"scots@v1?speaker = 'speaker1'\"); "
        "assert [clip.row.text for batch in view.loader(clips=4) for clip in batch]"
    )
    loaded = loaded_by(code, str(ws.folder))
    assert "av" in loaded  # decodes the clips
    assert loaded & {"pandas", "sqlalchemy", "mlflow", "matplotlib", "librosa"} == set()


OF_ROWS = {"numpy", "pandas", "pyarrow", "rich"}


def test_questions_about_what_was_published_load_no_mlflow(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots")
    ws.publish()  # made, and logged in MLflow
    code = "from audioset.cli.app import run; assert run(sys.argv[1:]) == 0"
    never = {"librosa", "matplotlib", "mlflow", "onnxruntime", "pandas", "pydantic", "sqlalchemy"}
    for command, also in (
        ("versions", OF_ROWS),
        ("alias prod scots@v1", OF_ROWS),
        ("aliases", OF_ROWS),
        ("publish", set()),  # nothing has changed
        ("lineage scots@v1", set()),
    ):
        loaded = loaded_by(f"import sys; {code}", *command.split(), "--workspace", str(ws.folder))
        assert loaded & (never | also) == set(), command
