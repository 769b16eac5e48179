"""Read by each Python that has this folder on its path: Linux without what it has alone.

Names that the standard library itself needs here (`signal.SIGKILL`) stay; for them, `mypy` looks at
the code as of Windows and macOS.
"""

import logging
import os
import random
import signal
import sys

import psutil

USERS = (logging, psutil, random)  # take some of the names when they are imported

for name in (
    "sched_getaffinity", "posix_fallocate", "posix_fadvise", "pread", "preadv", "pwrite", "link",
    "killpg", "register_at_fork", "memfd_create", "O_DIRECTORY", "O_NOFOLLOW", "sendfile",
    "getpgid", "copy_file_range", "mkfifo", "getloadavg",
):  # fmt: skip
    if hasattr(os, name):
        delattr(os, name)
del signal.SIGHUP
for name in ("fcntl", "resource", "grp", "termios"):
    sys.modules[name] = None  # an import of it fails
