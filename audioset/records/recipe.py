"""The recipe of a run: code, command and data, exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audioset.records.pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeState:
    """What a training was started with.

    Attributes:
        words: the command; the first one is `python` for a Python, whatever its path was.
        hidden: variables of the environment in which the secrets of the command can be given again,
            and their places in `words`; they are not kept.
        script: place in `words` of the script's file; None for `python -m` and `python -c`.
        folder: in which it ran, relative to the top of the repository; whole when outside of it.
        script_path: of the script, relative to the top of the repository; None when outside of it.
        commit: of the repository; None without one.
        remote: where the repository was cloned from, without passwords; None when unknown.
        changed: the repository differed from the commit; the patch holds how.
        left_out: why the command cannot be run again as it stands; None when it can.
        variables: of the environment, those that change numbers.
        python: its version.
    """

    words: tuple[str, ...]
    script: int | None
    folder: str
    script_path: str | None
    commit: str | None
    remote: str | None
    changed: bool
    left_out: str | None
    variables: Mapping[str, str]
    python: str
    hidden: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that it takes to run a training again.

    Attributes:
        subject: what was asked for.
        run_id, run_name, experiment: of the MLflow run.
        code: command and code.
        pins: the versions or views that the run used, with their digests.
        params, metrics: of the run; the last value of each metric.
        warnings: what is not here as it was there: packages, Python, platform.
        withdrawn: versions of which clips were withdrawn since, and how many.
    """

    subject: str
    run_id: str
    run_name: str
    experiment: str
    code: CodeState
    pins: tuple[Pin, ...]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    withdrawn: Mapping[str, int] = field(default_factory=dict)
