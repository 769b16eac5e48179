"""The command `status`: how things stand, and what to do next."""

from typing import TYPE_CHECKING

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Start",
    where=("name", "store", "catalog", "tracking"),
    examples="""
        audioset status
        audioset status --json
    """,
)
def status(ws: "Workspace", *, as_json: Json = False) -> int:
    """Tell how things stand in the workspace, and what is sensible to do next.

    Sources that are new, changed, renamed or missing; clips that wait for somebody; what the next
    publish would change; whether store, catalog and MLflow answer. Nothing is changed. It ends with
    3 when something needs a person: a place that is silent, clips without audio, a source that is
    missing or holds another recording.
    """
    from audioset.cli.screens.clips.status import show_status

    found = ws.status()
    show_status(found, as_json=as_json)
    return FOUND_PROBLEMS if found.problems else FINE
