"""Write the store of this release's format into a folder: python -m tests.formats.make FOLDER."""

import shutil
import sys
import tempfile
from pathlib import Path

from audioset import api
from tests.workspaces import add_source, make_workspace


def make(folder: Path) -> None:
    """Publish two versions, name one, withdraw one speaker."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = make_workspace(Path(scratch) / "scots", sources=0)
        add_source(settings, "a.mp4", 2, speaker="ada", text="words of ada", split="train")
        add_source(settings, "b.mp4", 2, speaker="ben", text="words of ben", split="test")
        api.publish(message="first", track=False, settings=settings)
        add_source(settings, "c.mp4", 2, speaker="cat", extra={"room": "hall"})
        api.publish(message="second", track=False, settings=settings)
        api.set_alias("prod", "scots@v2", message="best", settings=settings)
        api.forget(speaker="ada", message="asked to", dry_run=False, settings=settings)
        shutil.copytree(settings.store, folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
