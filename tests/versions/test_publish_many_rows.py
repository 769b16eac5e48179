"""A publish whose rows are laid down on the drive gives the version that one in memory gives."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.errors import InvalidInputError
from audioset.storage.rows import laid_rows
from audioset.storage.rows.laid_rows import lay_rows, scan_rows
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest, write_manifest
from audioset.versions.publish import commit
from audioset.versions.publish.publish import leave_out
from audioset.versions.read.sieve import Withdrawn
from tests.versions.publishing import SHARD_BYTES, working_table
from tests.workspaces import add_source, make_workspace

OF_THE_MOMENT = ("created_at", "nonce", "content_sha256")


def a_day(folder: Path) -> list[dict[str, Any]]:
    """Publish, decide, cut, check out and publish again; gives the records."""
    ws = make_workspace(folder / "here", sources=3, clips_per_source=7, name="scots")
    clips = working_table(ws)["clip_id"].to_pylist()
    ws.publish(shard_bytes=SHARD_BYTES, track=False)
    ws.decide([Decision("clip", clips[3], "accepted", value=False),
               Decision("clip", clips[8], "text", "new words"),
               Decision("clip", clips[9], "accepted", "unsure")])  # fmt: skip
    add_source(ws, "talk 0.mp4", 5)
    ws.publish(track=False, compact=True)
    add_source(ws, "another.mp4", 2)
    ws.publish(track=False)
    ws.publish(track=False, filter="length_seconds > 0 and clip_id like 'talk%'", replace=True)
    thin = audioset.open_workspace(ws.checkout("scots@v3", folder / "thin").directory)
    add_source(thin, "thin.mp4", 3)
    thin.publish(track=False, onto="scots@v3")
    assert ws.verify().problems == ()
    return [
        {name: value for name, value in asdict(record).items() if name not in OF_THE_MOMENT}
        for record in ws.versions()
    ]


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def lay() -> None:
        monkeypatch.setattr(laid_rows, "MOST_HELD_ROWS", 4)
        monkeypatch.setattr(laid_rows, "BATCH_ROWS", 3)

    return lay


def test_the_versions_are_the_same(
    tmp_path: Path, laid: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "PART_ROWS", 5)
    held = a_day(tmp_path / "held")
    laid()
    assert a_day(tmp_path / "laid") == held
    assert len(held) == 5
    assert [len(record["manifests"]) for record in held] == [5, 4, 4, 4, 5]
    assert not list((tmp_path / "laid" / "here" / "store").glob(".*")), "nothing is left"


def test_withdrawn_clips_are_left_out(tmp_path: Path, laid: Callable[[], None]) -> None:
    rows = working_table(make_workspace(tmp_path / "w", sources=2, clips_per_source=6))
    withdrawn = Withdrawn(frozenset(rows["pcm_sha256"].to_pylist()[2:9:3]), frozenset(), {})
    held, num_held = leave_out(rows, withdrawn)
    laid()
    many, num_many = leave_out(
        lay_rows(rows.to_batches(), rows.schema, lambda: tmp_path), withdrawn
    )
    assert (num_many, num_many.num_clips, many.num_rows) == (num_held, 3, 9)
    assert pa.Table.from_batches(scan_rows(many)).equals(held)


def test_manifests_whose_ids_lie_between_each_others_are_put_in_order(
    tmp_path: Path, laid: Callable[[], None]
) -> None:
    ws = make_workspace(tmp_path / "w", sources=2, clips_per_source=6)
    before = ws.publish(track=False).record
    one, other = list_manifests(ws.manifests_dir)
    rows = [read_manifest(path) for path in (one, other)]
    whole = pa.concat_tables(rows)
    write_manifest(one, whole.take(list(range(0, 12, 2))))
    write_manifest(other, whole.take(list(range(1, 12, 2))))
    for _ in range(2):
        assert ws.publish(track=False).record == before
        laid()


def test_where_there_is_nothing_it_is_said(tmp_path: Path, laid: Callable[[], None]) -> None:
    laid()
    ws = make_workspace(tmp_path / "w", sources=0)
    with pytest.raises(InvalidInputError, match="no clip was cut yet"):
        ws.publish(track=False)
    add_source(ws, "talk.mp4", 6)
    with pytest.raises(InvalidInputError, match="holds for none of 6 clips"):
        ws.publish(filter="length_seconds > 99", track=False)
    assert open_store(ws.settings.store).list_folders() == []
