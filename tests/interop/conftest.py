"""What many of the tests of formats begin with."""

from pathlib import Path

import pytest

import audioset
from audioset.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """An empty workspace, which corpora are taken into."""
    return audioset.init(tmp_path / "workspace", name="scots")
