"""Cutting a source again: accepted takes stay, texts of models stay where clips do, and no word of
a person or a model is lost without a word.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.curation.cut.left_behind import LeftBehind
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.workspace.effective import read_effective, scan_effective
from audioset.errors import StorageError
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import replace_rows
from audioset.workspace import Workspace
from tests.review_server.asking import asker_of
from tests.sounds import LINES, write_speech
from tests.workspaces import changed

ASR = "model:asr@1"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return audioset.init(tmp_path / "work", name="scots")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "lines.txt").write_text("\n".join(LINES))
    return tmp_path / "talk.wav"


def rows(ws: Workspace) -> list[Clip]:
    return list(clips_from_table(read_effective(ws.working)))


def clips_of(ws: Workspace) -> list[Clip]:
    """Give all clips, rejected ones too, with what was decided."""
    return [clip for batch in scan_effective(ws.working) for clip in clips_from_table(batch)]


def cut(
    talk: Path, ws: Workspace, *, lines: bool = True, yes: bool = False, **options: object
) -> SourceReport:
    transcript = TranscriptOptions(
        path=talk.with_name("lines.txt"), voice="en-gb-scotland", takes=3
    )
    chosen = CutOptions.from_mapping({"by": "lines" if lines else "speech", **options})
    report = ws.cut([talk], options=chosen, transcript=transcript if lines else None, yes=yes)
    assert report.sources[0].error is None
    return report.sources[0]


def hear(ws: Workspace, text: str) -> None:
    """Write texts into the manifest as `audioset transcribe` does."""
    (path,) = ws.manifests_dir.glob("*.parquet")
    heard = [
        replace(
            row,
            text=f"{text} {k}",
            text_source=ASR,
            text_score=0.5,
            hypothesis=f"{text} {k}",
            hypothesis_source=ASR,
        )
        for k, row in enumerate(rows(ws))
    ]
    replace_rows(path, table_from_clips(heard))


def decide(ws: Workspace, clips: list[Clip], field: str, value: str | bool) -> None:
    decisions = [Decision("clip", clip.clip_id, field, value) for clip in clips]
    ws.decide(decisions)


def test_a_new_acceptance_cuts_again_once_and_the_accepted_clips_stay(
    talk: Path, ws: Workspace
) -> None:
    cut(talk, ws)
    before = rows(ws)
    decide(ws, [before[1], before[4]], "accepted", True)
    again = cut(talk, ws)
    assert again.status == "cut"
    assert again.left_behind == LeftBehind()
    kept = [clip.clip_id for clip in rows(ws) if clip.accepted]
    assert kept == [before[1].clip_id, before[4].clip_id]
    assert cut(talk, ws).status == "unchanged"
    decide(ws, [before[1]], "accepted", False)
    assert cut(talk, ws).status == "cut"


def test_an_accepted_clip_keeps_its_edges_whatever_room_the_others_get(
    talk: Path, ws: Workspace
) -> None:
    cut(talk, ws, pad_seconds=0.08)
    before = rows(ws)
    decide(ws, [before[2]], "accepted", True)
    assert cut(talk, ws, pad_seconds=0.02).status == "cut"
    after = rows(ws)
    assert after[2].clip_id == before[2].clip_id
    assert after[2].pcm_sha256 == before[2].pcm_sha256
    assert after[2].accepted
    others = {clip.clip_id for clip in before} - {before[2].clip_id}
    assert not others & {clip.clip_id for clip in after}
    assert after[1].end_seconds <= after[2].start_seconds
    assert after[2].end_seconds <= after[3].start_seconds
    assert cut(talk, ws, pad_seconds=0.02).status == "unchanged"


def test_an_accepted_clip_whose_text_was_decided_stays_when_the_lines_say_so_too(
    talk: Path, ws: Workspace
) -> None:
    cut(talk, ws)
    before = rows(ws)[3:]
    decide(ws, before, "text", "the kettle is on, ken")
    decide(ws, before, "accepted", True)
    (file,) = ws.export_lines()
    options = TranscriptOptions(path=file.path, voice="en-gb-scotland")
    report = ws.cut([talk], transcript=options).sources[0]
    assert (report.status, report.left_behind) == ("cut", LeftBehind())
    after = rows(ws)[3:]
    assert [clip.clip_id for clip in after] == [clip.clip_id for clip in before]
    assert {clip.text for clip in after} == {"the kettle is on, ken"}


def test_a_line_whose_text_is_corrected_keeps_its_clips_and_what_was_decided(
    talk: Path, ws: Workspace
) -> None:
    cut(talk, ws)
    ws.accept_best_takes()
    (file,) = ws.export_lines()
    old = clips_of(ws)
    # The voice cannot say this: nobody would find it.
    file.path.write_text(file.path.read_text("utf-8-sig").replace(LINES[1], "whaur is the tassie"))
    options = TranscriptOptions(path=file.path, voice="en-gb-scotland")
    told = ws.cut([talk], transcript=options).sources[0]  # who accepted it heard other words
    others = LeftBehind(kinds={"accepted_texts": 1})
    assert (told.status, told.left_behind) == ("kept", others)
    assert "leave behind 1 text under which a clip was accepted" in (told.error or "")
    assert clips_of(ws) == old
    report = ws.cut([talk], transcript=options, yes=True).sources[0]
    assert (report.status, report.left_behind) == ("cut", others)
    new = clips_of(ws)
    assert [(clip.clip_id, clip.pcm_sha256) for clip in new] == [
        (clip.clip_id, clip.pcm_sha256) for clip in old
    ]
    assert [clip.text for clip in new] == [LINES[0]] * 3 + ["whaur is the tassie"] * 3
    assert [clip.accepted for clip in new].count(True) == 2
    again = ws.cut([talk], transcript=options).sources[0]
    assert (again.status, again.lines) == ("unchanged", report.lines)

    (heard,) = ws.to_pandas(where=f"accepted_text = '{LINES[1]}'")["clip_id"]  # to be heard again
    assert heard in [clip.clip_id for clip in new if clip.accepted]
    with ws.review(open=False) as served:
        ask = asker_of(served)
        queue = ask.get("/api/queue?state=accepted_otherwise").json
        assert queue["columns"]["clip_id"] == [heard]
        assert queue["first"][0]["accepted_text"] == LINES[1]
    ws.decide(Decision("clip", heard, "accepted", True))
    assert ws.to_pandas(where="accepted_text is not null").empty


def test_a_text_that_comes_back_is_as_it_was_accepted(talk: Path, ws: Workspace) -> None:
    lines = talk.with_name("lines.txt")
    cut(talk, ws)
    ws.accept_best_takes()
    for text, others in ((f"{LINES[0]} aye", 1), (f"{LINES[0]} och aye", 1), (LINES[0], 0)):
        lines.write_text("\n".join([text, *LINES[1:]]))
        assert cut(talk, ws, yes=True).left_behind.kinds.get("accepted_texts", 0) == others
        assert len(ws.to_pandas(where=f"accepted_text = '{LINES[0]}'")) == others


def test_accepted_takes_of_another_channel_are_no_pins(talk: Path, ws: Workspace) -> None:
    cut(talk, ws)
    decide(ws, rows(ws), "accepted", True)
    left = cut(talk, ws, channels="left", yes=True)
    assert left.left_behind == LeftBehind(kinds={"acceptances": 6})
    assert cut(talk, ws, channels="left").status == "unchanged"


def test_texts_of_models_stay_with_clips_of_the_same_span(talk: Path, ws: Workspace) -> None:
    cut(talk, ws, lines=False)
    hear(ws, "heard")
    before = rows(ws)
    report = ws.cut([talk], facts={"speaker": "isla"}).sources[0]
    assert (report.status, report.left_behind) == ("facts", LeftBehind())
    assert rows(ws) == [replace(clip, speaker="isla") for clip in before]


def test_texts_of_models_that_no_clip_has_any_more_are_counted(talk: Path, ws: Workspace) -> None:
    cut(talk, ws, lines=False)
    hear(ws, "heard")
    decide(ws, rows(ws)[:1], "text", "och aye")
    decide(ws, rows(ws)[1:2], "accepted", False)
    report = cut(talk, ws, yes=True)
    # Six texts: one was decided otherwise, one is of a rejected clip.
    assert report.left_behind == LeftBehind(kinds={"model_texts": 4})
    assert (report.left_behind.num_decisions, report.left_behind.num_texts) == (0, 4)
    assert report.warnings == ("left behind: 4 texts of models",)
    assert clips_of(ws)[0].text == "och aye"
    assert clips_of(ws)[1].accepted is False
    # The same cut as before brings the clips back, and with them what was decided.
    cut(talk, ws, lines=False, yes=True)
    assert rows(ws)[0].text == "och aye"
    assert len(rows(ws)) == 5


def test_the_command_says_what_is_left_behind_and_what_to_do(
    talk: Path, ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["cut", str(talk), "--workspace", str(ws.folder)]
    assert run(command) == 0
    hear(ws, "heard")
    decide(ws, rows(ws)[:1], "split", "test")
    lines = [*command, "--transcript", str(talk.with_name("lines.txt"))]
    capsys.readouterr()
    before = {path: path.read_bytes() for path in ws.manifests_dir.iterdir()}
    assert run([*lines, "--json"]) == 3
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert source["status"] == "kept"
    kinds = {"model_texts": 6}
    assert source["left_behind"] == {"num_decisions": 0, "num_texts": 6, "kinds": kinds}
    assert {path: path.read_bytes() for path in ws.manifests_dir.iterdir()} == before
    assert run(lines) == 3
    told = "6 texts of models"
    out, err = capsys.readouterr()
    assert f"cut by lines lines.txt, it would leave behind {told}" in out
    assert f"1 of 1 source kept as it was; --yes changes 1, and leaves behind {told}" in err
    assert run([*lines, "--yes"]) == 0
    out, err = capsys.readouterr()
    told = f"left behind: {told}"
    assert told in out
    assert f"audioset: {told}" in err
    assert "audioset transcribe writes texts anew; a cut by the file of" in err
    assert run(lines) == 0  # nothing is left behind by doing nothing
    assert "left behind" not in capsys.readouterr().err


def test_a_decided_text_that_another_clip_has_now_is_not_lost(talk: Path, ws: Workspace) -> None:
    cut(talk, ws, lines=False)
    decide(ws, rows(ws)[:1], "text", LINES[0])
    assert cut(talk, ws).left_behind == LeftBehind()


def test_what_people_wrote_into_a_lines_file_is_missed_when_it_is_cut_by_pauses_again(
    talk: Path, ws: Workspace
) -> None:
    lines = talk.with_name("lines.csv")
    lines.write_text(f"text,takes,text_source\n{LINES[0]},3,human\n{LINES[1]},3,\n")
    options = TranscriptOptions(path=lines, voice="en-gb-scotland")
    ws.cut([talk], transcript=options)
    lines.write_text(f"text,takes,text_source\nGood morning!,3,human\n{LINES[1]},3,\n")
    rewritten = ws.cut([talk], transcript=options).sources[0]
    assert rewritten.left_behind == LeftBehind()
    assert [clip.text_source for clip in rows(ws)] == ["human"] * 3 + ["transcript"] * 3
    assert [clip.text_score is None for clip in rows(ws)] == [True] * 3 + [False] * 3
    kept = ws.cut([talk], options={"by": "speech"}).sources[0]
    assert (kept.status, kept.way.by if kept.way else "") == ("kept", "lines")
    # Those that a person wrote, and the others of the same file.
    lost = {"people_texts": 3, "line_texts": 3}
    assert kept.left_behind.kinds == lost
    assert cut(talk, ws, lines=False, yes=True).left_behind.kinds == lost


def test_nothing_is_cut_again_while_nobody_knows_what_was_decided(
    talk: Path, ws: Workspace, tmp_path: Path
) -> None:
    cut(talk, ws, lines=False)
    before = rows(ws)
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, but it is long enough to be one")
    away = changed(ws, catalog=f"sqlite:///{broken}")
    report = away.cut([talk], options=CutOptions(pause_seconds=0.5))
    assert "catalog" in (report.sources[0].error or "")
    assert rows(ws) == before
    with pytest.raises(StorageError):
        read_effective(away.working)
