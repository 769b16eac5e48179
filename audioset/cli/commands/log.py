"""The command `log`: bring MLflow up to date with the store."""

from audioset.cli.options import Json, Name, Store, Tracking, Workspace
from audioset.settings import load_settings


def log(
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Bring MLflow up to date with the store.

    Logs the versions that MLflow lacks, and links models to the versions they were trained on.
    """
    from audioset import api
    from audioset.cli.screens.log import show_log

    settings = load_settings(workspace=workspace, name=name, store=store, tracking=tracking)
    show_log(api.log(settings=settings), as_json=as_json)
