"""The command `log`: bring MLflow up to date with the store."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Lineage", where=("name", "store", "tracking"), examples="audioset log")
def log(ws: "Workspace", *, as_json: Json = False) -> None:
    """Bring MLflow up to date with the store.

    Logs the versions that MLflow lacks, and links models to the versions they were trained on.
    """
    from audioset.cli.screens.lineage.log import show_log

    show_log(ws.log(), as_json=as_json)
