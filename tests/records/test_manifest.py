import pyarrow as pa
import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import (
    SCHEMA_VERSION_KEY,
    clips_from_table,
    columns,
    manifest_schema,
    require_manifest,
    split_facts,
    table_from_clips,
)
from audioset.records.pin import Pin
from audioset.records.source import Source
from tests.workspaces import make_clip


def test_rows_round_trip() -> None:
    clips = [
        make_clip("talk.mp4", number, text="it's", extra={"b": "2", "a": "1"})[0]
        for number in range(3)
    ]
    assert list(clips_from_table(table_from_clips(clips))) == clips


def test_a_table_of_an_older_release_reads_with_nulls() -> None:
    table = table_from_clips([make_clip("talk.mp4", 0, text="hello")[0]]).drop_columns(["text"])
    require_manifest(table.schema, "old.parquet")
    (clip,) = clips_from_table(table)
    assert clip.text is None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda t: t.replace_schema_metadata(None), "not an audioset manifest"),
        (lambda t: t.replace_schema_metadata({SCHEMA_VERSION_KEY: b"99"}), "upgrade audioset"),
        (lambda t: t.drop_columns(["clip_id"]), "lacks the column 'clip_id'"),
        (
            lambda t: t.set_column(0, "clip_id", pa.array([7])),
            "column 'clip_id' is int64, not string",
        ),
    ],
)
def test_what_is_not_a_manifest_is_refused(spoil: object, reason: str) -> None:
    table = table_from_clips([make_clip("talk.mp4", 0)[0]])
    with pytest.raises(InvalidInputError, match=reason):
        require_manifest(spoil(table).schema, "x.parquet")  # type: ignore[operator]


def test_every_column_says_what_it_means() -> None:
    assert len(columns()) == len(manifest_schema())
    for column in columns():
        assert column.metadata["meaning"]
        if column.name.endswith(("_seconds", "_db", "_hz", "_bytes", "_lufs", "_dbfs")):
            assert column.metadata["unit"]


def test_facts_with_a_column_are_told_from_the_rest() -> None:
    assert split_facts({"speaker": "isla", "shirt": "red", "consent": "research"}) == (
        {"speaker": "isla", "consent": "research"},
        {"shirt": "red"},
    )
    with pytest.raises(InvalidInputError, match="'pcm_sha256' is measured"):
        split_facts({"pcm_sha256": "00"})


def test_small_records_round_trip() -> None:
    pin = Pin(dataset="scots", version=3, digest="ab" * 32, store="store")
    assert Pin.from_json(pin.to_json(), name="scots.pin.json") == pin
    source = Source(
        source_id="a-00000000",
        name="a.mp4",
        sha256="00" * 32,
        container="mov",
        codec="aac",
        sampling_rate=44_100,
        channels=2,
        num_samples=88_200,
        warnings=("short", "damaged"),
    )
    assert Source.from_json(source.to_json()) == source
    assert source.length_seconds == 2.0
    with pytest.raises(InvalidInputError, match=r"x\.json is not a pin file"):
        Pin.from_json("{}", name="x.json")
