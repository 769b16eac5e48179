"""What a half-typed command may go on with, by the list of all commands and flags in words.json.

`scripts/make_cli_docs.py` writes that list from the commands.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LIST = Path(__file__).with_name("words.json")


@dataclass(frozen=True, slots=True)
class Expected:
    """What may stand where the cursor is.

    Attributes:
        words: commands or flags, each with its help.
        kind: of the values that may stand there; empty where a file may, or anything.
        start: what stands before the value in the same word, such as `--speaker=`.
        said: value of each flag that was given before.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    start: str = ""
    said: Mapping[str, str] = field(default_factory=dict)


def read_list() -> Mapping[str, Any]:
    """Read the list: `commands` by name, and `names` of values of this house by their kind.

    A command has flags, kinds of its arguments, and inner commands.
    """
    found: dict[str, Any] = json.loads(_LIST.read_text(encoding="utf-8"))
    return found


def expect(commands: Mapping[str, Any], before: Sequence[str], begun: str) -> Expected:
    """Tell what may stand at the cursor.

    Args:
        commands: of the list.
        before: the words before it, without `audioset` itself.
        begun: the word at the cursor, as far as it is typed.
    """
    name, num_arguments, waiting, said, plain = "", 0, "", {}, False
    for word in before:
        node = commands[name]
        if waiting:
            said[waiting], waiting = word, ""
        elif word == "--":
            plain = True
        elif word.startswith("-") and len(word) > 1 and not plain:
            flag, has_value, value = word.partition("=")
            if has_value:
                said[flag] = value
            elif node["flags"].get(flag, {}).get("kind") is not None:
                waiting = flag
            else:
                said[flag] = ""
        elif not num_arguments and word in node["commands"]:
            name = f"{name} {word}".strip()
        else:
            num_arguments += 1
            plain = plain or bool(node.get("launches"))
    node = commands[name]
    if waiting:
        return Expected(kind=node["flags"][waiting]["kind"], said=said)
    if begun.startswith("-") and not plain:
        return _flags(node["flags"], begun, said)
    inner = {} if num_arguments else node["commands"]
    return Expected(words=inner, kind=_argument(node["arguments"], num_arguments), said=said)


def _flags(flags: Mapping[str, Any], begun: str, said: Mapping[str, str]) -> Expected:
    flag, has_value, _ = begun.partition("=")
    if has_value:
        return Expected(kind=flags.get(flag, {}).get("kind") or "", start=f"{flag}=", said=said)
    free = {
        name: each["help"]
        for name, each in flags.items()
        if name not in said or each.get("repeats", False)
    }
    return Expected(words=free, said=said)


def _argument(kinds: Sequence[str], place: int) -> str:
    """Give the kind of an argument; the last one repeats where its kind ends with `...`."""
    if place < len(kinds):
        return kinds[place].removesuffix("...")
    return kinds[-1].removesuffix("...") if kinds and kinds[-1].endswith("...") else ""
