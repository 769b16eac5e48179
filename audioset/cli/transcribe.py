"""Commands about texts that models write: plugins, transcribe."""

from audioset.cli.options import Json


def plugins(as_json: Json = False) -> None:
    """List the transcribers and aligners that are installed.

    docs/plugins.md shows how a package brings one. Exit code 1 when one cannot be loaded.
    """
    import typer

    from audioset import api
    from audioset.cli.transcribe_screens import show_plugins

    found = api.list_plugins()
    show_plugins(found, as_json=as_json)
    if any(plugin.problem for plugin in found):
        raise typer.Exit(1)
