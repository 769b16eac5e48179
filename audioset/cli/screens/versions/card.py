"""What `audioset card` shows: the card, or where it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line

if TYPE_CHECKING:
    from audioset.records.dataset_card import DatasetCard


def show_card(card: "DatasetCard", *, to: Path | None, as_json: bool) -> None:
    """Show the whole page, unless it was written to a file."""
    if as_json:
        write_json(card)
    elif to is None:
        for line in card.to_markdown().splitlines():
            write_line(line)
    if to is not None:
        say(f"card in {to}")
