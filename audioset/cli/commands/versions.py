"""The command `versions`: what was published."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Dataset, Json, ShowAll
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store",),
    examples="""
    audioset versions
    audioset versions scots --json
""",
)
def versions(
    ws: "Workspace", *, dataset: Dataset = None, show_all: ShowAll = False, as_json: Json = False
) -> None:
    """List the published versions of a dataset, oldest first."""
    from audioset.cli.screens.versions.versions import show_versions

    show_versions(ws.versions(dataset), dataset or ws.name, show_all=show_all, as_json=as_json)
