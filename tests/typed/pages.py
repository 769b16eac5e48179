"""What a page tells its reader to type, typed by a shell, and held against what the page shows.

A block without a language is typed, line by line. One that the page says to save (save this as
`train.py`) is written to that file. A block of `text` is what the lines above it print: `…` stands
for anything in a line, and a line of it for any lines. Blank lines, rules and widths do not count.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"[Ss]ave this as `([\w.]+)`")
_BEGIN, _END = "@typed", "@ended"


@dataclass(frozen=True)
class Step:
    """A block of a page.

    Attributes:
        lines: to be typed; none where the block is a file.
        file: (name, text) of a file to be saved.
        shown: what the page says that the lines print.
    """

    lines: tuple[str, ...] = ()
    file: tuple[str, str] | None = None
    shown: str = ""


@dataclass(frozen=True)
class Typed:
    """A line that was typed.

    Attributes:
        line: as it stands on the page.
        printed: on stdout and stderr; the reader's folder is `~`.
        status: with which it ended.
    """

    line: str
    printed: str
    status: int


@dataclass(frozen=True)
class Reader:
    """Who reads the page: at home, with hands of his own.

    Attributes:
        home: folder that is `~`.
        before: shell code that does what the page asks for in words, by the line that follows it.
        instead: shell code that is run for a line, such as one that waits for Ctrl-C.
        folder: where the first line is typed.
        variables: of the environment, over those of this process.
        path: folder with programs that come before all others.
    """

    home: Path
    before: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None

    def types(self, steps: Sequence[Step]) -> list[Typed]:
        """Type all lines of a page, one after the other, in one shell."""
        lines = [line for step in steps for line in step.lines]
        for wanted in (*self.before, *self.instead):
            assert wanted in lines, f"the page has no line {wanted!r}"
        done = subprocess.run(
            ["bash"],
            input="\n".join(self._script(steps)),
            cwd=self.folder or self.home,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=800,
        )
        said = done.stdout.replace(str(self.home), "~")
        found = re.findall(rf"^{_BEGIN} (.*?)\n(.*?)^{_END} (\d+)$", said, re.M | re.DOTALL)
        typed = [Typed(line, printed, int(status)) for line, printed, status in found]
        assert [each.line for each in typed] == lines, said[-2000:]
        return typed

    def _script(self, steps: Sequence[Step]) -> Iterator[str]:
        for step in steps:
            if step.file is not None:
                name, text = step.file
                yield f"cat > {name} <<'END_OF_FILE'\n{text}END_OF_FILE"
            for line in step.lines:
                if line in self.before:
                    yield self.before[line]
                yield f"echo {shlex.quote(f'{_BEGIN} {line}')}"
                yield self.instead.get(line, line)
                yield f'echo "{_END} $?"'

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AUDIOSET_", "MLFLOW_", "VIRTUAL_ENV"))
        }
        path = f"{self.path}:{kept['PATH']}" if self.path else kept["PATH"]
        here = {"HOME": str(self.home), "PYTHONPATH": str(PROJECT), "PATH": path}
        return {**kept, **here, **self.variables}


def read_steps(text: str) -> list[Step]:
    """Read what a page, or a part of one, tells its reader to do."""
    steps: list[Step] = []
    end = 0
    for block in _BLOCK.finditer(text):
        words, language, code = text[end : block.start()], block[1], block[2]
        end = block.end()
        saved = _SAVED.findall(words)
        if saved:
            steps.append(Step(file=(saved[-1], code)))
        elif language == "text":
            last = steps.pop()
            steps.append(Step(last.lines, last.file, code))
        elif not language:
            steps.append(Step(tuple(code.replace("\\\n", "").splitlines())))
    return steps


def hold(steps: Sequence[Step], typed: Sequence[Typed], ends_with: Mapping[str, int]) -> None:
    """Hold what was typed against the page.

    Args:
        steps: of the page.
        typed: its lines, in their order.
        ends_with: status of lines that end with another one than 0.
    """
    for each in typed:
        assert each.status == ends_with.get(each.line, 0), f"{each.line}\n{each.printed}"
    left = list(typed)
    for step in steps:
        printed = "".join(each.printed for each in left[: len(step.lines)])
        del left[: len(step.lines)]
        missing = not_printed(step.shown, printed)
        assert not missing, f"after {step.lines}, not printed:\n{missing}\nbut:\n{printed}"


def not_printed(shown: str, printed: str) -> str:
    """Give what a page shows from the first line on that was not printed so; empty if all was."""
    found, wanted = "\n".join(_even(printed)), list(_even(shown))
    for count in range(len(wanted), 0, -1):
        if re.search(_as_pattern(wanted[:count]), found, re.MULTILINE):
            return "\n".join(wanted[count:])
    return "\n".join(wanted)


def _even(text: str) -> Iterator[str]:
    """Give the lines that have words, with single blanks."""
    for line in text.splitlines():
        words = line.replace("─", "").split()
        if words:
            yield " ".join(words)


def _as_pattern(lines: Sequence[str]) -> str:
    parts = [
        r"(?:.*\n)*?" if line == "…" else f"^{re.escape(line).replace('…', '.*?')}$(?:\\n|\\Z)"
        for line in lines
    ]
    return "".join(parts)
