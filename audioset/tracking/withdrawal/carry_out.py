"""Carry out a withdrawal everywhere, and tell MLflow of the versions that go on without it."""

from dataclasses import dataclass, replace

from audioset.curation.workspace.left_words import erase_left_words
from audioset.curation.workspace.stored_places import find_touched, point_anew, read_cut_rows
from audioset.curation.workspace.withdraw import erase_speaker, withdraw_working_clips
from audioset.curation.workspace.working import Working
from audioset.engine import Progress
from audioset.errors import AudiosetError
from audioset.records.split_report import SplitOptions
from audioset.storage.store import Store
from audioset.tracking.client.client import backend_is_missing
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.renewed_pages import renew_pages
from audioset.tracking.published.version_run import log_version
from audioset.tracking.withdrawal.blast_radius import BlastRadius
from audioset.versions.forget import Forgotten, ShardsWithout, forget
from audioset.versions.read.resolve import list_readable_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReport:
    """What a withdrawal reaches and, unless it was a dry run, what was done.

    Attributes:
        radius: what it reaches.
        forgotten: what was done in each dataset, in the order of `radius.plans`; empty in a dry
            run.
        num_working_removed: working clips that were removed.
        tracking_error: why a new version was not logged in MLflow, or pages there that play or name
            what was withdrawn were not written anew, one line; `log` catches up.
    """

    radius: BlastRadius
    forgotten: tuple[Forgotten, ...] = ()
    num_working_removed: int = 0
    tracking_error: str | None = None


def carry_out(
    radius: BlastRadius,
    store: Store,
    tracking: Tracking,
    working: Working,
    split_options: SplitOptions,
    *,
    message: str,
    progress: Progress,
) -> ForgetReport:
    """Withdraw: from the store first, where others read, then from the workspace.

    Raises:
        ConflictError: somebody published or withdrew at the same moment; try again.
        IntegrityError: a shard is damaged.
        StorageError: the store or the disk refused.
    """
    cut_shards = _write_anew(radius, store, working)
    forgotten = tuple(
        forget(store, plan, message=message, progress=progress) for plan in radius.plans
    )
    if cut_shards is not None:
        cut_shards.remove_old()
    # Last: the rows tell a `forget` that comes after one that was broken off where to look.
    num_removed = withdraw_working_clips(working, radius.recordings)
    erase_left_words(
        working,
        {span for plan in radius.plans for span in plan.reach.spans},
        {source for plan in radius.plans for source in plan.reach.sources},
    )
    if radius.speaker is not None:
        erase_speaker(working, radius.speaker)
    report = ForgetReport(radius=radius, forgotten=forgotten, num_working_removed=num_removed)
    try:
        # First what plays or names them; a run of the new version never did.
        for plan in () if backend_is_missing(tracking) else radius.plans:
            records = list_readable_versions(store, plan.dataset)
            renew_pages(tracking, store, records, split_options, add_reports=False)
        for done in forgotten:
            if done.version is not None:
                log_version(done.version, tracking, store, split_options)
    except AudiosetError as error:  # the withdrawal stands; `audioset log` catches up
        return replace(report, tracking_error=str(error))
    return report


def _write_anew(radius: BlastRadius, store: Store, working: Working) -> ShardsWithout | None:
    """Write shards anew that cuts put into the store, and let working rows name the new ones."""
    rows, shards = read_cut_rows(working)
    if rows is None:
        return None
    touched = set(find_touched(rows, radius.reach))
    for plan in radius.plans:  # what a version has there goes as well
        touched |= plan.shards if plan.dataset == working.name else set()
    without = ShardsWithout(store, working.name, rows, radius.reach)
    moved = without.put(frozenset(touched & shards.keys()))
    point_anew(working, moved, without.left)
    return without
