"""docs/format.md says what the code does: every column, every field, every fact of a shard."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from audioset.records.manifest import columns
from audioset.records.version import VersionRecord
from audioset.storage.shards import SHARD_FACTS

FORMAT = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
ROWS = {
    name: tuple(cell.strip() for cell in rest.split("|"))
    for name, rest in re.findall(r"^\| `(\w+)`(?: \*)? \| (.*) \|$", FORMAT, re.MULTILINE)
}


@pytest.mark.parametrize("column", columns(), ids=lambda column: column.name)
def test_every_column_is_described_as_it_is(column: object) -> None:
    name, facts = column.name, column.metadata  # type: ignore[attr-defined]
    line = f"| `{name}`{' *' if facts['required'] else ''} |"
    assert f"{line} {facts['arrow']} | {facts['unit']} | {facts['meaning']} |" in FORMAT


def test_every_field_of_the_record_is_described() -> None:
    assert {field.name for field in fields(VersionRecord)} <= set(ROWS)


def test_every_fact_in_a_shard_is_named() -> None:
    (section,) = re.findall(r"^## Shards\n(.*?)^## ", FORMAT, re.MULTILINE | re.DOTALL)
    assert set(SHARD_FACTS) <= set(re.findall(r"`(\w+)`", section))
