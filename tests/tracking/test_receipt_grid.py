"""Receipts equal what trainers saw, however workers are started and however many runs go on."""

from pathlib import Path

import pytest

from tests.tracking.receipt_grid import METHODS, Cell, cells, make, run_cells
from tests.training.optional import have, is_there

WITHOUT_PYTORCH = [Cell("fork", workers=0, stay=False, runs=2, threads=True, way="loader")]
SOME = [Cell("fork", workers=2, stay=True, runs=2, threads=True)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grid") / "grid"
    make(folder)
    return folder


def require_exact(workspace: Path, wanted: list[Cell]) -> None:
    for cell, verdict in run_cells(workspace, wanted):
        assert set(verdict.split(", ")) == {"exact"}, cell


def test_a_part_of_the_grid(workspace: Path) -> None:
    with_pytorch = SOME if is_there("torch", "REQUIRE_TORCH") else []
    require_exact(workspace, WITHOUT_PYTORCH + with_pytorch)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_whole_grid(workspace: Path, method: str) -> None:
    have("torch", "REQUIRE_TORCH")
    require_exact(workspace, [*cells(method), *cells(method, way="loader")])
