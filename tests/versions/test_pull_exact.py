"""What a pull gives and says, of a store in memory: numbers, choices, and what was there before."""

from pathlib import Path

import pyarrow.compute as pc
import pytest

from audioset.errors import InvalidInputError, StorageError
from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.storage.tables import read_manifest
from audioset.versions.forget import forget, plan_forget
from audioset.versions.pull import choose_rows, pull
from audioset.versions.read.resolve import list_versions, read_version
from tests.versions.publishing import publish
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, VersionRecord, Path]:
    ws = make_workspace(tmp_path_factory.mktemp("pull") / "w", sources=3, clips_per_source=4)
    store = open_store("memory://")
    return store, publish(ws, store=store).record, ws.clips_dir


Published = tuple[Store, VersionRecord, Path]


def test_a_pull_says_what_was_asked_for_and_what_was_fetched(
    published: Published, tmp_path: Path
) -> None:
    store, record, clips_dir = published
    told: list[tuple[object, ...]] = []
    out = tmp_path / "deep" / "out"
    report = pull(store, record, out, progress=lambda *values: told.append(values))
    rows = read_version(store, record)
    size = pc.sum(rows["size_bytes"]).as_py()
    assert (report.ref, report.directory) == (record.ref, out)
    assert (report.num_clips, report.length_seconds, report.size_bytes) == (12, 3.0, size)
    assert (report.num_fetched, report.fetched_bytes, report.num_others) == (12, size, 0)
    assert told[0] == ("pulling", 0, size, "B")
    assert told[-1] == ("pulling", size, size, "B")
    assert len(told) == 1 + len(record.shards)
    assert read_manifest(out / "manifest.parquet").equals(rows)
    for path in clips_dir.glob("*.flac"):
        assert (out / "clips" / path.name).read_bytes() == path.read_bytes()

    gone, short, other = sorted((out / "clips").iterdir())[:3]
    missing = gone.stat().st_size + short.stat().st_size + other.stat().st_size
    gone.unlink()
    short.write_bytes(short.read_bytes()[:-1])
    other.write_bytes(b"\1" + other.read_bytes()[1:])
    (out / "clips" / "mine.flac").write_bytes(b"")
    (out / "clips" / ".hidden.flac").write_bytes(b"")
    (out / "clips" / "notes.txt").write_bytes(b"")
    told.clear()
    again = pull(store, record, out, progress=lambda *values: told.append(values))
    assert (again.num_fetched, again.fetched_bytes, again.num_others) == (3, missing, 1)
    assert (again.num_clips, again.size_bytes) == (12, size)
    assert told[-1] == ("pulling", size, size, "B")
    assert short.read_bytes() == (clips_dir / short.name).read_bytes()
    few = pull(store, record, out, split="test", where="start_seconds < 0.7")
    assert (few.num_clips, few.num_fetched, few.num_others) == (2, 0, 11)
    assert few.length_seconds == 0.5
    assert read_manifest(out / "manifest.parquet").num_rows == 2


def test_rows_are_chosen_by_split_and_condition(published: Published) -> None:
    store, record, _ = published
    assert choose_rows(store, record).num_rows == 12
    assert choose_rows(store, record, split="train").num_rows == 8
    both = choose_rows(store, record, split="train", where="speaker = 'speaker1'")
    assert set(both["speaker"].to_pylist()) == {"speaker1"}
    for choice, message in (
        ({"split": "dev"}, "no clip of scots@v1 has split 'dev'; splits are: test, train"),
        (
            {"where": "speaker = 'eve'"},
            "no clip of scots@v1 meets the condition \"speaker = 'eve'\"",
        ),
        (
            {"split": "test", "where": "speaker = 'eve'"},
            "no clip of split test of scots@v1 meets the condition \"speaker = 'eve'\"",
        ),
    ):
        with pytest.raises(InvalidInputError) as told:
            choose_rows(store, record, **choice)
        assert str(told.value) == message


def test_of_a_version_without_clips_nothing_can_be_chosen(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "w", sources=1, clips_per_source=1)
    store = open_store("memory://")
    publish(ws, store=store)
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker0"))
    (record,) = list_versions(store, "scots")
    with pytest.raises(InvalidInputError, match="scots@v1 has no clip left: all were withdrawn"):
        choose_rows(store, record)


def test_a_folder_that_is_something_else_is_left_alone(
    published: Published, tmp_path: Path
) -> None:
    store, record, _ = published
    (tmp_path / "file").write_text("words")
    with pytest.raises(InvalidInputError, match="is a file; name a folder"):
        pull(store, record, tmp_path / "file")
    made = make_workspace(tmp_path / "w", sources=0)
    with pytest.raises(InvalidInputError, match="is a workspace, whose clips would be replaced"):
        pull(store, record, made.folder)
    out = tmp_path / "out"
    (out / "clips" / f"{read_version(store, record)['clip_id'][0].as_py()}.flac").mkdir(
        parents=True
    )
    with pytest.raises(StorageError):
        pull(store, record, out)
    assert not (out / "manifest.parquet").exists()
