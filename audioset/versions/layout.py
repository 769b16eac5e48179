"""Where things lie in the store, below the folder of their dataset. `docs/format.md` draws it."""

import re

# What is read of records, aliases and withdrawals, far above what they have: a record names a shard
# in 150 bytes, a withdrawal a clip in 250.
MOST_RECORD_BYTES = 64 * 2**20
MOST_WITHDRAWAL_BYTES = 512 * 2**20
MOST_VERSIONS = 999_999_999  # nine digits; a greater number would be no name of a record
_VERSION_NAME = re.compile(r"v(?P<version>[0-9]{4,9})\.json")
_WITHDRAWAL_NAME = re.compile(r"w(?P<number>[0-9]{4,9})\.json")


def shard_key(dataset: str, sha256: str) -> str:
    """Give the key of a shard."""
    return f"{dataset}/shards/{sha256}.tar"


def manifest_key(dataset: str, sha256: str) -> str:
    """Give the key of one part of a manifest."""
    return f"{dataset}/manifests/{sha256}.parquet"


def versions_prefix(dataset: str) -> str:
    """Give the folder that holds the version records and nothing else."""
    return f"{dataset}/versions"


def version_key(dataset: str, version: int) -> str:
    """Give the key of a version record: four digits or more, so that most listings sort well."""
    return f"{versions_prefix(dataset)}/v{version:04d}.json"


def version_of_key(key: str) -> int | None:
    """Read the number of a version from the key of its record; None for any other object."""
    match = _VERSION_NAME.fullmatch(key.rpartition("/")[2])
    return int(match["version"]) if match else None


def aliases_prefix(dataset: str) -> str:
    """Give the folder that holds the aliases and nothing else."""
    return f"{dataset}/aliases"


def alias_key(dataset: str, alias: str) -> str:
    """Give the key of an alias."""
    return f"{aliases_prefix(dataset)}/{alias}.json"


def alias_of_key(key: str) -> str | None:
    """Read the name of an alias from its key; None for any other object."""
    name = key.rpartition("/")[2]
    return name.removesuffix(".json") if name.endswith(".json") else None


def withdrawn_prefix(dataset: str) -> str:
    """Give the folder that holds the withdrawals and nothing else."""
    return f"{dataset}/withdrawn"


def withdrawal_key(dataset: str, number: int) -> str:
    """Give the key of a withdrawal; they are numbered in the order in which they happened."""
    return f"{withdrawn_prefix(dataset)}/w{number:04d}.json"


def withdrawal_of_key(key: str) -> int | None:
    """Read the number of a withdrawal from its key; None for any other object."""
    match = _WITHDRAWAL_NAME.fullmatch(key.rpartition("/")[2])
    return int(match["number"]) if match else None
