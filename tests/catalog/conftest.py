"""A catalog to test, in each of the two databases."""

from pathlib import Path

import pytest

from tests.postgresql import postgresql_url

__all__ = ["postgresql_url"]  # a fixture


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    made: str = request.getfixturevalue("postgresql_url")
    return made
