"""What `audioset aliases` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json

if TYPE_CHECKING:
    from audioset.records.alias import Alias


def show_aliases(aliases: Sequence["Alias"], dataset: str, *, moves: bool, as_json: bool) -> None:
    """Show where each alias stands, or every move of each."""
    if as_json:
        write_json(aliases)
        return
    if not aliases:
        say(f"{dataset} has no alias yet; audioset alias prod {dataset}@v1 makes one")
        return
    rows = [
        (
            f"{alias.dataset}@{alias.alias}",
            f"v{move.version}",
            move.moved_at,
            move.moved_by,
            move.message,
        )
        for alias in aliases
        for move in (alias.moves if moves else alias.moves[-1:])
    ]
    show(make_table(["alias", "version", "since (UTC)", "by", "~message"], rows))
