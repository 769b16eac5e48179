"""The tutorial of a cluster, line by line: a workspace on a real S3 server, slices, and Ray."""

from pathlib import Path

import pytest

import audioset
from audioset.hearing.align.voices.espeak import is_installed
from tests.servers import s3_url
from tests.training.optional import require
from tests.typed.reading import home, practice, programs, reads

__all__ = ["home", "practice", "programs", "s3_url"]  # fixtures
pytestmark = pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")
NUM_JOBS = 2


def test_slices_an_array_of_jobs_and_ray(home: Path, programs: Path, s3_url: str) -> None:
    """All of the page; then the workspace is that of one process."""
    require("ray", "REQUIRE_RAY")
    # What SLURM does with an array: a job for each number, in any order.
    named = "export AUDIOSET_WORKSPACE="
    jobs = [
        f"SLURM_ARRAY_TASK_ID={number} SLURM_ARRAY_TASK_COUNT={NUM_JOBS} bash cut.sh || exit"
        for number in range(NUM_JOBS, 0, -1)
    ]
    reads(
        "cluster.md",
        home,
        programs,
        instead={
            f"{named}s3://speech/work": f"{named}{s3_url}/work",
            "audioset init s3://speech/work": f"audioset init {s3_url}/work",
            "sbatch cut.sh": f"({'; '.join(jobs)})",
        },
        ends_with={"audioset check": 3},
    )
    ws = audioset.open_workspace(f"{s3_url}/work")
    assert len(ws.open("work@v1")) == ws.describe().num_clips == 30
