"""The command `search`: the values with which a training is best."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audioset.cli.options.searching import SEARCH_FIELDS
from audioset.cli.options.shared import Json
from audioset.cli.options.values import parse_params
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("store", "catalog", "tracking"),
    records={"options": SEARCH_FIELDS},
    launches=True,
    examples="""
        audioset search --metric wer --param lr=log:1e-5..1e-2 train.py scots@v3
        audioset search --metric f1 --space search.toml --register accent train.py
        audioset search --metric f1 --param db=0..30 fit.py 'scots@v3?snr_db > {db}'
    """,
)
def search(
    ws: "Workspace",
    *,
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND",
            help="Of a trial, with all of its options; {name} stands for a value.",
        ),
    ],
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUES",
            help="C=log:0.1..100, snr=0..30, layers=int:1..4 or kernel=rbf,linear; repeatable.",
        ),
    ] = None,
    options: Mapping[str, Any],
    space: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML file with the parameters in a table [params]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Search for the values with which a training gives the best metric.

    Each trial runs the command in a process and an MLflow run of its own; audioset.training_run
    and mlflow.start_run() in the script go on in that run. Values go where {name} stands, also into
    the name of a view, or else to the end as --name value. Run the same command again after Ctrl-C
    or a crash: it goes on, and tries again what was running.
    """
    from audioset.cli.screens.experiments.search import show_search, tell_trial
    from audioset.records.search_report import SearchOptions

    if "metric" not in options:
        raise typer.BadParameter(
            "name the metric that trials are compared by; options of search stand before the "
            "command of a trial",
            param_hint="--metric",
        )
    values, how = parse_params(params), SearchOptions(**options)
    with progress_bars() as progress:
        report = ws.search(command, values, how, space=space, progress=progress, told=tell_trial)
    show_search(report, as_json=as_json)
