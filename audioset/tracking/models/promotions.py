"""Registered model versions that are to get an alias: what is known of them, and the move."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audioset.errors import ConflictError, InvalidInputError, NotFoundError, TrackingError
from audioset.pages.markdown import cell
from audioset.records.promotion import Promotion, previous_alias
from audioset.tracking.client.client import (
    PAGE,
    all_pages,
    is_missing,
    mlflow_call,
    open_client,
    require_backend,
    shown_uri,
)
from audioset.tracking.client.dataset_input import TRAINING_CONTEXT
from audioset.tracking.client.queries import PinnedInput, of_model, parent_run, pinned_inputs
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.links import link_run
from audioset.tracking.run.held_out import KINDS_TAG, LEAK_TAG, HeldOut, logged_test_set
from audioset.tracking.run.recipe import COMMAND_TAG, kept_code

PROMOTED_TAG = "audioset.promoted"  # on a model version: one line per promotion
FORCED_TAG = "audioset.promoted.forced"  # one line per promotion that a check refused
_MODEL = re.compile(r"(?:models:/)?(?P<name>[^/@]+)(?:@(?P<alias>[\w-]+)|/(?P<version>[0-9]+))?")
_MOST_OTHERS = 20  # newest versions that are looked at for a first promotion, the candidate's too
_GIT_TAG = "mlflow.source.git.commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What MLflow knows of a registered model version.

    Attributes:
        name, version: of the model version.
        run_id: that made it; None when it was registered from files alone.
        trained_on: what the run pinned for training, or the run that it is nested in.
        held_out: the test set that the run tells; its digest is empty when it tells none.
        test_rule: the run's param `test_split`: how it chose its test clips; empty when it does not
            tell, or when it took the split `test` of the manifest.
        leak: how many training clips leak to the frozen test split; empty when it was not asked.
        leak_kinds: what those clips must not have in common; empty when it was not asked.
        metrics: of the run.
        num_test: clips it was tested on; None when it is not known.
        commit: of the code; empty when it is not known.
        is_dirty: the code differed from its commit; None when it is not known.
    """

    name: str
    version: int
    run_id: str | None
    trained_on: tuple[PinnedInput, ...]
    held_out: HeldOut
    test_rule: str
    leak: str
    leak_kinds: tuple[str, ...]
    metrics: Mapping[str, float]
    num_test: int | None
    commit: str
    is_dirty: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A model version that is to have an alias, and the one that has it.

    Attributes:
        candidate: to be promoted.
        holder: None when no version has the alias.
        previous: version that had the alias before the holder; None when none is known.
        others: the newest of the other versions, where no version was named and none has the
            alias; else empty.
    """

    candidate: ModelFacts
    holder: ModelFacts | None
    previous: int | None
    others: tuple[ModelFacts, ...] = ()


def read_contest(model: str, version: int | None, alias: str, tracking: Tracking) -> Contest:
    """Find the candidate and the holder of an alias.

    Args:
        model: `name`, `models:/name`, `models:/name/3` or `models:/name@alias`.
        version: of the candidate; when None the one that `model` names, else the newest.
        alias: that it is to have.
        tracking: where MLflow is.

    Raises:
        InvalidInputError: `model` has another form, or names another version.
        NotFoundError: no such model or version.
        TrackingError: MLflow did not answer.
    """
    match = _MODEL.fullmatch(model)
    if match is None:
        raise InvalidInputError(f"{model!r} does not name a model; write name or models:/name/3")
    name = match["name"]
    require_backend(tracking, f"model {name!r}")
    with mlflow_call(tracking):
        client = open_client(tracking)
        aliases = _aliases_of(client, name, tracking)
        named = _named_version(match, aliases)
        if version is not None and named not in (None, version):
            raise InvalidInputError(f"{model} is v{named}, and version {version} was asked for")
        newest = [] if version or named else _newest_first(client, name)
        wanted = version or named or newest[0]
        held_by, previous = aliases.get(alias), aliases.get(previous_alias(alias))
        others = newest[1:_MOST_OTHERS] if held_by is None else []
        return Contest(
            candidate=_facts(client, name, wanted, tracking),
            holder=_facts(client, name, held_by, tracking) if held_by is not None else None,
            previous=previous,
            others=tuple(_facts(client, name, other, tracking) for other in others),
        )


def carry_out(promotion: Promotion, tracking: Tracking) -> None:
    """Move the alias, keep its holder as the one before, and write down who did it and why.

    MLflow cannot move an alias on a condition: what it names is read right before and right after,
    so that of two who promote at once at least the loser hears of it.

    Raises:
        ConflictError: somebody moved the alias since `promotion.holder` was looked up, or just now.
        TrackingError: MLflow did not answer, or refused.
    """
    name, alias, before = promotion.model, promotion.alias, promotion.holder
    with mlflow_call(tracking):
        client = open_client(tracking)
        _require_holder(client, name, alias, before, tracking)
        if before is not None:
            client.set_registered_model_alias(name, previous_alias(alias), str(before))
        client.set_registered_model_alias(name, alias, str(promotion.version))
        _require_holder(client, name, alias, promotion.version, tracking)
        run_id = _write_down(client, promotion)
        if run_id:
            link_run(client, run_id)  # the pages of its versions name models with their aliases


def _write_down(client: Any, promotion: Promotion) -> str | None:
    """Say on the model version who promoted it and why; gives the run that made it."""
    found = client.get_model_version(promotion.model, str(promotion.version))
    who = f"{promotion.moved_at} by {promotion.moved_by}"
    lines = {PROMOTED_TAG: f"{promotion.alias}: {who}; {_reason(promotion)}"}
    if promotion.forced:
        failed = ", ".join(check.name for check in promotion.failures)
        lines[FORCED_TAG] = f"{promotion.alias}: {who}, although {failed}: {promotion.forced}"
    for key, line in lines.items():
        text = "\n".join(filter(None, (found.tags.get(key), line)))
        client.set_model_version_tag(promotion.model, str(promotion.version), key, text)
    day = promotion.moved_at.partition("T")[0]
    told = f"Promoted to {promotion.alias} on {day} by {cell(promotion.moved_by)}: "
    told += _reason(promotion) + (f", forced: {cell(promotion.forced)}" if promotion.forced else "")
    described = "\n\n".join(filter(None, (found.description, told)))
    client.update_model_version(promotion.model, str(promotion.version), described)
    return found.run_id or None


def _reason(promotion: Promotion) -> str:
    if promotion.outcome == "rolled back":
        return f"back from v{promotion.holder}"
    before = f"after v{promotion.holder}" if promotion.holder is not None else "the first"
    if promotion.value is None:
        return before
    reached = f"{before}, {promotion.metric} {promotion.value:.4g}"
    if promotion.holder_value is None:
        return reached
    return f"{reached} (v{promotion.holder}: {promotion.holder_value:.4g})"


def _require_holder(
    client: Any, name: str, alias: str, version: int | None, tracking: Tracking
) -> None:
    now = _aliases_of(client, name, tracking).get(alias)
    if now != version:
        names = [f"v{number}" if number is not None else "nothing" for number in (now, version)]
        raise ConflictError(
            f"somebody moved {name}@{alias} at the same moment: it names {names[0]} now, not "
            f"{names[1]}; look again"
        )


def _aliases_of(client: Any, name: str, tracking: Tracking) -> dict[str, int]:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_registered_model(name).aliases
    except MlflowException as error:
        if not is_missing(error):
            raise
        raise NotFoundError(f"MLflow at {shown_uri(tracking.uri)} has no model {name!r}") from error
    return {alias: int(version) for alias, version in found.items()}


def _named_version(match: "re.Match[str]", aliases: Mapping[str, int]) -> int | None:
    if match["version"]:
        return int(match["version"])
    if match["alias"] and match["alias"] not in aliases:
        raise NotFoundError(f"{match['name']} has no alias {match['alias']!r}")
    return aliases[match["alias"]] if match["alias"] else None


def _newest_first(client: Any, name: str) -> list[int]:
    versions = all_pages(
        lambda token: client.search_model_versions(
            of_model(name), max_results=PAGE, page_token=token
        )
    )
    if not versions:
        raise NotFoundError(f"{name} has no version yet")
    return sorted((int(found.version) for found in versions), reverse=True)


def _facts(client: Any, name: str, version: int, tracking: Tracking) -> ModelFacts:
    from mlflow.exceptions import MlflowException

    try:
        run_id = client.get_model_version(name, str(version)).run_id or None
        line = _line_of(client, run_id) if run_id else []
    except MlflowException as error:
        if not is_missing(error):
            raise
        where = shown_uri(tracking.uri)
        raise NotFoundError(f"MLflow at {where} lacks {name} v{version}, or its run") from error

    def told(kind: str, key: str) -> str:
        """Give what the run, or one around it, has under a name."""
        return next((v for run in line if (v := getattr(run.data, kind).get(key))), "")

    held_out = next((held for run in line if (held := logged_test_set(run)).name), HeldOut())
    rule, number = told("params", "test_split"), told("params", "num_test")
    commit, is_dirty = _code_of(client, line)
    return ModelFacts(
        name=name,
        version=version,
        run_id=run_id,
        trained_on=next((pins for run in line if (pins := _training(run))), ()),
        held_out=held_out,
        test_rule="" if rule == "split column" else rule,
        leak=told("tags", LEAK_TAG),
        leak_kinds=tuple(filter(None, told("tags", KINDS_TAG).split(", "))),
        metrics=dict(line[0].data.metrics) if line else {},
        num_test=int(number) if number.isdecimal() else held_out.num_clips,
        commit=commit,
        is_dirty=is_dirty,
    )


def _code_of(client: Any, line: Sequence[Any]) -> tuple[str, bool | None]:
    """Tell commit and whether the code differed from it, by params and tags, else by a recipe.

    A training that began in another folder than that of its repository has it in its recipe alone.
    """
    for run in line:
        commit = run.data.params.get("code_commit") or run.data.tags.get(_GIT_TAG)
        if commit:
            dirty = run.data.params.get("code_dirty", "")
            return commit, {"yes": True, "no": False}.get(dirty)
    for run in line:
        if COMMAND_TAG in run.data.tags:
            code = kept_code(client, run)
            return code.commit or "", code.changed
    return "", None


def _line_of(client: Any, run_id: str) -> list[Any]:
    """Give a run, the run that it is nested in, and so on."""
    line = [client.get_run(run_id)]
    while (around := parent_run(client, line[-1])) is not None:
        if len(line) > 20:
            raise TrackingError(f"MLflow run {run_id} is nested in more than 20 others")
        line.append(around)
    return line


def _training(run: Any) -> tuple[PinnedInput, ...]:
    return tuple(sorted({p for p in pinned_inputs(run) if p.context == TRAINING_CONTEXT}))
