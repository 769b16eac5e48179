"""Exported tars hold everything, are read by stock webdataset, and are the same every time."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audioset.catalog.decisions import Decision
from audioset.errors import AlreadyExistsError, IntegrityError, InvalidInputError
from audioset.interop.exporters.webdataset import encode_row
from audioset.records.export_report import ExportedFile, ExportReport
from audioset.records.manifest import clips_from_table, column_names
from audioset.storage.store import open_store
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import publish_table
from audioset.versions.read.resolve import list_versions, read_version
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import add_source, changed, make_workspace

__all__ = ["s3_url"]  # a fixture: imported to be found by pytest

# webdataset leaves its files to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(params=["local", "s3"])
def ws(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A workspace with scots@v1; one clip has no text, three have no split, all have a room."""
    made = make_workspace(tmp_path / "work", sources=2)
    add_source(made, "late.mp4", 3, text="ä line", extra={"room": "hall"})
    if request.param == "s3":
        made = changed(made, store=request.getfixturevalue("s3_url"))
    publish(made, with_value(working_table(made), 0, "text", None))
    return made


@pytest.fixture
def local(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "work", sources=2)
    publish(made)
    return made


def rows_of(ws: Workspace) -> pa.Table:
    store = open_store(ws.settings.store)
    return read_version(store, list_versions(store, "scots")[-1])


def read_stock(path: Path) -> list[dict[str, Any]]:
    import webdataset

    return list(webdataset.WebDataset(str(path), shardshuffle=False))


def tars_in(report: ExportReport) -> list[ExportedFile]:
    return [file for file in report.files if file.num_clips is not None]


def tars_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.glob("*.tar"))}


def test_stock_webdataset_reads_audio_text_and_all_columns(ws: Workspace, tmp_path: Path) -> None:
    report = ws.export("webdataset", "scots@v1", tmp_path / "tars")
    assert [tar.name for tar in tars_in(report)] == [
        "test-000000.tar",
        "train-000000.tar",
        "unsplit-000000.tar",
    ]
    rows = {clip.clip_id: clip for clip in clips_from_table(rows_of(ws))}
    assert report.num_clips == len(rows) == 23
    for tar in tars_in(report):
        path = tmp_path / "tars" / tar.name
        samples = read_stock(path)
        assert (path.stat().st_size, len(samples)) == (tar.size_bytes, tar.num_clips)
        assert [s["__key__"] for s in samples] == sorted(s["__key__"] for s in samples)
        for sample in samples:
            row = rows.pop(sample["__key__"])
            flac = (ws.clips_dir / f"{row.clip_id}.flac").read_bytes()
            assert sample["flac"] == flac
            assert sample["txt"].decode() == (row.text or "")
            told = json.loads(sample["json"])
            assert set(told) == set(column_names()) - {"shard_sha256", "offset_bytes"}
            assert all(told[name] == getattr(row, name) for name in told)
            assert tar.name.startswith(f"{row.split or 'unsplit'}-")
    assert not rows


def test_the_same_version_gives_the_same_bytes(local: Workspace, tmp_path: Path) -> None:
    """From another store too, where the clips lie in other shards."""
    other = changed(local, store=str(tmp_path / "other"))
    publish_table(
        working_table(local),
        clips_dir=local.clips_dir,
        store=open_store(other.settings.store),
        dataset="scots",
        shard_bytes=5_000,
    )
    for name, where in (("a", local), ("b", local), ("c", other)):
        where.export("webdataset", "scots@v1", tmp_path / name, part_bytes=30_000)
    first = tars_of(tmp_path / "a")
    assert len(first) > 4
    assert tars_of(tmp_path / "b") == first == tars_of(tmp_path / "c")


def test_tars_are_about_as_large_as_asked(local: Workspace, tmp_path: Path) -> None:
    report = local.export("webdataset", "scots@v1", tmp_path / "a", part_bytes=40_000)
    largest = max(tar.size_bytes for tar in tars_in(report))
    assert 20_000 < largest < 50_000
    numbers = [tar.name for tar in tars_in(report) if tar.name.startswith("train")]
    assert numbers == [f"train-{n:06d}.tar" for n in range(len(numbers))]
    report = local.export("webdataset", "scots@v1", tmp_path / "b", part_bytes=1)
    assert {tar.num_clips for tar in tars_in(report)} == {1}
    with pytest.raises(InvalidInputError, match="part_bytes must be above 0; got 0"):
        local.export("webdataset", "scots@v1", tmp_path / "c", part_bytes=0)


def test_the_tar_program_lists_three_files_of_each_clip(local: Workspace, tmp_path: Path) -> None:
    local.export("webdataset", "scots@v1", tmp_path / "tars")
    listed = subprocess.run(
        ["tar", "-tf", tmp_path / "tars" / "test-000000.tar"],
        capture_output=True,
        text=True,
        check=True,
    )
    ids = [clip.clip_id for clip in clips_from_table(rows_of(local)) if clip.split == "test"]
    assert listed.stdout.split() == [f"{i}.{e}" for i in ids for e in ("flac", "txt", "json")]
    assert listed.stderr == ""


def test_a_folder_with_a_tar_is_refused_and_keeps_it(local: Workspace, tmp_path: Path) -> None:
    (tmp_path / "tars").mkdir()
    mine = tmp_path / "tars" / "mine.tar"
    mine.write_bytes(b"x")
    with pytest.raises(AlreadyExistsError, match=r"holds mine\.tar already"):
        local.export("webdataset", "scots@v1", tmp_path / "tars")
    assert mine.read_bytes() == b"x"
    with pytest.raises(InvalidInputError, match="is a file; name a folder"):
        local.export("webdataset", "scots@v1", mine)
    with pytest.raises(InvalidInputError, match="is a workspace; name another folder"):
        local.export("webdataset", "scots@v1", local.folder)


def test_an_export_that_fails_leaves_no_tar(local: Workspace, tmp_path: Path) -> None:
    store = open_store(local.settings.store)
    shard = list_versions(store, "scots")[-1].shards[-1]
    path = Path(local.settings.store) / shard_key("scots", shard.sha256)
    data = bytearray(path.read_bytes())
    data[rows_of(local)["offset_bytes"][-1].as_py() + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="is damaged"):
        local.export("webdataset", "scots@v1", tmp_path / "tars", part_bytes=30_000)
    assert not (tmp_path / "tars").exists()
    assert not list(tmp_path.glob(".audioset-*"))


def test_a_split_that_cannot_name_a_file_is_refused(local: Workspace, tmp_path: Path) -> None:
    publish(local, with_value(working_table(local), 0, "split", "../evil"))
    with pytest.raises(InvalidInputError, match=r"split '\.\./evil' cannot name a file"):
        local.export("webdataset", "scots@v2", tmp_path / "tars")
    assert not (tmp_path / "tars").exists()


def test_what_json_cannot_say_is_null() -> None:
    row = {
        "clip_id": "a",
        "snr_db": float("nan"),
        "peak_dbfs": float("-inf"),
        "extra": None,
        "offset_bytes": 7,
    }
    assert json.loads(encode_row(row)) == {
        "clip_id": "a",
        "snr_db": None,
        "peak_dbfs": None,
        "extra": {},
    }


def test_decided_texts_are_in_the_tars(local: Workspace, tmp_path: Path) -> None:
    clip_id = min(path.stem for path in local.clips_dir.iterdir())
    local.decide([Decision("clip", clip_id, "text", "aye, right")])
    local.publish(track=False)
    local.export("webdataset", "scots@v2", tmp_path / "tars")
    [sample] = [
        s
        for tar in (tmp_path / "tars").glob("*.tar")
        for s in read_stock(tar)
        if s["__key__"] == clip_id
    ]
    assert sample["txt"] == b"aye, right"
