"""How a folder is imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a folder is imported.

    Attributes:
        metadata: the table; None looks for one in the folder and beside it.
        file_column, text_column: heading of a column, its letter or its number from 1; None finds
            them.
        sheet: name of the sheet, or its number from 1; None finds it.
        facts: of all clips, where the table says nothing.
        folder_as: fact that the first folder of a file's path gives, such as "speaker".
        exact: ask about misspelt names instead of taking them.
        named_only: leave out files that no row names, and leave those as they are that were
            imported before.
        dry_run: only tell.
        yes: write although texts or clips would be lost.
    """

    metadata: Path | None = None
    file_column: str | None = None
    text_column: str | None = None
    sheet: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    folder_as: str | None = None
    exact: bool = False
    named_only: bool = False
    dry_run: bool = False
    yes: bool = False
