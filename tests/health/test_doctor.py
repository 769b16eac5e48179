"""Set-ups that are broken on purpose: `doctor` names the trouble and its cure, and looks on."""

import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import audioset
from audioset import Decision, Diagnosis
from audioset.cli.app import run
from audioset.health.workspace import look_at_locks, look_for_left_over
from audioset.machine import take_lock
from tests.adversity import remount, small_disk
from tests.faulty_proxy import FOR_EVER, WRONG_CLOCK, faulty_proxy
from tests.mlflow_server import mlflow_server
from tests.postgresql import postgresql_url
from tests.servers import BUCKET, careless_s3, s3_url, serving, start_s3
from tests.workspaces import make_workspace

__all__ = ["postgresql_url", "s3_url"]
MACHINES = Path(__file__).parents[1] / "machines"
WORKS = {"fine", "limited"}
WRITE_AND_END = """
import itertools, pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder.parent / "originals").mkdir(exist_ok=True)
for number in itertools.count():
    names = [folder / f".{number * 50 + each:016x}.tmp" for each in range(50)]
    locks = [folder.parent / "originals" / f".talk-{each}.lock" for each in range(50)]
    for path in names + locks:
        path.write_bytes(b"half")
    for path in names + locks:
        path.unlink()
    if number == 0:
        print(flush=True)
"""  # a process that writes files and names them, quicker than any real one


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with clips, a version and a decision, in which one stands; no proxies."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    ws.publish(track=False)
    ws.decide(Decision("speaker", "speaker0", "gender", "f"))
    monkeypatch.chdir(ws.folder)
    return ws.folder


def set_settings(folder: Path, **places: str) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in places.items()]
    (folder / "audioset.toml").write_text("\n".join(['name = "scots"', *lines]))


def found(thing: str, state: str, *words: str, others: frozenset[str] = frozenset()) -> Diagnosis:
    """Look, require one trouble alone with these words, and give it."""
    report = audioset.doctor()
    one = report.of(thing)
    assert one.state == state, one
    for word in words:
        assert word in f"{one.found}; {one.cure}"
    assert one.cure, f"no cure is told: {one.found}"
    expected = others | {thing}
    more = [each for each in report.diagnoses if each.state not in WORKS]
    assert [each for each in more if each.thing not in expected] == []
    return one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def all_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Give every file with its size and when it was changed."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_sound_workspace_is_found_sound_and_nothing_stays_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = all_files(folder)
    assert run(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert err == "nothing is wrong\n"
    lines = [line.split()[:2] for line in out.splitlines()]
    assert [mark for mark, _ in lines] == ["ok"] * len(lines)
    assert len(lines) == len({thing for _, thing in lines}) == 19
    assert "1 version of scots; one writer alone creates an object: proven" in out
    assert all_files(folder) == before
    assert run(["doctor", "--json", "--workspace", str(folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(folder)
    assert {each["state"] for each in told["diagnoses"]} == {"fine"}
    by_python = [each.thing for each in audioset.open_workspace().doctor().diagnoses]
    assert [each["thing"] for each in told["diagnoses"]] == by_python


def test_an_unknown_setting_hides_nothing_that_can_be_known_without(folder: Path) -> None:
    set_settings(folder, stroe="s3://bucket/scots")
    asked = frozenset({"store", "catalog", "tracking", "clock"})
    found("settings", "trouble", "stroe", "did you mean store?", others=asked)
    report = audioset.doctor()
    assert {report.of(thing).state for thing in asked} == {"not looked at"}
    assert report.of("manifests").found == "1 manifest, each opens"


def test_a_table_of_wrong_options(folder: Path) -> None:
    (folder / "audioset.toml").write_text("[cut]\npause_second = 0.3\n")
    found("settings", "trouble", "pause_second")


def test_a_workspace_that_is_not_there(folder: Path) -> None:
    report = audioset.doctor("scot")
    assert "no workspace scot" in report.of("settings").found
    assert report.of("settings").cure


def test_no_workspace_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    found("workspace", "limited", "no workspace in", "audioset init")
    assert list((tmp_path / "bare").iterdir()) == []


def test_a_store_on_a_disk_that_is_read_only(folder: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 10**9) as disk:
        (disk / "store").mkdir()
        set_settings(folder, store=str(disk / "store"))
        remount(disk, "ro")
        found("store", "limited", "can be read, and not written by you", "allow you to put")


def test_a_workspace_of_somebody_who_may_only_read(folder: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 10**9) as disk:
        subprocess.run(["cp", "-r", str(folder), str(disk / "theirs")], check=True)
        remount(disk, "ro")
        report = audioset.doctor(disk / "theirs")
        assert report.troubles == ()
        for thing in ("workspace", "store", "catalog"):
            assert report.of(thing).state == "limited", report.of(thing)
            assert report.of(thing).cure
        assert "1 version of scots" in report.of("store").found


def test_a_bucket_in_which_one_may_only_read(
    folder: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(folder, store=s3_url)
    refusal = (403, "AccessDenied", "you may not")
    with faulty_proxy(start_s3().port, refusal, "PUT", times=FOR_EVER) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        found("store", "limited", "can be read, and not written by you", "allow you to put")


def test_a_store_that_lets_two_writers_create_one_object(
    folder: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(folder, store="s3://bucket/scots")
    with careless_s3() as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        found("store", "trouble", "cannot hold versions", "another store", others=CLOCKLESS)


CLOCKLESS = frozenset({"clock"})


def test_an_endpoint_at_which_nobody_listens(
    folder: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(folder, store=s3_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    found("store", "trouble", "does not answer", "check the endpoint", others=CLOCKLESS)


def test_a_secret_key_that_does_not_fit(
    folder: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(folder, store=s3_url)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-that-secret-9")
    one = found("store", "trouble", "secret key does not fit", "check the credentials")
    assert "not-that-secret-9" not in str(audioset.doctor())
    assert "403" in one.cure


def test_a_bucket_that_works_is_found_well_and_empty_as_it_was(folder: Path, s3_url: str) -> None:
    set_settings(folder, store=s3_url)
    report = audioset.doctor()
    assert report.troubles == ()
    assert "proven" in report.of("store").found
    assert report.of("clock").state == "fine"
    from audioset.storage.store import open_store

    assert list(open_store(s3_url).list_keys("")) == []


def test_a_clock_that_a_server_refuses(
    folder: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(folder, store=s3_url)
    with faulty_proxy(start_s3().port, WRONG_CLOCK, times=FOR_EVER) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        found("clock", "trouble", "20 minutes behind", "set the clock")


def test_a_catalog_that_a_newer_release_changed(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.db")) as connection:
        connection.execute("INSERT INTO audioset_migrations VALUES ('m099_tomorrow')")
        connection.commit()
    found("catalog", "trouble", "newer audioset (m099_tomorrow)", "pip install --upgrade audioset")


def test_a_catalog_that_somebody_writes_to_for_long(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        found("catalog", "trouble", "another program is writing to it", "wait for that program")


def test_a_catalog_that_is_no_database(folder: Path) -> None:
    (folder / "catalog.db").write_text("this is a shopping list\n" * 100)
    found("catalog", "trouble", "not a database", "check `catalog` in audioset.toml")


def test_a_catalog_whose_driver_is_not_installed(folder: Path) -> None:
    set_settings(folder, catalog="postgresql+psycopg2://mairi:geheim@127.0.0.1/scots")
    one = found("catalog", "trouble", "needs a driver that is not installed", "pip install")
    assert "geheim" not in f"{one}"


def test_an_mlflow_that_does_not_answer(folder: Path) -> None:
    set_settings(folder, tracking=f"http://127.0.0.1:{free_port()}")
    found("tracking", "trouble", "does not answer (Connection refused)", "check `tracking`")


class OldMlflow(BaseHTTPRequestHandler):
    """Answers what is asked of an empty server as its second release did."""

    def do_GET(self) -> None:
        if self.path == "/version":
            self.answer(200, b"2.9.1")
        else:
            self.answer(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}')

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def old_mlflow() -> Iterator[str]:
    with serving(OldMlflow) as port:
        yield f"http://127.0.0.1:{port}"


def test_an_mlflow_server_that_is_older_than_ours(folder: Path, old_mlflow: str) -> None:
    set_settings(folder, tracking=old_mlflow)
    found("tracking", "trouble", "its MLflow is 2.9.1", "pip install 'mlflow==2.9.1'")


def test_an_mlflow_file_that_a_newer_one_wrote(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT);"
            "INSERT INTO alembic_version VALUES ('f00df00df00d');"
            "CREATE TABLE runs (run_uuid, experiment_id, status, lifecycle_stage);"
            "CREATE TABLE experiments (experiment_id, name);"
            "CREATE TABLE tags (run_uuid, key, value);"
        )
    found("tracking", "trouble", "written by a newer MLflow", "pip install --upgrade mlflow")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_a_proxy_that_catches_this_machine(
    folder: Path, old_mlflow: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    set_settings(folder, tracking=old_mlflow)
    monkeypatch.setenv(variable, f"http://mairi:geheim@127.0.0.1:{free_port()}")
    others = frozenset({"tracking"})
    one = found("proxies", "trouble", "catches MLflow", "export NO_PROXY=127.0.0.1", others=others)
    assert "geheim" not in f"{one}"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert audioset.doctor().of("proxies").state == "fine"


def test_a_disk_that_is_nearly_full(folder: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 20_000_000) as disk:
        (disk / "store").mkdir()
        set_settings(folder, store=str(disk / "store"))
        found("disk", "trouble", f"0.0 GB free at {disk} for the store", "make room")


def test_a_manifest_that_is_half_there(folder: Path) -> None:
    (manifest,) = (folder / "manifests").glob("*.parquet")
    manifest.write_bytes(manifest.read_bytes()[:-200])
    found("manifests", "trouble", f"{manifest} is not a Parquet file, or is damaged", "backup")


def test_what_a_killed_process_left(folder: Path) -> None:
    part = folder / "manifests" / ".0123456789abcdef.tmp"
    part.write_bytes(b"half")
    assert audioset.doctor().of("left over").state == "fine"  # it may be being written just now
    os.utime(part, (time.time() - 7200,) * 2)
    found("left over", "limited", str(part), "safe to delete")


def test_others_write_while_it_looks(folder: Path) -> None:
    """What is listed may be gone a moment later: whoever wrote it has ended."""
    command = [sys.executable, "-c", WRITE_AND_END, str(folder / "manifests")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            for _ in range(200):
                assert look_for_left_over(folder, None).state == "fine"
                assert look_at_locks(folder).state == "fine"
        finally:
            writer.kill()


def test_a_lock_that_somebody_holds(folder: Path) -> None:
    (folder / "originals").mkdir()
    path = folder / "originals" / ".talk-1a2b3c4d.lock"
    with path.open("ab") as file:
        assert take_lock(file)
        found("locks", "limited", f"holds {path}", "wait for it")
    assert audioset.doctor().of("locks").state == "fine"


def test_a_variable_that_nobody_reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIOSET_STROE", "s3://bucket/scots")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "geheim-1234")
    one = found("environment", "limited", "AUDIOSET_STROE", "did you mean AUDIOSET_STORE?")
    assert "geheim-1234" not in one.found
    assert "MLFLOW_TRACKING_PASSWORD=***" in one.found


def test_a_library_of_another_release(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "site" / "webdataset-0.2.1.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: webdataset\nVersion: 0.2.1\n")
    monkeypatch.syspath_prepend(str(told.parent))
    found(
        "packages", "trouble", "webdataset is 0.2.1, needed is >=1.0", "pip install 'webdataset>=1"
    )


def test_a_system_without_locks(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "audioset", "doctor", "--json"],
        env={**os.environ, "PYTHONPATH": str(MACHINES / "fewer_names")},
        capture_output=True,
        text=True,
        check=True,
    )
    told = {each["thing"]: each for each in json.loads(done.stdout)["diagnoses"]}
    assert told["drive"]["state"] == "limited"
    assert "has no locks" in told["drive"]["found"]
    assert "local disk" in told["drive"]["cure"]


def test_many_troubles_are_told_side_by_side(
    folder: Path, s3_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    set_settings(
        folder,
        store=f"s3://{BUCKET}/{secrets.token_hex(4)}",
        catalog=f"postgresql+psycopg://mairi:geheim@127.0.0.1:{free_port()}/scots",
        tracking=f"http://mairi:geheim@127.0.0.1:{free_port()}",
    )
    assert run(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert err == "audioset: 3 troubles: store, catalog, tracking\n"
    assert "geheim" not in out
    assert out.count("BAD") == 3


@pytest.mark.slow
def test_a_catalog_on_postgresql_and_one_who_may_only_read_it(
    folder: Path, postgresql_url: str
) -> None:
    (folder / "catalog.db").unlink()
    set_settings(folder, catalog=postgresql_url)
    assert "0 rows" in audioset.doctor().of("catalog").found  # and no table was made
    audioset.open_workspace().decide(Decision("speaker", "speaker0", "gender", "f"))
    assert audioset.doctor().of("catalog").state == "fine"
    with create_engine(postgresql_url, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS reader"))
        connection.execute(text("CREATE ROLE reader LOGIN"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO reader"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"))
    try:
        set_settings(folder, catalog=postgresql_url.replace("postgres@", "reader@"))
        found("catalog", "limited", "1 row of decisions; it can be read, and not written by you")
    finally:
        with create_engine(postgresql_url, poolclass=NullPool).begin() as connection:
            connection.execute(text("DROP OWNED BY reader"))
            connection.execute(text("DROP ROLE reader"))


@pytest.mark.slow
def test_a_real_server_of_mlflow(folder: Path, tmp_path: Path) -> None:
    with mlflow_server(f"sqlite:///{tmp_path / 'server.db'}", secrets.token_hex(4)) as address:
        set_settings(folder, tracking=address)
        one = audioset.doctor().of("tracking")
        assert one.state == "fine", one
        ours = version("mlflow")
        assert f"its MLflow is {ours}, that of this machine {ours}" in one.found
