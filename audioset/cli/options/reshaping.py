"""Flags of the commands that say which clips there are."""

from typing import Annotated

import typer

from audioset.cli.options.values import parse_shift

StartSample = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="First sample, at the source's own rate."),
]
EndSample = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="First sample after the clip.")
]
Start = Annotated[
    float | None,
    typer.Option(
        "--start",
        metavar="SECONDS",
        parser=parse_shift,
        help="Where it begins in the source, such as 83.4 or 1:23.4.",
    ),
]
End = Annotated[
    float | None,
    typer.Option("--end", metavar="SECONDS", parser=parse_shift, help="Where it ends."),
]
