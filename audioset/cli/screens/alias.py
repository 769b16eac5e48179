"""What `audioset alias` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line

if TYPE_CHECKING:
    from audioset.records.alias import Alias


def show_moved(alias: "Alias", *, as_json: bool) -> None:
    """Show where an alias stands now, and where it stood."""
    if as_json:
        write_json(alias)
        return
    before = f" (before: v{alias.moves[-2].version})" if len(alias.moves) > 1 else ""
    write_line(f"{alias.dataset}@{alias.alias}  v{alias.version}{before}")


def show_aliases(
    aliases: Sequence["Alias"], dataset: str, *, only: str | None, as_json: bool
) -> None:
    """Show all aliases, or the history of one."""
    chosen = [alias for alias in aliases if only in (None, alias.alias)]
    if as_json:
        write_json(chosen)
        return
    if not chosen:
        say(f"{dataset} has no alias yet; audioset alias prod {dataset}@v1 makes one")
        return
    moves = [
        (
            f"{alias.dataset}@{alias.alias}",
            f"v{move.version}",
            move.moved_at,
            move.moved_by,
            move.message,
        )
        for alias in chosen
        for move in (alias.moves if only else alias.moves[-1:])
    ]
    show(make_table(["alias", "version", "since (UTC)", "by", "~message"], moves))
