"""The conditions of ours in MLflow's language, read so that a database can be asked for them."""

import re
from dataclasses import dataclass

from audioset.tracking.light.entities import CannotAnswerError

_AND = re.compile(r" and ", re.I)
_TAG = re.compile(r"tags\.`(?P<key>[^`]+)` (?P<how>=|LIKE) '(?P<value>[^']*)'")
_DIGEST = re.compile(r"dataset\.digest = '(?P<value>[^']*)'")
_STATUS = re.compile(r"attributes\.status = '(?P<value>[^']*)'")
_MODEL = re.compile(r"""name = (?P<quote>['"])(?P<value>(?:(?!(?P=quote)).)*)(?P=quote)""")
_RUNS = re.compile(r"run_id IN \((?P<values>'\w+'(?:, '\w+')*)\)")


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Conditions that a run must all meet.

    Attributes:
        equal, like: tags by their value, or by a pattern of SQL.
        digests: each of some input of the run.
        statuses: each that of the run.
    """

    equal: tuple[tuple[str, str], ...] = ()
    like: tuple[tuple[str, str], ...] = ()
    digests: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def is_met_by(self, tags: dict[str, str]) -> bool:
        """Hold the tags of a run against the patterns: a database may not mind capital letters."""
        return all(_matches(tags.get(key), pattern) for key, pattern in self.like)


def parse_run_filter(text: str) -> RunFilter:
    """Read the condition of a search for runs.

    Raises:
        CannotAnswerError: it has other parts than those that ours have.
    """
    equal: list[tuple[str, str]] = []
    like: list[tuple[str, str]] = []
    digests: list[str] = []
    statuses: list[str] = []
    for part in _AND.split(text) if text else ():
        if tag := _TAG.fullmatch(part):
            (equal if tag["how"] == "=" else like).append((tag["key"], tag["value"]))
        elif digest := _DIGEST.fullmatch(part):
            digests.append(digest["value"])
        elif status := _STATUS.fullmatch(part):
            statuses.append(status["value"])
        else:
            raise CannotAnswerError(part)
    return RunFilter(tuple(equal), tuple(like), tuple(digests), tuple(statuses))


def parse_model_filter(text: str) -> tuple[str, list[str]]:
    """Read the condition of a search for model versions: the column, and its values.

    Raises:
        CannotAnswerError: it has another form than those that ours have.
    """
    if model := _MODEL.fullmatch(text):
        return "name", [model["value"]]
    if runs := _RUNS.fullmatch(text):
        return "run_id", [value.strip("'") for value in runs["values"].split(", ")]
    raise CannotAnswerError(text)


def _matches(value: str | None, pattern: str) -> bool:
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(letter, re.escape(letter)) for letter in pattern)
    return value is not None and re.fullmatch(expression, value, re.S) is not None
