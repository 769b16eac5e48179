"""What `audioset reproduce` shows, and tells when it begins."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, make_table, say, show, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.reproduction import Reproduction


def tell_begun(run_id: str, output: Path) -> None:
    """Tell that the training runs again, and where it says what it does."""
    say(f"training again as MLflow run {run_id}; it writes to {output}")


def show_reproduction(result: "Reproduction", *, as_json: bool) -> None:
    """Show the metrics of both runs, and whether they are the same."""
    if as_json:
        write_json({"is_same": result.is_same, **fields_of(result)})
        return
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
    for warning in result.recipe.warnings:
        say(warning)
    say(f"run {result.run_id} reproduces {result.recipe.run_id}; audioset ui shows both")


def _number(value: float | None) -> str:
    return "none" if value is None else repr(value)
