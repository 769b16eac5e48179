"""`scripts/team` for real: two people and a training machine, what each may do, and hard ends."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.catalog.database import CatalogDatabase
from audioset.cli.app import run
from audioset.errors import NotCopiedWarning, StorageError
from audioset.storage.store import open_store
from audioset.versions.forget.forget import forget, plan_forget
from audioset.versions.layout import shard_key
from audioset.workspace import Workspace
from tests.postgresql import REQUIRED, _program
from tests.run_folder import server_folder
from tests.servers import remove_sockets_at_end
from tests.typed.reading import home, practice, programs, reads
from tests.workspaces import make_workspace

__all__ = ["home", "practice", "programs"]  # fixtures
PROJECT = Path(__file__).parents[1]
READY = ("postgresql", "s3", "mlflow")
# What somebody writes who trains: no workspace, no catalog, only what `reader.env` says.
TRAINING = """
import audioset, mlflow
with audioset.training_run("scots@v1", run_name="first") as pin:
    for batch in audioset.open("scots@v1").batches(split="train", clips=4, seed=1):
        assert all(clip.samples.any() for clip in batch)
    mlflow.log_text("weights", "weights/weights.txt")
    client, run_id = mlflow.MlflowClient(), mlflow.active_run().info.run_id
    client.create_registered_model("oddities")
    client.create_model_version("oddities", f"runs:/{run_id}/weights", run_id)
"""


class Team:
    """A folder with the servers of a team, and what its scripts say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def call(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, PROJECT / "scripts" / "team.py", *words],
            check=False,
            capture_output=True,
            text=True,
            env=self._environment(),
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    def variables(self, name: str) -> dict[str, str]:
        """Read an env file as a shell does."""
        words = shlex.split((self.folder / name).read_text(), comments=True)
        return dict(word.split("=", 1) for word in words if "=" in word)

    def pids(self) -> list[int]:
        return [json.loads(path.read_text())["pid"] for path in self.folder.glob("run/*.json")]

    def foreground(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, PROJECT / "scripts" / "team.py"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "AUDIOSET_TEAM": str(self.folder)}


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    if _program("initdb") is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, but this machine has no PostgreSQL server")
        pytest.skip("this machine has no PostgreSQL server (initdb)")
    # Not below pytest's own folder, which the user of the PostgreSQL server may not enter.
    made = Team(server_folder("team"))
    try:
        said = made.call("start")
        assert all(f"starting {name}" in said for name in READY)
        kept = json.loads((made.folder / "secrets.json").read_text())
        remove_sockets_at_end(port for port in kept.values() if isinstance(port, int))
        yield made
    finally:
        made.call("stop")
        shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture
def act_as(team: Team, monkeypatch: pytest.MonkeyPatch) -> object:
    """Give this process the environment of one of the team's env files."""

    def act(name: str) -> None:
        for variable in ("AUDIOSET_CATALOG", *team.variables(name)):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in team.variables(name).items():
            monkeypatch.setenv(variable, value)

    return act


def test_two_people_publish_and_a_machine_without_a_catalog_trains(
    team: Team, act_as, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act_as("env")
    monkeypatch.chdir(tmp_path)
    made = make_workspace(tmp_path / "given", sources=2, clips_per_source=4)
    first_clip = sorted(path.stem for path in made.clips_dir.iterdir())[0]
    for person in ("ada", "ben"):  # each has the clips and a workspace of his own
        assert run(["init", person, "--name", "scots"]) == 0
        for folder in ("clips", "manifests"):
            shutil.copytree(made.folder / folder, tmp_path / person / folder)
    assert run(["publish", "-m", "first", "--workspace", "ada"]) == 0
    assert run(["decide", first_clip, "--text", "Aye", "--workspace", "ada"]) == 0
    assert run(["publish", "--workspace", "ben"]) == 0
    assert run(["alias", "prod", "scots@v2", "--workspace", "ben"]) == 0
    assert audioset.open("scots@prod")[first_clip].row.text == "Aye", "ben sees what ada decided"

    machine = tmp_path / "machine"
    machine.mkdir()
    others = {name: value for name, value in os.environ.items() if name != "AUDIOSET_CATALOG"}
    subprocess.run(
        [sys.executable, "-c", TRAINING],
        cwd=machine,
        check=True,
        env={**others, **team.variables("reader.env"), "PYTHONPATH": str(PROJECT)},
    )
    assert not list(machine.iterdir()), "training left files in the current folder"

    found = audioset.open_workspace().lineage("scots@v1")
    assert [model.name for model in found.models] == ["oddities"]
    heard = audioset.open_workspace().clips_behind("models:/oddities/1")
    trained = audioset.open("scots@v1?split = 'train'").table["clip_id"].to_pylist()
    assert heard.table["clip_id"].to_pylist() == trained
    assert [version.known_by for version in heard.versions] == ["receipt"]


def test_who_worked_alone_brings_everything_along(
    team: Team, act_as, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = make_workspace(tmp_path / "doric", name="doric", sources=2, clips_per_source=2)
    monkeypatch.chdir(alone.folder)
    assert run(["decide", "--speaker", "speaker0", "--set", "gender=f"]) == 0
    assert run(["publish", "-m", "alone"]) == 0
    assert run(["alias", "prod", "doric@v1"]) == 0
    with alone.training_run("doric@v1", run_name="at home") as pin:
        heard = [clip.row.clip_id for clip in alone.open("doric@v1")]
        mlflow.log_text("weights", "weights/weights.txt")
        client, run_id = mlflow.MlflowClient(), mlflow.active_run().info.run_id
        client.create_registered_model("doric")
        client.create_model_version("doric", f"runs:/{run_id}/weights", run_id)
    client.set_registered_model_alias("doric", "champion", "1")
    mlflow.set_tracking_uri(None)
    act_as("env")
    with pytest.warns(NotCopiedWarning, match="has no version of doric"):
        assert run(["versions"]) == 0
    for _ in range(2):  # and a second time, with nothing left to do
        assert run(["copy", "--from", "store"]) == 0
        assert run(["copy", "--catalog", "--from", "catalog.db"]) == 0
        assert run(["copy", "--tracking", "--from", "mlflow.db"]) == 0
    ws = audioset.open_workspace()
    assert ws.open("doric@prod").record.digest == pin.digest
    assert [entry.decision.value for entry in ws.history("speaker0", subject_kind="speaker")] == [
        "f"
    ]
    behind = ws.clips_behind("models:/doric@champion")
    assert sorted(behind.table["clip_id"].to_pylist()) == sorted(heard)
    assert [version.known_by for version in behind.versions] == ["receipt"]
    found = ws.lineage("doric@v1")
    assert [one.name for one in found.runs] == ["at home"]
    assert found.versions[0].run_id is not None
    client = mlflow.MlflowClient(tracking_uri=ws.settings.tracking)
    model = client.get_model_version_by_alias("doric", "champion")
    assert client.download_artifacts(model.run_id, "weights/weights.txt", str(tmp_path))


def test_the_tutorial_of_a_team(team: Team, home: Path, programs: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="no voices: install the extra align")
    clone = home / "audioset"
    clone.mkdir()
    (clone / "team").symlink_to(team.folder)
    # `scripts/team` makes .venv ready and starts the same program; other tests need the servers.
    script = f"python '{PROJECT / 'scripts' / 'team.py'}'"
    reads(
        "team.md",
        home,
        programs,
        instead={
            "scripts/team start": f"{script} start",
            "scripts/team status": f"{script} status",
            ". .venv/bin/activate": "true",
            "~/audioset/scripts/team stop": "true",
        },
        ends_with={"audioset alias prod talks@v2": 1},
        variables={"AUDIOSET_TEAM": str(team.folder)},
    )


def test_secrets_are_for_their_owner_and_on_no_command_line(team: Team) -> None:
    for name in ("secrets.json", "env", "curator.env", "reader.env", "s3/identities.json"):
        assert (team.folder / name).stat().st_mode & 0o777 == 0o600
    secrets = [
        value
        for value in json.loads((team.folder / "secrets.json").read_text()).values()
        if isinstance(value, str)
    ]
    assert len(secrets) == 5
    words = "".join(path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline"))
    logs = "".join(path.read_text() for path in team.folder.glob("run/*.log"))
    assert "mlflow" in words
    assert not any(secret in words or secret in logs for secret in secrets)


def publish(ws: Workspace) -> str:
    return str(ws.publish(track=False).ref)


def test_a_reader_reads_and_nothing_else(team: Team, act_as, tmp_path: Path) -> None:
    act_as("env")
    made = make_workspace(tmp_path / "welsh", name="welsh", sources=1, clips_per_source=2)
    assert publish(audioset.open_workspace(workspace=made.folder)) == "welsh@v1"
    act_as("reader.env")
    ws = audioset.open_workspace(workspace=tmp_path)
    assert "catalog.db" in ws.settings.catalog, "no catalog of the team"
    dataset = ws.open("welsh@v1")
    assert len([clip.samples for clip in dataset]) == 2
    assert ws.verify(["welsh@v1"]).problems == ()
    store = open_store(ws.settings.store)
    shard = shard_key("welsh", dataset.record.shards[0].sha256)
    for forbidden in (
        lambda: store.put_content(shard_key("welsh", "0" * 64), b"x"),
        lambda: store.put_new("welsh/versions/v0002.json", b"x"),
        lambda: store.delete(shard),
        lambda: ws.alias("prod", "welsh@v1"),
    ):
        with pytest.raises(StorageError, match="access refused"):
            forbidden()
    with pytest.raises(StorageError, match="access refused"):
        list(open_store("s3://mlflow").list_objects(""))
    assert store.size(shard)


def test_a_publisher_removes_nothing_and_a_curator_does(team: Team, act_as, tmp_path: Path) -> None:
    act_as("env")
    made = make_workspace(tmp_path / "manx", name="manx", sources=2, clips_per_source=2)
    ws = audioset.open_workspace(workspace=made.folder)
    assert publish(ws) == "manx@v1"
    ws.alias("prod", "manx@v1")
    ws.alias("prod", "manx@v1")  # replaced, not made
    store = open_store(ws.settings.store)
    assert not [key for key in store.list_keys("") if ".probe-" in key], "probes are removed"
    shard = shard_key("manx", ws.open("manx@v1").record.shards[0].sha256)
    with pytest.raises(StorageError, match="access refused"):
        store.delete(shard)
    plan = plan_forget(store, "manx", column="speaker", value="speaker1")
    with pytest.raises(StorageError, match="access refused"):
        forget(store, plan)
    assert ws.open("manx@v1").record.num_withdrawn == 0
    act_as("curator.env")
    store = open_store(ws.settings.store)
    assert forget(store, plan).num_removed >= 2
    assert store.size(shard) is None
    assert ws.collect("manx", yes=True).removed == (), "all too young"


@pytest.mark.slow  # tests/tracking hold what is told of a dead server
def test_what_was_kept_is_there_after_a_kill_and_a_dead_server_is_told_at_once(
    team: Team, act_as
) -> None:
    for pid in team.pids():
        os.kill(pid, signal.SIGKILL)
    assert team.call("status", status=3).count("stopped") == 3
    team.call("start", "s3", "postgresql")
    act_as("env")
    versions = audioset.open_workspace().versions("scots")
    assert [record.message for record in versions] == ["first", ""]
    decisions = CatalogDatabase(os.environ["AUDIOSET_CATALOG"]).current()
    assert [value for (_, _, field), value in decisions.items() if field == "text"] == ["Aye"]
    team.call("stop")
    assert team.pids() == []
    ws = team.folder / "postgresql" / "data" / "postgresql.conf"
    text = ws.read_text()
    ws.write_text(text + "nonsense = 1\n")
    said = team.call("start", "postgresql", status=1)
    assert "postgresql ended by itself" in said
    assert "nonsense" in said, "the end of its log"
    ws.write_text(text)


@pytest.mark.slow
def test_a_second_start_goes_on_and_ctrl_c_stops_it(team: Team, act_as) -> None:
    running = team.foreground()
    assert running.stdout is not None
    try:
        while "Ctrl-C" not in running.stdout.readline():
            assert running.poll() is None
        act_as("env")
        assert [model.name for model in audioset.open_workspace().lineage("scots@v1").models] == [
            "oddities"
        ]
    finally:
        running.send_signal(signal.SIGINT)
        rest = running.communicate()[0]
    assert all(f"stopped {name}" in rest for name in READY)
    assert running.returncode == 130
    assert team.pids() == []
