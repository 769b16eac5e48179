"""The command `measure`: the quality of clips that lack it."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import Address, Engine, Json, Workers
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    examples="""
    audioset measure
    audioset measure --again
""",
)
def measure(
    ws: "Workspace",
    *,
    again: Annotated[bool, typer.Option("--again", help="Measure all clips anew.")] = False,
    workers: Workers = None,
    engine: Engine = None,
    address: Address = None,
    as_json: Json = False,
) -> int:
    """Measure working clips that lack quality columns: loudness, noise, bandwidth and the like.

    A cut does this by itself; imported clips of an older release may lack some.
    """
    from audioset.cli.screens.clips.measure import show_measured

    with progress_bars() as progress:
        report = ws.measure(
            again=again, workers=workers, engine=engine, address=address, progress=progress
        )
    show_measured(report, as_json=as_json)
    return ERROR if report.failures else FINE
