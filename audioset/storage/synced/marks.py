"""The mark in a folder that stands for another one on object storage: which one that is."""

from pathlib import Path

MARK = ".synced"
ADDRESS_FILE = "address"


def find_address(folder: Path) -> str | None:
    """Give the address that a folder stands for; None of one that is what it is."""
    try:
        return (folder / MARK / ADDRESS_FILE).read_text(encoding="utf-8")
    except OSError:
        return None
