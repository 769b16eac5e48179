"""Floor 0: near names: those that somebody may have meant by a word that is no name."""

import difflib
from collections.abc import Sequence

_CALLED_SO = dict.fromkeys(("video", "film", "file", "recording", "filename"), "source_name")
_LIKENESS = 0.65  # of a name to the one that was meant; below it, location is like duration
_MOST_NAMES = 5


def near_names(word: str, names: Sequence[str]) -> list[str]:
    """Give the names that begin with the word, or else look like it, the likeliest first.

    Capital letters make no difference. What people call a source leads to its name.
    """
    called = _CALLED_SO.get(word.casefold(), "")
    if called in names:
        return [called]
    begun = [name for name in names if name.startswith(f"{word}_")]
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), folded, _MOST_NAMES, cutoff=_LIKENESS)
    return begun[:_MOST_NAMES] or [folded[name] for name in near]


def ask_whether(word: str, names: Sequence[str], *, most: int = _MOST_NAMES) -> str:
    """Ask `did you mean snr_db?`; nothing where no name is near."""
    near = near_names(word, names)[:most]
    return f"did you mean {' or '.join(near)}?" if near else ""


def near_or_all(word: str, names: Sequence[str], *, told: str = "known are") -> str:
    """Ask which name is meant by a word that is none; where none is near, list all names."""
    return ask_whether(word, names) or f"{told} {', '.join(names)}"
