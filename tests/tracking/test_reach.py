"""A server or database that is down is told soon; one of another MLflow is not changed silently."""

import os
import shutil
import socket
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.errors import TrackingError
from audioset.tracking.client import reach
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.moves import homes
from tests.postgresql import postgresql_url
from tests.servers import serving

__all__ = ["postgresql_url"]

OLD = "17e22815139b"  # a revision of MLflow's tables before the last ones


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has answered yet, and tests wait for less than people."""
    monkeypatch.setattr(reach, "_answered", {})
    short = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "1", "PGCONNECT_TIMEOUT": "2"}
    monkeypatch.setattr(reach, "_HASTY", {**reach._HASTY, **short})
    monkeypatch.setattr(homes, "LOCK_SECONDS", 0.1)


def talk(uri: str, folder: Path) -> list[str]:
    tracking = Tracking(uri, folder)
    with mlflow_call(tracking):
        return [e.name for e in open_client(tracking).search_experiments()]


@pytest.fixture(scope="module")
def old_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as an earlier MLflow made it."""
    from alembic import command
    from mlflow.store.db import utils
    from mlflow.store.tracking.dbmodels.initial_models import Base

    path = tmp_path_factory.mktemp("old") / "mlflow.db"
    uri = f"sqlite:///{path}"
    engine = utils.create_sqlalchemy_engine(uri)
    Base.metadata.create_all(engine)
    config = utils._get_alembic_config(uri)
    with engine.begin() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries among themselves
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) "
            "VALUES (1, 'of old', 'x', 'active')"
        )
        connection.commit()
    return path


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


class Answering(BaseHTTPRequestHandler):
    """Gives one status to all."""

    status = 200

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response_only(self.status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>")

    do_POST = do_GET  # noqa: N815


@pytest.fixture
def silent() -> Iterator[int]:
    """Port of a server that takes every connection and never says anything."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


TOLD = {
    200: r"not MLflow \(a page to log in\?\)",
    302: r"another page answers there \(to log in\?\)",
    401: "access refused; set MLFLOW_TRACKING_USERNAME",
    403: "access refused; check MLFLOW_TRACKING_USERNAME",
    404: "there is no MLflow at this address; check its path",
    502: "a proxy answers, but not the server behind it",
    503: "it is busy or being started",
}


def test_what_a_server_in_the_place_of_mlflow_says_is_one_line(tmp_path: Path) -> None:
    for status, told in TOLD.items():
        handler = type("Handler", (Answering,), {"status": status})
        with serving(handler) as port, pytest.raises(TrackingError, match=told) as raised:
            talk(f"http://ada:hunter22@127.0.0.1:{port}", tmp_path)
        assert "hunter22" not in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["http", "postgresql+psycopg"])
def test_who_is_down_or_silent_is_asked_twice_at_most(
    kind: str, silent: int, tmp_path: Path
) -> None:
    for port in (9, silent):
        with pytest.raises(TrackingError, match=r"it does not answer \(.*; check `tracking`"):
            talk(f"{kind}://ada:hunter22@127.0.0.1:{port}/x", tmp_path)


def test_every_command_that_asks_mlflow_tells_it(
    silent: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audioset.init(tmp_path, name="scots")
    where = ["--tracking", f"http://127.0.0.1:{silent}", "--workspace", str(tmp_path)]
    for command in ("log", "recipe models:/a@b", "compare models:/a", "promote a"):
        reach._answered.clear()
        assert run([*command.split(), *where]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "it does not answer" in err


def test_what_the_user_has_set_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    with reach._hasty({"MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}):
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"
        assert os.environ["PGCONNECT_TIMEOUT"] == "2"
    assert "PGCONNECT_TIMEOUT" not in os.environ


def test_an_older_database_is_copied_and_told_before_it_is_changed(
    old_database: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(old_database, path)
    with pytest.warns(UserWarning, match=f"{path} was written by an older MLflow .*{OLD}") as told:
        names = talk(f"sqlite:///{path}", tmp_path)
    copy = tmp_path / f"mlflow.db.before-{OLD}"
    assert str(copy) in str(told[0].message)
    assert (version_of(copy), version_of(path) == OLD) == (OLD, False)
    assert "of old" in names
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        reach._answered.clear()
        talk(f"sqlite:///{path}", tmp_path)


def test_a_newer_database_is_told_and_not_touched(old_database: Path, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(old_database, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00df00df00d'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(TrackingError, match=r"by a newer MLflow than the .*f00df00df00d.*upgrade"):
        talk(f"sqlite:///{path}", tmp_path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["mlflow.db"]


def test_a_database_of_a_team_is_not_changed_for_others(
    postgresql_url: str, tmp_path: Path
) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text(f"INSERT INTO alembic_version VALUES ('{OLD}')"))
    with pytest.raises(TrackingError, match="would change it for everybody; make a copy, then"):
        talk(postgresql_url, tmp_path)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == OLD
    engine.dispose()


def test_a_file_that_is_locked_or_none_is_told(old_database: Path, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(old_database, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TrackingError, match="another program is writing to it for long"):
            talk(f"sqlite:///{path}", tmp_path)
        other.execute("ROLLBACK")
    path.write_bytes(b"not a database, but a text of some length" * 10)
    with pytest.raises(TrackingError, match="the file is no SQLite database"):
        talk(f"sqlite:///{path}", tmp_path)
