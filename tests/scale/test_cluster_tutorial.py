"""The tutorial of a cluster, line by line: a workspace on a real S3 server, slices, and Ray."""

from collections.abc import Callable
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
ON_RAY = "7. Or Ray"


@pytest.fixture
def reads_it(home: Path, programs: Path, s3_url: str) -> Callable[[str], None]:
    """Type the page up to a heading; then the workspace is that of one process."""

    def read(until: str) -> None:
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
            until=until,
        )
        ws = audioset.open_workspace(f"{s3_url}/work")
        assert len(ws.open("work@v1")) == ws.describe().num_clips == 30

    return read


def test_slices_and_an_array_of_jobs(reads_it: Callable[[str], None]) -> None:
    reads_it(ON_RAY)


@pytest.mark.slow
def test_all_of_it_with_ray(reads_it: Callable[[str], None]) -> None:
    require("ray", "REQUIRE_RAY")
    reads_it("")
