"""The command of a run, in a workspace that was moved or copied since."""

from collections.abc import Sequence
from dataclasses import replace

from audioset.records.recipe import CodeState
from audioset.tracking.moves.paths import Move


def code_of_now(code: CodeState, moves: Sequence[Move]) -> tuple[CodeState, tuple[str, ...]]:
    """Give the command with the paths of now, and say which ones were others.

    Args:
        code: as it was kept.
        moves: of the workspace.
    """
    closest = sorted(moves, key=lambda move: len(move.old.parts), reverse=True)
    folder = _path_of_now(code.folder, closest)
    words = tuple(_word_of_now(word, closest) for word in code.words)
    pairs = zip((code.folder, *code.words), (folder, *words), strict=True)
    told = dict.fromkeys(
        f"the workspace has moved since: {then} is {now} now" for then, now in pairs if then != now
    )
    return replace(code, folder=folder, words=words), tuple(told)


def _word_of_now(word: str, moves: Sequence[Move]) -> str:
    option, is_given, value = word.partition("=")
    if word.startswith("-") and is_given:
        return f"{option}={_path_of_now(value, moves)}"
    return _path_of_now(word, moves)


def _path_of_now(path: str, moves: Sequence[Move]) -> str:
    return next((now for move in moves if (now := move.follow(path)) is not None), path)
