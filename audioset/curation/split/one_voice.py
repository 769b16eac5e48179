"""Speakers who are held to be one: names that sound like one voice stay in one split."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from audioset.curation.split.components import join_pairs
from audioset.records.speaker_names import fold_speaker


def join_speakers(rows: pa.Table, alike: Sequence[tuple[str, str]]) -> pa.Table:
    """Give rows in which speakers that are alike have one name; the others are as they were.

    Args:
        rows: with the column `speaker`.
        alike: pairs of speakers; chains of them are one, and so are spellings of one name.
    """
    if not alike:
        return rows
    numbers: dict[str, int] = {}
    ends = [
        [numbers.setdefault(fold_speaker(name), len(numbers)) for name in pair] for pair in alike
    ]
    ones, others = np.array(ends).T
    labels = join_pairs(ones, others, len(numbers)).tolist()
    known_as = list(numbers)
    first = {name: known_as[labels.index(labels[number])] for name, number in numbers.items()}
    names = rows["speaker"]
    if not pa.types.is_dictionary(names.type):
        names = names.dictionary_encode()
    names = names.unify_dictionaries().combine_chunks()
    known = names.dictionary.to_pylist()
    renamed = pa.array(
        [first.get(fold_speaker(name), name) for name in known],
        names.dictionary.type,
    )
    joined = renamed.take(names.indices).dictionary_encode()
    return rows.set_column(rows.schema.get_field_index("speaker"), "speaker", joined)
