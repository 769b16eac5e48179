"""`python -m audioset.practice FOLDER`: make recordings to practise on."""

import sys
from pathlib import Path

from audioset.errors import AudiosetError

_USAGE = """\
usage: python -m audioset.practice FOLDER
Make ten videos, a session with its lines, and clips with a spreadsheet, to practise on.
"""


def main(words: list[str]) -> int:
    """Make the folder; gives the exit status, as `audioset` does."""
    if len(words) != 1 or words[0].startswith("-"):
        sys.stderr.write(_USAGE)
        return 0 if words in (["-h"], ["--help"]) else 2
    folder = Path(words[0]).expanduser()
    try:
        from audioset.practice.make import is_made, make_practice

        if is_made(folder):
            sys.stderr.write(f"{folder} is there already: nothing to do\n")
            return 0
        for name, what in make_practice(folder):
            sys.stdout.write(f"{name:<26}{what}\n")
    except (AudiosetError, OSError) as error:
        sys.stderr.write(f"audioset.practice: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
