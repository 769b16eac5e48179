"""Withdrawal: the tombstone that `forget` leaves. It says what is gone, and holds nothing of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from audioset.records.identity import make_clip_id
from audioset.records.seal import decode_sealed, encode_sealed
from audioset.records.strict import build, read_hashes, read_list
from audioset.records.version import ContentObject, read_objects

if TYPE_CHECKING:
    import pyarrow as pa

WITHDRAWAL_FORMAT = 2  # 1 knew recordings only: neither spans, sources nor rows
# What a row must have so that it can be withdrawn.
REACH_COLUMNS = (
    "pcm_sha256",
    "source_sha256",
    "source_name",
    "start_seconds",
    "end_seconds",
    "track",
    "channel",
)
_SPAN = re.compile(
    r"(?P<source>[0-9a-f]{64})(?P<part>-[tc0-9]+)?-(?P<start>[0-9]{9,})-(?P<end>[0-9]{9,})"
)
_OF_CLIP_ID = re.compile(
    r".+-(?P<source>[0-9a-f]{8})(?P<rest>(-[tc][tc0-9]*)?-[0-9]{9,}-[0-9]{9,})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a withdrawal takes out, wherever it stands.

    Attributes:
        recordings: `pcm_sha256` of the clips.
        spans: where they lie in their sources, as `make_span` writes it.
        sources: sha256 of sources that are withdrawn as a whole.
        source_names: file names of the sources of the clips.
    """

    recordings: frozenset[str] = frozenset()
    spans: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    source_names: frozenset[str] = frozenset()

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            recordings=self.recordings | other.recordings,
            spans=self.spans | other.spans,
            sources=self.sources | other.sources,
            source_names=self.source_names | other.source_names,
        )


def reach_of(rows: "pa.Table | pa.RecordBatch", *, whole_sources: bool = False) -> Reach:
    """Tell what it takes to withdraw some clips.

    Args:
        rows: of the clips, with `REACH_COLUMNS`.
        whole_sources: everything of their sources is withdrawn, also what no clip holds.
    """
    sources = frozenset(rows["source_sha256"].to_pylist())
    return Reach(
        recordings=frozenset(rows["pcm_sha256"].to_pylist()),
        spans=frozenset(spans_of(rows)),
        sources=sources if whole_sources else frozenset(),
        source_names=frozenset(rows["source_name"].to_pylist()),
    )


def spans_of(rows: "pa.Table | pa.RecordBatch") -> list[str]:
    """Write the span of each row as `make_span` does; needs `REACH_COLUMNS`."""
    names = ("source_sha256", "start_seconds", "end_seconds", "track", "channel")
    columns = [rows[name].to_pylist() for name in names]
    return [make_span(*values) for values in zip(*columns, strict=True)]


def make_span(
    source_sha256: str,
    start_seconds: float,
    end_seconds: float,
    track: int | None,
    channel: int | None,
) -> str:
    """Write where a clip lies: its clip id, with the sha256 of the source instead of its id.

    The file name in an id may be that of a person; the hash tells nothing to those who lack the
    source.
    """
    return make_clip_id(
        source_sha256, start_seconds, end_seconds, track=track or 1, channel=channel
    )


def read_span(span: str) -> tuple[str, float, float]:
    """Give the source's sha256, start and end in seconds of what `make_span` wrote.

    Raises:
        ValueError: the text has another form.
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f"{span!r} is not the span of a clip")
    return match["source"], int(match["start"]) / 1000, int(match["end"]) / 1000


def place_of_span(span: str) -> tuple[str, str]:
    """Give what the id of its clip says of a span: 8 hex of the source, and the rest."""
    return span[:8], span[64:]


def place_of_clip_id(clip_id: str) -> tuple[str, str] | None:
    """Give the place of a clip as `place_of_span` does; None for what is no clip id."""
    match = _OF_CLIP_ID.fullmatch(clip_id)
    return (match["source"], match["rest"]) if match else None


def is_span_of(span: str, clip_id: str) -> bool:
    """Tell whether a withdrawn span is that of a clip; of the source an id has 8 hex."""
    return place_of_clip_id(clip_id) == place_of_span(span)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnRows:
    """Rows of one version that a withdrawal took out, one after the other.

    Attributes:
        position: of the first, among the rows that the version had until then.
        span: which of the withdrawal's spans is that of the first, from 0; the next rows have the
            next spans.
        num_rows: how many.
    """

    position: int
    span: int
    num_rows: int


def runs_of(
    positions: Sequence[int], spans: Sequence[str], listed: Sequence[str]
) -> tuple[WithdrawnRows, ...]:
    """Join withdrawn rows that follow each other, and whose spans do.

    Args:
        positions: of the rows, ascending.
        spans: of the rows.
        listed: all spans of the withdrawal, sorted.
    """
    place_of = {span: place for place, span in enumerate(listed)}
    runs: list[WithdrawnRows] = []
    for position, span in zip(positions, spans, strict=True):
        place, last = place_of[span], runs[-1] if runs else None
        if last and (last.position + last.num_rows, last.span + last.num_rows) == (position, place):
            runs[-1] = WithdrawnRows(
                position=last.position, span=last.span, num_rows=last.num_rows + 1
            )
        else:
            runs.append(WithdrawnRows(position=position, span=place, num_rows=1))
    return tuple(runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingVersion:
    """What is left of one version; the fields of its record with these names are replaced.

    Attributes:
        version: its number.
        num_withdrawn: clips that it lost, by this and all earlier withdrawals.
        num_clips, length_seconds, num_speakers, size_bytes, manifests, shards: as in a record.
        rows: which rows this withdrawal took out; empty in format 1, which did not say.
    """

    version: int
    num_withdrawn: int
    num_clips: int
    length_seconds: float
    num_speakers: int
    size_bytes: int
    manifests: tuple[ContentObject, ...]
    shards: tuple[ContentObject, ...]
    rows: tuple[WithdrawnRows, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """One withdrawal of recordings from all versions of a dataset.

    Attributes:
        dataset: name of the dataset.
        number: from 1, in the order in which they happened.
        recordings: `pcm_sha256` of every withdrawn recording, sorted. They cannot be turned back
            into sound, but tell a publisher which clips to leave out.
        spans: where the withdrawn clips lie in their sources, as `make_span` writes it, sorted: a
            source that is cut otherwise gives other recordings of the same speech. Empty in
            format 1.
        sources: sha256 of sources that were withdrawn as a whole, sorted.
        versions: those that held any of them, and what is left.
        message: why, in the words of who did it.
        created_at: UTC, ISO 8601.
        created_by: user name.
        nonce: random hex, as in a version record.
    """

    dataset: str
    number: int
    recordings: tuple[str, ...]
    versions: tuple[RemainingVersion, ...]
    message: str
    created_at: str
    created_by: str
    nonce: str
    spans: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    format_version: int = WITHDRAWAL_FORMAT

    def to_json(self) -> str:
        """Encode for the store, sealed."""
        return encode_sealed(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str) -> "Withdrawal":
        """Decode what `to_json` wrote; `name` is used in messages.

        Raises:
            InvalidInputError: not a withdrawal, or of a format newer than this release.
            IntegrityError: its bytes do not match the hash in it.
        """
        return decode_sealed(
            text, cls._build, what="a withdrawal", known_format=WITHDRAWAL_FORMAT, name=name
        )

    @classmethod
    def _build(cls, values: Mapping[str, Any]) -> "Withdrawal":
        lists = {name: read_hashes(values, name) for name in ("recordings", "sources")}
        spans = tuple(str(span) for span in read_list(values, "spans"))
        for span in spans:
            read_span(span)
        versions = tuple(_read_version(v, len(spans)) for v in read_list(values, "versions"))
        return build(cls, values, **lists, spans=spans, versions=versions)


def _read_version(values: Any, num_spans: int) -> RemainingVersion:
    if not isinstance(values, dict):
        raise ValueError("a version in it is no object")
    rows = tuple(build(WithdrawnRows, run) for run in read_list(values, "rows"))
    if any(run.span + run.num_rows > num_spans for run in rows):
        raise ValueError("it names more rows than spans")
    return build(RemainingVersion, values, **read_objects(values), rows=rows)
