"""The command `import folder`: clips that exist already."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    examples="audioset import folder recordings/ --metadata recordings/metadata.csv",
)
def import_folder(
    ws: "Workspace",
    *,
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The folder that holds the clips.")
    ],
    metadata: Annotated[
        Path,
        typer.Option(
            metavar="TABLE",
            help="CSV or xlsx with a header; one column names the file of each row.",
        ),
    ],
    as_json: Json = False,
) -> int:
    """Take a folder of clips, with a table of their facts.

    Each file becomes one clip, whole. Import an edited table again to change the facts.
    """
    from audioset.cli.screens.clips.import_folder import show_import

    with progress_bars() as progress:
        report = ws.import_folder(directory, metadata=metadata, progress=progress)
    show_import(report, as_json=as_json)
    return ERROR if report.failures else FINE
