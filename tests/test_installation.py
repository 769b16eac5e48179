"""The line that installs more of audioset, by how pip wrote down where it came from."""

import json
from pathlib import Path

import pytest

from audioset.installation import install_line
from audioset.version import version

EDITABLE = {"url": "file:///home/isla/my%20code/audioset", "dir_info": {"editable": True}}
FOLDER = {"url": "file:///home/isla/audioset", "dir_info": {}}
GIT = {
    "url": "https://example.org/audioset.git",
    "vcs_info": {"vcs": "git", "commit_id": "0" * 40, "requested_revision": "main"},
}
WHEEL = {"url": "file:///tmp/audioset-0.1.0-py3-none-any.whl", "archive_info": {}}


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (EDITABLE, "pip install -e '/home/isla/my code/audioset[align]'"),
        (FOLDER, "pip install '/home/isla/audioset[align]'"),
        (GIT, "pip install 'audioset[align] @ git+https://example.org/audioset.git@main'"),
        (WHEEL, "pip install 'audioset[align] @ file:///tmp/audioset-0.1.0-py3-none-any.whl'"),
        (None, "pip install 'audioset[align]'"),
    ],
)
def test_the_line_installs_from_where_it_came(
    origin: dict[str, object] | None,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As pip writes it, found before the installed one.
    info = tmp_path / f"audioset-{version('audioset')}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: audioset\nVersion: {version('audioset')}\n")
    if origin is not None:
        (info / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(tmp_path)
    assert install_line("align") == line
