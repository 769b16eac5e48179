"""Locks between processes, on drives that have none as well."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audioset.machine import drive_of, is_alive, lock, process_space, tell_once

_POLL_SECONDS = 0.02
# A claim of another machine that stands so long, unchanged, is that of a process that is gone.
ABANDONED_CLAIM_SECONDS = 120.0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; it ends with the process, however that ends.

    On a drive without locks a file that is made exclusively stands for one. That of a killed
    process of this machine is removed at once, one of another machine after two minutes.

    Raises:
        FileNotFoundError: the folder of the lock file does not exist.
    """
    with path.open("ab") as file:
        if lock(file):
            yield
            return
    tell_once(
        f"the drive at {drive_of(path.parent)} has no locks: a writer on another machine that "
        f"stands still for over {ABANDONED_CLAIM_SECONDS:.0f} s in the middle of a change may undo "
        "that of another"
    )
    with _claimed(path.with_name(f"{path.name}.claim")):
        yield


@contextmanager
def _claimed(claim: Path) -> Iterator[None]:
    mine = f"{process_space()}-{os.getpid()}-{secrets.token_hex(4)}"
    seen, since = "", time.monotonic()
    while not _claim(claim, mine):
        holder = _holder(claim)
        if holder != seen:
            seen, since = holder, time.monotonic()
        if _is_gone(holder) or time.monotonic() - since > ABANDONED_CLAIM_SECONDS:
            _take_away(claim, holder)
        else:
            time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if _holder(claim) == mine:
            claim.unlink(missing_ok=True)


def _claim(claim: Path, mine: str) -> bool:
    try:
        with claim.open("x", encoding="ascii") as file:
            file.write(mine)
    except FileExistsError:
        return False
    except PermissionError:  # Windows says so while one is being removed
        if os.name == "nt":
            return False
        raise
    return True


def _holder(claim: Path) -> str:
    try:
        return claim.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _is_gone(holder: str) -> bool:
    space, _, rest = holder.partition("-")
    pid = rest.partition("-")[0]
    return space == process_space() and pid.isdigit() and not is_alive(int(pid))


def _take_away(claim: Path, holder: str) -> None:
    """Remove a claim that nobody holds; another that came in its place goes back."""
    aside = claim.with_name(f"{claim.name}.{secrets.token_hex(4)}")
    with suppress(OSError):
        claim.rename(aside)
        if _holder(aside) == holder:
            aside.unlink(missing_ok=True)
        else:
            aside.rename(claim)
