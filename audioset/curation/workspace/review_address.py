"""Where the review of a workspace was reached the last time, to be found there again.

By the review itself, since a page that waits for its server to come back, with decisions that
nobody has acknowledged, finds it under its address only; and by pages that lead into it. The name
of the host belongs to it: a browser that was let in at `localhost` is a stranger at `127.0.0.1`.
One review at a time holds the address: a second one beside it must not take it, or what waits in a
browser for the first would never be sent.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from audioset.curation.workspace.working import PRIVATE_FOLDER
from audioset.errors import StorageError
from audioset.machine import take_lock
from audioset.storage.files import write_atomically

_FILE = "address"
_HELD = ".address.lock"  # by the review whose address it is, as long as it runs
# It becomes a link of pages: nothing else may be read out of the file, whoever wrote it.
_ADDRESS = re.compile(r"http://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")


def read_review_address(workspace: Path) -> str:
    """Give the address, such as `http://127.0.0.1:41234`; "" where none is known."""
    try:
        found = (workspace / PRIVATE_FOLDER / _FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return found if _ADDRESS.fullmatch(found) else ""


@contextmanager
def holding_address(workspace: Path) -> Iterator[bool]:
    """Hold the address as the one review whose it is; gives False where another one runs.

    It ends with the process, however that ends. Where it cannot be held, nobody holds it.
    """
    path = workspace / PRIVATE_FOLDER / _HELD
    with ExitStack() as stack:
        held = True
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            held = take_lock(stack.enter_context(path.open("ab")))
        yield held


def keep_review_address(workspace: Path, address: str) -> None:
    """Remember the address; a convenience, so that nothing is said where it cannot be written."""
    path = workspace / PRIVATE_FOLDER / _FILE
    with suppress(OSError, StorageError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(path, lambda file: file.write(f"{address}\n".encode("ascii")))


def address_of_clip(review: str, clip_id: str) -> str:
    """Give the address at which a review shows a clip; what follows `#` is sent to no server."""
    return f"{review}/#clip={quote(clip_id, safe='')}"
