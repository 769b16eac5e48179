"""Flags and arguments of several commands."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from audioset.cli.options.values import either

Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, with everything in it.")
]
Facts = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A fact, such as accent=glasgow; repeatable."),
]
What = Annotated[
    str | None,
    typer.Argument(
        metavar="WHAT",
        help="A version such as scots@v3, a view of one such as 'scots@v3?snr_db > 20', a "
        "manifest, or a folder of manifests; the working clips by default.",
    ),
]
Reference = Annotated[
    str,
    typer.Argument(
        metavar="REFERENCE",
        help="scots@v3, scots@prod, a view such as 'scots@v3?snr_db > 20', or a pin file.",
    ),
]
WholeVersion = Annotated[
    str,
    typer.Argument(metavar="REFERENCE", help="scots@v3, scots@prod, or a pin file."),
]
Dataset = Annotated[
    str | None,
    typer.Argument(metavar="DATASET", help="Name of a dataset; the workspace's own by default."),
]
ModelOrRun = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="models:/name@alias, models:/name/3, or an MLflow run id."
    ),
]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who decides; you by default.")]
Workers = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="CPU cores to use; all by default.")
]
Engine = Annotated[
    str | None,
    typer.Option(metavar="ray", help="Do the work on a cluster of Ray instead of this machine."),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Of the cluster, such as ray://head:10001; RAY_ADDRESS by default."
    ),
]
Graph = Annotated[
    Path | None, typer.Option(metavar="HTML", help="Draw the lineage to this file, a page (.html).")
]
ShowAll = Annotated[
    bool, typer.Option("--all", help="Show every row of long lists; --json always has all.")
]
Rows = Annotated[int, typer.Option(metavar="N", min=0, help="How many to show; all are in --json.")]
BetterWhen = Annotated[
    Literal["max", "min"] | None,
    typer.Option(
        metavar="max|min",
        parser=either("max", "min"),
        help="Which way it is better; told by its name if not.",
    ),
]
