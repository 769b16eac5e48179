"""The answer to a shell that asks how a command may go on, by the protocol of Typer's scripts."""

import os
import re
import sys
from collections.abc import Sequence

from audioset.cli.completion.values import find_values
from audioset.cli.completion.words import expect, read_list

_MARKS = ("@", "=", ":")  # at which bash divides words
_TO_QUOTE = re.compile(r"([^\w@%+=:,./-])")
_TO_QUOTE_IN_DOUBLE = re.compile(r'([\\"$`])')
_HALF_QUOTED = re.compile(r"""\\(.)|["']""")


def answer(shell: str) -> bool:
    """Answer a question of a shell on stdout; False where the shell is another.

    Nothing is ever printed to stderr: it would stand in the middle of what somebody types.
    """
    if shell == "complete_bash":
        words, start = _bash_words(os.environ["COMP_WORDS"], int(os.environ["COMP_CWORD"]))
        found = _find(words[:-1], words[-1])
        text = "\n".join(_TO_QUOTE.sub(r"\\\1", word[start:]) for word, _ in found)
    elif shell in ("complete_zsh", "complete_fish"):
        before, begun = _typed_words(os.environ.get("_TYPER_COMPLETE_ARGS", ""))
        found = _find(before, begun)
        if shell == "complete_fish" and os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
            sys.exit(0 if found else 1)  # whether there is anything but files
        text = _for_zsh(found) if shell == "complete_zsh" else _for_fish(found)
    else:
        return False
    sys.stdout.write(f"{text}\n" if text else "")
    sys.stdout.flush()
    return True


def _find(before: Sequence[str], begun: str) -> list[tuple[str, str]]:
    """Find the words that may stand at the cursor, each with its help."""
    told = read_list()
    expected = expect(told["commands"], before, begun)
    words = [(word, text) for word, text in expected.words.items() if word.startswith(begun)]
    value = begun.removeprefix(expected.start)
    own = told["names"].get(expected.kind, ())
    named = find_values(expected.kind, value, expected.said, own) if expected.kind else []
    return words + [(f"{expected.start}{name}", "") for name in named]


def _bash_words(text: str, place: int) -> tuple[list[str], int]:
    """Give the words up to the cursor, without the program, and where bash begins the last one.

    Bash gives one a line. It divides them at `@`, `=` and `:`, which nobody types alone, and puts
    what it is given behind the last `=` or `:`, or in the place of the last `@` and what follows.
    """
    divided = text.split("\n")[1 : place + 1]
    words: list[str] = []
    start = 0
    for part in [*divided, *[""] * (place - len(divided))]:
        is_mark = part in _MARKS
        if words and part and (is_mark or words[-1][-1:] in _MARKS):
            if is_mark:
                start = len(words[-1]) + (part != "@")
            words[-1] += part
        else:
            words.append(part)
            start = 0
    return [_plain(word) for word in words], start


def _typed_words(text: str) -> tuple[list[str], str]:
    """Give the words before the cursor, without the program, and the one at it."""
    words = [_plain(word) for word in re.findall(r"""(?:\\.|"[^"]*"?|'[^']*'?|\S)+""", text)][1:]
    if not words or text[-1:].isspace():
        return words, ""
    return words[:-1], words[-1]


def _plain(word: str) -> str:
    """Give a word without the quotes that it is typed with."""
    return _HALF_QUOTED.sub(lambda found: found[1] or "", word)


def _for_zsh(found: Sequence[tuple[str, str]]) -> str:
    if not found:
        return "_files"
    joined = "\n".join(":".join(f'"{_zsh(part)}"' for part in pair if part) for pair in found)
    return f"_arguments '*: :(({joined}))'"


def _zsh(text: str) -> str:
    """Write a text for three readers: the quotes of `eval`, those of `_arguments`, and its colons.

    The last two read backslashes, the second also what stands for other things in double quotes.
    """
    text = text.replace("\\", "\\\\").replace(":", "\\:")
    return _TO_QUOTE_IN_DOUBLE.sub(r"\\\1", text).replace("'", "'\\''")


def _for_fish(found: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{word}\t{text}" if text else word for word, text in found)
