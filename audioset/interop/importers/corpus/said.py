"""What a corpus says of an item, in our words: columns and extra of its row."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from audioset.documents.facts import FactsRow
from audioset.interop.importers.corpus.words import (
    gender_of,
    is_unknown,
    licence_of,
    split_of,
)
from audioset.interop.importers.take import with_facts
from audioset.interop.importers.values import as_words
from audioset.records.corpus_item import CorpusItem
from audioset.records.languages import language_of
from audioset.records.manifest import (
    FACT_COLUMNS,
    MODEL_WRITER,
    QUALITY_COLUMNS,
    SOUND_COLUMNS,
    Clip,
    column_names,
    split_facts,
)

# Keys of extra: the item's id in its corpus, and the sha256 of the file that was taken, where the
# row says of which recording that is a part.
ORIGIN, ORIGIN_SOUND = "origin_id", "origin_sha256"
_OF_CORPUS = "corpus"
_TRANSLATED: Mapping[str, Callable[[str], str]] = {
    "gender": gender_of,
    "language": language_of,
    "licence": licence_of,
}
_NO_WORDS = frozenset({"speaker", "consent"})  # `none` may be a name, or what was agreed to
_SAID_COLUMNS = ("text", "text_source", "split", *FACT_COLUMNS)
# What of a row of ours people and models said, beside these columns; and what was measured, or
# follows from where the clip was cut.
_SAID_BESIDE = (
    *(name for name in column_names(group="text") if name not in _SAID_COLUMNS),
    "accepted",
    "flags",
)
PROVEN_COLUMNS = (
    *(
        name
        for group in ("identity", "time")
        for name in column_names(group=group)
        if name not in SOUND_COLUMNS
    ),
    *QUALITY_COLUMNS,
)


@dataclass(frozen=True, slots=True)
class SaidOfItem:
    """What the row of an item says.

    Attributes:
        columns: by column of the manifest; what nobody says is not there.
        extra: facts without a column, the item's own id among them.
        mapped: (column, word of the corpus, word of ours) of what was translated.
        beside: other columns that it says, by name; None for nothing.
    """

    columns: Mapping[str, str]
    extra: Mapping[str, str]
    mapped: tuple[tuple[str, str, str], ...]
    beside: Mapping[str, Any] = field(default_factory=dict)

    def of(self, clip: Clip) -> Clip:
        """Let a clip say it, and nothing else."""
        row = FactsRow(number=0, file="", columns=self.columns, extra=self.extra)
        return replace(with_facts(clip, row, {}), **self.beside)

    @property
    def digest(self) -> int:
        """A number of 64 bits of all that it says; see `digest_of_clip`."""
        return _digest_of(self.columns, self.extra)


def say(item: CorpusItem, corpus: str, facts: Mapping[str, str]) -> SaidOfItem:
    """Give what the row of an item says.

    Args:
        item: as its corpus says it.
        corpus: its name.
        facts: of all items, where the corpus says nothing.
    """
    columns, extra = split_facts({name: value for name, value in facts.items() if value})
    if item.published:
        return _say_own(item, corpus, columns, extra)
    mapped: list[tuple[str, str, str]] = []
    for name, value in item.facts.items():
        word = _flat_text(value)
        if not word or (name not in _NO_WORDS and is_unknown(word)):
            continue
        if name in FACT_COLUMNS:
            mapped += _say_fact(name, word, corpus, columns, extra)
        else:
            extra[name] = word
    if item.split and item.split.strip():
        mapped += _say_split(item.split.strip(), columns, extra)
    text = readable(item.text or "").strip()
    if text:
        columns |= {"text": text, "text_source": item.text_source}
    words = {name: _flat_text(value) for name, value in item.extra.items()}
    extra |= {name: word for name, word in words.items() if word}
    extra |= {ORIGIN: readable(item.origin_id), _OF_CORPUS: corpus}
    beside: dict[str, str | None] = {}
    if item.hypothesis is not None:
        beside["hypothesis"] = readable(item.hypothesis)
        beside["hypothesis_source"] = item.hypothesis_source
    return SaidOfItem(columns, extra, tuple(mapped), beside)


def _say_own(
    item: CorpusItem, corpus: str, columns: dict[str, str], extra: dict[str, str]
) -> SaidOfItem:
    """Say what audioset said of a clip, word for word."""
    published = item.published
    said = {**item.facts, "text": item.text, "text_source": published.get("text_source")}
    columns |= {name: readable(value) for name, value in said.items() if value is not None}
    if split := split_of(item.split or ""):
        columns["split"] = split
    if "pcm_sha256" not in published:  # another sound, of which that row was not measured
        extra |= {name: as_words(published[name]) for name in PROVEN_COLUMNS if name in published}
    extra |= {readable(name): readable(value) for name, value in item.extra.items()}
    extra.pop(ORIGIN_SOUND, None)
    ours = {ORIGIN: readable(item.origin_id), _OF_CORPUS: corpus}
    # It may have come from a corpus itself.
    given = [name for name, own in ours.items() if extra.get(name, own) != own]
    extra |= {**{f"{name}_given": extra[name] for name in given}, **ours}
    beside = {name: published.get(name) for name in _SAID_BESIDE}
    return SaidOfItem(columns, extra, (), beside)


def _say_fact(
    name: str, word: str, corpus: str, columns: dict[str, str], extra: dict[str, str]
) -> list[tuple[str, str, str]]:
    """Say a fact in our words; gives what was translated."""
    columns[name] = ours = _in_our_words(name, word, corpus)
    if ours == word:
        return []
    extra[f"{name}_given"] = word
    # Speakers are many, and each gets the same prefix.
    return [(name, "N", f"{corpus}-N") if name == "speaker" else (name, word, ours)]


def _say_split(
    word: str, columns: dict[str, str], extra: dict[str, str]
) -> list[tuple[str, str, str]]:
    split = split_of(word)
    if split is not None:
        columns["split"] = split
    if split == word:
        return []
    extra["split_given"] = word
    return [("split", word, split or "none")]


def digest_of_clip(clip: Clip) -> int:
    """Give the digest of what the row of a clip says; what a model wrote since is not part of it.

    It is that of the `SaidOfItem` that the row was made of, as long as nobody changed the row.
    Which file was taken is no words.
    """
    said = {name: value for name in _SAID_COLUMNS if (value := getattr(clip, name)) is not None}
    return _digest_of(said, clip.extra)


def sound_of_clip(clip: Clip) -> str:
    """Give the sha256 of the file that a clip was imported of."""
    return clip.extra.get(ORIGIN_SOUND, clip.source_sha256)


def short_hash(text: str) -> int:
    """Give 64 bits of a hash, to know something again among millions."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def _digest_of(columns: Mapping[str, str], extra: Mapping[str, str]) -> int:
    is_models = MODEL_WRITER.fullmatch(columns.get("text_source", ""))
    own = {k: v for k, v in columns.items() if not (is_models and k in ("text", "text_source"))}
    others = {name: value for name, value in extra.items() if name != ORIGIN_SOUND}
    return short_hash(json.dumps([own, others], sort_keys=True))


def _in_our_words(name: str, word: str, corpus: str) -> str:
    if name == "speaker":
        # The 19 of two corpora are two people.
        return f"{corpus}-{word}" if word.isdecimal() else word
    translate = _TRANSLATED.get(name)
    return word if translate is None else translate(word)


def _flat_text(value: str) -> str:
    return " ".join(readable(value).split())


def readable(value: str) -> str:
    """Give text as a table holds it: what is no Unicode is replaced."""
    plain = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return plain.replace("\0", "\ufffd")
