"""A publish killed before any of its writes: nothing half is seen, the next run completes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audioset.settings import Settings
from audioset.storage.store import open_store
from audioset.versions.resolve import list_versions, read_version
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import make_workspace

# Ends itself with SIGKILL before the n-th write to the store, or after it when asked.
KILLED = """
import os, signal, sys
from pathlib import Path
from audioset.settings import load_settings
from audioset.storage.store import Store
from tests.versions.publishing import publish, with_value, working_table
left, when, text = int(sys.argv[2]), sys.argv[3], sys.argv[4]

def deadly(write):
    def call(self, *arguments, **named):
        global left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = write(self, *arguments, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

Store.put_content, Store.put_new = deadly(Store.put_content), deadly(Store.put_new)
settings = load_settings(workspace=sys.argv[1])
table = working_table(settings)
publish(settings, with_value(table, 0, "text", text) if text else table)
"""


def publish_and_die(settings: Settings, call: int, when: str, text: str = "") -> bool:
    """Publish in a process that dies at its n-th write; False when it had fewer writes."""
    # A killed process leaves its temporary files; they go with those of the test.
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(settings.workspace), str(call), when, text],
        cwd=Path(__file__).parents[2], env={**os.environ, "TMPDIR": str(settings.workspace)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode in (0, -signal.SIGKILL), run.stderr
    return run.returncode != 0


def test_a_first_publish_killed_anywhere_leaves_no_version(tmp_path: Path) -> None:
    whole = publish(make_workspace(tmp_path / "whole", sources=1))
    settings = make_workspace(tmp_path / "killed", sources=1)
    store = open_store(settings.store)
    call = 1
    while publish_and_die(settings, call, "before"):
        assert list_versions(store, "scots") == []
        call += 1
    # Two probes, the shards, the manifest and the record.
    assert call - 1 == 2 + len(whole.record.shards) + 1 + 1
    (record,) = list_versions(store, "scots")
    assert (record.digest, record.shards) == (whole.record.digest, whole.record.shards)
    assert read_version(store, record).num_rows == 10


@pytest.mark.parametrize("call", [1, 2])
def test_a_second_publish_killed_before_its_end_leaves_the_first_version(
    tmp_path: Path, call: int
) -> None:
    settings = make_workspace(tmp_path / "work", sources=1)
    first = publish(settings)
    assert publish_and_die(settings, call, "before", text="new")
    store = open_store(settings.store)
    assert list_versions(store, "scots") == [first.record]
    made = publish(settings, with_value(working_table(settings), 0, "text", "new"))
    assert str(made.ref) == "scots@v2"


def test_a_publish_killed_after_its_last_write_is_published(tmp_path: Path) -> None:
    settings = make_workspace(tmp_path / "work", sources=1)
    publish(settings)
    assert publish_and_die(settings, 2, "after", text="new")
    again = publish(settings, with_value(working_table(settings), 0, "text", "new"))
    assert again.unchanged
    assert str(again.ref) == "scots@v2"
