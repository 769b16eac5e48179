"""Clips cut from the sound of a source by edges of people: the same bytes as a cut would give."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from audioset.curation.cut.one_pass import within
from audioset.curation.cut.write_clip import ClipWriter
from audioset.curation.reshape.sound import CutSound, SoundFacts, Wish
from audioset.curation.shapes.shape import SourceShape
from audioset.curation.workspace.clip_files import write_clip_file
from audioset.curation.workspace.working import Working
from audioset.records.identity import read_part
from audioset.records.lines import flag_name
from audioset.records.manifest import Clip, column_names
from audioset.records.reshaping import Edges

# What a clip is, and what is measured of it; all else was said of it, and stays.
_OF_THE_SOUND = (
    "clip_id",
    "pcm_sha256",
    *column_names(group="time"),
    *column_names(group="quality"),
    *column_names(group="storage"),
)
# Flags of an aligner about edges that are no more.
_ABOUT_EDGES = frozenset(
    (
        "unexplained_speech",
        "inner_pause",
        "edge_in_speech",
        "odd_length",
        "aligners_disagree",
        "words_missing",
    )
)


def cut_clips(
    working: Working, shape: SourceShape, sound: CutSound, wanted: Mapping[str, Edges]
) -> Iterator[tuple[str, Clip]]:
    """Cut clips under temporary names, and yield their roots and rows as they will be.

    Clips that do not lie in the source are left out.

    Args:
        working: the workspace.
        shape: of the source.
        sound: of the source.
        wanted: edges by root.

    Raises:
        NotFoundError: the source is not there.
        MediaError: it cannot be used.
        StorageError: a clip cannot be written.
    """
    rate = _rate_of(shape, sound)
    to_rate = rate / shape.source.sampling_rate
    left: dict[Wish, list[str]] = {}
    for root, edges in sorted(wanted.items(), key=lambda each: each[1]):
        start, end = (round(at * to_rate) for at in (edges.start_sample, edges.end_sample))
        left.setdefault(Wish(start, end, _channel_of(shape, root)), []).append(root)
    wishes = [wish for wish, roots in left.items() for _ in roots]
    writer: ClipWriter | None = None
    for cut in sound.cut(wishes):
        writer = writer or _writer(working, shape, sound.facts())
        wish = _wish_of(Wish(cut.mark.start, cut.mark.end, cut.channel), left)
        root = left[wish].pop()
        clip = within(writer.write(cut), shape.source.num_samples)
        yield root, _as_said_of(shape.base_of(root), clip)


def _rate_of(shape: SourceShape, sound: CutSound) -> int:
    if shape.table.num_rows:
        return int(shape.table["sampling_rate"][0].as_py())
    return sound.facts().rate


def _channel_of(shape: SourceShape, root: str) -> int:
    """Give the number of the source's channel that a clip holds; of a mix, that which is given."""
    part = read_part(root, shape.source.source_id)
    return part[1] or 1 if part else 1


def _wish_of(cut: Wish, left: Mapping[Wish, list[str]]) -> Wish:
    """Find the wish that a clip fulfils: its end may lie behind that of the source."""
    if left.get(cut):
        return cut
    return next(
        wish
        for wish, roots in left.items()
        if roots and (wish.start, wish.channel) == (cut.start, cut.channel) and wish.end > cut.end
    )


def _writer(working: Working, shape: SourceShape, facts: SoundFacts) -> ClipWriter:
    return ClipWriter(
        source=shape.source,
        facts=shape.facts,
        put=partial(write_clip_file, working.clips_dir, hold=True),
        rate=facts.rate,
        bit_depth=facts.bit_depth,
        track=facts.track,
        keeps_channel=facts.heard != "mix",
    )


def _as_said_of(base: Clip | None, clip: Clip) -> Clip:
    """Give a clip what was said of the one before: text, line, speaker, facts."""
    if base is None:
        return clip
    flags = [
        flag
        for flag in (base.flags or "").split(",")
        if flag and flag_name(flag) not in _ABOUT_EDGES
    ]
    measured = {name: getattr(clip, name) for name in _OF_THE_SOUND}
    return replace(base, **measured, flags=",".join(flags) or None)
