"""The manifest of a version opens as it is in the libraries that people look at tables with."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import audioset
from audioset.records.manifest import column_names
from audioset.storage.store import open_store
from audioset.versions.diff import diff_rows, version_input
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import read_version, resolve_reference
from audioset.workspace import Workspace
from tests.training.optional import have
from tests.workspaces import add_source, make_workspace

STORES = Path(__file__).parents[1] / "formats"
BEFORE, NOW = STORES / "store-2", STORES / "store-schema-2"
ROOMS = [None, None, "hall", "hall"]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("w") / "scots", sources=0)
    add_source(made, "b.mp4", 2, speaker="ben", text="words of ben", split="test")
    add_source(made, "c.mp4", 2, speaker="cat", extra={"room": "hall", "mood": "glad"})
    made.publish(track=False)
    return made


@pytest.fixture(scope="module")
def parts(ws: Workspace) -> list[str]:
    return list(ws.urls("scots@v1").manifest_urls)


def test_hugging_face_opens_every_column(
    parts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("datasets", "REQUIRE_DATASETS")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    from datasets import load_dataset

    rows = load_dataset("parquet", data_files=parts, cache_dir=str(tmp_path))["train"]
    assert rows.column_names == list(column_names())
    facts = [{pair["key"]: pair["value"] for pair in row} for row in rows["extra"]]
    assert [each.get("room") for each in facts] == ROOMS
    assert rows["speaker"] == ["ben", "ben", "cat", "cat"]
    streamed = load_dataset("parquet", data_files=parts, streaming=True)["train"]
    assert next(iter(streamed.skip(2)))["extra"] == rows[2]["extra"]


def test_duckdb_opens_it_and_looks_a_fact_up(parts: list[str]) -> None:
    import duckdb

    room = "map_from_entries(extra)['room']"
    found = duckdb.sql(f"select speaker, {room} from read_parquet({parts!r}) order by clip_id")
    assert found.fetchall() == list(zip(["ben", "ben", "cat", "cat"], ROOMS, strict=True))


def test_pandas_opens_it(parts: list[str]) -> None:
    import pandas as pd

    frame = pd.read_parquet(parts)
    facts = [{pair["key"]: pair["value"] for pair in pairs} for pairs in frame["extra"]]
    assert [each.get("room") for each in facts] == ROOMS
    assert frame["length_seconds"].tolist() == [0.25] * 4


def test_polars_opens_it(parts: list[str]) -> None:
    have("polars", "REQUIRE_POLARS")
    import polars as pl

    frame = pl.scan_parquet(parts)
    facts = frame.explode("extra").unnest("extra").filter(pl.col("key") == "room")
    assert facts.collect()["value"].to_list() == ["hall", "hall"]
    assert frame.collect()["speaker"].to_list() == ["ben", "ben", "cat", "cat"]


def test_working_manifests_open_likewise(ws: Workspace) -> None:
    for path in sorted(ws.manifests_dir.glob("*.parquet")):
        assert "list<" in str(pq.read_schema(path).field("extra").type)


def test_a_condition_looks_a_fact_up_by_its_name(ws: Workspace) -> None:
    assert len(ws.open("scots@v1?extra['room'] = 'hall'")) == 2
    assert len(ws.open("scots@v1?map_contains(extra, 'mood')")) == 2


def test_the_same_rows_have_the_same_digest_in_either_form() -> None:
    before, now = open_store(str(BEFORE)), open_store(str(NOW))
    of_files = []
    for folder in (BEFORE, NOW):
        files = sorted((folder / "scots" / "manifests").glob("*.parquet"))
        of_files.append({str(pq.read_schema(file).field("extra").type)[:4] for file in files})
    assert of_files == [{"map<"}, {"list"}]
    for version in ("scots@v1", "scots@v2", "scots@v3"):
        old, new = (resolve_reference(store, version) for store in (before, now))
        rows = [read_version(before, old), read_version(now, new)]
        assert len({table_digest(each.to_batches()) for each in rows}) == 1
        diff = diff_rows(version_input(before, old), version_input(now, new))
        assert diff is not None
        assert diff.is_empty


def test_publishing_the_same_rows_onto_the_earlier_form_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(BEFORE, tmp_path / "store")
    ws = audioset.open_workspace(tmp_path, name="scots")
    add_source(ws, "b.mp4", 2, speaker="ben", text="words of ben", split="test")
    add_source(ws, "c.mp4", 2, speaker="cat", extra={"room": "hall"})
    assert ws.publish(track=False).unchanged
    add_source(ws, "d.mp4", 1, speaker="dan", extra={"room": "attic"})
    made = ws.publish(track=False).record
    assert (made.version, made.parent, made.num_clips) == (4, 3, 5)
    changes = ws.diff("scots@v3", "scots@v4")
    assert [clip.speaker for clip in changes.added] == ["dan"]
    assert changes.num_relabelled == changes.num_measured_anew == 0
    assert len(ws.open("scots@v4?extra['room'] = 'hall'")) == 2
    assert ws.verify().problems == ()


def test_a_part_of_the_earlier_form_that_is_lost_comes_back_in_a_new_version(
    tmp_path: Path,
) -> None:
    """It cannot be made again byte for byte; the rows are those of the workspace."""
    shutil.copytree(BEFORE, tmp_path / "store")
    ws = audioset.open_workspace(tmp_path, name="scots")
    add_source(ws, "b.mp4", 2, speaker="ben", text="words of ben", split="test")
    add_source(ws, "c.mp4", 2, speaker="cat", extra={"room": "hall"})
    (lost,) = ws.urls("scots@v3").manifest_urls
    Path(lost).unlink()
    made = ws.publish(track=False, replace=True).record
    assert (made.version, made.digest) == (4, ws.versions()[-2].digest)
    assert len(ws.open("scots@v4?extra['room'] = 'hall'")) == 2
