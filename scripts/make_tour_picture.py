"""Draw what a command prints in a terminal as an SVG picture for the README.

Usage: python scripts/make_tour_picture.py docs/tour.svg audioset describe demo@v1 --goal 2m
"""

import os
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 84


def main() -> None:
    """Run the command in a terminal of fixed width and export its screen."""
    picture, *command = sys.argv[1:]
    environment = os.environ | {
        "FORCE_COLOR": "1",
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
    }
    printed = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ {shlex.join(command)}", style="bold"))
    console.print(Text.from_ansi(printed))
    svg = console.export_svg(title="audioset")
    # The picture must not fetch fonts: the reader's own monospaced one will do.
    svg = re.sub(r"@font-face \{.*?\n    \}\n", "", svg, flags=re.DOTALL)
    Path(picture).write_text(svg.replace("Fira Code,", ""), encoding="utf-8")


if __name__ == "__main__":
    main()
