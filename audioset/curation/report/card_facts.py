"""What a dataset card counts, in two passes over the rows; the first is that of `describe`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.describe import describe_batches, describe_columns
from audioset.curation.split import certify_clips
from audioset.curation.workspace.clip_sets import ClipSet, large_batches, without_rejected
from audioset.curation.workspace.worst import count_flags
from audioset.records.card_facts import ANONYMOUS_FACT, YES, CardFacts, SpeakerGroup
from audioset.records.description import Description, GroupTotal
from audioset.records.lines import flag_name
from audioset.records.manifest import SPEAKER_FACTS
from audioset.records.split_report import SplitCertificate, SplitOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SOUND = ("sampling_rate", "channels", "bit_depth")
_TOTALS = ("licence", "consent", "language", "aligner", *_SOUND)
# Of facts without a column: of more nobody reads the totals, and other values are names or numbers.
_MOST_FACTS, _MOST_VALUES = 30, 100
_OTHERS = ("speaker", "length_seconds", "accepted", "flags", "line", "text_source", "extra")
_CARD_COLUMNS = (*_TOTALS, *SPEAKER_FACTS, *_OTHERS)


def collect_card(
    clips: ClipSet,
    *,
    split_options: SplitOptions,
    num_withdrawn: int = 0,
    description: Description | None = None,
    certificate: SplitCertificate | None = None,
) -> CardFacts:
    """Count what a card tells of clips; rejected ones are counted, and no more.

    Args:
        clips: withdrawn ones are not among them.
        split_options: what splits must not share.
        num_withdrawn: clips that were withdrawn, to be told.
        description, certificate: of these clips, where they are known already.

    Raises:
        InvalidInputError: the clips' file is not a manifest.
        IntegrityError: a stored manifest is damaged.
        StorageError: the store did not answer, or refused.
    """
    told = description or describe_batches(clips.scan(describe_columns()), name=clips.name)
    if certificate is None and any(total.name for total in told.splits):
        certificate = certify_clips(clips, split_options, near_limit=None)
    sums = _CardSums()
    for whole in large_batches(clips.scan(_CARD_COLUMNS), _CARD_COLUMNS):
        sums.add(without_rejected(whole))
    return CardFacts(
        description=replace(told, num_withdrawn=num_withdrawn),
        certificate=certificate,
        totals={column: total.totals() for column, total in sums.totals.items()},
        speakers={column: total.groups() for column, total in sums.speakers.items()},
        facts=sums.totals_of_facts(),
        anonymous=frozenset(sums.anonymous),
        num_of_lines=sums.num_of_lines,
        num_flagged=sums.num_flagged,
        flags=dict(sorted(sums.flags.items(), key=lambda entry: (-entry[1], entry[0]))),
        num_unconfirmed=sums.num_unconfirmed,
    )


@dataclass(slots=True)
class _ValueSums:
    """Running totals by the values of one column; holds one for each pair of speaker and value."""

    sums: dict[tuple[str | None, str | None], tuple[int, float]] = field(default_factory=dict)

    def add(self, column: pa.Array, speakers: pa.Array, lengths: "NDArray[np.float64]") -> None:
        names, codes = _encoded(column.cast(pa.string()))
        others, other_codes = _encoded(speakers)
        pairs = codes.astype(np.int64) * max(1, len(others)) + other_codes
        found, places = np.unique(pairs, return_inverse=True)
        counts = np.bincount(places).tolist()
        seconds = np.bincount(places, weights=lengths).tolist()
        for pair, count, length in zip(found.tolist(), counts, seconds, strict=True):
            key = (names[pair // len(others)], others[pair % len(others)])
            clips_before, length_before = self.sums.get(key, (0, 0.0))
            self.sums[key] = (clips_before + count, length_before + length)

    def totals(self, hidden: frozenset[str] = frozenset()) -> tuple[GroupTotal, ...]:
        return tuple(
            GroupTotal(
                name=group.name, num_clips=group.num_clips, length_seconds=group.length_seconds
            )
            for group in self.groups(hidden)
        )

    def groups(self, hidden: frozenset[str] = frozenset()) -> tuple[SpeakerGroup, ...]:
        """Give the totals, longest first, without what is said of speakers that are hidden."""
        by_name: dict[str | None, list[tuple[str | None, int, float]]] = {}
        for (name, speaker), (clips, length) in self.sums.items():
            if speaker not in hidden:
                by_name.setdefault(name, []).append((speaker, clips, length))
        groups = [
            SpeakerGroup(
                name=name,
                num_speakers=sum(speaker is not None for speaker, _, _ in parts),
                num_clips=sum(clips for _, clips, _ in parts),
                length_seconds=sum(length for _, _, length in parts),
            )
            for name, parts in by_name.items()
        ]
        return tuple(sorted(groups, key=lambda group: (-group.length_seconds, group.name or "")))


@dataclass(slots=True)
class _CardSums:
    """Everything that is counted while the batches pass."""

    totals: dict[str, _ValueSums] = field(default_factory=lambda: _sums_of(_TOTALS))
    speakers: dict[str, _ValueSums] = field(default_factory=lambda: _sums_of(SPEAKER_FACTS))
    facts: dict[str, _ValueSums | None] = field(default_factory=dict)
    anonymous: set[str] = field(default_factory=set)
    flags: Counter[str] = field(default_factory=Counter)
    num_flagged: int = 0
    num_of_lines: int = 0
    num_unconfirmed: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        lengths = batch.column("length_seconds").to_numpy()
        nobody = pa.nulls(len(batch), pa.string())
        for column, total in self.totals.items():
            total.add(batch.column(column), nobody, lengths)
        speakers = batch.column("speaker")
        for column, total in self.speakers.items():
            total.add(batch.column(column), speakers, lengths)
        says = pc.utf8_lower(pc.map_lookup(batch.column("extra"), ANONYMOUS_FACT, "first"))
        marked = speakers.filter(pc.is_in(says, pa.array(YES)))
        self.anonymous.update(marked.drop_null().unique().to_pylist())
        self._add_facts(batch.column("extra"), speakers, lengths)
        for entry in batch.column("flags").drop_null().value_counts().to_pylist():
            for flag in filter(None, entry["values"].split(",")):
                self.flags[flag_name(flag)] += entry["counts"]
        self.num_flagged += int((count_flags(batch.column("flags")) > 0).sum())
        self.num_of_lines += len(batch) - batch.column("line").null_count
        by_models = pc.starts_with(batch.column("text_source"), "model:")
        self.num_unconfirmed += by_models.true_count

    def _add_facts(
        self, extra: pa.MapArray, speakers: pa.Array, lengths: "NDArray[np.float64]"
    ) -> None:
        """Count facts that have no column; one with too many values is given up for good."""
        for name in pc.unique(extra.keys).to_pylist():
            is_new = name not in self.facts
            if name == ANONYMOUS_FACT or (is_new and len(self.facts) >= _MOST_FACTS):
                continue
            total = self.facts.setdefault(name, _ValueSums())
            if total is None:
                continue
            values = pc.map_lookup(extra, pa.scalar(name), "first")
            said = pc.is_valid(values)
            if pc.count_distinct(values).as_py() <= _MOST_VALUES:
                mask = said.to_numpy(zero_copy_only=False)
                total.add(values.filter(said), speakers.filter(said), lengths[mask])
                if len({value for value, _ in total.sums}) <= _MOST_VALUES:
                    continue
            self.facts[name] = None

    def totals_of_facts(self) -> dict[str, tuple[GroupTotal, ...]]:
        """Give the totals by fact, by name; nothing that is said of speakers not to be named."""
        hidden = frozenset(self.anonymous)
        known = {name: sums.totals(hidden) for name, sums in sorted(self.facts.items()) if sums}
        return {name: totals for name, totals in known.items() if totals}


def _sums_of(columns: Sequence[str]) -> dict[str, _ValueSums]:
    return {column: _ValueSums() for column in columns}


def _encoded(column: pa.Array) -> "tuple[list[str | None], NDArray[Any]]":
    """Give the values that occur, null too, and the place of each row's among them."""
    encoded = column.dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)
