"""Where a store may be: a folder or an address, and what is nearly one is told."""

import re
from pathlib import Path

import pytest

from audioset.errors import InvalidInputError
from audioset.locations import require_location
from audioset.settings import load_settings
from audioset.storage.store import open_store

NEARLY = {
    "s3:/bucket/x": "s3://bucket/x",
    "s3:bucket": "s3://bucket",
    "s3//bucket": "s3://bucket",
    "s3:///bucket": "s3://bucket",
    "S3://bucket/x": "s3://bucket/x",
    " s3://bucket": "s3://bucket",
    "s3a://bucket": "s3://bucket",
    "s3:/": "s3://bucket/prefix",
    "gs:/bucket": "gs://bucket",
    "GCS://bucket": "gs://bucket",
    "az:container/x": "az://container/x",
    "wasbs://container@account": "az://",
    "file:/data/x": "the folder alone: /data/x",
    "FILE:///data": "the folder alone: /data",
    "https://bucket.s3.amazonaws.com/a/b": "s3://bucket/a/b",
    "https://bucket.s3.eu-west-1.amazonaws.com/a": "s3://bucket/a",
    "bucket.s3-eu-west-1.amazonaws.com": "s3://bucket",
    "https://s3.eu-west-1.amazonaws.com/bucket/a?X-Amz-Signature=abc": "s3://bucket/a",
    "https://storage.googleapis.com/bucket/a": "gs://bucket/a",
    "https://account.blob.core.windows.net/container/a?sv=1&sig=abc": "az://container/a",
    "arn:aws:s3:::bucket/a": "s3://bucket/a",
}
FINE = (
    "store", "s3", "./s3:/x", "/data/s3//x", r"C:\data", "C:/data", "c:data", "s3://bucket/x",
    "gs://bucket", "az://container", "abfss://container@account.dfs.core.windows.net/x",
    "file:///data", "memory://", "a:b", "files:/x", "my-s3:backup",
)  # fmt: skip


@pytest.mark.parametrize("location", NEARLY)
def test_what_is_nearly_an_address_is_no_folder(location: str, tmp_path: Path) -> None:
    told = f"write {re.escape(NEARLY[location])}"
    with pytest.raises(InvalidInputError, match=told) as refused:
        load_settings(workspace=tmp_path, store=location)
    assert "abc" not in str(refused.value)
    with pytest.raises(InvalidInputError, match=told):
        open_store(location)


@pytest.mark.parametrize("location", FINE)
def test_folders_and_addresses_stay(location: str) -> None:
    assert require_location(location) == location
