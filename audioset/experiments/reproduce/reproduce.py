"""Run a training again by its recipe, and compare every metric to the last bit."""

import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from audioset.errors import InvalidInputError, as_option
from audioset.experiments.processes.launch import (
    POLL_SECONDS,
    last_words,
    run_environment,
    start,
    stop,
)
from audioset.experiments.reproduce.code_copy import CodeCopy, copy_code
from audioset.records.recipe import Recipe
from audioset.records.reproduction import MetricPair, Reproduction
from audioset.storage.store import Store
from audioset.tracking.client import Tracking, spare_registry
from audioset.tracking.many_runs.trial_runs import Status, end_run
from audioset.tracking.run.recipe import begin_reproduction, read_result

NOT_COMPARED = ("system/*",)  # what MLflow measures of the machine

Begun = Callable[[str, Path], None]


def tell_nobody(_run_id: str, _output: Path) -> None:
    """Show nothing: the default of `begun`."""


def reproduce(
    recipe: Recipe,
    tracking: Tracking,
    store: Store,
    *,
    ignore: Sequence[str] = (),
    despite_withdrawal: bool = False,
    begun: Begun = tell_nobody,
) -> Reproduction:
    """Run the command of a recipe again: same code, same data, in a run of its own.

    Models that it registers, and aliases that it moves, go to a registry that is thrown away.

    Args:
        recipe: to follow.
        tracking: where MLflow is.
        store: of the versions.
        ignore: names of metrics that are not compared, such as `*_seconds`.
        despite_withdrawal: run without the clips that were withdrawn since.
        begun: is told of the new run, and of the file with what it says.

    Raises:
        InvalidInputError: the recipe lacks something, or clips were withdrawn, or the training
            failed this time.
        NotFoundError: the commit is not here.
        TrackingError: MLflow did not answer.
    """
    if recipe.code.left_out is not None:
        raise InvalidInputError(
            f"MLflow run {recipe.run_id} cannot be run again: {recipe.code.left_out}"
        )
    if recipe.withdrawn and not despite_withdrawal:
        gone = ", ".join(f"{clips} of {name}" for name, clips in recipe.withdrawn.items())
        raise InvalidInputError(
            f"clips were withdrawn since: {gone}; {as_option('despite_withdrawal', 'True')} trains "
            "without them"
        )
    with copy_code(recipe, tracking) as copied, spare_registry() as registry:
        run_id = _run(recipe, copied, registry, tracking, store, begun)
    metrics, pins = read_result(run_id, tracking, store)
    return Reproduction(
        recipe=recipe,
        run_id=run_id,
        metrics=_pairs(recipe.metrics, metrics, (*NOT_COMPARED, *ignore)),
        ignored=tuple(sorted(_ignored({*recipe.metrics, *metrics}, (*NOT_COMPARED, *ignore)))),
        same_data={pin.digest for pin in pins} == {pin.digest for pin in recipe.pins},
    )


def _run(
    recipe: Recipe,
    copied: CodeCopy,
    registry: Mapping[str, str],
    tracking: Tracking,
    store: Store,
    begun: Begun,
) -> str:
    """Run the copied code in an MLflow run; gives its id."""
    run_id, experiment_id = begin_reproduction(recipe, tracking)
    environment = run_environment(tracking, store, run_id, experiment_id)
    output = copied.scratch / "output.txt"
    training = start(
        copied.words,
        environment={**environment, **copied.variables, **registry},
        log_path=output,
        folder=copied.folder,
    )
    begun(run_id, output)
    status: Status = "KILLED"
    try:
        while (code := training.exit_code()) is None:
            time.sleep(POLL_SECONDS)
        said = last_words(output)
        status = "FINISHED" if code == 0 else "FAILED"
    finally:
        stop([training], first=signal.SIGINT)
        end_run(tracking, run_id, status, output)
    if code != 0:
        raise InvalidInputError(
            f"the training failed when it was run again (MLflow run {run_id}): {said}"
        )
    return run_id


def _pairs(
    before: Mapping[str, float], after: Mapping[str, float], patterns: Iterable[str]
) -> tuple[MetricPair, ...]:
    names = {*before, *after}
    compared = sorted(names - _ignored(names, patterns))
    return tuple(MetricPair(name=n, before=before.get(n), after=after.get(n)) for n in compared)


def _ignored(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    wanted = tuple(patterns)
    return {name for name in names if any(fnmatch(name, pattern) for pattern in wanted)}
