"""Which two clips a kind joins, and by what: so that people see why all hangs together."""

import numpy as np
import pyarrow as pa

from audioset.curation.split.components import components
from audioset.curation.split.shared import Shared


def name_joined(table: pa.Table, shared: Shared, kind: str) -> str:
    """Name two clips of the largest group that only this kind joins; of takes, also their line.

    Args:
        table: `shared_columns` of the clips.
        shared: what they share.
        kind: of `shared`.

    Returns:
        `a-1f and b-2c: line 1, 'five', both by 'ada'`, or nothing where there are no such two.
    """
    found = _joined_pair(shared, kind, len(table))
    if found is None:
        return ""
    one, other = (table.slice(place, 1).to_pylist()[0] for place in found)
    named = f"{one['clip_id']} and {other['clip_id']}"
    if kind != "takes":
        return named
    told = [f"line {one['line']}"]
    if one["text"] == other["text"] and one["text"]:
        told.append(repr(one["text"]))
    if one["source_sha256"] == other["source_sha256"]:
        told.append("of one recording")
    else:
        speaker = one["speaker"]
        told.append(f"both by {speaker!r}" if speaker else "neither with a speaker")
    return f"{named}: {', '.join(told)}"


def _joined_pair(shared: Shared, kind: str, number: int) -> tuple[int, int] | None:
    """Give two clips with one code of a kind that nothing else joins."""
    groups = components(shared.values(), number)
    apart = components([codes for name, codes in shared.items() if name != kind], number)
    inside = (groups == np.bincount(groups).argmax()) & (shared[kind] >= 0)
    places = np.flatnonzero(inside)
    codes, labels = shared[kind][places], apart[places]
    order = np.lexsort((labels, codes))
    met = np.flatnonzero((np.diff(codes[order]) == 0) & (np.diff(labels[order]) != 0))
    if not len(met):
        return None
    one, other = sorted(places[order[met[0] : met[0] + 2]].tolist())
    return one, other
