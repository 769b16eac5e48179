"""DatasetCard: a page of Markdown about a version, with front matter as sites for datasets read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 100  # of a line of front matter


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """What a version is, for whoever has never seen it.

    Attributes:
        front_matter: as Hugging Face names it: `license`, `language`, `task_categories`,
            `size_categories`, `pretty_name`, and what the author said besides.
        body: Markdown that begins with the title.
    """

    front_matter: Mapping[str, Any] = field(default_factory=dict)
    body: str

    def to_markdown(self, more: Mapping[str, Any] | None = None) -> str:
        """Give the whole page, such as a `README.md`.

        Args:
            more: front matter beside that of the card, such as `configs`; it comes last, and in
                the place of what has the same name.
        """
        import yaml  # late: only a whole page needs it

        front = {**self.front_matter, **(more or {})}
        text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=_WIDTH)
        return f"---\n{text}---\n\n{self.body}"
