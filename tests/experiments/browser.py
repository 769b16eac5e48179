"""A real browser that opens a file and gives back what became of it. Chromium, without network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
    "--window-size=1240,3600",
)


def require_chromium() -> str:
    """Give the path of Chromium; the test is skipped without it, or fails if it is required."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if found is None:
        if os.environ.get("REQUIRE_CHROMIUM") == "1":
            pytest.fail("REQUIRE_CHROMIUM=1, but there is no chromium")
        pytest.skip("no chromium; apt-get install chromium")
    return found


def open_page(page: Path, scratch: Path) -> tuple[str, list[str]]:
    """Open a page, and give its document when the scripts have run, and what the console says."""
    done = subprocess.run(
        [
            require_chromium(),
            *_FLAGS,
            f"--user-data-dir={scratch / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
