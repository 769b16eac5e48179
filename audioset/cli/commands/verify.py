"""The command `verify`: the proof that the store is whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Address, Engine, Json, ShowAll, Workers
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
    audioset verify
    audioset verify scots@v3 --decode
    audioset verify --decode --engine ray --address auto
""",
)
def verify(
    ws: "Workspace",
    *,
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REFERENCE]...", help="Such as scots@v3; all versions of the dataset without."
        ),
    ] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Also decode every clip and prove its samples.")
    ] = False,
    workers: Workers = None,
    engine: Engine = None,
    address: Address = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> int:
    """Prove that the store still holds what was published.

    Reads everything once and names every damaged or missing object. Exit code 3 when there is any.
    """
    from audioset.cli.screens.versions.verify import show_verified

    with progress_bars() as progress:
        report = ws.verify(
            references or (),
            decode=decode,
            workers=workers,
            engine=engine,
            address=address,
            progress=progress,
        )
    show_verified(report, show_all=show_all, as_json=as_json)
    return FOUND_PROBLEMS if report.problems else FINE
