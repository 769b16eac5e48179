"""The manifest: one row per clip. This file states the schema, once, for the whole house.

`Clip` is a row; its fields carry Arrow type, unit and meaning, and the Arrow schema is made of
them. A row holds no path: audio lies at `clips/<clip_id>.flac` by convention.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from audioset.errors import InvalidInputError
from audioset.records.fact_pairs import maps_from_pairs, pairs_type

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 2  # 1: a file holds `extra` as maps
# Keys of the metadata that a manifest file carries in its Arrow schema.
SCHEMA_VERSION_KEY = b"audioset.schema_version"
SOURCE_KEY = b"audioset.source"  # Source as JSON; absent in published manifests and imports
FINGERPRINT_KEY = b"audioset.cut_fingerprint"  # CutOptions.fingerprint of the cut
LINES_KEY = b"audioset.lines"  # LineReport as JSON, of a source that was cut by a transcript
FACTS_KEY = b"audioset.facts"  # static facts given with the cut or the import, as JSON
IMPORT_KEY = b"audioset.import"  # which folder was imported, as JSON
WAY_KEY = b"audioset.way"  # Way as JSON: how it was cut, so that a plain cut repeats it
CHECKOUT_KEY = b"audioset.checkout"  # the version, `name@v3`, that the rows were checked out of
SHARDS_KEY = b"audioset.shards"  # shards that a cut put into the store, ContentObjects as JSON
RESHAPED_KEY = b"audioset.reshaped"  # Reshaped as JSON: which clips have edges of people

_CLIPS_AT_ONCE = 1000
TEXT_SOURCES = ("human", "subtitles", "transcript")  # or a model, which matches this:
MODEL_WRITER = re.compile(r"model:(?P<name>.+)@(?P<version>[^@]+)")


def _column(
    arrow: str,
    group: str,
    meaning: str,
    *,
    unit: str = "",
    default: Any = None,
    required: bool = False,
) -> Any:
    """State one column: Arrow type, group, meaning, unit. Optional columns may be null."""
    metadata = {
        "arrow": arrow,
        "group": group,
        "meaning": meaning,
        "unit": unit,
        "required": required,
    }
    if required:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip: a row of the manifest. `docs/format.md` lists the columns."""

    # fmt: off
    # identity
    clip_id: str = _column("string", "identity", "source id, start and end in ms", required=True)
    source_id: str = _column("string", "identity", "slug of the source's file name, 8 hex of its sha256", required=True)
    source_name: str = _column("string", "identity", "the source's file name as given", required=True)
    source_sha256: str = _column("string", "identity", "sha256 of the source file", required=True)
    pcm_sha256: str = _column("string", "identity", "sha256 of the decoded samples as little-endian int32, upper bits used", required=True)
    # time
    start_sample: int = _column("int64", "time", "first sample in the source, at the source's own rate", required=True)
    end_sample: int = _column("int64", "time", "first sample after the clip", required=True)
    start_seconds: float = _column("float64", "time", "start in the source, start_sample over its rate: the sound that is there, not the clock of a player", unit="s", required=True)
    end_seconds: float = _column("float64", "time", "end in the source, likewise", unit="s", required=True)
    length_seconds: float = _column("float64", "time", "decoded length of the clip", unit="s", required=True)
    num_samples: int = _column("int64", "time", "decoded samples per channel", required=True)
    sampling_rate: int = _column("int32", "time", "of the clip", unit="Hz", required=True)
    channels: int = _column("int16", "time", "of the clip", required=True)
    source_channels: int = _column("int16", "time", "of the source, before the down-mix", required=True)
    bit_depth: int = _column("int16", "time", "bits per sample of the clip, 16 or 24", required=True)
    gain_db: float | None = _column("float64", "time", "what the level of the source was changed by, so that the clip holds all of it; null for nothing", unit="dB")
    track: int | None = _column("int16", "time", "number of the source's audio track, from 1")
    channel: int | None = _column("int16", "time", "number of the source's channel, from 1; null for a mix")
    # text
    text: str | None = _column("string", "text", "what is said")
    text_source: str | None = _column("string", "text", "who wrote the text: human, subtitles, transcript, model:<name>@<version>")
    text_score: float | None = _column("float32", "text", "confidence of the text's writer, 0 to 1")
    hypothesis: str | None = _column("string", "text", "what a model wrote, kept when a person writes another text; empty: no words")
    hypothesis_source: str | None = _column("string", "text", "which model: model:<name>@<version>")
    line: int | None = _column("int32", "text", "line number in the transcript, from 1")
    take: int | None = _column("int32", "text", "which of the takes of this line, from 1")
    take_similarity: float | None = _column("float32", "text", "to the other takes of this line, 0 to 1; null for an only take")
    aligner: str | None = _column("string", "text", "what found the line in the source: name@version, and the synthetic voice that said it")
    # speaker facts
    speaker: str | None = _column("string", "speaker", "speaker's id")
    gender: str | None = _column("string", "speaker", "speaker's gender")
    age: str | None = _column("string", "speaker", "speaker's age or age band")
    accent: str | None = _column("string", "speaker", "speaker's accent or dialect")
    social_class: str | None = _column("string", "speaker", "speaker's social class")
    location: str | None = _column("string", "speaker", "where the speaker is from")
    language: str | None = _column("string", "speaker", "BCP 47 tag of what is spoken")
    extra: Mapping[str, str] = _column("map<string, string>", "speaker", "facts that have no column of their own", default={})
    # quality, measured
    loudness_lufs: float | None = _column("float32", "quality", "integrated loudness, ITU-R BS.1770-4; null for digital silence", unit="LUFS")
    peak_dbfs: float | None = _column("float32", "quality", "largest absolute sample; null for digital silence", unit="dBFS")
    clipped_share: float | None = _column("float32", "quality", "share of samples in runs at full scale, 0 to 1")
    dc_offset: float | None = _column("float32", "quality", "mean of the samples, -1 to 1")
    snr_db: float | None = _column("float32", "quality", "level of speech, where somebody speaks, over that of all else, estimated; null without speech, and where it cannot be told, as with voices over each other", unit="dB")
    speech_share: float | None = _column("float32", "quality", "share of 32 ms frames that are speech, 0 to 1")
    bandwidth_hz: float | None = _column("float32", "quality", "highest frequency that carries signal", unit="Hz")
    edge_speech: float | None = _column("float32", "quality", "how surely a word is cut at the first or last sample, 0 to 1: speech is near, and the sound there is as loud as in the middle of it")
    head_silence_seconds: float | None = _column("float32", "quality", "before the first frame of speech; null without speech", unit="s")
    tail_silence_seconds: float | None = _column("float32", "quality", "after the last frame of speech; null without speech", unit="s")
    # rights
    licence: str | None = _column("string", "rights", "licence of the audio")
    consent: str | None = _column("string", "rights", "what the speaker agreed to")
    # curation
    split: str | None = _column("string", "curation", "train, validation or test")
    accepted: bool | None = _column("bool", "curation", "a person's verdict; null when nobody looked")
    flags: str | None = _column("string", "curation", "findings of checks and of the aligner, comma-separated")
    # storage; where in a shard is known of published clips only
    audio_sha256: str | None = _column("string", "storage", "sha256 of the clip's FLAC bytes")
    shard_sha256: str | None = _column("string", "storage", "the shard that holds the clip")
    offset_bytes: int | None = _column("int64", "storage", "where the FLAC bytes start in the shard", unit="B")
    size_bytes: int | None = _column("int64", "storage", "length of the FLAC bytes", unit="B")
    # fmt: on

    @property
    def is_in_store(self) -> bool:
        """Whether the row says where in the store the clip's audio lies."""
        return None not in (
            self.audio_sha256,
            self.shard_sha256,
            self.offset_bytes,
            self.size_bytes,
        )


@cache
def columns(*, group: str | None = None) -> "tuple[Field[Any], ...]":
    """Give the columns in order, or those of one group."""
    return tuple(f for f in fields(Clip) if group is None or f.metadata["group"] == group)


@cache
def column_names(*, group: str | None = None) -> tuple[str, ...]:
    """Give the names of the columns in order, or those of one group."""
    return tuple(f.name for f in columns(group=group))


QUALITY_COLUMNS = column_names(group="quality")
# What is told of who speaks, and is the same in all that he says.
SPEAKER_FACTS = ("gender", "age", "accent", "social_class", "location")
# What the sound of a clip says by itself, whoever holds it.
SOUND_COLUMNS = (
    "pcm_sha256",
    "length_seconds",
    "num_samples",
    "sampling_rate",
    "channels",
    "bit_depth",
)


@cache
def manifest_schema() -> "pa.Schema":
    """Make the Arrow schema of a manifest in memory from the fields of `Clip`."""
    import pyarrow as pa

    named = {"map<string, string>": pa.map_(pa.string(), pa.string()), "bool": pa.bool_()}

    def arrow_type(name: str) -> "pa.DataType":
        return named[name] if name in named else pa.type_for_alias(name)

    return pa.schema(
        [
            pa.field(f.name, arrow_type(f.metadata["arrow"]), nullable=not f.metadata["required"])
            for f in columns()
        ],
        metadata={SCHEMA_VERSION_KEY: str(SCHEMA_VERSION).encode()},
    )


@cache
def stored_schema() -> "pa.Schema":
    """Make the Arrow schema of a manifest in a file: maps are lists of pairs there."""
    import pyarrow as pa

    schema = manifest_schema()
    return pa.schema(
        [f.with_type(pairs_type()) if pa.types.is_map(f.type) else f for f in schema],
        metadata=schema.metadata,
    )


def table_from_clips(clips: Iterable[Clip]) -> "pa.Table":
    """Make a manifest table, shape (number of clips, all columns).

    The clips may come from a generator: they are taken a thousand at a time, and a table needs a
    tenth of the memory of the objects.
    """
    import pyarrow as pa

    left = iter(clips)
    parts = []
    while some := list(islice(left, _CLIPS_AT_ONCE)):
        parts.append(_table_of(some))
    return pa.concat_tables(parts) if parts else manifest_schema().empty_table()


def _table_of(clips: list[Clip]) -> "pa.Table":
    """Make a table of some clips, by way of JSON lines, which Arrow reads by itself.

    Its other way from Python values imports pandas, which costs every cut more than half a second
    and 50 MB.
    """
    import pyarrow as pa
    import pyarrow.json as pa_json

    schema = manifest_schema()
    maps = [column.name for column in schema if pa.types.is_map(column.type)]
    text = "\n".join(_json_line(clip, maps) for clip in clips).encode()
    table = pa_json.read_json(
        io.BytesIO(text),
        read_options=pa_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=pa_json.ParseOptions(
            explicit_schema=stored_schema(), unexpected_field_behavior="error"
        ),
    ).combine_chunks()
    arrays = [
        maps_from_pairs(table[name].chunk(0), name) if name in maps else table[name]
        for name in schema.names
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _json_line(clip: Clip, maps: Iterable[str]) -> str:
    values = {column.name: getattr(clip, column.name) for column in columns()}
    for name in maps:
        values[name] = [{"key": k, "value": v} for k, v in sorted(values[name].items())]
    return json.dumps(values, allow_nan=False)


def clips_from_table(table: "pa.Table | pa.RecordBatch") -> Iterator[Clip]:
    """Give the rows of a manifest table in order; columns of older schemas are filled with null."""
    batches = table.to_batches() if hasattr(table, "to_batches") else [table]
    known = [name for name in column_names() if name in table.schema.names]
    for batch in batches:
        # Most tables lack half of the columns; a null is what a clip has by itself.
        filled = [name for name in known if batch.column(name).null_count < batch.num_rows]
        values = [batch.column(name).to_pylist() for name in filled]
        if "extra" in filled:
            place = filled.index("extra")
            values[place] = [dict(pairs or ()) for pairs in values[place]]
        yield from _make_clips(filled, zip(*values, strict=True))


def _make_clips(names: list[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[Clip]:
    """Make clips of the values of some columns; all others have their default.

    The slots are set directly: calling `Clip` with 45 arguments costs five times as much, which is
    some percent of what decoding a clip does.
    """
    setters = [getattr(Clip, name).__set__ for name in names]
    others = [
        (getattr(Clip, column.name).__set__, column.default)
        for column in columns()
        if column.name not in names and column.name != "extra"
    ]
    set_extra = None if "extra" in names else getattr(Clip, "extra").__set__  # noqa: B009  a slot
    for row in rows:
        clip = object.__new__(Clip)
        for set_value, value in zip(setters, row, strict=True):
            set_value(clip, value)
        for set_value, default in others:
            set_value(clip, default)
        if set_extra is not None:
            set_extra(clip, {})
        yield clip


def require_manifest(schema: "pa.Schema", name: str) -> None:
    """Check that `schema` is a manifest that this release can read.

    Raises:
        InvalidInputError: it is not a manifest, comes from a newer release, or lacks a column that
            every row must have, or has one of another type.
    """
    version = (schema.metadata or {}).get(SCHEMA_VERSION_KEY)
    if version is None or not version.isdigit():
        was_one = {"clip_id", "source_id", "pcm_sha256"} <= set(schema.names)
        way_back = (
            f"; where pandas saved it, audioset decide --from {name} (decide_table in Python) takes "
            "over what was changed in it, and makes it a manifest again"
        )
        raise InvalidInputError(
            f"{name} is a Parquet file but not an audioset manifest{way_back if was_one else ''}"
        )
    if int(version) > SCHEMA_VERSION:
        raise InvalidInputError(
            f"{name} has manifest schema {int(version)}; this audioset reads up to "
            f"{SCHEMA_VERSION}: upgrade audioset"
        )
    if schema.equals(stored_schema()):  # nearly all are, and it is known at once
        return
    for column, stored in zip(manifest_schema(), stored_schema(), strict=True):
        index = schema.get_field_index(column.name)
        if index < 0 and not column.nullable:
            raise InvalidInputError(f"{name} lacks the column {column.name!r}")
        if index >= 0 and schema.field(index).type not in (column.type, stored.type):
            raise InvalidInputError(
                f"{name}: column {column.name!r} is {schema.field(index).type}, not {column.type}"
            )


FACT_COLUMNS = (*column_names(group="speaker")[:-1], *column_names(group="rights"))


def split_facts(facts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Divide facts into those with a column of their own and the rest, which go to `extra`.

    Raises:
        InvalidInputError: a fact has the name of a measured column.
    """
    reserved = set(column_names()) - set(FACT_COLUMNS)
    taken = sorted(reserved & set(facts))
    if taken:
        raise InvalidInputError(
            f"{taken[0]!r} is measured or managed by audioset and cannot be set as a fact; "
            f"facts with a column are {', '.join(FACT_COLUMNS)}, any other name is kept as it is"
        )
    # Words of a command line may hold bytes that are no text.
    readable = {
        key: value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for key, value in facts.items()
    }
    known = {key: value for key, value in readable.items() if key in FACT_COLUMNS}
    return known, {key: value for key, value in readable.items() if key not in FACT_COLUMNS}
