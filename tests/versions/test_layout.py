"""Where things lie in a store: keys, and what is read of them."""

import pytest

from audioset.versions.layout import (
    MOST_RECORD_BYTES,
    MOST_VERSIONS,
    MOST_WITHDRAWAL_BYTES,
    alias_key,
    alias_of_key,
    aliases_prefix,
    manifest_key,
    shard_key,
    version_key,
    version_of_key,
    versions_prefix,
    withdrawal_key,
    withdrawal_of_key,
    withdrawn_prefix,
)


def test_every_object_has_its_place() -> None:
    assert shard_key("scots", "ab") == "scots/shards/ab.tar"
    assert manifest_key("scots", "ab") == "scots/manifests/ab.parquet"
    assert versions_prefix("scots") == "scots/versions"
    assert version_key("scots", 3) == "scots/versions/v0003.json"
    assert version_key("scots", 12345) == "scots/versions/v12345.json"
    assert aliases_prefix("scots") == "scots/aliases"
    assert alias_key("scots", "best") == "scots/aliases/best.json"
    assert withdrawn_prefix("scots") == "scots/withdrawn"
    assert withdrawal_key("scots", 7) == "scots/withdrawn/w0007.json"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("0001.json", 1),
        ("12345.json", 12345),
        ("999999999.json", 999_999_999),
        ("1234567890.json", None),
        ("001.json", None),
        ("0001.json.part", None),
        ("0001", None),
        ("000a.json", None),
    ],
)
def test_only_what_is_named_so_is_a_record(name: str, number: int | None) -> None:
    assert version_of_key(f"scots/versions/v{name}") == number
    assert withdrawal_of_key(f"scots/withdrawn/w{name}") == number
    assert version_of_key(f"scots/versions/w{name}") is None
    assert withdrawal_of_key(f"scots/withdrawn/v{name}") is None


def test_the_name_of_an_alias_is_that_of_its_object() -> None:
    assert alias_of_key("scots/aliases/best.json") == "best"
    assert alias_of_key("scots/aliases/best.v2.json") == "best.v2"
    assert alias_of_key("scots/aliases/best.txt") is None
    assert alias_of_key("best.json") == "best"


def test_what_is_read_of_records_is_bounded() -> None:
    assert MOST_RECORD_BYTES == 67_108_864
    assert MOST_WITHDRAWAL_BYTES == 536_870_912
    assert MOST_VERSIONS == 999_999_999
