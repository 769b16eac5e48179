"""How many cores are ours: those that we are bound to, and no more than a container's share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.machine import num_cores, share_of_cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="nothing is bound to cores here")
def test_a_process_bound_to_one_core_has_one() -> None:
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        "from audioset.machine import num_cores; print(num_cores())"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert told.stdout.split() == [b"1"]
    assert 1 <= num_cores() <= (os.cpu_count() or 1)


def groups(folder: Path, own: str, **files: str) -> tuple[Path, Path]:
    """Lay out groups as Linux shows them; `__` stands for a folder, `_` for a dot."""
    for name, text in files.items():
        path = folder / "groups" / name.replace("__", "/").replace("cpu_", "cpu.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "own").write_text(own)
    return folder / "own", folder / "groups"


@pytest.mark.parametrize(
    ("own", "files", "cores"),
    [
        ("0::/\n", {"cpu_max": "200000 100000\n"}, 2.0),  # a container sees itself as the root
        ("0::/\n", {"cpu_max": "max 100000\n"}, float("inf")),
        ("0::/a/b\n", {"a__b__cpu_max": "max 100000\n", "a__cpu_max": "150000 100000\n"}, 1.5),
        ("0::/named/outside\n", {"cpu_max": "50000 100000\n"}, 0.5),
        ("0::/\n", {"cpu_max": "no numbers"}, float("inf")),
        (
            "4:cpu,cpuacct:/job\n3:memory:/other\n",
            {
                "cpu__job__cpu_cfs_quota_us": "300000\n",
                "cpu__job__cpu_cfs_period_us": "100000\n",
                "cpu__cpu_cfs_quota_us": "-1\n",
                "cpu__cpu_cfs_period_us": "100000\n",
            },
            3.0,
        ),
        ("nothing that we know\n", {}, float("inf")),
    ],
)
def test_the_share_of_a_container(
    tmp_path: Path, own: str, files: dict[str, str], cores: float
) -> None:
    assert share_of_cores(*groups(tmp_path, own, **files)) == cores


def test_no_groups_no_limit(tmp_path: Path) -> None:
    assert share_of_cores(tmp_path / "none", tmp_path) == float("inf")
