"""Leaks: clips of different splits that share something. Finds them, or certifies that none is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.split.components import (
    Codes,
    chosen_of,
    components,
    first_clips,
)
from audioset.curation.split.shared import (
    CODED_COLUMNS,
    NearPairs,
    Shared,
    by_clip_id,
    compare_sounds,
    find_shared,
    numbers_of,
    only,
    shared_columns,
)
from audioset.curation.workspace.clip_sets import ClipSet, without_rejected
from audioset.engine import Progress, no_progress
from audioset.records.manifest import manifest_schema
from audioset.records.overlap import MOST_EXAMPLES
from audioset.records.speaker_names import names_alike
from audioset.records.split_report import (
    SPLITS,
    SplitCertificate,
    SplitLeak,
    SplitOptions,
    SplitTotal,
)
from audioset.storage.arrays import bytes_of_texts, code_columns, coded_schema, least_kind

_HASHED_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The split of every clip as a number.

    Attributes:
        names: of the splits; `SPLITS` first, the more held out the later.
        of_clip: shape (number of clips,), place in `names`; -1 without a split.
    """

    names: tuple[str, ...]
    of_clip: NDArray[np.int16]

    def name_of(self, clip: int) -> str | None:
        """Give the split of a clip by its number."""
        side = int(self.of_clip[clip])
        return self.names[side] if side >= 0 else None


def split_names(*columns: pa.ChunkedArray) -> tuple[str, ...]:
    """Give `SPLITS`, then other names that the columns hold: older data may have any."""
    found = {name for column in columns for name in pc.unique(column).to_pylist()}
    return (*SPLITS, *sorted(found - {*SPLITS, None}))


def sides_of(column: pa.ChunkedArray, names: tuple[str, ...] | None = None) -> Sides:
    """Number the splits of a column by `names`, or by `split_names` of the column."""
    names = names or split_names(column)
    found = pc.index_in(column, value_set=pa.array(names, pa.string()))
    return Sides(names, np.asarray(pc.fill_null(found, -1)).astype(np.int16))


def firsts_of(codes: Codes, sides: Codes, num_sides: int) -> Codes:
    """Give the first clip of every group in every split, shape (groups, splits).

    The number of clips stands where there is none. The last row is that of clips in no group.
    """
    groups = int(codes.max(initial=-1)) + 1
    held = np.where((codes >= 0) & (sides >= 0), codes * np.int64(num_sides) + sides, -1)
    none = np.full(num_sides, len(codes))
    firsts = np.append(first_clips(held, groups * num_sides), none)
    return firsts.reshape(groups + 1, num_sides).astype(least_kind(len(codes)), copy=False)


def partners_of(codes: Codes, sides: Codes, num_sides: int) -> Codes:
    """Give for every clip one that it shares something with, in a split that is held out more.

    Returns:
        Shape (number of clips,); -1 where there is none.
    """
    firsts = firsts_of(codes, sides, num_sides)
    partners = np.full(len(codes), -1, firsts.dtype)
    for side in range(1, num_sides):
        candidates = firsts[:, side][codes]
        leaks = (sides >= 0) & (sides < side) & (candidates < len(codes)) & (codes >= 0)
        np.copyto(partners, candidates, where=leaks)
    return partners


def list_leaks(
    rows: pa.Table, shared: Shared, sides: Sides, *, at_most: int | None = None
) -> tuple[int, list[SplitLeak]]:
    """Give how many clips leak, and each of them in the order of the rows, or the first of them.

    Args:
        rows: `shared_columns`; only clips that have a split, since others join what does not leak.
        shared, sides: of these rows.
        at_most: leaks to give; all when None.
    """
    partners = {
        kind: partners_of(codes, sides.of_clip, len(sides.names)) for kind, codes in shared.items()
    }
    leaking = np.flatnonzero(np.logical_or.reduce([each >= 0 for each in partners.values()]))
    ids = rows["clip_id"]
    leaks = []
    for clip in leaking[:at_most].tolist():
        kinds = [kind for kind in partners if partners[kind][clip] >= 0]
        other = int(partners[kinds[-1]][clip])
        leaks.append(
            SplitLeak(
                clip_id=ids[clip].as_py(),
                split=str(sides.name_of(clip)),
                other_id=ids[other].as_py(),
                other_split=str(sides.name_of(other)),
                kinds=tuple(kinds),
            )
        )
    return len(leaking), leaks


def certify(
    rows: pa.Table,
    sides: Sides,
    near: NearPairs,
    *,
    name: str,
    options: SplitOptions,
    wanted: bool = False,
) -> SplitCertificate:
    """Compare all clips that share something by their splits.

    Args:
        rows: `shared_columns` of all clips, in the order of their ids.
        sides: of these rows.
        near: samples that are nearly the same sound.
        name: what is certified.
        options: give the kinds that are looked for.
        wanted: whether the ratios of the options were wanted of these splits.
    """
    placed, shared, placed_sides = _placed(rows, sides, options, near)
    every = shared if len(placed) == len(rows) else find_shared(rows, options, near)
    groups = components(every.values(), len(rows))
    num_leaking, examples = list_leaks(placed, shared, placed_sides, at_most=MOST_EXAMPLES)
    return SplitCertificate(
        name=name,
        kinds=options.by,
        min_words=options.min_words,
        near_compared=near.compared,
        num_without_audio=near.num_without_audio,
        digest=_digest(rows["clip_id"], sides),
        num_clips=len(rows),
        num_groups=int(groups.max(initial=-1)) + 1,
        splits=_totals(rows, groups, sides, options.ratios if wanted else ()),
        edges={kind: _pairs(codes) for kind, codes in shared.items()},
        leaks={kind: _leaking_pairs(codes, placed_sides) for kind, codes in shared.items()},
        num_leaking=num_leaking,
        examples=tuple(examples),
        one_speaker=_held_as_one(rows["speaker"]) if "speaker" in options.by else (),
    )


def _held_as_one(speakers: pa.ChunkedArray) -> tuple[tuple[str, ...], ...]:
    return names_alike(pc.unique(speakers).to_pylist())


def certify_clips(
    clips: ClipSet,
    options: SplitOptions,
    *,
    near_limit: float | None,
    progress: Progress = no_progress,
) -> SplitCertificate:
    """Certify the splits of clips as they stand; rejected ones are left out.

    Args:
        near_limit: greatest share of fingerprint bits in which near-duplicates differ; None
            compares no sounds.
    """
    rows = read_shared_rows(clips, options, with_sounds=near_limit is not None)
    near = compare_sounds(
        rows, options, audio=clips.audio, near_limit=near_limit, progress=progress
    )
    return certify(rows, sides_of(rows["split"]), near, name=clips.name, options=options)


def find_leaks(clips: ClipSet, options: SplitOptions, near: NearPairs) -> list[SplitLeak]:
    """Give every clip that leaks to a split that is held out more; rejected ones are left out."""
    rows = read_shared_rows(clips, options, with_sounds=False)
    return list_leaks(*_placed(rows, sides_of(rows["split"]), options, near))[1]


def _placed(
    rows: pa.Table, sides: Sides, options: SplitOptions, near: NearPairs
) -> tuple[pa.Table, Shared, Sides]:
    """Give the clips that have a split, what they share, and their splits."""
    inside = sides.of_clip >= 0
    placed = only(rows, inside)
    placed_sides = Sides(sides.names, chosen_of(sides.of_clip, inside))
    return placed, find_shared(placed, options, near), placed_sides


def read_shared_rows(
    clips: ClipSet, options: SplitOptions, *, with_sounds: bool = True
) -> pa.Table:
    """Read what clips may share, in the order of clip ids, without rejected clips.

    Args:
        with_sounds: also by what their sounds are found.
    """
    columns = shared_columns(options, with_sounds=with_sounds)
    schema = coded_schema(manifest_schema(), columns, CODED_COLUMNS)
    batches = (code_columns(without_rejected(b), schema) for b in clips.scan(columns))
    return by_clip_id(pa.Table.from_batches(batches, schema=schema).unify_dictionaries())


def has_two_splits(clips: ClipSet) -> bool:
    """Tell whether there is anything to leak; reads one column."""
    names: set[str] = set()
    for batch in map(without_rejected, clips.scan(("split", "accepted"))):
        names.update(name for name in pc.unique(batch.column("split")).to_pylist() if name)
    return len(names) > 1


def _pairs(codes: Codes) -> int:
    """Count the pairs of clips with equal codes."""
    counts = np.bincount(chosen_of(codes, codes >= 0))
    return int((counts * (counts - 1) // 2).sum())


def _leaking_pairs(codes: Codes, sides: Sides) -> int:
    """Count those pairs whose clips are in different splits."""
    same_split = np.where(codes >= 0, codes * np.int64(len(sides.names)) + sides.of_clip, -1)
    return _pairs(codes) - _pairs(same_split)


def _digest(ids: pa.ChunkedArray, sides: Sides) -> str:
    """Hash the assignment: one line per clip, its id, a tab and its split."""
    sha256 = hashlib.sha256(b"audioset split 1\n")
    ends = pa.array([f"\t{name}\n" for name in (*sides.names, "")])
    places = np.where(sides.of_clip < 0, len(sides.names), sides.of_clip)
    for start in range(0, len(ids), _HASHED_AT_ONCE):
        some = ids.slice(start, _HASHED_AT_ONCE).combine_chunks()
        lines = pc.binary_join_element_wise(
            some, ends.take(pa.array(places[start:][: len(some)])), ""
        )
        sha256.update(bytes_of_texts(lines))
    return sha256.hexdigest()


def _totals(
    rows: pa.Table, labels: Codes, sides: Sides, ratios: Sequence[float]
) -> tuple[SplitTotal, ...]:
    seconds = np.asarray(rows["length_seconds"])
    speakers = numbers_of(rows["speaker"])
    whole = float(seconds.sum())
    totals = []
    for side, name in (*enumerate(sides.names), (-1, None)):
        mask = sides.of_clip == side
        if not mask.any() and (side < 0 or side >= len(ratios)):
            continue
        length = float(seconds[mask].sum())
        totals.append(
            SplitTotal(
                name=name,
                num_clips=int(mask.sum()),
                length_seconds=length,
                num_speakers=len(np.unique(speakers[mask & (speakers >= 0)])),
                num_groups=len(np.unique(labels[mask])),
                share=length / whole if whole else 0.0,
                wanted_share=ratios[side] if 0 <= side < len(ratios) else None,
            )
        )
    return tuple(totals)
