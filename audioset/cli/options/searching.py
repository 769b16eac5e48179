"""A flag for each field of `SearchOptions`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from audioset.cli.options.shared import BetterWhen
from audioset.cli.options.values import parse_length

SEARCH_FIELDS: Mapping[str, Any] = {
    "metric": Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Metric of the trial's MLflow run, such as wer."),
    ],
    "direction": BetterWhen,
    "trials": Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many to try in all (30).")
    ],
    "jobs": Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Trials at the same time (1).")
    ],
    "timeout_seconds": Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="LENGTH",
            parser=parse_length,
            help="Begin no further trial after: 2h, 30m.",
        ),
    ],
    "prune": Annotated[
        bool | None,
        typer.Option("--prune", help="Stop trials that are worse than the median so far."),
    ],
    "seed": Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Of the choice of values (0).")
    ],
    "study": Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the search; that of the script by default."),
    ],
    "experiment": Annotated[
        str | None,
        typer.Option(metavar="NAME", help="MLflow experiment; <dataset>-training by default."),
    ],
    "register": Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Register the best trial's model as MODEL, and none of the others.",
        ),
    ],
}
