"""Run as a script: a server that ends when the process that started it does, however that ends.

python guard.py PROGRAM ARGUMENT…

Standard input is a pipe that nobody writes to: it ends with the process that holds its other end,
also when that was killed or its terminal was closed. The server and its workers are of the group of
this process, which leads it. Imports nothing of audioset, so that it is small.
"""

import os
import signal
import subprocess
import sys
import threading

_END_SECONDS = 10.0  # the server gets so long to end by itself


def main() -> None:
    """Start the server; come back when it has ended, and all that it started with it."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # not each of them is known everywhere
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    code = server.wait()
    _end_group("SIGKILL" if code else "SIGTERM")
    sys.exit(min(abs(code), 125))


def _stop_at_end_of_input(server: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    _end_group("SIGTERM")
    server.terminate()
    try:
        server.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
    _end_group("SIGKILL")  # workers that did not listen; and this process, where it has a group


def _end_group(name: str) -> None:
    """Signal the server's workers; where there are no groups, they end with their server."""
    if hasattr(os, "killpg") and hasattr(signal, name):
        os.killpg(0, getattr(signal, name))


if __name__ == "__main__":
    main()
