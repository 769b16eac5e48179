"""A record, an alias and a withdrawal notice every flipped bit and every lost byte."""

import hashlib
import json

import pytest

from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.alias import Alias, AliasMove
from audioset.records.version import ContentObject, VersionRecord
from audioset.records.withdrawal import RemainingVersion, Withdrawal

SHARD = ContentObject(sha256="ab" * 32, size_bytes=12, num_clips=3)
WHO = {"message": 'said "yes"; é', "created_at": "2026-01-01T00:00:00+00:00", "created_by": "ada"}
TOTALS = {
    "num_clips": 3,
    "length_seconds": 0.1 + 0.2,
    "num_speakers": 1,
    "size_bytes": 12,
    "manifests": (SHARD,),
    "shards": (SHARD,),
}
OBJECTS = [
    VersionRecord(
        dataset="scots", version=3, digest="cd" * 32, parent=2, nonce="ef" * 16,
        num_withdrawals=1, **TOTALS, **WHO,
    ),
    Alias(
        dataset="scots", alias="prod", nonce="ef" * 16,
        moves=(AliasMove(version=3, moved_at="2026-01-01T00:00:00+00:00", moved_by="ada"),),
    ),
    Withdrawal(
        dataset="scots", number=1, recordings=("ab" * 32,), nonce="ef" * 16,
        versions=(RemainingVersion(version=1, num_withdrawn=2, **TOTALS),), **WHO,
    ),
]  # fmt: skip


@pytest.fixture(params=OBJECTS, ids=lambda value: type(value).__name__)
def made(request: pytest.FixtureRequest) -> VersionRecord | Alias | Withdrawal:
    return request.param


def test_what_is_sealed_reads_back(made: VersionRecord | Alias | Withdrawal) -> None:
    assert type(made).from_json(made.to_json(), name="x") == made
    assert type(made).from_json(made.to_json().encode(), name="x") == made


def test_the_seal_is_the_hash_that_the_format_describes(
    made: VersionRecord | Alias | Withdrawal,
) -> None:
    text = made.to_json()
    seal = json.loads(text)["content_sha256"]
    assert hashlib.sha256(text.replace(seal, "0" * 64).encode()).hexdigest() == seal


def test_no_flipped_bit_passes(made: VersionRecord | Alias | Withdrawal) -> None:
    data = made.to_json().encode()
    for position in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[position] ^= 1 << bit
            with pytest.raises(AudiosetError):
                type(made).from_json(bytes(damaged), name="x")


def test_no_beginning_passes_for_the_whole(made: VersionRecord | Alias | Withdrawal) -> None:
    data = made.to_json().encode()
    for length in range(len(data)):
        with pytest.raises(AudiosetError):
            type(made).from_json(data[:length], name="x")


def test_an_object_of_before_seals_is_read(made: VersionRecord | Alias | Withdrawal) -> None:
    values = json.loads(made.to_json())
    del values["content_sha256"]
    assert type(made).from_json(json.dumps(values), name="x") == made


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "{}", "null", ""])
def test_anything_else_is_refused(made: VersionRecord | Alias | Withdrawal, text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^x is not "):
        type(made).from_json(text, name="x")


def test_a_newer_format_asks_for_a_newer_release(made: VersionRecord | Alias | Withdrawal) -> None:
    values = json.loads(made.to_json())
    values["format_version"] = 3  # the newest that this release knows of any is 2
    with pytest.raises(InvalidInputError, match="upgrade audioset"):
        type(made).from_json(json.dumps(values), name="x")
