"""What `audioset alias` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import write_json, write_line

if TYPE_CHECKING:
    from audioset.records.alias import Alias


def show_moved(alias: "Alias", *, as_json: bool) -> None:
    """Show where an alias stands now, and where it stood."""
    if as_json:
        write_json(alias)
        return
    before = f" (before: v{alias.moves[-2].version})" if len(alias.moves) > 1 else ""
    write_line(f"{alias.dataset}@{alias.alias}  v{alias.version}{before}")
