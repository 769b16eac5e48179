"""What `audioset plugins` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json

if TYPE_CHECKING:
    from audioset.hearing.plugins import Plugin


def show_plugins(plugins: "Sequence[Plugin]", *, as_json: bool) -> None:
    """Show what can be chosen, by kind, and what is wrong with the rest."""
    if as_json:
        write_json(plugins)
        return
    if not plugins:
        say("no plug-ins are installed; docs/plugins.md shows how to make one")
        return
    rows = [
        (plugin.kind, plugin.name, plugin.package, plugin.version, _state(plugin))
        for plugin in plugins
    ]
    show(make_table(["kind", "name", "package", "version", "~state"], rows))


def _state(plugin: "Plugin") -> str:
    if plugin.install is not None:
        return f"not installed: {plugin.install}"
    return plugin.problem or "ready"
