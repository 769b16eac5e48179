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
- Exit codes: 0 fine; 1 an error, told in one line; 2 the command line is wrong; 3 a check found
  problems; 130 stopped by Ctrl-C. A command that was stopped continues when it is run again.
- A command that changes or removes much only tells what it would do, until it is given `--yes`.
- A value comes from the first of: flag, environment, `audioset.toml`, default. The variables are
  `AUDIOSET_WORKSPACE`, `AUDIOSET_NAME`, `AUDIOSET_STORE`, `AUDIOSET_CATALOG` and
  `AUDIOSET_TRACKING` (or MLflow's own `MLFLOW_TRACKING_URI`). `AUDIOSET_DEBUG=1` adds the
  traceback to an error.
- A file whose name starts with `-` is written `./-name.mp4`, or after `--`.

## The same in Python

`ws = audioset.open_workspace()` has a method for every command, with the same parameters and
defaults: `audioset export lines` is `ws.export_lines()`, `--near-limit` is `near_limit`. A flag
drops the unit at the end of a name, since its value carries it (`--goal 2h` is `goal_seconds=7200`,
`--part-size 500MB` is `part_bytes`), and where it can be repeated it names one thing (`--rule` for
`rules`). The fields of `CutOptions`, `TranscriptOptions`, `SplitOptions` and `SearchOptions` are
flags of their own. A test compares the two.

## What `--json` prints

The whole result, on stdout. One thing has one shape in every command:

| thing | its keys |
|---|---|
| version | `ref` (`scots@v3`), `dataset`, `version` (its number), `digest`, all that is known |
| alias | the keys of the version that it names, and `alias`, `moves` |
| clip | `clip_id`, then columns of the manifest by their names |
| model | `name`, `version` (the number in MLflow), `run_id`, `aliases` |
| run | `run_id`, `name`, `experiment`, `status` |
| finding of `check` | `clip_id`, `rule`, `value`, `limit`, `sentence`, `badness` |
| problem of `verify` | `key`, `kind`, `what`, `remedy`, `versions` (numbers), `clip_ids` |
| what failed | pairs of a name and the reason, in `failures`; of a source of `cut`, its `error` |
| what was looked at | `name`: a version, a file, or the dataset for its working clips |
| name of a dataset | `dataset` |
| error | `{"error": {"kind": …, "message": …}}`; `kind` is `usage` for a wrong command line |

What is said of a version stands beside its keys, never one object deeper: in `publish`, `versions`,
`pull`, `lineage` and `forget` alike. A list of nothing but versions holds their `ref`.
"""


def make_page() -> str:
    """Give the whole page."""
    names = ["", *COMMANDS]
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
