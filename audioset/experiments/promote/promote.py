"""Promote a model: give it an alias when its data, its test and its score allow it."""

from dataclasses import replace
from datetime import UTC, datetime

from audioset.errors import InvalidInputError, NotFoundError
from audioset.experiments.compare.compare import choose_metric
from audioset.experiments.promote.checks import check_promotion
from audioset.records.metric import Direction, is_of_the_test, usual_direction
from audioset.records.promotion import Promotion, PromotionOutcome, previous_alias
from audioset.records.split_report import SplitOptions
from audioset.settings import user_name
from audioset.storage.store import Store
from audioset.tracking.client import Tracking
from audioset.tracking.models.promotions import carry_out, read_contest


def promote_model(
    model: str,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    alias: str,
    version: int | None = None,
    metric: str | None = None,
    direction: Direction | None = None,
    force: str | None = None,
    dry_run: bool = False,
) -> Promotion:
    """Check a model version, and give it the alias unless a check refuses.

    Args:
        model: `name`, `models:/name/3` or `models:/name@alias`.
        tracking: where MLflow is.
        store: of the versions.
        split_options: what splits must not share.
        alias: that it is to have.
        version: the one that `model` names, else the newest, when None.
        metric: that it must be better by; one of the test set that both have when None.
        direction: which way it is better; told by its name when None.
        force: why it is to be promoted whatever the checks say.
        dry_run: only tell what would be done.

    Raises:
        InvalidInputError: the model is named wrongly, or the reason is empty.
        NotFoundError: no such model or version.
        ConflictError: somebody moved the alias at the same moment.
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer.
    """
    if force is not None and not force.strip():
        raise InvalidInputError("say why the checks are to be passed over")
    contest = read_contest(model, version, alias, tracking)
    candidate, holder = contest.candidate, contest.holder
    found = Promotion(
        model=candidate.name,
        version=candidate.version,
        alias=alias,
        outcome="unchanged",
        holder=holder.version if holder is not None else None,
    )
    if found.holder == found.version:
        return found
    common = set(candidate.metrics) & set(holder.metrics if holder else candidate.metrics)
    chosen = metric or choose_metric(sorted(filter(is_of_the_test, common)))
    best_way = direction or usual_direction(chosen)
    found = replace(
        found,
        checks=check_promotion(contest, tracking, store, split_options, chosen, best_way),
        metric=chosen,
        direction=best_way,
        value=candidate.metrics.get(chosen),
        holder_value=holder.metrics.get(chosen) if holder else None,
    )
    if found.failures and force is None:
        return replace(found, outcome="refused")
    found = replace(found, forced=(force or "").strip() if found.failures else "")
    return replace(found, outcome="planned") if dry_run else _move(found, "promoted", tracking)


def roll_back(model: str, tracking: Tracking, *, alias: str, dry_run: bool = False) -> Promotion:
    """Give the alias back to the version that had it before; the two change places.

    Raises:
        NotFoundError: no such model, or no version had the alias before.
        ConflictError, TrackingError: as for `promote_model`.
    """
    contest = read_contest(model, None, alias, tracking)
    name = contest.candidate.name
    if contest.holder is None or contest.previous is None:
        raise NotFoundError(
            f"{name} has no alias {previous_alias(alias)!r}, so there is nothing to go back to"
        )
    found = Promotion(
        model=name,
        version=contest.previous,
        alias=alias,
        holder=contest.holder.version,
        outcome="planned",
    )
    return found if dry_run else _move(found, "rolled back", tracking)


def _move(promotion: Promotion, outcome: PromotionOutcome, tracking: Tracking) -> Promotion:
    done = replace(
        promotion,
        outcome=outcome,
        moved_by=user_name(),
        moved_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    carry_out(done, tracking)
    return done
