"""Whether the runs in the `mlflow.db` of a workspace are where its settings say that MLflow is."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from audioset.hiding import hide
from audioset.settings import own_place, shown_here
from audioset.tracking.client.tracking import Tracking
from audioset.wording import count

_asked: set[Tracking] = set()


def is_being_copied(tracking: Tracking) -> None:
    """Say nothing of this backend from now on: who copies knows."""
    _asked.add(tracking)


def not_copied_text(tracking: Tracking, client: Any) -> str:
    """Say once for each backend what the workspace's own database has and it has not.

    Without runs in its own database, nothing is asked of the other.

    Args:
        client: of MLflow, on the backend that the settings name; None when that is not made yet.
    """
    own = own_place(tracking.folder, "tracking")
    if tracking in _asked or not own.is_file() or tracking.uri == f"sqlite:///{own}":
        return ""
    _asked.add(tracking)
    names, num_runs = _look(own)
    if not num_runs:
        return ""
    if client is not None and any(client.get_experiment_by_name(name) for name in names):
        return ""
    return (
        f"MLflow at {hide(tracking.uri, tracking.uri)} has no run of {names[0]}, while {own.name} "
        f"here has {count(num_runs, 'run')}, not used: audioset copy --tracking --from "
        f"{shown_here(own)} brings what is missing, or rename that file"
    )


def _look(own: Path) -> tuple[list[str], int]:
    """Give the experiments of versions in a database of MLflow, and how many runs it has."""
    found: tuple[list[str], int] = ([], 0)
    with (
        suppress(sqlite3.Error),  # it is not used, so what is wrong with it stops nobody
        closing(sqlite3.connect(f"{own.as_uri()}?mode=ro", uri=True)) as connection,
    ):
        query = "select name from experiments where name like 'audioset/%' order by name"
        names = [name for (name,) in connection.execute(query)]
        alive = "select count(*) from runs where lifecycle_stage = 'active'"
        found = names, connection.execute(alive).fetchone()[0] if names else 0
    return found
