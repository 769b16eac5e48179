"""Facts that look mistyped: nearly all clips have another name or value, one slip away.

Whether it is one, only a person knows: Ilsa and Isla may be two people. So it is asked at a
terminal and told in a script, and never refused: a fact is put right by another one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.working import Working
from audioset.records.manifest import FACT_COLUMNS

_MOST_NAMED, _MOST_MEANT = 0.8, 0.5  # shares of clips: that have a fact, and of those one value
_LEAST_LETTERS = 4  # shorter words differ by a letter as a rule


def doubts_about(facts: Mapping[str, str], working: Working) -> tuple[str, ...]:
    """Say which facts look mistyped, a sentence each.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest or the catalog cannot be read.
    """
    if not facts:
        return ()
    num_clips = 0
    names: Counter[str] = Counter()
    values: dict[str, Counter[str]] = {name: Counter() for name in facts}
    if any(working.manifests_dir.glob("*.parquet")):
        for batch in scan_effective(working, [*FACT_COLUMNS, "extra"]):
            num_clips += batch.num_rows
            _count(batch, names, values)
    told = [_about_name(name, names, num_clips) for name in facts]
    told += [_about_value(name, value, values[name]) for name, value in facts.items()]
    return tuple(text for text in told if text is not None)


def _count(batch: pa.RecordBatch, names: Counter[str], values: Mapping[str, Counter[str]]) -> None:
    """Count the clips that have each fact, and each value of the facts that are asked about."""
    for name in FACT_COLUMNS:
        column = batch[name]
        names[name] += len(column) - column.null_count
        if name in values:
            values[name].update(dict(_counted(column)))
    keys, items = batch["extra"].keys, batch["extra"].items
    names.update(dict(_counted(keys)))
    for name in values.keys() - set(FACT_COLUMNS):
        values[name].update(dict(_counted(items.filter(pc.equal(keys, name)))))


def _counted(array: pa.Array) -> Iterator[tuple[str, int]]:
    for pair in pc.value_counts(array.drop_null()).to_pylist():
        yield pair["values"], pair["counts"]


def _about_name(name: str, names: Counter[str], num_clips: int) -> str | None:
    if name in FACT_COLUMNS or names[name]:
        return None
    used = [other for other, count in names.items() if count >= _MOST_NAMED * max(num_clips, 1)]
    for other in used:
        if _alike(name, other):
            told = f"{names[other]:,} of {num_clips:,} clips have"
            return f"no clip has a fact {name!r} yet; did you mean {other!r}, which {told}?"
    meant = next((other for other in FACT_COLUMNS if _alike(name, other)), None)
    if meant is None:
        return None
    return f"no clip has a fact {name!r} yet; did you mean {meant!r}, which has a column?"


def _about_value(name: str, value: str, values: Counter[str]) -> str | None:
    if values[value]:
        return None
    for other, count in values.most_common(1):
        if count >= _MOST_MEANT * values.total() and _alike(value, other):
            return (
                f"no clip has {name} {value!r} yet; did you mean {other!r}, as {count:,} of "
                f"{values.total():,} clips with a {name}?"
            )
    return None


def _alike(one: str, other: str) -> bool:
    """Tell whether a word may be the other one with a slip; other numbers are no slip."""
    a, b = _folded(one), _folded(other)
    if a == b:
        return True
    digits = ["".join(letter for letter in word if letter.isdigit()) for word in (a, b)]
    return digits[0] == digits[1] and min(len(a), len(b)) >= _LEAST_LETTERS and a in _slips(b, a)


def _folded(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def _slips(word: str, letters: Iterable[str]) -> Iterator[str]:
    """Give the words that one slip makes: a letter left out, added, changed, or two swapped."""
    known = set(letters)
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in known:
            yield head + letter + tail
            yield head + letter + tail[1:]
