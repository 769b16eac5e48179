"""docs/format.md says what the code does: every column, every field, every fact of a shard."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from audioset.records.alias import Alias, AliasMove
from audioset.records.manifest import columns
from audioset.records.version import ContentObject, VersionRecord
from audioset.records.withdrawal import RemainingVersion, Withdrawal
from audioset.storage.shards import SHARD_FACTS

FORMAT = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", columns(), ids=lambda column: column.name)
def test_every_column_is_described_as_it_is(column: object) -> None:
    name, facts = column.name, column.metadata  # type: ignore[attr-defined]
    line = f"| `{name}`{' *' if facts['required'] else ''} |"
    assert f"{line} {facts['arrow']} | {facts['unit']} | {facts['meaning']} |" in FORMAT


@pytest.mark.parametrize(
    ("section", "records"),
    [
        ("record", (VersionRecord, ContentObject)),
        ("alias", (Alias, AliasMove)),
        ("withdrawal", (Withdrawal, RemainingVersion)),
    ],
)
def test_every_field_of_what_is_stored_as_json_is_described(
    section: str, records: tuple[Any, ...]
) -> None:
    (text,) = re.findall(rf"^## The {section}\n(.*?)^## ", FORMAT, re.MULTILINE | re.DOTALL)
    names = {field.name for record in records for field in fields(record)}
    if section == "record":
        names.remove("num_withdrawn")  # a withdrawal says it
    assert names <= set(re.findall(r"`(\w+)`", text))


def test_every_fact_in_a_shard_is_named() -> None:
    (section,) = re.findall(r"^## Shards\n(.*?)^## ", FORMAT, re.MULTILINE | re.DOTALL)
    assert set(SHARD_FACTS) <= set(re.findall(r"`(\w+)`", section))
