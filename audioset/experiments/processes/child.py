"""Run as a script: become another program that ends when the process that started it is killed.

python child.py PARENT_PID PROGRAM ARGUMENT…

Linux tells a child of its parent's death if it asks; elsewhere an orphan goes on, and is ended when
the search is resumed. Imports nothing of audioset, so that a trial begins at once.
"""

import ctypes
import os
import signal
import subprocess
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>; it survives exec
NOT_STARTED = 127  # what a shell gives for a program that it cannot start


def main() -> None:
    """Replace this process by the program; comes back only when that is impossible."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it died before it could be asked
        sys.exit(NOT_STARTED)
    try:
        if sys.platform == "win32":  # which would go on beside us, and we would seem to have ended
            sys.exit(subprocess.call(program))
        os.execvp(program[0], program)  # noqa: S606  it is the user's own command
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
