"""Write docs/cli.md from what `audioset COMMAND --help` prints; `--check` only tells if it is old.

python scripts/make_cli_docs.py [--check]
"""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

from audioset.cli.app import COMMANDS, run

TARGET = Path(__file__).parent.parent / "docs" / "cli.md"
INTRODUCTION = """\
# The command line

Written by `scripts/make_cli_docs.py` from the commands' own help; edit the help, not this page.

- Results go to stdout; words and progress bars go to stderr, bars only when it is a terminal.
- `--json` prints the whole result as JSON. An error then is `{"error": {"kind": …, "message": …}}`.
- Exit codes: 0 fine; 1 an error, told in one line; 2 the command line is wrong; 3 a check found
  problems; 130 stopped by Ctrl-C. A command that was stopped continues when it is run again.
- A value comes from the first of: flag, environment, `audioset.toml`, default. The variables are
  `AUDIOSET_WORKSPACE`, `AUDIOSET_NAME`, `AUDIOSET_STORE`, `AUDIOSET_CATALOG` and
  `AUDIOSET_TRACKING` (or MLflow's own `MLFLOW_TRACKING_URI`). `AUDIOSET_DEBUG=1` adds the
  traceback to an error.
- A file whose name starts with `-` is written `./-name.mp4`, or after `--`.
"""


def make_page() -> str:
    """Give the whole page."""
    names = ["", *(name for name in COMMANDS)]
    sections = [f"## audioset {name}".rstrip() + f"\n\n```\n{help_of(name)}```\n" for name in names]
    return "\n".join([INTRODUCTION, *sections])


def help_of(name: str) -> str:
    """Give what `audioset NAME --help` prints at 80 columns."""
    os.environ["COLUMNS"] = "80"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run([*name.split(), "--help"])
    return printed.getvalue()


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is old")
    page = make_page()
    if not parser.parse_args().check:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    print(f"{TARGET} is old; run python scripts/make_cli_docs.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
