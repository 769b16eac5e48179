"""What people wrote about clips that are long gone, of speech that is withdrawn now."""

import re
from collections.abc import Collection, Iterable

from audioset.curation.workspace.effective import list_clip_ids
from audioset.curation.workspace.working import Working
from audioset.records.overlap import LEAST_SHARED_SECONDS
from audioset.records.withdrawal import place_of_clip_id, place_of_span

_SPAN_OF_PLACE = re.compile(r"(?P<part>-[tc0-9]+)?-(?P<start>[0-9]{9,})-(?P<end>[0-9]{9,})")


def erase_left_words(working: Working, spans: Iterable[str], sources: Iterable[str]) -> int:
    """Erase what was said of clips of withdrawn speech that a later cut replaced; gives how many.

    Their ids tell where they lay. Clips that are here keep what was said of them: those that were
    withdrawn are erased with their rows.

    Args:
        working: whose catalog it is.
        spans: that are withdrawn, as `make_span` writes them.
        sources: sha256 of sources that are withdrawn as a whole.

    Raises:
        StorageError: a manifest or the catalog cannot be read or written.
    """
    withdrawn: dict[str, list[str]] = {}
    for source, place in map(place_of_span, spans):
        withdrawn.setdefault(source, []).append(place)
    whole = {source[:8] for source in sources}
    kept = list_clip_ids(working) | list_clip_ids(working.aside)
    gone = [
        clip_id
        for clip_id in working.catalog.clip_ids() - kept
        if _is_of(clip_id, withdrawn, whole)
    ]
    if gone:
        working.catalog.erase("clip", sorted(gone))
    return len(gone)


def _is_of(clip_id: str, withdrawn: dict[str, list[str]], whole: Collection[str]) -> bool:
    """Tell whether a clip held speech of some spans or sources; of a source an id has 8 hex."""
    place = place_of_clip_id(clip_id)
    if place is None:
        return False
    return place[0] in whole or any(_meet(place[1], one) for one in withdrawn.get(place[0], ()))


def _meet(one: str, other: str) -> bool:
    """Tell whether two places of one source share more than a breath."""
    a, b = _SPAN_OF_PLACE.fullmatch(one), _SPAN_OF_PLACE.fullmatch(other)
    if a is None or b is None:
        return False
    shared = min(int(a["end"]), int(b["end"])) - max(int(a["start"]), int(b["start"]))
    return shared > 1000 * LEAST_SHARED_SECONDS
