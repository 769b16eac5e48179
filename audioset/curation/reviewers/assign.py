"""Assign clips to reviewers, withdraw what was assigned, and tell how it stands."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from math import fsum
from typing import TYPE_CHECKING

from audioset.curation.reviewers.deal import Dealer, Dealt, choose_share
from audioset.curation.workspace.effective import read_all_effective, scan_effective
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError
from audioset.records.assignments import Assignment, AssignReport, ReviewerShare
from audioset.settings import user_name
from audioset.wording import some_of

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_CHARACTERS = 200  # of a name, in the catalog
_COLUMNS = ("clip_id", "source_id", "line", "length_seconds")


def assign(
    working: Working,
    reviewers: Iterable[str],
    *,
    where: str | None,
    review_pass: int,
    overlap: float,
    by: str | None,
    dry_run: bool,
) -> AssignReport:
    """Deal clips that are to be judged to reviewers; what is assigned stays.

    Args:
        working: the clips.
        reviewers: names.
        where: SQL condition on the columns; other clips stay out.
        review_pass: from 1; later ones are judged blind.
        overlap: share of them, 0 to 1, that a second one of the reviewers judges too, blind, in the
            next pass.
        by: who assigns; the user's name when None.
        dry_run: only tell.

    Raises:
        NotFoundError: nothing was cut yet.
        InvalidInputError: a name, pass or share that cannot be, or a bad condition.
        StorageError: a manifest or the catalog cannot be read or written.
    """
    names = parse_reviewers(reviewers)
    if review_pass < 1:
        raise InvalidInputError(f"passes count from 1; got {review_pass}")
    if not 0 <= overlap <= 1:
        raise InvalidInputError(f"overlap is a share from 0 to 1; got {overlap:g}")
    if overlap and len(names) < 2:
        raise InvalidInputError(
            f"clips that overlap are judged by two people, and only {names[0]} is named"
        )
    clips, standing, judged = _read_clips(working, where), *_read_reviews(working)
    done = {(one.clip_id, one.review_pass) for one in judged}
    dealer = Dealer(names, standing=standing, judged=judged)
    to_judge = [
        clip
        for clip in clips
        if dealer.holders(clip, review_pass) or (clip.clip_id, review_pass) not in done
    ]
    num_kept = sum(bool(dealer.holders(clip, review_pass)) for clip in to_judge)
    dealer.deal(to_judge, review_pass)
    if overlap:
        second = {
            clip.clip_id
            for clip in clips
            if dealer.holders(clip, review_pass + 1) or (clip.clip_id, review_pass + 1) in done
        }
        chosen = choose_share(clips, overlap, second)
        dealer.deal(
            [clip for clip in chosen if (clip.clip_id, review_pass + 1) not in done],
            review_pass + 1,
        )
    if not dry_run:
        working.catalog.assign(dealer.new, by=by or user_name())
    return AssignReport(
        num_clips=len(clips),
        num_new=len(dealer.new),
        num_kept=num_kept,
        num_judged=len(clips) - len(to_judge),
        num_without_other=dealer.num_without_other,
        dry_run=dry_run,
        shares=_share_out([*standing, *dealer.new], _read_clips(working), judged),
    )


def unassign(
    working: Working,
    reviewers: Iterable[str],
    *,
    where: str | None,
    review_pass: int | None,
    by: str | None,
    dry_run: bool,
) -> AssignReport:
    """Withdraw what was assigned to reviewers; what they have judged stays judged.

    Args:
        working: the clips.
        reviewers: names.
        where: SQL condition on the columns; other clips stay assigned. None for all, also those
            that are not in the workspace any more.
        review_pass: of which pass; of all when None.
        by: who withdraws; the user's name when None.
        dry_run: only tell.

    Raises:
        NotFoundError: nothing is assigned to such a reviewer.
        InvalidInputError: a bad condition.
        StorageError: a manifest or the catalog cannot be read or written.
    """
    names = parse_reviewers(reviewers)
    standing, judged = _read_reviews(working)
    _require_assigned(names, standing)
    chosen = None if where is None else {clip.clip_id for clip in _read_clips(working, where)}
    gone = [
        one
        for one in standing
        if one.reviewer in names
        and review_pass in (None, one.review_pass)
        and (chosen is None or one.clip_id in chosen)
    ]
    if not dry_run:
        working.catalog.assign(gone, by=by or user_name(), withdrawn=True)
    left = set(standing) - set(gone)
    return AssignReport(
        num_clips=len({one.clip_id for one in gone}),
        num_new=len(gone),
        dry_run=dry_run,
        shares=_share_out(left, _read_clips(working), judged),
    )


def list_shares(working: Working) -> tuple[ReviewerShare, ...]:
    """Tell what is assigned to whom, and how far it is; by pass, then name.

    Raises:
        StorageError: a manifest or the catalog cannot be read.
    """
    standing, judged = _read_reviews(working)
    return _share_out(standing, _read_clips(working), judged) if standing else ()


def parse_reviewers(words: Iterable[str]) -> tuple[str, ...]:
    """Give the names in words such as `mairi,ewan`, each once.

    Raises:
        InvalidInputError: there is none, or it cannot be a name.
    """
    given = list(words)
    names = [name.strip() for word in given for name in word.split(",")]
    bad = [n for n in names if not n or not n.isprintable() or len(n) > _MOST_CHARACTERS]
    if bad or not names:
        raise InvalidInputError(
            f"{','.join(given)!r} does not name reviewers; write mairi, or several with a comma: "
            "mairi,ewan"
        )
    return tuple(dict.fromkeys(names))


def _share_out(
    standing: Iterable[Assignment], clips: Iterable[Dealt], judged: Iterable[Assignment]
) -> tuple[ReviewerShare, ...]:
    seconds = {clip.clip_id: clip.length_seconds for clip in clips}
    done = set(judged) | {replace(one, reviewer="") for one in judged if one.review_pass == 1}
    told: dict[tuple[int, str], list[Assignment]] = {}
    for one in standing:
        told.setdefault((one.review_pass, one.reviewer), []).append(one)
    return tuple(_share(seconds, done, told[key]) for key in sorted(told))


def _share(
    seconds: Mapping[str, float], done: Container[Assignment], mine: Sequence[Assignment]
) -> ReviewerShare:
    """Sum up one share; in the first pass, whose word all share, anybody's verdict will do."""
    there = [one for one in mine if one.clip_id in seconds]
    ready = [one for one in there if one in done or replace(one, reviewer="") in done]
    return ReviewerShare(
        reviewer=mine[0].reviewer,
        review_pass=mine[0].review_pass,
        num_clips=len(there),
        length_seconds=fsum(seconds[one.clip_id] for one in there),
        num_judged=len(ready),
        judged_seconds=fsum(seconds[one.clip_id] for one in ready),
        num_gone=len(mine) - len(there),
    )


def _read_clips(working: Working, where: str | None = None) -> list[Dealt]:
    """Read the working clips that fulfil a condition, by their roots; takes belong together."""
    if not any(working.manifests_dir.glob("*.parquet")) and where is None:
        return []
    batches: Iterable[pa.RecordBatch]
    root_of = Roots.read(working).root_of
    if where is None:
        batches = scan_effective(working, _COLUMNS)
    else:
        batches = read_all_effective(working, where).select(_COLUMNS).to_batches()
    return [
        Dealt(root, f"{source_id} {line}" if line else root, length_seconds)
        for batch in batches
        for clip_id, source_id, line, length_seconds in zip(
            *(batch[name].to_pylist() for name in _COLUMNS), strict=True
        )
        for root in (root_of(clip_id),)
    ]


def _read_reviews(working: Working) -> tuple[list[Assignment], list[Assignment]]:
    """Give what is assigned, and which clips were judged by whom, in which pass."""
    return working.catalog.assignments(), working.catalog.judged()


def _require_assigned(names: Iterable[str], standing: Iterable[Assignment]) -> None:
    known = {one.reviewer for one in standing}
    missing = sorted(set(names) - known)
    if missing:
        shown = some_of(sorted(known), NAMES_SHOWN) if known else "nobody"
        raise NotFoundError(f"nothing is assigned to {missing[0]!r}; clips are assigned to {shown}")
