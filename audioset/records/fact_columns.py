"""Further facts as columns of a table of clips: the name of each there, and back again."""

import re

from audioset.records.manifest import column_names

# What a column beside them may be called: ours, and those of the sound in one format or another.
_TAKEN = frozenset({*column_names(), "audio", "file_name", "file", "start", "end"})
_MARK = "extra_"
_MARKS = re.compile(rf"\A(?:{_MARK})+(?=.)", re.DOTALL)


def column_of_fact(key: str) -> str:
    """Name the column of a fact: as the fact, or `extra_NAME` where another column has the name.

    No two facts have one column, whatever they are called.
    """
    return f"{_MARK}{key}" if _is_taken(key) else key


def fact_of_column(name: str) -> str:
    """Give the fact that a column of this name holds."""
    return name.removeprefix(_MARK) if name.startswith(_MARK) and _is_taken(name) else name


def _is_taken(name: str) -> bool:
    """Tell a name that is taken, also with marks before it: each fact gets one mark more."""
    return _MARKS.sub("", name) in _TAKEN
