"""Write the store of this release's format into a folder: python -m tests.formats.make FOLDER."""

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


if __name__ == "__main__":
    make(Path(sys.argv[1]))
