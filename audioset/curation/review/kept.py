"""What a reviewer chose on the page: settings and named filters, in a file of the workspace.

One file for each reviewer, which only the user of this machine may read; nothing of it is ever
published.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from audioset.curation.workspace.working import PRIVATE_FOLDER
from audioset.errors import InvalidInputError
from audioset.settings import slug
from audioset.storage.files import write_atomically

MOST_BYTES = 100_000
_KINDS: dict[str, type] = {"settings": dict, "filters": list}


def read_kept(workspace: Path, reviewer: str) -> dict[str, Any]:
    """Read what a reviewer chose: `settings` (an object) and `filters` (a list).

    A damaged file is as none: it is made anew by the next choice.
    """
    found: Any = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(_path(workspace, reviewer).read_bytes())
    values = found if isinstance(found, dict) else {}
    return {
        name: values[name] if isinstance(values.get(name), kind) else kind()
        for name, kind in _KINDS.items()
    }


def keep(workspace: Path, reviewer: str, name: str, value: object) -> dict[str, Any]:
    """Write one of the two anew; gives both.

    Raises:
        InvalidInputError: it is none, or larger than anybody's choices are.
        StorageError: the disk is full, or the workspace cannot be written.
    """
    if not isinstance(value, _KINDS[name]):
        kind = "an object" if _KINDS[name] is dict else "a list"
        raise InvalidInputError(f"{name} are {kind} of JSON; got {type(value).__name__}")
    chosen = {**read_kept(workspace, reviewer), name: value}
    data = json.dumps({"reviewer": reviewer, **chosen}, ensure_ascii=False).encode()
    if len(data) > MOST_BYTES:
        raise InvalidInputError(f"{name} have {len(data):,} bytes; {MOST_BYTES:,} are the most")
    path = _path(workspace, reviewer)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, lambda file: file.write(data))
    path.chmod(0o600)
    return chosen


def _path(workspace: Path, reviewer: str) -> Path:
    # Two names may have one slug, and a name may be anything.
    mark = hashlib.sha256(reviewer.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return (
        workspace
        / PRIVATE_FOLDER
        / f"{slug(reviewer, fallback='reviewer', max_length=30)}-{mark}.json"
    )
