"""The command `urls`: the shards of a version for readers of tars."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Json, WholeVersion
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store",),
    examples="""
    audioset urls scots@v3
    audioset urls scots@v3 --json
""",
)
def urls(ws: "Workspace", *, reference: WholeVersion, as_json: Json = False) -> None:
    """Give the addresses of the shards of a version, one a line, for readers of tars.

    With --json also those of the parts of its manifest, for readers of Parquet. Texts and other
    facts that people may change are not in shards. Where the shards hold clips that the version
    does not name, it is said on stderr.
    """
    from audioset.cli.screens.versions.urls import show_urls

    show_urls(ws.urls(reference), as_json=as_json)
