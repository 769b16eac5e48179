"""Checksums that are wrong, as far as ffmpeg only notes them in its log."""

from collections.abc import Iterator
from contextlib import contextmanager

import av

LogEntries = list[tuple[int, str, str]]


@contextmanager
def checksum_errors() -> Iterator[LogEntries]:
    """Collect what ffmpeg calls an error inside; `take_errors` counts and clears it."""
    before, skipped = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # the same place of the next file is no repetition
    try:
        with av.logging.Capture() as errors:
            yield errors
    finally:
        av.logging.set_level(before)
        av.logging.set_skip_repeated(skipped)


def take_errors(errors: LogEntries) -> int:
    """Count the wrong checksums so far, and forget them."""
    if not errors:
        return 0
    number = sum("CRC" in message for _, _, message in errors)
    errors.clear()
    return number
