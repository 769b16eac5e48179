"""The author's own words in a card: a file of the workspace, which every card of it holds.

It may begin with front matter of its own, which comes before what the data say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, StorageError

WORDS_FILE = "card.md"
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_MOST_BYTES = 2**20
# Between these stands what the author wrote, so that a card can be written anew around it.
_BEGIN, _END = "<!-- the author's words -->", "<!-- end of the author's words -->"
_BETWEEN = re.compile(f"{re.escape(_BEGIN)}\n(.*?)\n{re.escape(_END)}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """What the author says of a dataset.

    Attributes:
        text: Markdown; empty when nothing is said.
        front_matter: takes the place of what the data say.
    """

    text: str = ""
    front_matter: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "CardWords":
        """Read `card.md` of a workspace; nothing is said where there is none.

        Raises:
            InvalidInputError: it is no text in UTF-8, larger than 1 MiB, or its front matter is no
                YAML of names and values.
            StorageError: it cannot be read.
        """
        path = folder / WORDS_FILE
        try:
            data = path.read_bytes() if path.is_file() else b""
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror}") from error
        if len(data) > _MOST_BYTES:
            raise InvalidInputError(
                f"{path} has {len(data):,} bytes; a card's words have at most 1 MiB"
            )
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInputError(f"{path} is no text in UTF-8; save it as UTF-8") from error
        front = _FRONT.match(text)
        said = _read_front(front[1], path) if front else {}
        body = (text[front.end() :] if front else text).replace("\r\n", "\n").strip()
        for mark in (_BEGIN, _END):
            body = body.replace(mark, "")
        return cls(text=body, front_matter=said)

    @classmethod
    def of_card(cls, card: str) -> "CardWords":
        """Give the author's words that stand in a card."""
        found = _BETWEEN.search(card)
        return cls(text=found[1] if found else "")

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.text or self.front_matter)

    def marked(self) -> str:
        """Give the text between its marks, as it stands in a card; nothing when it is empty."""
        return f"{_BEGIN}\n{self.text}\n{_END}" if self.text else ""


def _read_front(text: str, path: Path) -> dict[str, Any]:
    import yaml  # late: hardly any workspace has one

    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 2})" if mark else ""  # one more than that of ---
        raise InvalidInputError(
            f"{path}: what stands between the two lines of --- is no YAML: {reason}{place}"
        ) from error
    if not isinstance(said, dict) or not all(isinstance(key, str) for key in said):
        if said is None:
            return {}
        raise InvalidInputError(
            f"{path}: between the two lines of --- stand names and values, such as license: mit"
        )
    return said
