"""Edges of people: the same bytes as a cut there, all else untouched, and back as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.cli.app import run
from audioset.curation.reshape import Reshaper
from audioset.curation.workspace.effective import scan_effective
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import QUALITY_COLUMNS, Clip, clips_from_table
from audioset.records.reshape_report import ReshapeReport
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace
from tests.review_server.asking import asker_of, decide
from tests.sounds import SPEECH_RATE, spoken, write_audio, write_speech

SAME_AS_CUT = ("clip_id", "pcm_sha256", "audio_sha256", "start_sample", "end_sample")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one source of six clips."""
    folder = tmp_path_factory.mktemp("made")
    write_speech(folder / "talk.wav")
    audioset.init(folder / "work", name="scots").cut(folder / "talk.wav")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made"


@pytest.fixture
def ws(here: Path) -> Workspace:
    ws = audioset.open_workspace(here / "work")
    ws.cut(here / "talk.wav")  # so that it is known where the source lies
    return ws


def rows_of(ws: Workspace) -> list[Clip]:
    (path,) = ws.manifests_dir.glob("*.parquet")
    return list(clips_from_table(read_manifest(path)))


def state(ws: Workspace) -> dict[str, bytes]:
    """Give the bytes of all manifests and clips."""
    files = [path for path in ws.folder.rglob("*") if path.suffix in (".parquet", ".flac")]
    return {str(path.relative_to(ws.folder)): path.read_bytes() for path in files}


def undo(ws: Workspace, op_id: str | None) -> ReshapeReport:
    assert op_id is not None
    return Reshaper(working=ws.working).undo(op_id)


def cut_there(source: Path, folder: Path, report: ReshapeReport, **options: object) -> list[Clip]:
    """Cut a source from the start by labels with the edges that clips have."""
    labels = folder / "edges.txt"
    seconds = [
        (row.start_sample / SPEECH_RATE, row.end_sample / SPEECH_RATE) for row in report.rows
    ]
    labels.write_text("".join(f"{start!r}\t{end!r}\n" for start, end in seconds))
    fresh = audioset.init(folder / "fresh", name="fresh")
    fresh.cut(source, labels=labels, options={"by": "labels", **options})
    assert {path.stem for path in fresh.clips_dir.iterdir()} == {row.clip_id for row in report.rows}
    return rows_of(fresh)


def assert_as_cut(ws: Workspace, report: ReshapeReport, fresh: list[Clip], folder: Path) -> None:
    for row, other in zip(report.rows, fresh, strict=True):
        for name in (*SAME_AS_CUT, *QUALITY_COLUMNS):
            assert getattr(row, name) == getattr(other, name), name
        cut = folder / "fresh" / "clips" / f"{row.clip_id}.flac"
        assert (ws.clips_dir / cut.name).read_bytes() == cut.read_bytes()


def mono(path: Path, codec: str = "pcm_s16le") -> Path:
    return write_audio(path, spoken()[0], SPEECH_RATE, codec=codec)


def stereo(path: Path, codec: str = "pcm_s16le") -> Path:
    samples, _ = spoken()
    other = np.roll(samples, SPEECH_RATE // 3) * np.float32(0.4)
    return write_audio(path, np.stack([samples, other]), SPEECH_RATE, codec=codec)


def quiet(path: Path) -> Path:
    samples, _ = spoken()
    return write_audio(path, samples * np.float32(0.002), SPEECH_RATE)


SOURCES: dict[str, tuple[Callable[[Path], Path], dict[str, object]]] = {
    "talk.wav": (mono, {}),
    "lossy.m4a": (lambda path: stereo(path, "aac"), {}),
    "lossy.mp3": (lambda path: mono(path, "mp3"), {}),
    "right.wav": (stereo, {"channels": "right"}),
    "each.wav": (stereo, {"channels": "each"}),
    "slower.wav": (mono, {"sampling_rate": 16_000}),
    "quiet.wav": (quiet, {}),
}


SOON = ("lossy.m4a",)  # a mix of two channels, and lossy: most that can go wrong


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in SOON else pytest.mark.slow) for name in SOURCES],
)
def test_a_moved_clip_is_that_of_a_cut_there(name: str, tmp_path: Path) -> None:
    write, options = SOURCES[name]
    source = write(tmp_path / name)
    ws = audioset.init(tmp_path / "work", name="scots")
    ws.cut(source, options=options)
    rows, before = rows_of(ws), state(ws)
    row = rows[2]
    report = ws.move_edges(row.clip_id, row.start_sample - 1_237, row.end_sample + 661)
    assert report.waits is None
    (moved,) = report.rows
    assert report.replaced == {row.clip_id: (moved.clip_id,)}
    each = options.get("channels") == "each"
    if not each:
        assert_as_cut(ws, report, cut_there(source, tmp_path, report, **options), tmp_path)
    after = state(ws)
    kept = {path for path in before if path.startswith("clips/") and row.clip_id not in path}
    assert {path: after[path] for path in kept} == {path: before[path] for path in kept}
    others = [other for other in rows_of(ws) if other.clip_id != moved.clip_id]
    assert others == [other for other in rows if other.clip_id != row.clip_id]
    (back,) = undo(ws, report.op_id).rows
    assert back.clip_id == row.clip_id
    assert state(ws) == before


def test_made_split_and_merged_clips_are_those_of_a_cut_there(here: Path, ws: Workspace) -> None:
    rows, before = rows_of(ws), state(ws)
    ws.decide([Decision("clip", rows[k].clip_id, "text", text) for k, text in ((1, "a"), (2, "b"))])
    ws.decide(Decision("clip", rows[1].clip_id, "split", "test"))
    made = ws.make_clip(rows[0].source_id, start_seconds=0.2, end_seconds=0.9, text="hm", take=1)
    (clip,) = made.rows
    assert (clip.text, clip.text_source, clip.take, clip.line) == ("hm", "human", 1, None)
    whole = ws.merge_clips([rows[2].clip_id, rows[1].clip_id], by="mairi")
    assert (whole.rows[0].text, whole.rows[0].split) == ("a b", "test")
    assert whole.replaced == {row.clip_id: (whole.rows[0].clip_id,) for row in rows[1:3]}
    halves = ws.split_clip(
        rows[3].clip_id, at_seconds=rows[3].start_seconds + 0.5, texts=["x", "y"]
    )
    assert [row.text for row in halves.rows] == ["x", "y"]
    assert halves.rows[0].end_sample == halves.rows[1].start_sample
    with pytest.raises(InvalidInputError, match=f"as it was: audioset undo {halves.op_id}"):
        ws.merge_clips([row.clip_id for row in halves.rows])
    assert len(rows_of(ws)) == len(rows) + 1 + 0
    for number, report in enumerate((made, whole, halves)):
        folder = here / str(number)
        folder.mkdir()
        assert_as_cut(ws, report, cut_there(here / "talk.wav", folder, report), folder)
    moved = ws.move_edges(clip.clip_id, start_seconds=0.3)
    assert moved.rows[0].text == "hm"
    for report in (moved, halves, whole, made):
        undo(ws, report.op_id)
    assert state(ws) == before


def test_a_made_clip_has_what_all_clips_of_its_source_share(ws: Workspace) -> None:
    first, second, *_ = rows = rows_of(ws)
    every = [("speaker", "isla"), ("town", "Leith")]
    ws.decide([Decision("clip", row.clip_id, *fact) for row in rows for fact in every])
    ws.decide(Decision("clip", second.clip_id, "mood", "glad"))
    ws.decide(Decision("speaker", "isla", "gender", "female"))
    made = ws.make_clip(first.source_id, start_seconds=0.2, end_seconds=0.9)
    (clip,) = made.rows
    assert (clip.speaker, clip.gender, clip.extra) == ("isla", "female", {"town": "Leith"})
    assert made.notes == ("it has what all clips of talk.wav have: speaker isla, town Leith",)
    ws.decide(Decision("speaker", "isla", "gender", "male"))  # of her clips, made ones too
    assert by_ids(ws)[clip.clip_id].gender == "male"


def by_ids(ws: Workspace) -> dict[str, Clip]:
    """Give the clips with what was decided."""
    return {
        row.clip_id: row for batch in scan_effective(ws.working) for row in clips_from_table(batch)
    }


def test_what_people_decided_survives_other_edges_and_a_plain_cut_changes_nothing(
    here: Path, ws: Workspace
) -> None:
    rows = rows_of(ws)
    moved = ws.move_edges(rows[1].clip_id, rows[1].start_sample - 2000, by="mairi").rows[0]
    said = [("text", "Aye."), ("accepted", True), ("mood", "glad")]
    ws.decide([Decision("clip", moved.clip_id, *each) for each in said], by="mairi")
    ws.decide(Decision("clip", rows[3].clip_id, "text", "the last"), by="mairi")
    made = ws.make_clip(rows[0].source_id, start_seconds=0.1, end_seconds=0.8, text="hm").rows[0]
    before = by_ids(ws)
    assert ws.cut(here / "talk.wav").sources[0].status == "unchanged"
    assert by_ids(ws) == before

    wider = ws.cut(here / "talk.wav", options={"pad_seconds": 0.05}).sources[0]
    assert (wider.status, wider.left_behind.kinds, wider.unplaced) == ("cut", {}, ())
    now = by_ids(ws)
    assert now[moved.clip_id] == before[moved.clip_id]
    assert now[made.clip_id] == before[made.clip_id]
    (last,) = [row for row in now.values() if row.text == "the last"]
    assert last.clip_id != rows[3].clip_id
    history = ws.history(last.clip_id)
    assert [each.decided_by for each in history] == [f"mairi, carried over from {rows[3].clip_id}"]
    files = state(ws)
    assert ws.cut(here / "talk.wav").sources[0].status == "unchanged"
    assert state(ws) == files

    windows = {"by": "windows", "every_seconds": 4.0}
    kept = ws.cut(here / "talk.wav", options=windows).sources[0]
    assert (kept.status, kept.left_behind.kinds) == ("kept", {"decided_texts": 1})
    assert [(each.value, each.by) for each in kept.unplaced] == [
        ("the last", history[0].decided_by)
    ]
    assert state(ws) == files
    ws.cut(here / "talk.wav", options=windows, yes=True)
    now = by_ids(ws)
    assert now[moved.clip_id] == before[moved.clip_id]
    assert now[made.clip_id] == before[made.clip_id]
    assert len(now) == len([row for row in now.values() if row.num_samples == 4 * SPEECH_RATE]) + 3


@pytest.mark.slow  # MLflow is asked what it knows
def test_a_withdrawal_reaches_a_moved_clip_and_what_is_kept_of_it(ws: Workspace) -> None:
    rows = rows_of(ws)
    first = ws.publish(track=False)
    report = ws.move_edges(rows[1].clip_id, rows[1].start_sample - 900)
    (moved,) = report.rows
    ws.decide(Decision("clip", moved.clip_id, "text", "Aye."), by="mairi")
    ws.split_clip(rows[2].clip_id, rows[2].start_sample + 9_000)
    for clip_id, sound in ((rows[1].clip_id, moved), (rows[2].clip_id, rows[2])):
        assert ws.forget(clip=clip_id).radius.recordings >= {sound.pcm_sha256}
        ws.forget(clip=clip_id, message="asked", yes=True)
    left = {row.pcm_sha256 for row in rows_of(ws)}
    assert left == {row.pcm_sha256 for row in (rows[0], *rows[3:])}
    assert not [path for path in ws.folder.glob("originals/clips/*")]
    assert not [key for key in ws.working.catalog.held_all() if rows[1].clip_id in key]
    with pytest.warns(audioset.WithdrawnWarning):
        assert len(ws.open(first.ref)) == len(rows) - 2


def test_a_moved_clip_is_removed_and_back_by_any_of_its_ids(here: Path, ws: Workspace) -> None:
    rows = rows_of(ws)
    (moved,) = ws.move_edges(rows[1].clip_id, rows[1].start_sample - 900).rows
    ws.decide(Decision("clip", moved.clip_id, "text", "Aye."), by="mairi")
    before = state(ws)
    for name in (rows[1].clip_id, moved.clip_id, "talk.wav"):
        ws.remove(name, yes=True)
        assert moved.clip_id not in {path.stem for path in ws.clips_dir.iterdir()}
        if name != "talk.wav":
            ws.cut(here / "talk.wav")
            assert len(rows_of(ws)) == len(rows) - 1
        ws.remove(name, undo=True, yes=True)
        assert by_ids(ws)[moved.clip_id].text == "Aye."
        assert {k: v for k, v in state(ws).items() if "clips" in k} == {
            k: v for k, v in before.items() if "clips" in k
        }
    ws.remove(moved.clip_id, yes=True)
    ws.publish(track=False)
    assert not [path for path in ws.folder.glob("originals/clips/*")]


def test_without_its_source_an_edge_waits_and_status_and_publish_say_so(
    here: Path, ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(ws)
    ws.decide(Decision("clip", rows[1].clip_id, "accepted", True), by="mairi")
    shutil.rmtree(ws.folder / "places")  # nobody knows where the source lies
    report = ws.move_edges(rows[1].clip_id, rows[1].start_sample - 900)
    assert "talk.wav is not found on this machine" in (report.waits or "")
    assert [row.clip_id for row in report.rows] == [rows[1].clip_id]
    told = "1 clip of talk.wav has decided edges that wait for their source: put the file back"
    assert any(told in problem for problem in ws.status().problems)
    assert ws.publish(track=False).waiting == {"talk.wav": 1}
    assert run(["publish", "--no-track", "--workspace", str(ws.folder)]) == 0
    assert told in capsys.readouterr().err
    with ws.review(open=False) as served:
        (sentence,) = asker_of(served).get("/api/session").json["waiting"]
        assert told in sentence
    with ws.review(open=False, blind=True) as served:
        assert asker_of(served).get("/api/session").json["waiting"] == []
    assert ws.cut(here / "talk.wav").sources[0].status == "unchanged"
    assert rows_of(ws)[1].start_sample == rows[1].start_sample - 900
    assert not any("wait for" in problem for problem in ws.status().problems)


def test_an_edge_takes_in_speech_of_another_clip_only_when_that_is_meant(ws: Workspace) -> None:
    first, second, *_ = rows_of(ws)
    breath = second.start_sample + SPEECH_RATE // 20
    inside = second.start_sample + SPEECH_RATE // 2
    (moved,) = ws.move_edges(first.clip_id, end_sample=breath).rows
    with pytest.raises(InvalidInputError, match=rf"0\.500 s of {second.clip_id}: .*--overlap"):
        ws.move_edges(moved.clip_id, end_sample=inside)
    (wide,) = ws.move_edges(moved.clip_id, end_sample=inside, overlap=True).rows
    assert wide.end_sample == inside
    (less,) = ws.move_edges(wide.clip_id, end_sample=inside - 800).rows  # of what they share
    ws.decide([Decision("clip", second.clip_id, "accepted", False)])
    (whole,) = ws.move_edges(less.clip_id, end_sample=second.end_sample).rows
    assert whole.end_sample == second.end_sample


def test_a_moved_clip_keeps_all_that_was_said_of_it_when_its_source_is_cut_again(
    here: Path, ws: Workspace
) -> None:
    row = rows_of(ws)[1]
    ws.decide(
        [
            Decision("clip", row.clip_id, "accepted", True),
            Decision("clip", row.clip_id, "text", "och aye"),
            Decision("clip", row.clip_id, "note", "hear it again"),
        ]
    )
    (moved,) = ws.move_edges(row.clip_id, row.start_sample - 900).rows
    (source,) = ws.cut(here / "talk.wav", options={"max_seconds": 25}).sources
    assert source.status == "cut"
    assert (source.unplaced, str(source.left_behind)) == ((), "")
    (now,) = (r for r in rows_of(ws) if r.start_sample == moved.start_sample)
    assert now.clip_id == moved.clip_id


def test_an_id_that_a_clip_had_before_an_undo_leads_to_it(ws: Workspace) -> None:
    row = rows_of(ws)[1]
    moved = ws.move_edges(row.clip_id, row.start_sample - 900)
    (between,) = moved.rows
    ws.publish(track=False)
    undo(ws, moved.op_id)
    ws.decide(Decision("clip", row.clip_id, "text", "och aye"))
    assert ws.forget(clip=between.clip_id).radius.recordings >= {row.pcm_sha256}
    assert [each.decision.field for each in ws.history(between.clip_id)][-1] == "text"
    with ws.review("scots@v1", open=False) as served:
        ask = asker_of(served)
        told = ask.get(f"/api/clips/{between.clip_id}").json
        assert (told["root_id"], told["text"]) == (row.clip_id, "och aye")
        said = decide(between.clip_id, "accepted", False, op_id="no")
        assert ask.post("/api/decisions", said).status == 200
    assert by_ids(ws)[row.clip_id].accepted is False
    with ws.review(open=False) as served:
        asked = {"clip_ids": [between.clip_id]}
        (now,) = asker_of(served).post("/api/rows", asked).json["rows"]
        assert now["clip_id"] == row.clip_id


def test_the_lineage_of_a_clip_in_no_version_says_what_it_waits_for(ws: Workspace) -> None:
    row = rows_of(ws)[2]
    with pytest.raises(
        NotFoundError, match=r"yet, so no run .* consumed it: audioset publish puts"
    ):
        ws.lineage_of_clip(row.clip_id)
    (moved,) = ws.move_edges(row.clip_id, row.start_sample - 800, row.end_sample).rows
    with pytest.raises(NotFoundError, match=f"made again from {row.clip_id}, whose edges were"):
        ws.lineage_of_clip(moved.clip_id)
    with pytest.raises(NotFoundError, match="it was never published"):
        ws.lineage_of_clip("talk-00000000-000000000-000001000")
