"""Write the store of this release's format into a folder: python -m tests.formats.make FOLDER.

With `dead` after it, the one that has a version with dead clips.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.workspaces import add_source, make_workspace


def make(folder: Path) -> None:
    """Publish two versions, name one, withdraw one speaker."""
    with tempfile.TemporaryDirectory() as scratch:
        ws = make_workspace(Path(scratch) / "scots", sources=0)
        add_source(ws, "a.mp4", 2, speaker="ada", text="words of ada", split="train")
        add_source(ws, "b.mp4", 2, speaker="ben", text="words of ben", split="test")
        ws.publish(message="first", track=False)
        add_source(ws, "c.mp4", 2, speaker="cat", extra={"room": "hall"})
        ws.publish(message="second", track=False)
        ws.alias("prod", "scots@v2", message="best")
        ws.forget(speaker="ada", message="asked to", yes=True)
        shutil.copytree(ws.settings.store, folder)


def make_with_dead_clips(folder: Path) -> None:
    """Publish a version, and one without two of its clips, which stay in the shard."""
    with tempfile.TemporaryDirectory() as scratch:
        ws = make_workspace(Path(scratch) / "scots", sources=0)
        add_source(ws, "a.mp4", 24, seconds=0.02, speaker="ada", text="words of ada")
        ws.publish(message="first", track=False)
        add_source(ws, "a.mp4", 22, seconds=0.02, speaker="ada", text="words of ada")
        ws.publish(message="without two", track=False)
        shutil.copytree(ws.settings.store, folder)


if __name__ == "__main__":
    (make_with_dead_clips if "dead" in sys.argv[2:] else make)(Path(sys.argv[1]))
