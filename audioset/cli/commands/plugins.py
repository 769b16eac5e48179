"""The command `plugins`: what installed packages bring."""

from typing import TYPE_CHECKING

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Clips", examples="audioset plugins")
def plugins(ws: "Workspace", *, as_json: Json = False) -> int:
    """List the transcribers, aligners and formats of corpora that packages bring.

    docs/plugins.md shows how a package brings one. Exit code 1 when one cannot be loaded.
    """
    from audioset.cli.screens.clips.plugins import show_plugins

    found = ws.plugins()
    show_plugins(found, as_json=as_json)
    return ERROR if any(plugin.problem for plugin in found) else FINE
