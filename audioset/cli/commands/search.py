"""The command search, and what it shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from audioset.cli.options import Catalog, Json, Store, Tracking, Workspace, parse_length
from audioset.cli.render import make_table, progress_bars, say, show, write_json, write_line
from audioset.cli.text import count, format_hms
from audioset.errors import MAX_REASON
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.metric import Direction
    from audioset.records.search_report import SearchReport, SearchTrial


def search(
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND",
            help="Of a trial, with all of its options; {name} stands for a value.",
        ),
    ],
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Metric of the trial's MLflow run, such as wer."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="C=log:0.1..100, snr=0..30, layers=int:1..4 or kernel=rbf,linear; repeatable.",
        ),
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML file with the parameters in a table [params]."),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="max or min; by the metric's name without."),
    ] = None,
    trials: Annotated[int, typer.Option(metavar="N", min=1, help="How many to try in all.")] = 30,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Trials at the same time.")] = 1,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="Begin no further trial after: 2h, 30m.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Stop trials that are worse than the median so far.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the choice of values.")] = 0,
    study: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the search; that of the script by default."),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="MLflow experiment; <dataset>-training by default."),
    ] = None,
    register: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Register the best trial's model as MODEL, and none of the others.",
        ),
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Search for the values with which a training gives the best metric.

    Each trial runs the command in a process and an MLflow run of its own; audioset.training_run
    and mlflow.start_run() in the script go on in that run. Values go where {name} stands, also into
    the name of a view, or else to the end as --name value. Run the same command again after Ctrl-C
    or a crash: it goes on, and tries again what was running.
    """
    from audioset import api
    from audioset.records.search_report import SearchOptions

    if metric is None:
        raise typer.BadParameter(
            "name the metric that trials are compared by; options of search stand before the "
            "command of a trial",
            param_hint="--metric",
        )
    settings = load_settings(workspace=workspace, store=store, catalog=catalog, tracking=tracking)
    options = SearchOptions(
        metric=metric,
        direction=_direction(direction),
        trials=trials,
        jobs=jobs,
        prune=prune,
        timeout_seconds=parse_length(timeout, "--timeout") if timeout else None,
        seed=seed,
        study=study,
        experiment=experiment,
        register=register,
    )
    with progress_bars() as progress:
        report = api.search(
            command,
            _params(param or []),
            options,
            space=space,
            settings=settings,
            progress=progress,
            told=tell_trial,
        )
    show_search(report, as_json=as_json)


def _direction(word: str | None) -> "Direction | None":
    from audioset.records.metric import Direction

    if word is None or word in get_args(Direction):
        return cast("Direction | None", word)
    raise typer.BadParameter(f"{word!r} is neither max nor min", param_hint="--direction")


def _params(words: list[str]) -> dict[str, str]:
    params: dict[str, str] = {}
    for word in words:
        name, equals, values = word.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"{word!r} is not of the form NAME=VALUES", param_hint="--param"
            )
        if name in params:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint="--param")
        params[name] = values
    return params


def tell_trial(trial: "SearchTrial", best: "SearchTrial | None") -> None:
    """Tell what came of a trial, in one line."""
    values = " ".join(f"{name}={text}" for name, text in trial.params.items())
    value = "" if trial.value is None else f" {trial.value:.6g}"
    line = f"trial {trial.number} {trial.state}{value}  {values}"
    if trial.reason:
        line += f"  {trial.reason[:MAX_REASON]}"
    if best is not None and best.value is not None:
        line += (
            "  best so far" if best == trial else f"  (best {best.value:.6g}: trial {best.number})"
        )
    say(line)


def show_search(report: "SearchReport", *, as_json: bool) -> None:
    """Show the best values, and where to see the rest."""
    if as_json:
        write_json(report)
        return
    states = [trial.state for trial in report.trials]
    counts = [
        f"{states.count(state)} {state}"
        for state in ("done", "pruned", "failed", "killed")
        if state in states
    ]
    seconds = sum(trial.seconds for trial in report.trials)
    write_line(
        f"search {report.study}: {report.num_tried:,} of {count(report.num_wanted, 'trial')} "
        f"({', '.join(counts)}), {format_hms(seconds)} of training"
    )
    if report.best is None:
        say("no trial is done; see why: audioset ui")
        return
    rows = [(f"{report.metric} ({report.direction})", f"{report.best.value!r}")]
    rows += list(report.best.params.items())
    rows += [("trial", str(report.best.number)), ("run", report.best.run_id)]
    if report.model:
        rows.append(("model", report.model))
    show(make_table(["best", "~value"], rows), "")
    if report.num_tried < report.num_wanted:
        say("the time was over; run the same command again to go on")
    where = f"experiment {report.experiment}, run {report.study}"
    say(f"audioset ui shows all trials and plots: {where}")
    if report.model:
        say(f"audioset lineage {report.model} shows its data")
