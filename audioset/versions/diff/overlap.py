"""Do clips to train on overlap the test split of another version? Compares two manifests."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.errors import InvalidInputError
from audioset.records.manifest import manifest_schema
from audioset.records.overlap import LEAST_SHARED_SECONDS, MOST_EXAMPLES, Overlap, OverlappingClip
from audioset.records.speaker_names import fold_speaker
from audioset.records.version import VersionRecord
from audioset.storage.rows.sentences import number_sentences
from audioset.storage.store import Store
from audioset.versions.read.resolve import scan_version

_COLUMNS = (
    "clip_id",
    "pcm_sha256",
    "source_sha256",
    "track",
    "channel",
    "start_seconds",
    "end_seconds",
    "text",
    "language",
    "speaker",
    "split",
)
Partners = NDArray[np.int64]  # for each training clip a test clip, -1 for none


def find_overlap(
    store: Store,
    training: VersionRecord,
    test: VersionRecord,
    kinds: Sequence[str],
    *,
    min_words: int,
) -> Overlap:
    """Compare the training split of a version with the test split of another.

    A version without any split is trained on as a whole.

    Args:
        training, test: of any datasets in the store; may be the same version.
        kinds: of `OVERLAP_KINDS`.
        min_words: shorter sentences are no overlap.

    Raises:
        InvalidInputError: the other version has no test split.
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    tested = _read(store, test)
    tested = tested.filter(pc.fill_null(pc.equal(tested["split"], "test"), False))  # noqa: FBT003
    if not tested.num_rows:
        raise InvalidInputError(
            f"{test.ref} has no clip of split test, so nothing is frozen; name a version that has"
        )
    trained = _read(store, training)
    if trained["split"].null_count < trained.num_rows:
        is_train = pc.fill_null(pc.equal(trained["split"], "train"), False)  # noqa: FBT003
        trained = trained.filter(is_train)
    finders: dict[str, Callable[[pa.Table, pa.Table], Partners]] = {
        "clip": lambda one, other: _equal(one["clip_id"], other["clip_id"]),
        "samples": lambda one, other: _equal(one["pcm_sha256"], other["pcm_sha256"]),
        "span": _overlapping,
        "sentence": lambda one, other: _equal(*_sentences(one, other, min_words)),
        "speaker": lambda one, other: _equal(
            _folded(one["speaker"], fold_speaker), _folded(other["speaker"], fold_speaker)
        ),
    }
    places = {kind: finders[kind](trained, tested) for kind in kinds}
    return _overlap(trained, tested, places, training=str(training.ref), test=str(test.ref))


def _read(store: Store, record: VersionRecord) -> pa.Table:
    schema = pa.schema([manifest_schema().field(name) for name in _COLUMNS])
    return pa.Table.from_batches(scan_version(store, record, _COLUMNS), schema)


def _equal(ones: pa.ChunkedArray, others: pa.ChunkedArray) -> Partners:
    """Find for each text the first equal one among the others; null equals nothing."""
    found = pc.index_in(ones, value_set=others.combine_chunks(), skip_nulls=True)
    places: Partners = np.asarray(pc.fill_null(found.combine_chunks(), -1)).astype(np.int64)
    return places


def _sentences(ones: pa.Table, others: pa.Table, min_words: int) -> list[pa.ChunkedArray]:
    """Number the sentences of both; null for those that are too short to tell."""
    texts, languages = (
        pa.chunked_array([*ones[name].chunks, *others[name].chunks], pa.string())
        for name in ("text", "language")
    )
    codes, words = number_sentences(texts, languages)
    numbered = pa.array(codes, mask=(codes < 0) | (words[codes] < min_words))
    return [
        pa.chunked_array([numbered.slice(0, len(ones))]),
        pa.chunked_array([numbered.slice(len(ones))]),
    ]


def _folded(texts: pa.ChunkedArray, fold: Callable[[str], str]) -> pa.ChunkedArray:
    """Fold each text; null where nothing is left."""
    encoded = texts.combine_chunks().dictionary_encode()
    known = [fold(text) or None for text in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(known, pa.string()).take(encoded.indices)])


def _overlapping(ones: pa.Table, others: pa.Table) -> Partners:
    """Find for each clip one of the others that holds a part of the same stretch of a source."""
    keys = pa.chunked_array([*_track_of(ones).chunks, *_track_of(others).chunks])
    ranks = np.asarray(keys.combine_chunks().dictionary_encode().indices).astype(np.int64)
    starts = np.concatenate([np.asarray(table["start_seconds"]) for table in (ones, others)])
    ends = np.concatenate([np.asarray(table["end_seconds"]) for table in (ones, others)])
    # Each track gets a stretch of time of its own, so that one running maximum serves all.
    beyond = float(ends.max(initial=0.0)) + 1.0
    starts, ends = starts + ranks * beyond, ends + ranks * beyond
    number = len(ones)
    order = number + np.argsort(starts[number:], kind="stable")
    furthest = np.maximum.accumulate(ends[order])
    holder = np.maximum.accumulate(np.where(ends[order] == furthest, np.arange(len(order)), 0))
    before = np.searchsorted(starts[order], ends[:number] - LEAST_SHARED_SECONDS) - 1
    overlaps = (before >= 0) & (furthest[before] > starts[:number] + LEAST_SHARED_SECONDS)
    places: Partners = np.where(overlaps, order[holder[before]] - number, -1)
    return places


def _track_of(table: pa.Table) -> pa.ChunkedArray:
    numbers = [pc.cast(pc.fill_null(table[name], 0), pa.string()) for name in ("track", "channel")]
    return pc.binary_join_element_wise(table["source_sha256"], *numbers, " ")


def _overlap(
    trained: pa.Table, tested: pa.Table, places: dict[str, Partners], *, training: str, test: str
) -> Overlap:
    found: dict[int, tuple[int, str]] = {}
    for kind, of_clip in places.items():
        for clip in np.flatnonzero(of_clip >= 0).tolist():
            if len(found) >= MOST_EXAMPLES:
                break
            found.setdefault(clip, (int(of_clip[clip]), kind))
    any_kind = np.stack(list(places.values())) >= 0
    return Overlap(
        training=training,
        test=test,
        kinds=tuple(places),
        num_training=trained.num_rows,
        num_test=tested.num_rows,
        counts={kind: int((of_clip >= 0).sum()) for kind, of_clip in places.items()},
        num_clips=int(any_kind.any(axis=0).sum()),
        examples=tuple(
            OverlappingClip(
                clip_id=trained["clip_id"][clip].as_py(),
                test_id=tested["clip_id"][place].as_py(),
                kind=kind,
            )
            for clip, (place, kind) in found.items()
        ),
    )
