"""Models write texts where people have not; what people said is never overwritten."""

from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import Clip, clips_from_table
from audioset.records.model_choice import ModelChoice
from audioset.storage.tables import read_manifest, read_manifest_metadata
from audioset.workspace import Workspace
from tests.plugin_packages import install, install_documented
from tests.sounds import write_speech
from tests.workspaces import add_source

COUNTER = "model:loud-counter@1"
# Fails for clips of 4,000 samples, or as the test wants.
PICKY = """
import os
from audioset.plugins import Hypothesis

class Picky:
    name, version = "picky", os.environ.get("PICKY_VERSION", "1")
    calls = 0

    def transcribe(self, sounds, languages):
        Picky.calls += 1
        if os.environ.get("PICKY") == "die" and Picky.calls == 3:
            raise KeyboardInterrupt
        if os.environ.get("PICKY") == "few":
            return []
        if any(sound.size == 4000 for sound in sounds):
            raise MemoryError("too\\nmuch")
        return [Hypothesis(f" heard in  {language} ", 0.5) for language in languages]

def open_picky(weights, threads):
    if os.environ.get("PICKY") == "broken":
        raise RuntimeError("no weights")
    return Picky()
"""
POINT = "[audioset.transcribers]\npicky = picky:open_picky\n"


def rows_of(ws: Workspace) -> dict[str, Clip]:
    """All effective rows by clip id."""
    from audioset.curation.workspace.effective import read_effective

    return {row.clip_id: row for row in clips_from_table(read_effective(ws.working))}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    install_documented(tmp_path / "counter", monkeypatch)
    install(tmp_path / "picky", monkeypatch, package="picky", code=PICKY, points=POINT)
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(tmp_path / "scots"))
    return audioset.init(tmp_path / "scots")


def transcribe(ws: Workspace, model: str = "loud-counter", **named: object):
    return ws.transcribe(model=model, **named)  # type: ignore[arg-type]


def test_only_clips_without_a_text_get_one_and_the_model_is_named(workspace: Workspace) -> None:
    bare = add_source(workspace, "bare.mp4", 3)
    add_source(workspace, "subs.mp4", 2, text="as subtitled", text_source="subtitles")
    report = transcribe(workspace)
    assert (report.text_source, report.num_written, report.num_kept) == (COUNTER, 3, 2)
    rows = rows_of(workspace)
    row = rows[bare[0].clip_id]
    assert (row.text, row.text_source, row.hypothesis) == ("one", COUNTER, "one")
    assert row.hypothesis_source == COUNTER
    assert row.text_score == pytest.approx(0.9)
    assert [r.text for r in rows.values() if r.text_source == "subtitles"] == ["as subtitled"] * 2
    assert transcribe(workspace).num_written == 0


def test_what_a_person_decided_is_never_overwritten_and_the_hypothesis_stays(
    workspace: Workspace,
) -> None:
    clips = [clip.clip_id for clip in add_source(workspace, "bare.mp4", 4, seconds=0.5)]
    transcribe(workspace)
    workspace.decide([audioset.Decision("clip", clips[0], "text", "Och aye")])
    assert workspace.confirm([clips[1]], by="isla").num_decisions == 1
    workspace.decide([audioset.Decision("clip", clips[2], "text", None)])
    report = transcribe(workspace, "picky", again=True)
    assert (report.num_written, report.num_kept) == (1, 3)
    rows = rows_of(workspace)
    told = {key: (rows[key].text, rows[key].text_source, rows[key].hypothesis) for key in clips}
    assert told == {
        clips[0]: ("Och aye", "human", "one"),
        clips[1]: ("one", "human", "one"),
        clips[2]: (None, None, "one"),
        clips[3]: ("heard in None", "model:picky@1", "heard in None"),
    }
    assert workspace.history(clips[1])[0].decided_by == "isla"


def test_describe_tells_how_wrong_a_model_was_where_people_know(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = ["gonnae no dae that", "Aye, right!", "the kettle", "nobody knows"]
    right = ["Gonnae no do that!", "aye right", "the kettle is on", None]
    for number, (hypothesis, text) in enumerate(zip(heard, right, strict=True)):
        add_source(
            workspace,
            f"{number}.mp4",
            1,
            hypothesis=hypothesis,
            hypothesis_source="model:asr@3",
            text=text or hypothesis,
            text_source="human" if text else "model:asr@3",
        )
    (errors,) = workspace.describe().text_errors
    assert (errors.model, errors.num_clips) == ("model:asr@3", 3)
    assert errors.word_error_rate == pytest.approx(3 / 10)  # dae for do, and "is on" left out
    assert command(["describe"]) == 0
    told = "model:asr@3 against 3 texts by people: 30.0% of words wrong"
    assert told in capsys.readouterr().out


def test_a_text_that_is_not_there_cannot_be_confirmed(workspace: Workspace) -> None:
    clips = [clip.clip_id for clip in add_source(workspace, "bare.mp4", 2)]
    workspace.decide([audioset.Decision("clip", clips[0], "text", "Aye")])
    with pytest.raises(InvalidInputError, match="has no text to confirm"):
        workspace.confirm(clips)
    assert len(workspace.history(clips[0])) == 1  # all or nothing
    with pytest.raises(NotFoundError, match="no clip 'nobody'"):
        workspace.confirm(["nobody"])


def test_a_bad_clip_and_a_missing_file_do_not_stop_the_others(workspace: Workspace) -> None:
    good = add_source(workspace, "good.mp4", 5, seconds=0.5)
    bad = add_source(workspace, "bad.mp4", 2)  # 4,000 samples at 16 kHz
    (workspace.clips_dir / f"{good[0].clip_id}.flac").unlink()
    (workspace.clips_dir / f"{good[1].clip_id}.flac").write_bytes(b"fLaC, not really")
    report = transcribe(workspace, "picky", clips_at_once=3)
    failures = dict(report.failures)
    assert report.num_written == 3
    assert set(failures) == {clip.clip_id for clip in (*bad, *good[:2])}
    assert failures[bad[0].clip_id] == "MemoryError: too much"
    assert "no audio at" in failures[good[0].clip_id]
    # Those that failed are tried again.
    assert len(transcribe(workspace, "picky").failures) == 4


def test_a_batch_with_one_bad_clip_loses_only_that_one(workspace: Workspace) -> None:
    add_source(workspace, "mixed.mp4", 3, seconds=0.5)
    rows = list(rows_of(workspace).values())
    other = add_source(workspace, "bad.mp4", 1)
    (workspace.clips_dir / f"{rows[1].clip_id}.flac").write_bytes(
        (workspace.clips_dir / f"{other[0].clip_id}.flac").read_bytes()
    )
    report = transcribe(workspace, "picky")
    assert {name for name, _ in report.failures} == {rows[1].clip_id, other[0].clip_id}
    assert report.num_written == 2


def test_a_run_that_is_stopped_goes_on_where_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_source(workspace, "long.mp4", 8, seconds=0.5)
    monkeypatch.setenv("PICKY", "die")
    with pytest.raises(KeyboardInterrupt):
        transcribe(workspace, "picky", clips_at_once=2)
    assert sum(row.text is not None for row in rows_of(workspace).values()) == 4
    monkeypatch.setenv("PICKY", "")
    assert transcribe(workspace, "picky", clips_at_once=2).num_written == 4


def test_what_others_change_while_a_model_writes_stays(workspace: Workspace) -> None:
    clips = [clip.clip_id for clip in add_source(workspace, "talk.mp4", 4, seconds=0.25)]
    gone = [clip.clip_id for clip in add_source(workspace, "other.mp4", 1, seconds=0.5)]

    def change(*_: object) -> None:
        if gone[-1] != clips[0]:
            gone.append(clips[0])
            workspace.remove([clips[0], "other.mp4"], yes=True)

    report = transcribe(workspace, workers=1, progress=change)
    texts = {clip: row.text for clip, row in rows_of(workspace).items()}
    assert set(texts) == set(clips[1:])
    assert all(texts.values())
    assert {clip for clip, _ in report.failures} == set(gone)
    assert report.num_written + report.num_silent == 3


def test_silence_gets_no_text_and_is_not_heard_again(workspace: Workspace) -> None:
    from audioset.media.flac import encode_flac

    (clip,) = add_source(workspace, "quiet.mp4", 1)
    import numpy as np

    quiet = encode_flac(np.zeros(4000, np.int16), 8000)
    (workspace.clips_dir / f"{clip.clip_id}.flac").write_bytes(quiet)
    report = transcribe(workspace)
    assert (report.num_written, report.num_silent) == (0, 1)
    row = rows_of(workspace)[clip.clip_id]
    assert (row.text, row.text_source, row.hypothesis) == (None, None, "")
    assert transcribe(workspace).num_kept == 1
    assert transcribe(workspace, again=True).num_silent == 1


def test_a_text_that_may_be_made_up_is_told(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_source(workspace, "wind.mp4", 1, seconds=0.6, speech_share=0.1)
    add_source(workspace, "talk.mp4", 2, seconds=0.6, speech_share=0.6)
    assert command(["transcribe", "--model", "loud-counter"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "1 text of these may be made up: hardly any speech is heard there" in told
    assert transcribe(workspace, again=True).num_doubtful == 1
    long = transcribe(workspace, "picky", again=True, language="of-more-letters-than-anybody-says")
    assert (long.num_written, long.num_doubtful) == (3, 3)


def test_the_language_of_a_clip_is_told_and_the_option_goes_before_it(workspace: Workspace) -> None:
    clips = add_source(workspace, "bare.mp4", 2, seconds=0.5, language="sco", speaker="ada")
    fact = audioset.Decision("clip", clips[0].clip_id, "language", "gd")
    workspace.decide([fact])
    transcribe(workspace, "picky")
    assert {row.text for row in rows_of(workspace).values()} == {"heard in gd", "heard in sco"}
    transcribe(workspace, "picky", again=True, language="en")
    assert {row.text for row in rows_of(workspace).values()} == {"heard in en"}


def test_rejected_clips_are_left_out(workspace: Workspace) -> None:
    clips = add_source(workspace, "bare.mp4", 2)
    verdict = audioset.Decision("clip", clips[0].clip_id, "accepted", False)
    workspace.decide([verdict])
    report = transcribe(workspace)
    assert (report.num_clips, report.num_written) == (1, 1)


def test_a_cut_source_keeps_what_is_known_of_it_and_is_not_cut_again(
    tmp_path: Path, workspace: Workspace
) -> None:
    write_speech(tmp_path / "talk.wav")
    workspace.cut([tmp_path / "talk.wav"])
    (manifest,) = workspace.manifests_dir.glob("*.parquet")
    before = read_manifest_metadata(manifest)
    assert transcribe(workspace).num_written == 6
    assert read_manifest_metadata(manifest) == before
    report = workspace.cut([tmp_path / "talk.wav"])
    assert report.sources[0].status == "unchanged"
    assert all(row.text for row in clips_from_table(read_manifest(manifest)))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("broken", "the transcriber 'picky' cannot load its model: RuntimeError: no weights"),
        ("few", "gave 0 hypotheses for 1 clips"),
    ],
)
def test_a_plugin_that_misbehaves_is_named_in_one_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, how: str, told: str
) -> None:
    add_source(workspace, "bare.mp4", 1, seconds=0.5)
    monkeypatch.setenv("PICKY", how)
    if how == "broken":
        with pytest.raises(InvalidInputError, match=told):
            transcribe(workspace, "picky")
    else:
        assert told in transcribe(workspace, "picky").failures[0][1]


def test_several_processes_write_the_same(workspace: Workspace) -> None:
    for number in range(3):
        add_source(workspace, f"talk {number}.mp4", 2)
    report = transcribe(workspace, workers=2)
    assert (report.num_written, report.failures) == (6, ())
    assert {row.text_source for row in rows_of(workspace).values()} == {COUNTER}


def test_the_command_line_writes_and_confirms(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = [clip.clip_id for clip in add_source(workspace, "bare.mp4", 2)]
    assert command(["transcribe", "--model", "loud-counter"]) == 0
    assert capsys.readouterr().out == (
        "2 texts written by model:loud-counter@1; no words in 0 clips; 0 left as they are\n"
    )
    assert command(["confirm", *clips]) == 0
    assert command(["decide", *clips, "--accept"]) == 0
    rows = rows_of(workspace)
    assert {(row.text_source, row.accepted) for row in rows.values()} == {("human", True)}
    capsys.readouterr()
    assert command(["confirm", clips[0], "--text", "x"]) == 2
    assert command(["confirm"]) == 2
    assert command(["transcribe", "--model", "nobody"]) == 1
    assert "no transcriber 'nobody' is installed; there are: loud" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("whisper", ModelChoice("whisper")),
        ("models:/asr@best", ModelChoice("whisper", registered="models:/asr@best")),
        ("ears:models:/asr/3", ModelChoice("ears", registered="models:/asr/3")),
        ("./small", ModelChoice("whisper", folder=Path("small"))),
        ("ears:small", ModelChoice("ears", folder=Path("small"))),
        ("/models/small", ModelChoice("whisper", folder=Path("/models/small"))),
    ],
)
def test_a_model_is_chosen_by_a_word(text: str, choice: ModelChoice) -> None:
    assert ModelChoice.from_text(text) == choice


@pytest.mark.parametrize("text", ["", " ", ":x", "whisper:"])
def test_a_word_that_names_no_model_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="names no model"):
        ModelChoice.from_text(text)
