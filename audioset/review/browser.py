"""Opening the page in the user's browser, where there is one."""

import os
import sys
import webbrowser


def open_browser(url: str, *, wanted: bool | None) -> bool:
    """Open a page; tell whether a browser took it.

    Args:
        url: of the page.
        wanted: None opens it only where a person sits before a desktop: elsewhere a browser of the
            terminal would take its place.
    """
    if wanted is None:
        desktop = sys.platform in ("darwin", "win32") or any(
            os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
        )
        wanted = desktop and sys.stdout.isatty() and not os.environ.get("SSH_CONNECTION")
    return wanted and webbrowser.open(url)
