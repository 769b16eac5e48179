"""Floor 0: what this computer's system gives, and what stands in for it where it does not.

macOS lacks some names of Linux, Windows many. They are asked for here, nowhere else, and when they
are used, so that nobody needs to know which system it is.
"""

import errno
import os
import re
import signal
import sys
import time
import uuid
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeVar

Given = TypeVar("Given")

# Where no process can be killed outright, ending one is that.
KILL: signal.Signals = getattr(signal, "SIGKILL", signal.SIGTERM)
# What systems say of a call that a drive does not have.
LACKING = frozenset(
    getattr(errno, name)
    for name in (
        "EPERM", "EACCES", "EINVAL", "EBADF", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EXDEV",
        "EISDIR", "ENOTTY", "ENOLCK",
    )
)  # fmt: skip
_NETWORK_DRIVES = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "9p", "afs",
        "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "fuse.ceph", "fuse.glusterfs",
        "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs2", "macfuse", "osxfuse",
    )
)  # fmt: skip
_told: set[str] = set()
_ZEROS = bytes(1 << 20)
_LOCK_POLL_SECONDS = 0.02
_LOOK_SECONDS = 0.2
_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_BACKGROUND = 10  # of -20 to 19: a tenth of the share of others, when a core is wanted by both
_HERE_ON_LINUX, _NO_REPLACE = -100, 1  # AT_FDCWD, RENAME_NOREPLACE of renameat2
_EXCLUSIVE_ON_MACOS = 4  # RENAME_EXCL of renamex_np


def num_cores() -> int:
    """Count the CPU cores that this process may use, whole ones of its share; at least one."""
    return max(1, int(min(len(_allowed_cores()), share_of_cores())))


def share_of_cores(own: Path = _OWN_GROUPS, root: Path = _GROUPS) -> float:
    """Give how many cores' time this process may take; infinite where nothing limits it.

    A container may have the time of 2 of 64 cores: 64 processes would wait for each other there.

    Args:
        own: the file that names the groups it is in (`man 7 cgroups`); Linux alone has it.
        root: folder of all groups.
    """
    return min(map(_share_of, _groups_of(own, root)), default=float("inf"))


def num_free_cores() -> int:
    """Count those of `num_cores` that others leave idle, at least one.

    Looks at them for a fifth of a second: the load of the last minute would still tell of what
    ended, such as the command before this one.
    """
    import psutil

    before = psutil.cpu_times(percpu=True)
    time.sleep(_LOOK_SECONDS)
    after = psutil.cpu_times(percpu=True)
    mine = [n for n in _allowed_cores() if n < len(after)]
    idle = sum(_idle_share(before[n], after[n]) for n in mine)
    return max(1, min(num_cores(), round(idle)))


def _idle_share(before: Any, after: Any) -> float:
    """Give the share of the time between two looks in which a core had nothing to do."""
    waited = (getattr(after, "iowait", 0.0) - getattr(before, "iowait", 0.0)) + (
        after.idle - before.idle
    )
    whole = sum(after) - sum(before)
    return min(1.0, max(0.0, waited / whole)) if whole > 0 else 1.0


def _groups_of(own: Path, root: Path) -> list[Path]:
    """List folders of the groups that this process is in, and of those that these are in.

    A container sees its own group as the root, whatever its name is outside.
    """
    found: dict[Path, None] = {}
    with suppress(OSError, ValueError):
        for line in own.read_text(encoding="utf-8").splitlines():
            _, kinds, name = line.split(":", 2)
            if kinds and "cpu" not in kinds.split(","):
                continue  # of the first kind of groups: each thing is shared out by its own
            top = root / "cpu" if kinds else root
            inside = PurePosixPath(name.lstrip("/"))
            found |= dict.fromkeys(top / part for part in (inside, *inside.parents))
    return list(found)


def _share_of(group: Path) -> float:
    """Give how many cores' time a group alone may take.

    Source:
        Linux, `admin-guide/cgroup-v2` (`cpu.max`) and `scheduler/sched-bwc` (`cpu.cfs_quota_us`).
    """
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with suppress(OSError, ValueError):
            words = " ".join((group / name).read_text(encoding="ascii") for name in names).split()
            quota, period = map(int, words)  # "max" is no number
            if quota > 0 and period > 0:
                return quota / period
    return float("inf")


def _allowed_cores() -> list[int]:
    """List the numbers of the CPU cores that this process may use, from 0."""
    allowed = _given("os", "sched_getaffinity")
    return sorted(allowed(0)) if allowed else list(range(os.cpu_count() or 1))


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Read bytes of an open file, wherever it stands; fewer where it ends before."""
    read = _given("os", "pread")
    if read:
        return bytes(read(file.fileno(), size, offset))
    file.seek(offset)
    return file.read(size)


def reserve(file: BinaryIO, size: int) -> None:
    """Give a new file its size in zeros that have their place on the disk.

    Not truncate: where the disk is full, writing into a hole of a mapped file ends the process.

    Raises:
        OSError: there is no room.
    """
    allocate = _given("os", "posix_fallocate")
    if allocate:
        with suppress(OSError):  # some drives cannot; a full one says so again below
            allocate(file.fileno(), 0, size)
            return
    for start in range(0, size, len(_ZEROS)):
        file.write(_ZEROS[: size - start])
    file.flush()


def name_new(made: Path, path: Path) -> bool:
    """Give a file a name that must be free; False where neither system nor drive can.

    Looking first and renaming then lets two writers both believe that they were first. A hard link
    is the call that all systems have for it; drives without links may rename so.

    Args:
        made: the file, which may keep its first name as well.
        path: of the same folder.

    Raises:
        FileExistsError: the name is taken.
    """
    link, source, target = _given("os", "link"), os.fsencode(made), os.fsencode(path)
    if link:
        try:
            link(source, target)
        except FileExistsError:
            if path.samefile(made):  # the answer to a first try was lost on the network
                return True
            raise
        except OSError as error:
            if error.errno not in LACKING:
                raise
        else:
            return True
    return _rename_new(source, target)


def _rename_new(source: bytes, target: bytes) -> bool:
    """Rename a file to a name that must be free; False where that cannot be asked for."""
    if os.name == "nt":
        Path(os.fsdecode(source)).rename(os.fsdecode(target))  # fails where the name is taken
        return True
    import ctypes

    try:
        system = ctypes.CDLL(None, use_errno=True)
        if hasattr(system, "renameat2"):
            failed = system.renameat2(_HERE_ON_LINUX, source, _HERE_ON_LINUX, target, _NO_REPLACE)
        else:
            failed = system.renamex_np(source, target, _EXCLUSIVE_ON_MACOS)
    except (OSError, AttributeError):
        return False
    if failed and ctypes.get_errno() == errno.EEXIST:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(target))
    return not failed


def sync_folder(folder: Path) -> bool:
    """Make new names survive a power loss; False where the drive cannot promise it."""
    if os.name == "nt":
        return True  # it has no such call; its file systems keep a journal of names
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in LACKING:
            raise
        return False
    finally:
        os.close(descriptor)
    return True


def lock(file: BinaryIO) -> bool:
    """Wait for the lock of an open file, which ends with it; False where the drive has none."""
    flock, locking = _given("fcntl", "flock"), _given("msvcrt", "locking")
    if flock:
        with suppress(OSError):
            flock(file, import_module("fcntl").LOCK_EX)
            return True
    while locking:
        try:
            file.seek(0)
            locking(file.fileno(), import_module("msvcrt").LK_NBLCK, 1)
        except PermissionError:  # another process has it
            time.sleep(_LOCK_POLL_SECONDS)
        except OSError:
            return False
        else:
            return True
    return False


def take_lock(file: BinaryIO) -> bool:
    """Take the lock of an open file, which ends with it; False where somebody else has it.

    Where the drive has none, nobody else can be seen to have it.
    """
    flock, locking = _given("fcntl", "flock"), _given("msvcrt", "locking")
    try:
        if flock:
            flock(file, import_module("fcntl").LOCK_EX | import_module("fcntl").LOCK_NB)
        elif locking:
            file.seek(0)
            locking(file.fileno(), import_module("msvcrt").LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def after_fork(function: Callable[[], None]) -> None:
    """Let a function run in each process that is forked from this one, where there are such."""
    register = _given("os", "register_at_fork")
    if register:
        register(after_in_child=function)


def in_background(function: Callable[[], Given]) -> Given:
    """Run a function while other work of this computer goes first, as do processes that it starts.

    In a thread of its own, since what stepped back cannot step forward again. Elsewhere than on
    Linux only whole processes can step back: there it runs as anything else.
    """
    from concurrent.futures import ThreadPoolExecutor

    def run() -> Given:
        if sys.platform == "linux":
            with suppress(OSError):  # some containers forbid it
                os.setpriority(os.PRIO_PROCESS, 0, _BACKGROUND)
        return function()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def is_alive(pid: int) -> bool:
    """Tell whether a process of this machine runs."""
    import psutil

    return bool(psutil.pid_exists(pid))


def tell_once(text: str) -> None:
    """Warn of something that holds for all of this process, the first time that it is noticed."""
    if text not in _told:
        _told.add(text)
        warnings.warn(text, stacklevel=3)


def drive_of(path: Path) -> Path:
    """Find the folder at which the drive of a folder begins."""
    folder = path.absolute()
    while not os.path.ismount(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def is_on_network(folder: Path) -> bool:
    """Tell whether other machines may have the drive of a folder too."""
    import psutil

    drive = str(drive_of(folder))
    with suppress(OSError):
        for part in reversed(psutil.disk_partitions(all=True)):  # the last one there hides others
            if part.mountpoint == drive:
                return part.fstype.lower() in _NETWORK_DRIVES or "remote" in part.opts.split(",")
    return False


@cache
def machine_name() -> str:
    """Name this machine for a file of its own, the same after a restart.

    Its own name and 8 hex digits, which tell it from another machine of that name.
    """
    import socket

    try:
        mark = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):  # not Linux
        mark = ""
    if not mark:
        address = uuid.getnode()
        mark = "" if address >> 40 & 1 else str(address)  # one that was made up for this process
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().partition(".")[0].lower()).strip("-")
    return f"{host[:40] or 'machine'}-{sha256(mark.encode()).hexdigest()[:8]}"


@cache
def process_space() -> str:
    """Name the surroundings in which the number of a process means one process: 12 hex digits.

    Another machine, another container and this machine before its last start are others.
    """
    import socket

    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115  it names no file
    except OSError:  # not Linux: there are no containers
        import psutil

        parts.append(str(round(psutil.boot_time(), -2)))
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def signal_tree(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process that leads a group of its own, and to all that it started."""
    killpg = _given("os", "killpg")
    with suppress(ProcessLookupError, PermissionError):
        if killpg:
            killpg(leader, number)
        else:
            _end_tree(leader)


def _end_tree(leader: int) -> None:
    """End processes where signals cannot be sent; there is no asking first."""
    import psutil

    with suppress(psutil.Error):
        first = psutil.Process(leader)
        for process in [*first.children(recursive=True), first]:
            with suppress(psutil.Error):
                process.kill()


def _given(module: str, name: str) -> Any:
    """Give a function of the system, None where it lacks it."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
