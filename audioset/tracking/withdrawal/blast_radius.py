"""What a withdrawal reaches: versions in the store, and the runs and models that MLflow links."""

from dataclasses import dataclass, field

from audioset.curation.sources import read_source_states
from audioset.curation.workspace.stored_places import find_touched, read_cut_rows
from audioset.curation.workspace.withdraw import find_working_reach
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError
from audioset.near_names import ask_whether
from audioset.records.lineage import Lineage
from audioset.records.withdrawal import Reach
from audioset.storage.rows.distinct import distinct_values
from audioset.storage.store import Store
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.lineage.trace import trace
from audioset.versions.forget import ForgetPlan, plan_forget

_NAMES_COMPARED = 10_000  # with one that nobody has
_COLUMNS = {"speaker": "speaker", "clip": "clip_id", "source": "source_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """What a withdrawal reaches.

    Attributes:
        recordings: `pcm_sha256` of the withdrawn recordings.
        num_working: how many of them are working clips.
        plans: one per dataset of the store that holds any of them, and for the workspace's own when
            it could publish them.
        lineages: of each version that holds any of them: runs, models and their aliases.
        speaker: who withdraws; None when clips or a source are named.
        source_names: file names of the sources that they were cut from, sorted.
        source_places: where these lie on this machine, or their addresses; of those that lie nobody
            knows where, the file names; sorted.
        reach: all of what is withdrawn.
    """

    recordings: frozenset[str]
    num_working: int
    plans: tuple[ForgetPlan, ...]
    lineages: tuple[Lineage, ...]
    speaker: str | None = None
    source_names: tuple[str, ...] = ()
    source_places: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)


def find_blast_radius(
    store: Store,
    tracking: Tracking,
    working: Working,
    dataset: str,
    selectors: dict[str, str | None],
) -> BlastRadius:
    """Find what a withdrawal would reach, in every dataset of the store; changes nothing.

    Args:
        selectors: "speaker", "clip" or "source" and its value; exactly one is not None.

    Raises:
        InvalidInputError: none is given, or several.
        NotFoundError: nobody has such clips, and nothing is left of an earlier withdrawal.
        TrackingError: MLflow did not answer: the reach is not known.
        StorageError: the store did not answer.
    """
    column, value = _selected(selectors)
    here = find_working_reach(working, column, value)
    # Twice: a recording that the selector finds in one dataset goes out of all others too.
    plans = _plans(store, dataset, column, value, here)
    reach = here
    for plan in plans:
        reach |= plan.reach
    shards = find_touched(read_cut_rows(working)[0], reach)
    plans = _plans(store, dataset, column, value, reach, shards)
    if not reach.recordings and not any(p.num_left_behind or p.sharing for p in plans):
        meant = _who_may_be_meant(working, column, value)
        raise NotFoundError(
            f"no clip of {column} {value!r} in {store.url} nor in {working.manifests_dir}"
            + (f"; {meant}" if meant else "")
        )
    refs = [str(affected.record.ref) for plan in plans for affected in plan.versions]
    return BlastRadius(
        recordings=reach.recordings,
        num_working=len(here.recordings),
        plans=tuple(plan for plan in plans if _is_needed(plan, dataset, here)),
        lineages=tuple(trace(ref, tracking, store, through_texts=False) for ref in refs),
        speaker=selectors.get("speaker"),
        source_names=tuple(sorted(reach.source_names)),
        source_places=_places_of(reach, working),
        reach=reach,
    )


def _places_of(reach: Reach, working: Working) -> tuple[str, ...]:
    hashes = {span.partition("-")[0] for span in reach.spans} | reach.sources
    found = [
        state
        for state in read_source_states(working).sources
        if state.sha256 in hashes and state.state in ("here", "renamed", "remote")
    ]
    unknown = reach.source_names - {state.name for state in found}
    return tuple(sorted([*(str(state.path) for state in found), *unknown]))


def _plans(
    store: Store,
    dataset: str,
    column: str,
    value: str,
    also: Reach,
    shards: frozenset[str] = frozenset(),
) -> list[ForgetPlan]:
    """Plan for each dataset of the store and the workspace's own, which may have no version yet.

    Args:
        shards: that cuts of the workspace put into its own dataset, and that hold any of it.
    """
    return [
        plan_forget(
            store,
            name,
            column=column,
            value=value,
            also=also,
            also_shards=shards if name == dataset else frozenset(),
        )
        for name in dict.fromkeys([*store.list_folders(), dataset])
    ]


def _is_needed(plan: ForgetPlan, dataset: str, here: Reach) -> bool:
    """Tell whether there is something to do in a dataset.

    What was only cut yet, and is in no version, must not be published later either.
    """
    is_own = plan.dataset == dataset and bool(here.recordings)
    is_left = plan.sharing or plan.num_left_behind
    return bool(plan.versions or is_left or (is_own and plan.is_new))


def _selected(selectors: dict[str, str | None]) -> tuple[str, str]:
    given = [(_COLUMNS[by], value) for by, value in selectors.items() if value]
    if len(given) != 1:
        raise InvalidInputError("say what to forget by one of speaker, clip and source")
    return given[0]


def _who_may_be_meant(working: Working, column: str, value: str) -> str:
    """Ask for a name in the workspace that is like the one that nobody has."""
    paths = sorted(working.manifests_dir.glob("*.parquet"))
    try:
        known = distinct_values(paths, column, begun="", most=_NAMES_COMPARED)
    except ValueError:  # a manifest is damaged, which others tell
        return ""
    return ask_whether(value, known)
