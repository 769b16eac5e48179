"""The command reproduce, and what it shows."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import FOUND_PROBLEMS, Json, Store, Tracking, Workspace
from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import count
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.recipe import Recipe
    from audioset.records.reproduction import Reproduction


def reproduce(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="models:/name@alias, models:/name/3, or an MLflow run id."
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show how it would be run again.")
    ] = False,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC", help="Do not compare these, such as '*_seconds'; repeatable."
        ),
    ] = None,
    despite_withdrawal: Annotated[
        bool,
        typer.Option(
            "--despite-withdrawal", help="Train without the clips that were withdrawn since."
        ),
    ] = False,
    workspace: Workspace = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Run the training of a model again, and compare every metric to the last digit.

    Takes the exact data, the commit (from the repository of the current folder, which is not
    touched) with the changes of then, and the command. The new run is linked with the first; no
    alias moves, and no model is registered. Exit status 3 when a metric or the data differ.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, store=store, tracking=tracking)
    if dry_run:
        show_recipe(api.recipe(subject, settings=settings), as_json=as_json)
        return
    result = api.reproduce(
        subject,
        ignore=ignore or (),
        despite_withdrawal=despite_withdrawal,
        settings=settings,
        begun=tell_begun,
    )
    show_reproduction(result, as_json=as_json)


def tell_begun(run_id: str, output: Path) -> None:
    """Tell that the training runs again, and where it says what it does."""
    say(f"training again as MLflow run {run_id}; it writes to {output}")


def show_recipe(recipe: "Recipe", *, as_json: bool) -> None:
    """Show data, code and command of a run."""
    if as_json:
        write_json(recipe)
        return
    code = recipe.code
    commit = (code.commit or "none")[:12] + (", changed (code.patch)" if code.changed else "")
    rows = [
        ("run", f"{recipe.run_id} ({recipe.run_name}, {recipe.experiment})"),
        ("command", shlex.join(code.words)),
        ("folder", code.folder),
        ("commit", commit),
        *((("repository", code.remote),) if code.remote else ()),
        *(("data", f"{pin.name}, digest {pin.digest[:12]}") for pin in recipe.pins),
        *(
            ("withdrawn since", f"{count(clips, 'clip')} of {name}")
            for name, clips in recipe.withdrawn.items()
        ),
        ("Python", code.python),
    ]
    show(make_table(["recipe", "~"], rows), "")
    for title, values in (("param", recipe.params), ("metric", recipe.metrics)):
        if values:
            pairs = [(name, str(value)) for name, value in sorted(values.items())]
            show(make_table([title, "~value"], pairs), "")
    _say_warnings(recipe)
    if code.left_out is not None:
        say(f"it cannot be run again: {code.left_out}")


def show_reproduction(result: "Reproduction", *, as_json: bool) -> None:
    """Show the metrics of both runs, and end with 3 when they differ."""
    if as_json:
        write_json({"is_same": result.is_same, "result": result})
    else:
        rows = [
            (
                pair.name,
                _number(pair.before),
                _number(pair.after),
                "same" if pair.is_same else "differs",
            )
            for pair in result.metrics
        ]
        if rows:
            show(make_table(["metric", ">before", ">now", ""], rows), "")
        differing = sum(not pair.is_same for pair in result.metrics)
        if not rows:
            write_line("there is no metric to compare")
        elif differing:
            write_line(f"{differing:,} of {count(len(rows), 'metric')} differ")
        else:
            write_line(f"{count(len(rows), 'metric')}: the same to the last digit")
        if not result.same_data:
            write_line("the data differ: the new run pinned other digests")
        _say_warnings(result.recipe)
        say(f"run {result.run_id} reproduces {result.recipe.run_id}; audioset ui shows both")
    if not result.is_same:
        raise typer.Exit(FOUND_PROBLEMS)


def _say_warnings(recipe: "Recipe") -> None:
    for warning in recipe.warnings:
        say(warning)


def _number(value: float | None) -> str:
    return "none" if value is None else repr(value)
