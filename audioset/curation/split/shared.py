"""What clips share with each other: speaker, source, sentence, takes, the same recording.

Held in memory are the columns of the wanted kinds: some 70 bytes per clip for speakers and sources,
0.6 kB for all kinds, and for near-duplicates what `near_duplicates` needs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.duplicates.find import find_near_samples
from audioset.curation.split.components import Codes, components, join_pairs
from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, ClipAudio
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.engine import Progress, no_progress
from audioset.records.manifest import manifest_schema
from audioset.records.overlap import LEAST_SHARED_SECONDS
from audioset.records.speaker_names import fold_speaker
from audioset.records.split_report import SplitOptions
from audioset.storage.rows.sentences import number_sentences

Shared = Mapping[str, Codes]  # by kind, in the order of `KINDS`

SHARED_COLUMNS = (
    *PLACE_COLUMNS, "source_sha256", "pcm_sha256", "speaker", "text", "language", "line", "track",
    "channel", "start_seconds", "end_seconds", "length_seconds", "accepted", "split",
)  # fmt: skip
# Of few values, which are held once each.
CODED_COLUMNS = ("source_sha256", "speaker", "language")
_ALWAYS = ("clip_id", "speaker", "length_seconds", "accepted", "split")
_OF_KIND = {
    "speaker": ("speaker",),
    "source": ("source_sha256",),
    "sentence": ("text", "language"),
    "takes": ("source_sha256", "speaker", "text", "language", "line"),
    "duplicates": SHARED_COLUMNS,
}


def shared_columns(options: SplitOptions, *, with_sounds: bool = True) -> tuple[str, ...]:
    """Give those of `SHARED_COLUMNS` that the kinds of the options need.

    Args:
        with_sounds: also those by which sounds are found and compared.
    """
    needed = {*_ALWAYS, *(name for kind in options.by for name in _OF_KIND[kind])}
    if not with_sounds:
        needed -= {*PLACE_COLUMNS} - {*_ALWAYS}
    return tuple(name for name in SHARED_COLUMNS if name in needed)


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Which samples are nearly the same sound.

    Attributes:
        pairs: of `pcm_sha256`.
        compared: whether sounds were compared at all.
        num_without_audio: clips whose sound could not be read for that.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    compared: bool = False
    num_without_audio: int = 0


def compare_sounds(
    rows: pa.Table,
    options: SplitOptions,
    *,
    audio: ClipAudio,
    near_limit: float | None,
    progress: Progress = no_progress,
) -> NearPairs:
    """Compare the sounds of all clips, unless duplicates may be shared.

    Args:
        rows: `shared_columns` of all clips.
        audio: reads their sound.
        near_limit: greatest share of fingerprint bits in which near-duplicates differ; None
            compares nothing.
    """
    if near_limit is None or "duplicates" not in options.by:
        return NearPairs()
    accepted = rows.schema.get_field_index("accepted")
    all_of_them = rows.set_column(accepted, "accepted", pa.nulls(len(rows), pa.bool_()))
    clips = ClipSet("clips", lambda columns: _plain_batches(all_of_them.select(columns)), audio)
    pairs, without_audio = find_near_samples(clips, near_limit=near_limit, progress=progress)
    return NearPairs(pairs, compared=True, num_without_audio=without_audio)


def _plain_batches(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([manifest_schema().field(name) for name in rows.column_names])
    return (batch.cast(schema) for batch in rows.to_batches())


def find_shared(rows: pa.Table, options: SplitOptions, near: NearPairs) -> Shared:
    """Find what clips share, by the kinds of `options.by` in their order.

    Takes and duplicates are joined in chains, so what they say holds among the given clips only.

    Args:
        rows: `shared_columns` of the clips.
        near: samples that are nearly the same sound; others than those of the rows do not count.
    """
    texts = cache(lambda: number_sentences(rows["text"], rows["language"]))
    makers = {
        "speaker": lambda: _alike(rows["speaker"], fold_speaker),
        "source": lambda: _encode(rows["source_sha256"]),
        "sentence": lambda: _sentences(*texts(), options.min_words),
        "takes": lambda: _takes(rows, texts),
        "duplicates": lambda: _same_recording(rows, near.pairs),
    }
    return {kind: makers[kind]() for kind in options.by}


def only(rows: pa.Table, chosen: NDArray[np.bool_]) -> pa.Table:
    """Give some rows; no copy of them where it is all, as it mostly is."""
    return rows if chosen.all() else rows.filter(pa.array(chosen))


def by_clip_id(rows: pa.Table) -> pa.Table:
    """Give rows in the order of their clip ids; no copy of them where they are in it."""
    ids = rows["clip_id"]
    ascends = pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py()
    return rows if ascends else rows.sort_by("clip_id")


def _encode(column: pa.ChunkedArray) -> Codes:
    """Number equal texts; null and blank ones share nothing."""
    encoded = _encoded(column)
    blank = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(encoded.dictionary)), 0)
    numbers = np.append(np.where(blank, -1, np.arange(len(blank))), -1).astype(np.int32)
    codes: Codes = numbers[_indices(encoded)]
    return codes


def numbers_of(column: pa.ChunkedArray) -> Codes:
    """Number equal texts; null is -1."""
    return _indices(_encoded(column))


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if pa.types.is_dictionary(column.type):
        return column.unify_dictionaries().combine_chunks()
    return column.combine_chunks().dictionary_encode()


def _indices(encoded: pa.DictionaryArray) -> Codes:
    numbers: Codes = np.asarray(pc.fill_null(encoded.indices, -1))
    return numbers


def _sentences(codes: Codes, words: Codes, min_words: int) -> Codes:
    return np.where((codes >= 0) & (words[codes] >= min_words), codes, -1)


def _alike(column: pa.ChunkedArray, fold: Callable[[str], str]) -> Codes:
    """Number texts that are equal when folded; null and empty ones share nothing."""
    encoded = _encoded(column)
    numbers: dict[str, int] = {}
    of_text = [
        numbers.setdefault(folded, len(numbers)) if folded else -1
        for folded in map(fold, encoded.dictionary.to_pylist())
    ]
    return np.array([*of_text, -1], np.int32)[_indices(encoded)]


def _takes(rows: pa.Table, texts: Callable[[], tuple[Codes, Codes]]) -> Codes:
    """Join clips of one line of one source, and those of one line with one text by one speaker.

    Who reads the same line with the same text in two recordings, reads one transcript twice,
    however short the line is. Others who read it too are not taking it again: what they share is
    the sentence. Clips of nobody known are held to be by one speaker.
    """
    lines = np.asarray(pc.fill_null(pc.cast(rows["line"], pa.int64()), -1))
    if not (lines >= 0).any():
        return lines
    sources, sentences = _encode(rows["source_sha256"]), texts()[0]
    spoken = _both(lines, _alike(rows["speaker"], fold_speaker) + 1)
    _, spoken = np.unique(spoken, return_inverse=True)  # or three factors might not fit
    joined = components([_both(sources, lines), _both(sentences, spoken)], len(lines))
    return np.where(lines >= 0, joined, -1)


def _both(one: Codes, other: Codes) -> Codes:
    """Number equal pairs; -1 where either is -1."""
    width = int(other.max(initial=0)) + 1
    both = np.multiply(one, width, dtype=np.int64) + other
    return np.where((one >= 0) & (other >= 0), both, -1)


def _same_recording(rows: pa.Table, pairs: Sequence[tuple[str, str]]) -> Codes:
    """Join clips of equal samples, of overlapping spans of a source, and near-duplicates."""
    samples = rows["pcm_sha256"].combine_chunks()
    places = [
        np.asarray(pc.fill_null(pc.index_in(pa.array(side, pa.string()), value_set=samples), -1))
        for side in (zip(*pairs, strict=True) if pairs else ((), ()))
    ]
    here = (places[0] >= 0) & (places[1] >= 0)
    near = join_pairs(places[0][here], places[1][here], len(rows))
    return components([numbers_of(rows["pcm_sha256"]), _overlapping(rows), near], len(rows))


def _overlapping(rows: pa.Table) -> Codes:
    """Join clips whose spans of the same source, track and channel overlap."""
    place = _both(numbers_of(rows["source_sha256"]), _small(rows["track"]))
    place = _both(place, _small(rows["channel"]))
    starts, ends = _floats(rows["start_seconds"]), _floats(rows["end_seconds"])
    # Each source gets a stretch of time of its own, so that one running maximum serves all.
    beyond = float(ends.max(initial=0.0)) + 1.0
    _, rank = np.unique(place, return_inverse=True)
    order = np.lexsort((starts, rank))
    starts = (starts + rank * beyond)[order]
    ends = (ends + rank * beyond)[order]
    furthest = np.maximum.accumulate(ends)
    holder = np.maximum.accumulate(np.where(ends == furthest, np.arange(len(ends)), 0))
    into = np.flatnonzero(starts[1:] < furthest[:-1] - LEAST_SHARED_SECONDS)
    return join_pairs(order[holder[into]], order[into + 1], len(rows))


def _small(column: pa.ChunkedArray) -> Codes:
    """Give a track or channel as a number; null, which is the first or the mix, as 0."""
    numbers: Codes = np.asarray(pc.fill_null(pc.cast(column, pa.int64()), 0))
    return numbers


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = np.asarray(column, np.float64)
    return numbers
