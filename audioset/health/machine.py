"""Room on the disks, memory, and the clock, which a server holds against its own."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from audioset.health.words import diagnose, from_error, unknown
from audioset.machine import drive_of
from audioset.records.doctor_report import Diagnosis
from audioset.settings import SQLITE_FILE
from audioset.storage.credentials import find_endpoint

if TYPE_CHECKING:
    from audioset.settings import Settings

_GB = 1_000_000_000
_NEARLY_FULL_BYTES = 0.1 * _GB  # an hour of clips at 16 kHz takes about as much
_LITTLE_BYTES = 2 * _GB
_FEW_FILES = 1000
_LITTLE_MEMORY_BYTES = _GB  # a worker of cut takes some 300 MB, MLflow as much
_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_REFUSED_SKEW = timedelta(minutes=15)  # S3 refuses whoever is further away
_TOLD_SKEW = timedelta(minutes=1)
_CLOCK_SECONDS = 5.0
_SET_CLOCK = "set the clock of this machine, as by: timedatectl set-ntp true"


def look_at_disk(folder: Path, settings: "Settings | None") -> Diagnosis:
    """Look for room where things are written, one line for all drives."""
    import psutil

    uses: dict[Path, list[str]] = {}
    for what, path in _written(folder, settings):
        there = next(each for each in (path, *path.parents) if each.exists())
        uses.setdefault(drive_of(there), []).append(what)
    shown, worst = [], "fine"
    for drive, named in uses.items():
        free = psutil.disk_usage(str(drive)).free
        shown.append(f"{free / _GB:.1f} GB free at {drive} for {', '.join(named)}")
        if few := _free_files(drive):
            shown[-1] += f", but room for {few:,} more files only"
        if free < _NEARLY_FULL_BYTES or few:
            worst = "trouble"
        elif free < _LITTLE_BYTES and worst == "fine":
            worst = "limited"
    if worst == "fine":
        return diagnose("disk", "fine", "; ".join(shown))
    cure = "make room there, let TMPDIR name a folder elsewhere, or audioset free (clips that the "
    cure += "store holds)"
    return diagnose("disk", "trouble" if worst == "trouble" else "limited", "; ".join(shown), cure)


def look_at_memory() -> Diagnosis:
    """Say how much memory there is, for this container where it is one."""
    import psutil

    found = psutil.virtual_memory()
    limit = next(_memory_limits(), found.total)
    total = min(limit, found.total)
    available = min(found.available, total)
    text = f"{available / _GB:.1f} of {total / _GB:.1f} GB available"
    if available < _LITTLE_MEMORY_BYTES:
        return diagnose("memory", "limited", text, "end other programs, or use --workers 1")
    return diagnose("memory", "fine", text)


def look_at_clock(settings: "Settings") -> Diagnosis:
    """Hold this clock against that of the store's server."""
    endpoint = find_endpoint(settings.store)
    if endpoint is None:
        return diagnose("clock", "fine", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; no server asks")
    try:
        said = _date_of(endpoint)
    except (OSError, HTTPException, ValueError) as error:
        return unknown("clock", from_error("clock", error).found)
    if said is None:
        return unknown("clock", f"{endpoint} tells no time")
    skew = datetime.now(UTC) - said
    minutes = f"{abs(skew) / timedelta(minutes=1):.0f} minutes"
    way = "ahead of" if skew > timedelta() else "behind"
    if abs(skew) > _REFUSED_SKEW:
        found = f"{minutes} {way} that of {endpoint}, which refuses more than 15"
        return diagnose("clock", "trouble", found, _SET_CLOCK)
    if abs(skew) > _TOLD_SKEW:
        return diagnose("clock", "limited", f"{minutes} {way} that of {endpoint}", _SET_CLOCK)
    return diagnose("clock", "fine", f"within a minute of that of {endpoint}")


def _written(folder: Path, settings: "Settings | None") -> Iterator[tuple[str, Path]]:
    """Give what audioset writes on this machine, and where."""
    yield "the workspace", folder
    yield "temporary files", Path(tempfile.gettempdir())
    if settings is None:
        return
    if "://" not in settings.store:
        yield "the store", Path(settings.store)
    for what in ("catalog", "tracking"):
        address: str = getattr(settings, what)
        path = Path(address.removeprefix(SQLITE_FILE))
        if address.startswith(SQLITE_FILE) and path.parent != folder:
            yield f"the {what}", path.parent
    if settings.cache is not None:
        yield "the cache", settings.cache


def _free_files(drive: Path) -> int:
    """Give how many more files a drive can have where these are few; 0 where they are not."""
    if not hasattr(os, "statvfs"):
        return 0
    found = os.statvfs(drive)
    return found.f_favail if found.f_files and found.f_favail < _FEW_FILES else 0


def _memory_limits() -> Iterator[int]:
    for name in _MEMORY_LIMITS:
        path = Path(name)
        text = path.read_text(encoding="ascii").strip() if path.is_file() else ""
        if text.isdecimal():
            yield int(text)


def _date_of(endpoint: str) -> datetime | None:
    """Give the time by the clock of a server, also of one that refuses."""
    request = Request(endpoint, method="HEAD")  # noqa: S310  it is the store's
    try:
        with urlopen(request, timeout=_CLOCK_SECONDS) as answer:  # noqa: S310
            headers = answer.headers
    except HTTPError as error:
        headers = error.headers
    text = headers.get("Date")
    return parsedate_to_datetime(text) if text else None
