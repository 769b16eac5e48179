"""Rows of a table about clips that are not there, and which are perhaps meant."""

import difflib
from collections.abc import Collection, Mapping

from audioset.curation.workspace.laid_over import Decisions
from audioset.interop.clip_tables.base import Cells
from audioset.records.clip_table import UnknownSubject
from audioset.records.removed import Removed

_LOOKED_AFTER = 20  # rows for which the nearest id is looked for
_NEAREST_OF = 5_000  # ids among which it is
_SOURCE_LETTERS = 8  # that an id shares with those it is looked for among, where there are more


def find_unknown(
    subjects: Mapping[int, str],
    cells: Mapping[int, Cells],
    now: Collection[str],
    before: Collection[str],
    decided: Decisions,
    removed: Removed,
) -> tuple[UnknownSubject, ...]:
    """Find the rows whose clip is not there.

    Args:
        subjects: clip ids as the table says, by number of the row.
        cells: of each row; a row that names no clip and says nothing is none.
        now: ids of the clips that are there.
        before: of those that were exported.
        decided: all decisions, also about clips that are gone.
        removed: what a person took out of the workspace.
    """
    once = {clip for kind, clip, _ in decided if kind == "clip"}
    found: list[UnknownSubject] = []
    for number, clip in subjects.items():
        if clip in now or not (clip or any(cell.strip() for cell in cells[number].values())):
            continue
        by_name = _removed_as(clip, removed)
        is_gone = by_name is not None or clip in before or clip in once
        look = not is_gone and clip and len(found) < _LOOKED_AFTER
        nearest = _nearest(clip, now) if look else None
        found.append(
            UnknownSubject(
                row=number, subject_id=clip, is_gone=is_gone, removed=by_name, nearest=nearest
            )
        )
    return tuple(found)


def _removed_as(clip: str, removed: Removed) -> str | None:
    if clip in removed.clips:
        return clip
    ids = (source.source_id for source in removed.sources.values())
    return next((each for each in ids if clip.startswith(f"{each}-")), None)


def _nearest(clip: str, ids: Collection[str]) -> str | None:
    begun = [each for each in ids if each.startswith(clip) or clip.startswith(each)]
    if len(begun) == 1:
        return begun[0]
    alike = ids
    if len(ids) > _NEAREST_OF:
        alike = [each for each in ids if each[:_SOURCE_LETTERS] == clip[:_SOURCE_LETTERS]]
    if len(alike) > _NEAREST_OF:
        return None
    return next(iter(difflib.get_close_matches(clip, alike, 1, 0.8)), None)
