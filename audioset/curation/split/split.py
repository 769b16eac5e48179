"""`audioset split`: splits without leaks, that no clip ever leaves as the dataset grows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.split.components import (
    Codes,
    chosen_of,
    components,
)
from audioset.curation.split.joined import name_joined
from audioset.curation.split.leaks import Sides, certify
from audioset.curation.split.one_voice import join_speakers
from audioset.curation.split.plan import SplitPlan, kept_by_dropping, plan_splits
from audioset.curation.split.rows import ReadPublished, SplitRows, WhichRows, read_split_rows
from audioset.curation.split.shared import (
    NearPairs,
    Shared,
    compare_sounds,
    find_shared,
    only,
    shared_columns,
)
from audioset.curation.workspace.clip_audio import ClipAudio
from audioset.curation.workspace.working import Working
from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError, as_option
from audioset.records.split_changes import SplitChanges
from audioset.records.split_report import (
    LeftOutClip,
    SplitOptions,
    SplitReport,
)


def plan_split(
    working: Working,
    read_published: ReadPublished,
    options: SplitOptions,
    *,
    audio: ClipAudio,
    near_limit: float,
    withdrawn: WhichRows | None = None,
    anew: bool = False,
    alike: Sequence[tuple[str, str]] = (),
    progress: Progress = no_progress,
) -> SplitReport:
    """Plan a split for every working clip that nobody rejected; nothing is written.

    What a person decided holds. Then, unless `anew`, what the latest version that has the clip
    says, and what was decided by an earlier run.

    Args:
        read_published: given the ids of the working clips, ascending, gives what versions say of
            them, and the other clips that they hold, with `shared_columns`.
        audio: reads the sound of working and of published clips.
        near_limit: greatest share of fingerprint bits in which near-duplicates differ.
        withdrawn: tells which working clips were withdrawn and are not divided; none when None.
        anew: let clips change sides that were published or planned before.
        alike: pairs of speakers who are held to be one, as they sound like one voice.

    Raises:
        NotFoundError: there are no working clips.
        InvalidInputError: all clips hang together, so that nothing divides them.
    """
    rows = read_split_rows(
        working, read_published, shared_columns(options), withdrawn=withdrawn, anew=anew
    )
    rows = replace(rows, table=join_speakers(rows.table, alike))
    near = compare_sounds(
        rows.table, options, audio=audio, near_limit=near_limit, progress=progress
    )
    edges = find_shared(rows.table, options, near)
    _require_groups(rows, edges, options)
    plan = plan_splits(rows.clips, edges, options.ratios, options.seed)
    used = replace(options, seed=plan.seed)
    return replace(_report(rows, edges, near, plan, used, working.name), alike=tuple(alike))


def _report(
    rows: SplitRows,
    shared: Shared,
    near: NearPairs,
    plan: SplitPlan,
    options: SplitOptions,
    name: str,
) -> SplitReport:
    clips, active = rows.clips, rows.clips.active
    new = active & (clips.fixed < 0)
    after = Sides(rows.before.names, plan.sides)
    used = {kind: chosen_of(codes, active) for kind, codes in shared.items()}
    here = only(rows.table, active)
    share, joined_by = _largest_group(used, chosen_of(clips.seconds, active), options)
    certificate = certify(
        here,
        Sides(after.names, chosen_of(plan.sides, active)),
        near,
        name=name,
        options=options,
        wanted=True,
    )
    return SplitReport(
        options=options,
        num_new=int((new & (plan.sides >= 0)).sum()),
        num_kept=int((active & ~new & ~rows.by_people).sum()),
        num_by_people=int(rows.by_people.sum()),
        left_out=tuple(_left_out(rows, shared, plan)),
        changes=_changes(rows, plan),
        kept_seconds=float(clips.seconds[plan.sides >= 0].sum()),
        dropping_seconds=kept_by_dropping(clips, shared, options.ratios, plan.seed),
        largest_group_share=share,
        largest_joined_by=joined_by,
        largest_example=name_joined(here, used, joined_by) if joined_by else "",
        certificate=certificate,
        num_withdrawn=rows.num_withdrawn,
    )


def _changes(rows: SplitRows, plan: SplitPlan) -> SplitChanges:
    before = rows.before.of_clip
    changed = rows.clips.active & (plan.sides != before)
    return SplitChanges(
        only(rows.table.select(["clip_id"]), changed)["clip_id"],
        chosen_of(before, changed),
        chosen_of(plan.sides, changed),
        rows.before.names,
    )


def _left_out(rows: SplitRows, shared: Shared, plan: SplitPlan) -> list[LeftOutClip]:
    clips = rows.clips
    out = np.flatnonzero(clips.active & (clips.fixed < 0) & (plan.sides < 0))
    held = {kind: set(codes[clips.fixed >= 0].tolist()) - {-1} for kind, codes in shared.items()}
    return [
        LeftOutClip(
            clip_id=clips.ids[clip],
            length_seconds=float(clips.seconds[clip]),
            splits=tuple(rows.before.names[side] for side in np.flatnonzero(plan.touched[clip])),
            kinds=tuple(kind for kind, codes in shared.items() if codes[clip] in held[kind]),
        )
        for clip in out.tolist()
    ]


def _largest_group(
    shared: Shared, seconds: NDArray[np.float64], options: SplitOptions
) -> tuple[float, str | None]:
    """Give the share of the length that hangs together, and by which kind when it is too much."""
    share = _largest_share(shared.values(), seconds)
    if share <= max(options.ratios) or len(options.by) < 2:
        return share, None
    without = {
        kind: _largest_share([c for k, c in shared.items() if k != kind], seconds)
        for kind in shared
    }
    best = min(without, key=lambda kind: without[kind])
    return share, best if without[best] < share else None


def _largest_share(codes: Iterable[Codes], seconds: NDArray[np.float64]) -> float:
    labels = components(codes, len(seconds))
    lengths = np.bincount(labels, seconds)
    return float(lengths.max(initial=0.0) / max(lengths.sum(), 1e-9))


def _require_groups(rows: SplitRows, shared: Shared, options: SplitOptions) -> None:
    """Refuse to divide what hangs together as a whole, and tell what would divide it."""
    clips = rows.clips
    wanted = sum(ratio > 0 for ratio in options.ratios)
    number = int(clips.active.sum())
    if wanted < 2 or number < 2 or (clips.fixed >= 0).any():
        return
    if _num_groups(shared, options.by) > 1:
        return
    for left_out in range(1, len(options.by)):
        choices = [*combinations(options.by, len(options.by) - left_out)]
        # Of those that divide equally well, the one without the weakest kind.
        kept = max(reversed(choices), key=lambda kinds: _num_groups(shared, kinds))
        if _num_groups(shared, kept) >= wanted:
            gone = [kind for kind in options.by if kind not in kept]
            raise InvalidInputError(
                f"all {number} clips share {_shared(rows.table, shared, gone)}, so no split is "
                "free of that; to allow it, divide by the rest: "
                f"{as_option('by', ','.join(kept))}, or by under [split] in audioset.toml"
            )
    raise InvalidInputError(
        f"all {number} clips hang together by {', '.join(options.by)}, and leaving out some of "
        f"these does not give {wanted} groups; add other recordings, or decide splits by hand: "
        "audioset decide"
    )


def _num_groups(shared: Shared, kinds: Sequence[str]) -> int:
    codes = [shared[kind] for kind in kinds]
    return int(components(codes, len(codes[0])).max(initial=-1)) + 1


def _shared(table: pa.Table, shared: Shared, kinds: Sequence[str]) -> str:
    """Name what all clips share: `the speaker 'ada' and source`; of takes, two that are some."""
    columns = {"speaker": "speaker", "source": "source_sha256"}
    named = []
    for kind in kinds:
        values = pc.unique(table[columns[kind]]).to_pylist() if kind in columns else []
        one = f"the {kind} {values[0]!r}" if kind == "speaker" and len(values) == 1 else kind
        if kind == "takes" and (example := name_joined(table, shared, kind)):
            one = f"{kind} (such as {example})"
        named.append(one)
    return " and ".join(named)
