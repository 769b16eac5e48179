"""Speakers who are held to be one: names that sound like one voice stay in one split."""

from collections.abc import Sequence

import pyarrow as pa

from audioset.records.speaker_names import fold_speaker


def join_speakers(rows: pa.Table, alike: Sequence[tuple[str, str]]) -> pa.Table:
    """Give rows in which speakers that are alike have one name; the others are as they were.

    Args:
        rows: with the column `speaker`.
        alike: pairs of speakers; chains of them are one, and so are spellings of one name.
    """
    if not alike:
        return rows
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.setdefault(name, name) != name:
            name = first[name]
        return name

    for one, other in alike:
        first[root(fold_speaker(other))] = root(fold_speaker(one))
    names = rows["speaker"]
    if not pa.types.is_dictionary(names.type):
        names = names.dictionary_encode()
    names = names.unify_dictionaries().combine_chunks()
    known = names.dictionary.to_pylist()
    renamed = pa.array(
        [root(folded) if (folded := fold_speaker(name)) in first else name for name in known],
        names.dictionary.type,
    )
    joined = renamed.take(names.indices).dictionary_encode()
    return rows.set_column(rows.schema.get_field_index("speaker"), "speaker", joined)
