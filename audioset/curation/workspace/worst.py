"""Which clip is to be heard first: how many signs speak against it, and how strongly.

Each sign is 0 where nothing speaks against a clip, 1 where `audioset check` would name it, and at
most 2 far beyond that; the score is their sum. A sum, and not the worst sign alone, because what is
wrong with a clip is mostly seen in several columns at once: a word that is cut at an edge also fits
its text badly. A flag counts 1: it was raised by a rule with a limit of its own. A text that is not
what a model wrote counts 1 too: it is the one sign that looks at the words.
Columns that nobody measured say nothing. Equal clips keep the order of their files, in which takes
of a line and neighbours in time follow each other.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.check_report import CheckLimits
from audioset.records.sentence import normalise_sentence

ClipScores = np.ndarray[Any, np.dtype[np.float64]]
_MOST = 2.0


class _Sign(NamedTuple):
    """A column that speaks against a clip: from which value on, and the limit that `check` holds.

    `harmless` lies on the good side of the limit; between the two the sign grows from 0 to 1.
    """

    column: str
    harmless: float
    limit: float


_LIMITS = CheckLimits()
_SIGNS = (
    _Sign("snr_db", 20.0, _LIMITS.low_snr),  # studio speech has 30 and more
    _Sign("clipped_share", 0.0, _LIMITS.clipped),
    _Sign("edge_speech", 0.5, _LIMITS.cut_edge),
    _Sign("speech_share", 0.5, _LIMITS.no_speech),
    _Sign("loudness_lufs", -35.0, _LIMITS.too_quiet),
    _Sign("text_score", 0.9, _LIMITS.unsure_text),
    _Sign("take_similarity", 0.8, 0.5),  # `check` has no limit; another line reaches about a half
)


def worst_first(rows: pa.RecordBatch) -> ClipScores:
    """Score clips, shape (number of clips,); higher is worse, 0 is without any sign.

    Args:
        rows: clips with the columns of all signs, `flags`, `text`, `text_source` and `hypothesis`,
            decisions applied: words that a person wrote are not doubted.
    """
    score = np.zeros(rows.num_rows, np.float64)
    if not rows.num_rows:
        return score
    for sign in _SIGNS:
        values = _numbers(rows.column(sign.column))
        grown = (values - sign.harmless) / (sign.limit - sign.harmless)
        score += np.nan_to_num(np.clip(grown, 0.0, _MOST), nan=0.0)
    score += count_flags(rows.column("flags"))
    others = heard_otherwise(rows.column("text"), rows.column("hypothesis"))
    by_person = pc.fill_null(pc.equal(rows.column("text_source"), "human"), False)  # noqa: FBT003
    score += np.where(np.asarray(by_person), 0.0, others)
    return score


def _numbers(column: pa.Array) -> ClipScores:
    """Give a column of numbers, NaN for null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def heard_otherwise(
    texts: pa.Array | pa.ChunkedArray, hypotheses: pa.Array | pa.ChunkedArray
) -> ClipScores:
    """Tell of which clips a model wrote other words than their text: 1, else 0.

    Case, punctuation and spaces do not count. Where one of the two is missing nothing is told.
    """
    found = np.zeros(len(texts), np.float64)
    differs = pc.fill_null(pc.not_equal(texts, hypotheses), False)  # noqa: FBT003
    rows = np.flatnonzero(np.asarray(differs))
    chosen = pa.array(rows, pa.int64())
    some, others = texts.take(chosen), hypotheses.take(chosen)
    found[rows] = np.asarray(pc.not_equal(_plain_words(some), _plain_words(others)))
    odd = pc.invert(pc.and_(pc.string_is_ascii(some), pc.string_is_ascii(others)))
    for place in np.flatnonzero(np.asarray(odd)).tolist():
        text, hypothesis = some[place].as_py(), others[place].as_py()
        found[rows[place]] = normalise_sentence(text) != normalise_sentence(hypothesis)
    return found


def _plain_words(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Do what `normalise_sentence` does to ASCII, to all texts at once."""
    joined = pc.replace_substring_regex(pc.ascii_lower(texts), "['`]", "")
    return pc.ascii_trim(pc.replace_substring_regex(joined, "[^a-z0-9]+", " "), " ")


def count_flags(flags: pa.Array) -> ClipScores:
    """Count the flags of each clip, shape (number of clips,), by the column of that name."""
    filled = pc.fill_null(flags, "")
    commas = pc.count_substring(filled, ",")
    some = pc.cast(pc.not_equal(filled, ""), pa.int32())
    counted = pc.add(pc.cast(commas, pa.int32()), some)
    return np.asarray(counted, np.float64)
