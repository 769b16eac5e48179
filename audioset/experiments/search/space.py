"""The space of a search: which values a parameter may have, and where they stand in the command."""

import re
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from audioset.errors import InvalidInputError, NotFoundError

Value = float | int | str

_FORMS = "log:0.1..100, 0..30, int:1..4, int:log:1..1024 or rbf,linear"
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"(?P<kinds>(?:(?:int|log):)*)(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER})")
_NAME = r"[A-Za-z_][\w.-]*"
_PLACEHOLDER = re.compile(rf"\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}}")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter and its values: a range of numbers, or a choice.

    Attributes:
        name: also of the placeholder, and of the option where there is no placeholder.
        kind: "real", "integer" or "choice".
        low, high: of a range, both possible.
        log: the logarithm is searched evenly, not the number.
        choices: texts, of a choice.
    """

    name: str
    kind: Literal["real", "integer", "choice"]
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give the values as `parse_param` reads them."""
        if self.kind == "choice":
            return ",".join(self.choices)
        kinds = ("int:" if self.kind == "integer" else "") + ("log:" if self.log else "")
        return f"{kinds}{self.low:g}..{self.high:g}"

    def text(self, value: Value) -> str:
        """Give a value as the command gets it: real numbers with six digits."""
        if self.kind != "real":
            return str(value)
        rounded = f"{value:.6g}"
        return rounded if self.low <= float(rounded) <= self.high else repr(value)


def parse_param(name: str, text: str) -> Param:
    """Read the values of a parameter: `log:0.1..100`, `0..30`, `int:1..4` or `rbf,linear`.

    Raises:
        InvalidInputError: the name or the values are not of these forms.
    """
    if not re.fullmatch(_NAME, name):
        raise InvalidInputError(
            f"{name!r} cannot name a parameter: use letters, digits, '_', '-' and '.', and begin "
            "with a letter"
        )
    match = _RANGE.fullmatch(text.strip())
    if match is not None:
        return _parse_range(name, text, match)
    choices = tuple(part.strip() for part in text.split(","))
    if ".." in text or text.startswith(("log:", "int:")) or not all(choices):
        raise InvalidInputError(f"{name}={text} names no values; write them like {_FORMS}")
    if len(set(choices)) < len(choices):
        raise InvalidInputError(f"{name}={text} names a value twice")
    return Param(name, "choice", choices=choices)


def _parse_range(name: str, text: str, match: "re.Match[str]") -> Param:
    low, high = float(match["low"]), float(match["high"])
    kinds = match["kinds"].split(":")
    whole = "int" in kinds
    log = "log" in kinds
    if low >= high:
        raise InvalidInputError(f"{name}={text} is an empty range; write the lower number first")
    if log and low <= 0:
        raise InvalidInputError(f"{name}={text} has no logarithm; begin above 0")
    if whole and not (low.is_integer() and high.is_integer()):
        raise InvalidInputError(f"{name}={text} has no whole numbers as its ends")
    return Param(name, "integer" if whole else "real", low, high, log)


def read_space(path: Path) -> dict[str, str]:
    """Read parameters from the table `[params]` of a TOML file, in the words of `--param`.

    A list is a choice: `kernel = ["rbf", "linear"]` is `"rbf,linear"`.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: the file is not TOML, or has no such table.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is not valid TOML: {error}") from error
    params = table.get("params")
    if not isinstance(params, dict) or set(table) != {"params"}:
        raise InvalidInputError(
            f'{path} needs one table, [params], with lines such as C = "log:0.1..100"'
        )
    return {
        str(name): ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in params.items()
    }


@dataclass(frozen=True, slots=True)
class TrialCommand:
    """The command of a trial, with `{name}` where values go.

    Attributes:
        words: as given.
        params: a value that no placeholder names goes to the end, as `--name value`.
    """

    words: tuple[str, ...]
    params: tuple[Param, ...]

    def __post_init__(self) -> None:
        if not self.words:
            raise InvalidInputError(
                "give the command of a trial (on the command line after --), such as: train.py "
                "scots@v1 --lr {lr}"
            )
        known = [param.name for param in self.params]
        if not known:
            raise InvalidInputError("there is nothing to search: give a parameter like C=0.1..100")
        for name in self._placeholders():
            if name not in known:
                raise InvalidInputError(
                    f"the command has {{{name}}}, but there is no such parameter; parameters are "
                    f"{', '.join(known)} (write {{{{{name}}}}} for the braces themselves)"
                )

    def fill(self, values: Mapping[str, str]) -> list[str]:
        """Put values into their places; gives the words to run."""

        def place(match: "re.Match[str]") -> str:
            return f"{{{match[1]}}}" if match[1] else values[match[2]]

        words = [_PLACEHOLDER.sub(place, word) for word in self.words]
        named = self._placeholders()
        for param in self.params:
            if param.name not in named:
                words += [f"--{param.name}", values[param.name]]
        return words

    def _placeholders(self) -> set[str]:
        return {
            match[2] for word in self.words for match in _PLACEHOLDER.finditer(word) if match[2]
        }


def runnable(words: Sequence[str]) -> list[str]:
    """Give the words to start: a script, whose name ends with `.py`, is run with this Python.

    Raises:
        NotFoundError: no such script or program.
    """
    program, *rest = words
    if program.endswith(".py"):
        if not Path(program).is_file():
            raise NotFoundError(f"there is no script {program} in {Path.cwd()}")
        return [sys.executable, program, *rest]
    if shutil.which(program) is None:
        raise NotFoundError(f"there is no program {program}; name a script (.py) or a program")
    return [program, *rest]
