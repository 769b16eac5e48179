"""Full and read-only disks, wrong credentials, no server, a wrong clock: one line, no half work."""

from contextlib import suppress
from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.storage.store import open_store
from audioset.versions.read.resolve import list_version_numbers
from audioset.workspace import Workspace
from tests.adversity import remount, small_disk
from tests.faulty_proxy import FOR_EVER, SKEWED, faulty_proxy
from tests.servers import BUCKET, s3_url, start_s3
from tests.versions.publishing import stored_objects
from tests.workspaces import add_source, make_workspace

__all__ = ["s3_url"]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots")
    monkeypatch.chdir(ws.folder)
    return ws


def fails(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Run a command that must fail with one line, and give that line."""
    capsys.readouterr()
    code = run(list(command))
    out, err = capsys.readouterr()
    assert (code, out) == (1, ""), err
    (line,) = err.splitlines()
    assert line.startswith("audioset: ")
    assert "unexpected" not in line
    return line


def succeeds(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    code = run(list(command))
    out, err = capsys.readouterr()
    assert code == 0, err
    return out


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_leaves_no_version_and_nothing_half_written(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = ["publish", "--no-track", "--store", str(tmp_path / "disk" / "store")]
    with small_disk(tmp_path / "disk", 2**20) as disk:
        filler = disk / "filler"
        for free_bytes in (50_000, 120_000, 160_000):  # in the shard, the manifest, or the record
            filler.write_bytes(bytes(2**20 - free_bytes))
            line = fails(capsys, *publish)
            where = f"{disk}/store" if "scots" not in line else f"{disk}/store/scots/"
            assert line.startswith(f"audioset: the disk that holds {where}")
            assert " is full; make room there, and run the same command again" in line
            assert list_version_numbers(open_store(str(disk / "store")), "scots") == []
            assert not [p for p in files_of(disk) if p.name.startswith(".") or "scratch" in str(p)]
        filler.unlink()
        assert succeeds(capsys, *publish).startswith("scots@v1  ")
        succeeds(capsys, "verify", "--store", str(disk / "store"))


def test_a_copy_to_a_full_disk_says_so_and_goes_on_when_there_is_room(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    succeeds(capsys, "publish", "--no-track")
    whole = stored_objects(open_store(ws.settings.store))
    with small_disk(tmp_path / "disk", 2**20) as disk:
        filler = disk / "filler"
        to = ["copy", "--to", str(disk / "store")]
        for free_bytes in (50_000, 150_000, 160_000):
            filler.write_bytes(bytes(2**20 - free_bytes))
            line = fails(capsys, *to)
            assert " is full; make room there, and run the same command again" in line
            assert list_version_numbers(open_store(str(disk / "store")), "scots") == []
            assert not [p for p in files_of(disk) if p.name.startswith(".") or "scratch" in str(p)]
        filler.unlink()
        succeeds(capsys, *to)
        assert stored_objects(open_store(str(disk / "store"))) == whole


def test_a_full_temporary_disk_is_one_line(
    ws: Workspace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    s3_url: str,
) -> None:
    """Publishing to a far store and verifying need some room here."""
    with small_disk(tmp_path / "disk", 2**20) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        filler = disk / "filler"
        filler.write_bytes(bytes(2**20 - 20_000))
        full = (
            f"the disk that holds {disk} is full; make room there, or set TMPDIR to a folder on "
            "another disk, and run the same command again"
        )
        line = fails(capsys, "publish", "--no-track", "--store", s3_url)
        assert line == f"audioset: {full}; nothing was published"
        filler.unlink()
        succeeds(capsys, "publish", "--no-track", "--store", s3_url)
        filler.write_bytes(bytes(2**20 - 8_000))
        line = fails(capsys, "verify", "--store", s3_url)
        assert line == f"audioset: {full}"
        assert files_of(disk) == [filler]


def test_a_decision_on_a_full_disk_says_so_and_not_that_the_settings_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", 2**20) as disk:
        ws = make_workspace(disk / "scots", sources=1, clips_per_source=2)
        decide = ["decide", "--speaker", "speaker0", "--set", "gender=f"]
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        line = fails(capsys, *decide, "--workspace", str(ws.folder))
        assert line.endswith(
            "/scots/catalog.db: the disk that holds it is full; nothing was changed; make room "
            "there and run the same command again"
        )
        filler.unlink()
        succeeds(capsys, *decide, "--workspace", str(ws.folder))


def test_a_store_on_a_read_only_disk_is_read_and_not_written(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", 8 * 2**20) as disk:
        url = str(disk / "store")
        succeeds(capsys, "publish", "--no-track", "--store", url)
        before = stored_objects(open_store(url))
        remount(disk, "ro")
        add_source(ws, "talk 9.mp4", 3)
        for command in (["publish", "--no-track"], ["alias", "prod", "scots@v1"]):
            assert "Read-only file system" in fails(capsys, *command, "--store", url)
        assert "scots@v1" in succeeds(capsys, "versions", "--store", url)
        assert "scots@v1: 30 clips" in succeeds(capsys, "describe", "scots@v1", "--store", url)
        succeeds(capsys, "verify", "--decode", "--store", url)
        assert stored_objects(open_store(url)) == before


def test_a_workspace_on_a_read_only_disk_can_be_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", 8 * 2**20) as disk:
        ws = make_workspace(disk / "scots")
        remount(disk, "ro")
        where = ["--workspace", str(ws.folder)]
        assert "Read-only file system" in fails(capsys, "publish", "--no-track", *where)
        decide = ["decide", "--speaker", "speaker0", "--set", "gender=f"]
        assert "unable to open database file" in fails(capsys, *decide, *where)
        store = ["--store", str(tmp_path / "store")]
        assert succeeds(capsys, "publish", "--no-track", *where, *store).startswith("scots@v1  ")


COMMANDS = (
    ["publish", "--no-track"],
    ["versions"],
    ["verify"],
    ["describe", "scots@v1"],
    ["alias", "prod", "scots@v1"],
    ["collect"],
    ["copy", "--from", "other"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("secret", "the secret key does not fit the access key; check the credentials"),
        ("key", "the server does not know this access key; check the credentials"),
        ("bucket", "there is no such bucket; make it first, or correct the store's URL"),
        ("clock", "the clock of this machine is wrong by many minutes; set it"),
    ],
)
def test_what_is_wrong_with_a_far_store_is_said_in_one_line(
    ws: Workspace,
    s3_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: str,
    words: str,
    command: list[str],
) -> None:
    with faulty_proxy(start_s3().port) as proxy:
        url = s3_url
        if case == "secret":
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hushhush")
        elif case == "key":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        elif case == "bucket":
            url = s3_url.replace(BUCKET, "no-such-bucket")
        else:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
            proxy.set(SKEWED, times=FOR_EVER)
        if command[0] == "copy":  # from a store that has something
            succeeds(capsys, "publish", "--no-track", "--store", "other")
        line = fails(capsys, *command, "--store", url)
    assert words in line
    assert "hushhush" not in line
    for name, value in start_s3().environment.items():
        monkeypatch.setenv(name, value)
    assert stored_objects(open_store(s3_url)) == {}


def test_a_server_that_is_not_there_is_said_in_one_line(
    ws: Workspace, s3_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    line = fails(capsys, "publish", "--no-track", "--store", s3_url)
    assert "the server does not answer; check the endpoint and the network" in line
