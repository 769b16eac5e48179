"""kill -9 between the record of a version and the end of its MLflow run: `log` completes it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspaces import make_workspace

PROJECT = Path(__file__).parents[2]
LEAST_MOMENTS = 12


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_log_completes_what_a_killed_publish_told_mlflow(tmp_path: Path) -> None:
    make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    command = [sys.executable, "-m", "tests.tracking.mirror_moments", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tried = [json.loads(line) for line in done.stdout.splitlines()]
    right = tried[-1]["runs"]
    assert [run[:2] for run in right] == [["FINISHED", "1"]]
    for one in tried:
        assert one["versions"] == 1, one["where"]
        assert one["runs"] == right, one["where"]
    fell = [one["where"] for one in tried if one["killed"]]
    assert len(fell) >= LEAST_MOMENTS
    assert {"after create_run", "before set_terminated", "after set_terminated"} <= set(fell)
