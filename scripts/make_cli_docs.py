"""Write docs/cli.md, and the list by which shells complete, from the commands and their help.

`--check` only tells whether they are old.

python scripts/make_cli_docs.py [--check]
"""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

from completion_words import make_words

from audioset.cli.app import COMMANDS, run

_PROJECT = Path(__file__).parent.parent
TARGET = _PROJECT / "docs" / "cli.md"
WORDS = _PROJECT / "audioset" / "cli" / "completion" / "words.json"
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

## Completion in a shell

`audioset --install-completion` sets it up for the shell that it is typed in: bash, zsh, fish or
PowerShell. TAB then completes commands and flags, and in the first three also names: versions and
aliases (`scots@<TAB>`), clips and sources, speakers, columns, rules, formats, aligners and
transcribers. `--workspace`, `--store` and `--name` that stand before say where to look. What does
not answer at once completes nothing, and files are completed as ever.

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
    """Write page and list, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is old")
    made = {TARGET: make_page(), WORDS: make_words()}
    if not parser.parse_args().check:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        return 0
    old = [path for path, text in made.items() if not _holds(path, text)]
    for path in old:
        print(f"{path} is old; run python scripts/make_cli_docs.py", file=sys.stderr)
    return 1 if old else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
