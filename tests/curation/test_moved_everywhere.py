"""A clip whose edges people moved is the same clip to every verb, whoever works beside."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.curation import measure
from audioset.curation.reshape import EdgesWish, Reshaper
from audioset.curation.reshape.reshape import find_sound
from audioset.curation.reshape.sound import CutSound
from audioset.curation.review import Review
from audioset.curation.shapes.shape import SourceShape
from audioset.curation.workspace.roots import Roots
from audioset.hearing.quality import Quality
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import read_manifest, replace_rows
from audioset.workspace import Workspace
from tests.sounds import write_speech


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one source of six clips."""
    folder = tmp_path_factory.mktemp("made")
    write_speech(folder / "talk.wav")
    ws = audioset.init(folder / "work", name="scots")
    ws.cut(folder / "talk.wav")
    (path,) = ws.manifests_dir.glob("*.parquet")
    rows = clips_from_table(read_manifest(path))
    said = [replace(row, text="of a model", text_source="model:asr@1") for row in rows]
    replace_rows(path, table_from_clips(said))
    return folder


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "made")
    return audioset.open_workspace(tmp_path / "made" / "work")


def rows_of(ws: Workspace) -> list[Clip]:
    (path,) = ws.manifests_dir.glob("*.parquet")
    return list(clips_from_table(read_manifest(path)))


def move(ws: Workspace, row: Clip, by: int = 2000) -> str:
    report = ws.move_edges(row.clip_id, row.start_sample + by, row.end_sample - by)
    assert report.waits is None
    return report.rows[0].clip_id


def assert_whole(ws: Workspace) -> None:
    ids = {row.clip_id for row in rows_of(ws)}
    assert {path.stem for path in ws.clips_dir.glob("*.flac")} == ids


def test_what_was_measured_meanwhile_leaves_moved_edges(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = rows_of(ws)
    moved: list[str] = []
    really = measure.measure_flac

    def and_move(flac: bytes, *, name: str, gain_db: float | None, bit_depth: int) -> Quality:
        if not moved:
            moved.append(move(ws, first))
        return really(flac, name=name, gain_db=gain_db, bit_depth=bit_depth)

    monkeypatch.setattr(measure, "measure_flac", and_move)
    report = ws.measure(again=True)
    assert {row.clip_id for row in rows_of(ws)} == {*moved, *(row.clip_id for row in others)}
    assert_whole(ws)
    assert report.num_measured == len(others)
    assert [clip_id for clip_id, _ in report.failures] == [first.clip_id]


def test_a_cut_waits_for_who_moves_edges(ws: Workspace, tmp_path: Path) -> None:
    row = rows_of(ws)[1]
    source = tmp_path / "made" / "talk.wav"
    beside = threading.Thread(
        target=lambda: audioset.open_workspace(ws.folder).cut(
            source, options={"by": "silence"}, yes=True
        )
    )

    @contextmanager
    def open_sound(shape: SourceShape) -> Iterator[CutSound]:
        beside.start()
        beside.join(timeout=3)  # all but the last step of it is done by then
        with find_sound(ws.working, shape) as sound:
            yield sound

    reshaper = Reshaper(working=ws.working, open_sound=open_sound)
    wish = EdgesWish(start_sample=row.start_sample + 2000, end_sample=row.end_sample - 2000)
    report = reshaper.move_edges(row.clip_id, wish)
    beside.join()
    assert report.waits is None
    assert_whole(ws)
    assert {(r.start_sample, r.end_sample) for r in rows_of(ws)} >= {
        (wish.start_sample, wish.end_sample)
    }


def test_edges_that_wait_can_be_moved_back(ws: Workspace, tmp_path: Path) -> None:
    row = rows_of(ws)[1]
    source = tmp_path / "made" / "talk.wav"
    data = source.read_bytes()
    shutil.rmtree(ws.folder / "places")
    source.unlink()
    assert ws.move_edges(row.clip_id, row.start_sample + 2000).waits
    again = ws.move_edges(row.clip_id, end_sample=row.end_sample - 2000)  # the start stays moved
    assert again.waits
    (held,) = ws.working.catalog.held("clip", [row.clip_id]).values()
    assert held.value == f"{row.start_sample + 2000} {row.end_sample - 2000}"
    back = ws.move_edges(row.clip_id, row.start_sample, row.end_sample)
    assert back.op_id is not None
    assert back.waits is None
    source.write_bytes(data)
    ws.cut(source)
    assert row.clip_id in {each.clip_id for each in rows_of(ws)}


def test_every_verb_knows_a_clip_by_the_id_that_it_had(ws: Workspace) -> None:
    row = rows_of(ws)[1]
    now = move(ws, row)
    ws.decide(Decision("clip", now, "text", "Aye"))
    (told,) = ws.undo().fields
    assert (told.undone, told.value) == ("Aye", row.text)
    confirmed = ws.confirm(row.clip_id)
    assert list(confirmed.row_ids) == [("clip", now, "text")]
    ws.assign(to="mairi", where=f"clip_id = '{now}'")
    with ws._opened_review(None, reviewer="mairi") as review:
        assert own_clips(review) == [now]
    ws.undo(next(r for r in ws.history(now) if r.decision.field == "edges").op_id)
    assert {share.num_clips for share in ws.assignments()} == {1}
    with ws._opened_review(None, reviewer="mairi") as review:
        assert own_clips(review) == [row.clip_id]


def own_clips(review: Review) -> list[str]:
    from audioset.curation.review import QueueWish

    found: list[str] = review.queue(QueueWish())["columns"]["clip_id"]
    return found


def test_who_was_withdrawn_under_one_id_is_so_under_all(ws: Workspace) -> None:
    row, other = rows_of(ws)[1:3]
    now = move(ws, row)
    for withdrawn in (row.clip_id, now):
        holds = Roots.read(ws.working).widened({withdrawn}.__contains__)
        assert [holds(i) for i in (row.clip_id, now, other.clip_id)] == [True, True, False]
