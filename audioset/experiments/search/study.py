"""The study of a search: which values to try next, and what came of those that were tried.

The door to Optuna. A study outlives the process: whoever opens it again goes on, and finds what was
running when the last search was killed.
"""

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from audioset.catalog.studies import studies_url
from audioset.curation.workspace.working import Working
from audioset.errors import ConflictError, InvalidInputError, NotFoundError, StorageError, as_option
from audioset.experiments.processes.processes import is_another_alive, is_here, this_process
from audioset.experiments.search.space import Param, TrialCommand
from audioset.hiding import hide_in_words
from audioset.installation import install_line
from audioset.records.metric import Direction
from audioset.records.search_report import FEW_TRIALS, SearchOptions, SearchTrial

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

_OPTUNAS: dict[Direction, Literal["maximize", "minimize"]] = {"max": "maximize", "min": "minimize"}
_PLAN = "plan"  # attributes of a study in Optuna's storage
_OUTCOME = "trial {}"
_RUN = "run_id"  # attribute of a study, and of a trial
_RUNNER = "runner"
_SEEN = "seen"
SEEN_SECONDS = 30.0  # a living search says so of each running trial this often
_LOST_SECONDS = 300.0  # and is taken for dead, on another machine, after so long


@dataclass(frozen=True, slots=True)
class Running:
    """A trial that was begun: Optuna's own object, and the values as the command gets them."""

    trial: "optuna.Trial"
    params: Mapping[str, str]

    @property
    def number(self) -> int:
        """Its number, from 0."""
        return int(self.trial.number)


@dataclass(frozen=True, slots=True)
class Lost:
    """A trial that was running when its search was killed."""

    number: int
    run_id: str
    process: int


class Study:
    """One study, opened. Every method talks to the database of the studies."""

    def __init__(self, study: "optuna.Study", params: Sequence[Param], options: SearchOptions):
        self._study = study
        self._params = tuple(params)
        self._options = options
        self._distributions = {param.name: _distribution(param) for param in params}

    @property
    def run_id(self) -> str | None:
        """The MLflow run around all trials, if there is one."""
        found = self._study.user_attrs.get(_RUN)
        return None if found is None else str(found)

    @run_id.setter
    def run_id(self, run_id: str) -> None:
        self._study.set_user_attr(_RUN, run_id)

    def ask(self) -> Running:
        """Begin a trial with the next values.

        The choice depends on the seed and on what was tried, not on when the search was begun: one
        that was killed and goes on tries what it would have tried without.
        """
        import optuna

        killed = sum(trial.state == "killed" for trial in self.ended())
        tried = len(self._begun()) - killed
        with _quiet():
            self._study.sampler = optuna.samplers.TPESampler(
                seed=_seed(self._options.seed, tried),
                constant_liar=self._options.jobs > 1,
            )
            trial = self._study.ask(self._distributions)
        texts = {param.name: param.text(trial.params[param.name]) for param in self._params}
        trial.set_user_attr("params", texts)
        trial.set_user_attr(_RUNNER, this_process())
        trial.set_user_attr(_SEEN, time.time())
        return Running(trial, texts)

    def note(self, running: Running, run_id: str, process: int | None = None) -> None:
        """Note run and process of a trial, for whoever finds it when this search was killed.

        Args:
            running: the trial.
            run_id: of its MLflow run.
            process: that trains; None before it is started.
        """
        running.trial.set_user_attr(_RUN, run_id)
        if process is not None:
            running.trial.set_user_attr("process", process)

    def seen(self, running: Running) -> None:
        """Say that a trial is still looked after."""
        running.trial.set_user_attr(_SEEN, time.time())

    def is_bad(self, running: Running, points: Sequence[tuple[int, float]]) -> bool:
        """Report the metric's new points, and tell whether the trial is worse than the median."""
        for step, value in points:
            running.trial.report(value, step)
        return bool(points) and running.trial.should_prune()

    def tell(self, outcome: SearchTrial) -> None:
        """End a trial. The values of a killed one are tried again before any others."""
        from optuna.trial import TrialState as State

        if outcome.state == "killed":
            self._study.enqueue_trial(self._study.trials[outcome.number].params)
        self._study.set_user_attr(_OUTCOME.format(outcome.number), asdict(outcome))
        state = {"done": State.COMPLETE, "pruned": State.PRUNED}.get(outcome.state, State.FAIL)
        value = outcome.value if outcome.state == "done" else None
        with _quiet():
            self._study.tell(outcome.number, value, state=state)

    def lost(self) -> list[Lost]:
        """Find the trials whose search is no more.

        Raises:
            ConflictError: another search of this study goes on, on this machine.
        """
        found = []
        for trial in self._begun():
            if trial.state.name != "RUNNING":
                continue
            runner = trial.user_attrs.get(_RUNNER, {})
            if not is_here(runner):
                if time.time() - trial.user_attrs.get(_SEEN, 0.0) < _LOST_SECONDS:
                    continue
            elif is_another_alive(runner):
                raise ConflictError(
                    f"the search {self._study.study_name!r} goes on already, in process "
                    f"{runner['pid']}; wait for it, or name another with "
                    f"{as_option('study')}"
                )
            attributes = trial.user_attrs
            found.append(
                Lost(trial.number, attributes.get(_RUN, ""), int(attributes.get("process", 0)))
            )
        return found

    def params_of(self, number: int) -> dict[str, str]:
        """Give the values of a trial as the command got them."""
        attributes = self._study.trials[number].user_attrs
        return dict(attributes.get("params", {}))

    def ended(self) -> tuple[SearchTrial, ...]:
        """Give the trials that have ended, in order of their numbers."""
        outcomes = self._study.user_attrs
        return tuple(
            SearchTrial(**outcomes[_OUTCOME.format(trial.number)])
            for trial in self._begun()
            if trial.state.is_finished() and _OUTCOME.format(trial.number) in outcomes
        )

    def importances(self) -> dict[str, float]:
        """Tell how much each parameter moves the metric, 0 to 1, the greatest first.

        Empty after fewer than five trials that are done, and when nothing can be said.
        """
        from optuna.importance import get_param_importances

        if sum(trial.state == "done" for trial in self.ended()) < FEW_TRIALS:
            return {}
        with _quiet():
            try:
                found = get_param_importances(self._study)
            except (ValueError, RuntimeError):  # one value for all, or parameters that never vary
                return {}
        return {name: float(value) for name, value in found.items()}

    def _begun(self) -> list[Any]:
        return [trial for trial in self._study.trials if trial.state.name != "WAITING"]


@contextmanager
def open_study(
    name: str, command: TrialCommand, options: SearchOptions, working: Working
) -> Iterator[Study]:
    """Open a study, made when missing.

    Args:
        name: of the study.
        command: what its trials run, and the space.
        options: of the search.
        working: the clips that are being worked on.

    Raises:
        NotFoundError: Optuna is not installed.
        InvalidInputError: the study was begun with another command, space, metric or direction.
        StorageError: the database cannot be reached or refused.
    """
    optuna = _require_optuna()
    plan = {
        "command": list(hide_in_words(command.words).words),
        "space": {param.name: repr(param) for param in command.params},
        "metric": options.metric,
        "direction": options.goal,
    }
    with _errors(working), _quiet():
        storage = optuna.storages.RDBStorage(studies_url(working.catalog.url, working.folder))
        study = _load(storage, name, plan, options)
    opened = Study(study, command.params, options)
    try:
        with _errors(working):
            yield opened
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _load(
    storage: Any, name: str, plan: Mapping[str, Any], options: SearchOptions
) -> "optuna.Study":
    import optuna

    known = {summary.study_name for summary in optuna.get_all_study_summaries(storage)}
    if name in known:
        before = optuna.load_study(study_name=name, storage=storage)
        begun = _plan_of(before)
        differs = [key for key in plan if begun.get(key) != plan[key]]
        if not differs:
            before.pruner = _pruner(options)
            return before
        if any(trial.state.name in ("COMPLETE", "PRUNED", "RUNNING") for trial in before.trials):
            raise InvalidInputError(_explain(name, differs, begun, plan))
        optuna.delete_study(study_name=name, storage=storage)  # nothing came of it
    study = optuna.create_study(
        study_name=name,
        storage=storage,
        direction=_OPTUNAS[options.goal],
        pruner=_pruner(options),
    )
    study.set_user_attr(_PLAN, dict(plan))
    return study


def _plan_of(study: "optuna.Study") -> dict[str, Any]:
    """Give what a study was begun with; earlier ones hold Optuna's word for the direction."""
    plan = dict(study.user_attrs.get(_PLAN, {}))
    if "command" in plan:
        plan["command"] = list(hide_in_words(plan["command"]).words)  # earlier ones hold all of it
    ours = {word: direction for direction, word in _OPTUNAS.items()}
    return plan | {"direction": ours.get(plan.get("direction", ""), plan.get("direction"))}


def _explain(
    name: str, differs: Sequence[str], before: Mapping[str, Any], plan: Mapping[str, Any]
) -> str:
    def words(value: Any) -> str:
        return " ".join(value) if isinstance(value, list) else str(value)

    key = differs[0]
    if key == "space":
        then, now = before[key], plan[key]
        names = sorted(n for n in {*then, *now} if then.get(n) != now.get(n))
        return (
            f"the search {name!r} was begun with other values of {', '.join(names)}; take those, "
            f"or name another search with {as_option('study')}"
        )
    return (
        f"the search {name!r} was begun with another {key}, {words(before[key])!r}, not "
        f"{words(plan[key])!r}; take that, or name another search with "
        f"{as_option('study')}"
    )


def _pruner(options: SearchOptions) -> Any:
    import optuna

    return optuna.pruners.MedianPruner() if options.prune else optuna.pruners.NopPruner()


def _distribution(param: Param) -> "BaseDistribution":
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if param.kind == "choice":
        return CategoricalDistribution(param.choices)
    if param.kind == "integer":
        return IntDistribution(int(param.low), int(param.high), log=param.log)
    return FloatDistribution(param.low, param.high, log=param.log)


def _seed(seed: int, number: int) -> int:
    """Give the seed of one trial's choice; hashed, so that near numbers give no near values."""
    return int.from_bytes(sha256(f"{seed} {number}".encode()).digest()[:4])


def _require_optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise NotFoundError(f"Optuna is not installed: {install_line('search')}") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's warnings about its own experiments to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _errors(working: Working) -> Iterator[None]:
    """Translate errors of Optuna, and those of SQLAlchemy that it lets through."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("optuna", "sqlalchemy"):
            raise
        cause = getattr(error.__cause__ or error, "orig", None) or error
        reason = str(cause).strip().splitlines()[0]
        raise StorageError(f"the studies of {working.folder}: {reason}") from error
