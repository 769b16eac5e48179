"""How a workspace stands: every part is asked, and none that is silent keeps the others from it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from audioset.errors import AudiosetError, one_line
from audioset.hiding import hide
from audioset.question import CHECK_THE_NETWORK, Question
from audioset.records.workspace_status import (
    ClipTotals,
    NextPublish,
    PlaceAnswer,
    SourceTotals,
    WorkspaceStatus,
)
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.curation.workspace.laid_over import Decisions
    from audioset.curation.workspace.working import Working
    from audioset.records.identity import VersionRef
    from audioset.records.version import VersionRecord
    from audioset.settings import Settings
    from audioset.storage.store import Store
    from audioset.tracking.client import Tracking

Found = TypeVar("Found")

_FAR_SECONDS = 5.0  # for store, catalog and MLflow together, since they are asked at once
# What lies on this machine is slow where the machine is busy, and not silent for that.
_HERE_SECONDS = 60.0
_ROWS_SECONDS = 20.0  # for the rows of a version in a store that is far away


def read_status(settings: "Settings", working: "Working", tracking: "Tracking") -> WorkspaceStatus:
    """Look at every part of a workspace. Nothing is written, and nothing raised for a part."""
    from audioset.curation.status import tell_problems, tell_steps
    from audioset.curation.workspace.effective import read_decisions
    from audioset.storage.store import open_store
    from audioset.tracking.client import ask_known_versions
    from audioset.versions.read.resolve import list_readable_versions

    dataset = working.name
    asked_store = _ask(
        settings.store, lambda: list_readable_versions(open_store(settings.store), dataset)
    )
    asked_mlflow = _ask(settings.tracking, lambda: ask_known_versions(tracking, dataset))
    asked_catalog = _ask(settings.catalog, lambda: read_decisions(working))
    problems: list[str] = []
    sources = _try(problems, lambda: _count_sources(working, problems)) or SourceTotals()
    decisions, catalog_error = asked_catalog.try_answer()
    clips = _try(problems, lambda: _count_clips(working, decisions or {}))
    if decisions:
        problems += _try(problems, lambda: _tell_waiting(working)) or []
    records, store_error = asked_store.try_answer()
    publish = None
    if records is not None and decisions is not None and clips is not None:
        latest = records[-1] if records else None
        look = partial(_next_publish, open_store(settings.store), working, latest, decisions)
        publish = _try(problems, look)
    known, mlflow_error = asked_mlflow.try_answer()
    unlogged = None
    if records is not None and mlflow_error is None:
        unlogged = tuple(r.ref for r in records if (r.version, r.digest) not in (known or ()))
    places = (
        _store(settings.store, records, store_error),
        _catalog(settings.catalog, decisions, catalog_error),
        _tracking(settings.tracking, unlogged, mlflow_error, is_missing=known is None),
    )
    return WorkspaceStatus(
        folder=working.folder,
        dataset=dataset,
        places=places,
        sources=sources,
        clips=clips,
        next_publish=publish,
        unlogged=unlogged,
        problems=(
            *(f"{each.place} is silent: {each.error}" for each in places if each.error),
            *problems,
            *tell_problems(sources, clips),
        ),
        steps=tuple(tell_steps(working.folder, sources, clips, publish, unlogged)),
    )


def _ask(address: str, question: Callable[[], Found]) -> Question[Found]:
    is_here = "://" not in address or address.startswith(("file:", "sqlite:"))
    return Question(
        question,
        seconds=_HERE_SECONDS if is_here else _FAR_SECONDS,
        cure="the drive or another program keeps it busy" if is_here else CHECK_THE_NETWORK,
    )


def _try(problems: list[str], look: Callable[[], Found]) -> Found | None:
    """Look at a part; what is wrong with it becomes a problem."""
    try:
        return look()
    except AudiosetError as error:
        problems.append(one_line(error))
        return None


def _count_sources(working: "Working", problems: list[str]) -> SourceTotals:
    from audioset.curation.removed import read_removed
    from audioset.curation.status import count_sources

    if read_removed(working).going is not None:
        problems.append("a removal was broken off; the next command finishes it: audioset describe")
    return count_sources(working)


def _tell_waiting(working: "Working") -> list[str]:
    """Say which clips wait to be cut by edges that people moved."""
    from audioset.curation.shapes import list_waiting
    from audioset.records.reshape_report import tell_waiting

    return [*tell_waiting(list_waiting(working))]


def _count_clips(working: "Working", decisions: "Decisions") -> ClipTotals:
    from audioset.curation.status import count_clips

    return count_clips(working, decisions)


def _next_publish(
    store: "Store", working: "Working", latest: "VersionRecord | None", decisions: "Decisions"
) -> NextPublish:
    """Compare rows with those of the latest version, as a publish would."""
    from audioset.curation.workspace.effective import read_effective
    from audioset.versions.diff import diff_rows, table_input, version_input
    from audioset.versions.read.digest import table_digest

    def compare() -> NextPublish:
        rows = read_effective(working, decisions=decisions)
        after = table_input(store, working.name, rows, name=working.name)
        kept, left_out = rows.num_rows - after.num_withdrawn, after.num_withdrawn
        if latest is None:
            return NextPublish(latest=None, num_added=kept, num_left_out=left_out)
        if table_digest(after.batches) == latest.digest:  # nothing need be fetched
            return NextPublish(latest=latest.ref, num_unchanged=kept, num_left_out=left_out)
        lacking = _find_not_here(store, working, latest)
        found = diff_rows(version_input(store, latest), after)
        named = {pair.after.clip_id for pair in found.recut}
        named |= {text.clip_id for text in found.retexted}
        named |= {label.clip_id for label in found.relabelled}
        return NextPublish(
            latest=latest.ref,
            num_added=len(found.added),
            num_removed=sum(clip.clip_id not in lacking for clip in found.removed),
            num_not_here=len(lacking),
            num_changed=len(named) + found.num_remeasured,
            num_unchanged=found.num_unchanged,
            num_left_out=left_out,
        )

    # On this machine it takes as long as there are rows; far away it may take for ever.
    return Question(compare, seconds=None if store.is_local else _ROWS_SECONDS).answer()


def _find_not_here(store: "Store", working: "Working", latest: "VersionRecord") -> frozenset[str]:
    """Find the clips of the latest version that the workspace lacks, and nobody took out here."""
    import pyarrow as pa

    from audioset.curation.status import read_held
    from audioset.versions.onto import find_lacking
    from audioset.versions.read.parent import find_parent
    from audioset.versions.read.resolve import scan_version

    def rows(record: "VersionRecord") -> pa.Table:
        columns = ("clip_id", "source_id", "source_sha256")
        return pa.Table.from_batches(scan_version(store, record, columns))

    parent, base = find_parent(store, working.folder, working.name)
    whole = base if parent is not None and parent.is_whole else None
    if not latest.num_clips or (whole is not None and whole.ref == latest.ref):
        return frozenset()
    theirs = rows(latest)
    lacking = find_lacking(theirs, read_held(working), None if whole is None else rows(whole))
    return frozenset(theirs["clip_id"].filter(lacking).to_pylist())


def _store(
    address: str, records: "Sequence[VersionRecord] | None", error: AudiosetError | None
) -> PlaceAnswer:
    holds = "" if records is None else count(len(records), "version")
    missing = "://" not in address and not Path(address).exists()
    return _answer("store", address, holds, error, is_missing=missing)


def _catalog(
    address: str, decisions: "Decisions | None", error: AudiosetError | None
) -> PlaceAnswer:
    from audioset.catalog.decisions import catalog_is_missing

    holds = "" if decisions is None else count(len(decisions), "decision")
    return _answer("catalog", address, holds, error, is_missing=catalog_is_missing(address))


def _tracking(
    address: str,
    unlogged: "Sequence[VersionRef] | None",
    error: AudiosetError | None,
    *,
    is_missing: bool,
) -> PlaceAnswer:
    holds = "knows every version" if unlogged is not None else ""
    if unlogged:
        holds = f"lacks {count(len(unlogged), 'version')}"
    return _answer("tracking", address, holds, error, is_missing=is_missing)


def _answer(
    place: Literal["store", "catalog", "tracking"],
    address: str,
    holds: str,
    error: AudiosetError | None,
    *,
    is_missing: bool,
) -> PlaceAnswer:
    if error is not None:
        return PlaceAnswer(
            place=place,
            address=hide(address, address),
            state="silent",
            error=hide(one_line(error), address),
        )
    return PlaceAnswer(
        place=place,
        address=hide(address, address),
        state="not made yet" if is_missing else "answers",
        holds="" if is_missing else holds,
    )
