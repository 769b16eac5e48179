"""A new SQLite database of MLflow is a copy of one that MLflow made in this run.

MLflow makes one by going through all of its migrations, which takes a second of CPU, and many waits
for the disk. Hundreds of tests need a new one, and none is about how it comes to be: what comes to
be is the same.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tests.run_folder import begin_run

if TYPE_CHECKING:
    from sqlalchemy import Engine

Make = Callable[["Engine"], None]

_MAKER, _NAME = "mlflow.store.db.utils", "_initialize_tables"
_WHO_ASKS = (_MAKER, "mlflow.store.model_registry.sqlalchemy_store")


def copy_new_databases() -> None:
    """Let stores of this process copy theirs, where MLflow is loaded; may be called again."""
    maker = sys.modules.get(_MAKER)
    make = getattr(maker, _NAME, None)
    if make is None or isinstance(make, partial):
        return
    for module in filter(None, map(sys.modules.get, _WHO_ASKS)):
        setattr(module, _NAME, partial(_copy, make))


def make_template() -> None:
    """Make what is copied now, so that processes that are forked have it."""
    maker = import_module(_MAKER)
    copy_new_databases()
    _template(getattr(maker, _NAME).args[0])


def _copy(make: Make, engine: "Engine") -> None:
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or file == ":memory:":
        make(engine)
        return
    with (
        closing(sqlite3.connect(_template(make))) as template,
        closing(sqlite3.connect(file)) as new,
    ):
        if new.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            template.backup(new)
            return
    make(engine)  # an older one, to be brought up to date


@cache
def _template(make: Make) -> Path:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    path = Path(tempfile.mkdtemp(prefix="mlflow-", dir=begin_run())) / "new.db"
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    make(engine)
    engine.dispose()
    return path
