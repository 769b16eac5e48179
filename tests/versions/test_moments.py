"""kill -9 before, around and after what makes a command visible; where it fell is known."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.versions.moments import COMMANDS
from tests.workspaces import make_workspace

PROJECT = Path(__file__).parents[2]
HOLDS = "still holds withdrawn recordings"
# Where each command was killed at least, so that no moment is left out without a word.
FELL = {
    "publish": {"before put_new scots/versions", "after put_new scots/versions"},
    "forget": {
        "before put_new scots/withdrawn",
        "after put_new scots/withdrawn",
        "before put_new scots/versions",
        "after put_new scots/versions",
    },
    "new alias": {"before put_new scots/aliases", "after put_new scots/aliases"},
    "alias": {"before replace scots/aliases", "after replace scots/aliases"},
    "collect": {"before delete scots/shards", "after delete scots/shards"},
}
EVERY_CALL = [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]


@pytest.mark.parametrize("everything", EVERY_CALL, ids=["what others see", "every call"])
def test_a_command_killed_at_any_moment_is_completed_by_the_next(
    tmp_path: Path, everything: bool
) -> None:
    make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    command = [sys.executable, "-m", "tests.versions.moments", str(tmp_path)]
    command += ["--all"] if everything else []
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, *tried = map(json.loads, done.stdout.splitlines())
    undisturbed = {one["command"]: one["end"] for one in tried if not one["killed"]}
    assert set(undisturbed) == set(COMMANDS)
    fell: dict[str, set[str]] = {name: set() for name in COMMANDS}
    for one in tried:
        if one["killed"]:
            fell[one["command"]].add(one["where"].rpartition("/")[0])
            require_old_or_new(one["seen"], before, undisturbed[one["command"]])
            assert one["again"] == ""  # the same command again has no complaint
            assert one["end"] == undisturbed[one["command"]], one["where"]
            assert one["end"]["problems"] == []
    for name, moments in FELL.items():
        assert moments <= fell[name]
    sys.stdout.write(table_of(tried))


def require_old_or_new(seen: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    """Every version and alias reads as before the command or as after it, all of them the same."""
    states = [
        all(state["versions"].get(ref) == found for ref, found in seen["versions"].items())
        for state in (before, after)
    ]
    assert any(states), "a mix of old and new"
    assert set(before["versions"]) <= set(seen["versions"]), "a version is lost"
    assert seen["aliases"] in (before["aliases"], after["aliases"])
    assert set(seen["problems"]) <= {HOLDS}  # which the next forget removes


def table_of(tried: list[dict[str, Any]]) -> str:
    """Where each kill fell, and how many versions readers found then; `pytest -s` shows it."""
    rows = [
        (one["command"], one["where"] or "not killed", one["seen"]["versions"]) for one in tried
    ]
    return "".join(f"{name:9}  {where:79.79}  {len(seen)}\n" for name, where, seen in rows)
