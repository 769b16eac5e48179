"""A file with other bytes where a source lay: told, and on a word of the user its successor."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset import Decision, TranscriptOptions
from audioset.cli.app import run
from audioset.curation.sources import read_source_states
from audioset.curation.workspace.effective import read_effective, read_history, scan_effective
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.storage.store import open_store
from audioset.storage.tables import read_manifest, replace_rows
from audioset.workspace import Workspace
from tests.servers import s3_url  # noqa: F401  a fixture
from tests.sounds import LINES, SPEECH_RATE, Samples, spoken, write_audio

SILENCE = {"by": "silence", "silence_dbfs": -45}
TEXTS = [f"words {number}" for number in range(6)]


def trimmed(samples: Samples) -> Samples:
    """Without its first take, and with half of the second."""
    return samples[round(3.1 * SPEECH_RATE) :]


def shortened(samples: Samples) -> Samples:
    """Without what lies from 4 to 6 seconds, the third take."""
    first, last = round(4.1 * SPEECH_RATE), round(6.1 * SPEECH_RATE)
    return np.concatenate([samples[:first], samples[last:]])


def louder(samples: Samples) -> Samples:
    return np.clip(samples * 2.0, -0.99, 0.99).astype(np.float32)


def backwards(samples: Samples) -> Samples:
    return np.ascontiguousarray(samples[::-1])


def rows(ws: Workspace) -> list[Clip]:
    found = [clip for batch in scan_effective(ws.working) for clip in clips_from_table(batch)]
    return sorted(found, key=lambda clip: clip.start_seconds)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a talk of six takes beside it; each has a text, the fourth is rejected."""
    root = tmp_path_factory.mktemp("replaced")
    write_audio(root / "talk.wav", spoken()[0], SPEECH_RATE)
    ws = audioset.init(root / "scots")
    ws.cut(root / "talk.wav", options=SILENCE, speaker="isla")
    clips = rows(ws)
    assert len(clips) == len(TEXTS)
    ws.decide(
        [Decision("clip", c.clip_id, "text", t) for c, t in zip(clips, TEXTS, strict=True)],
        by="mairi",
    )
    ws.decide(Decision("clip", clips[3].clip_id, "accepted", False), by="ada")
    ws.working.catalog.record(
        [Decision("clip", clip.clip_id, "split", "test") for clip in clips], by=SPLIT_AUTHOR
    )
    return root


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    ws = audioset.open_workspace(tmp_path / "scots")
    shutil.rmtree(ws.folder / "places")
    ws.cut(tmp_path / "talk.wav", options=SILENCE)
    return ws


@pytest.fixture
def talk(ws: Workspace) -> Path:
    return ws.folder.parent / "talk.wav"


def edit(talk: Path, samples: Samples) -> None:
    write_audio(talk, samples, SPEECH_RATE)


def test_an_edited_file_is_kept_out_until_somebody_says_what_it_is(
    ws: Workspace, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(ws)
    edit(talk, trimmed(spoken()[0]))
    (report,) = ws.cut(talk, options=SILENCE).sources
    assert (report.status, report.num_clips) == ("kept", 6)
    assert "--replace" in (report.error or "")
    assert rows(ws) == before
    assert [s.state for s in read_source_states(ws.working).sources] == ["changed"]
    assert run(["cut", str(talk), "--workspace", str(ws.folder), "--by", "silence"]) == 3
    assert "1 of 1 source kept as it was" in capsys.readouterr().err


def test_a_person_at_the_terminal_is_asked(ws: Workspace, talk: Path) -> None:
    edit(talk, trimmed(spoken()[0]))
    asked: list[str] = []

    def answer(question: str, *, yes: bool) -> bool:
        asked.append(question)
        return yes

    (report,) = ws.cut(talk, options=SILENCE, ask=lambda q: answer(q, yes=False)).sources
    assert report.status == "kept"
    (report,) = ws.cut(talk, options=SILENCE, ask=lambda q: answer(q, yes=True)).sources
    assert report.succession is not None
    assert len(asked) == 2
    assert "holds another recording than the one that was cut (6 clips)" in asked[0]
    assert [s.state for s in read_source_states(ws.working).sources] == ["here"]


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (trimmed, [2, 3, 4, 5]),
        (shortened, [0, 1, 3, 4, 5]),
        (louder, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_successor_takes_over_what_still_fits(
    ws: Workspace, talk: Path, change: object, kept: list[int]
) -> None:
    old = rows(ws)
    assert ws.publish(track=False).record.num_clips == 5
    edit(talk, change(spoken()[0]))  # type: ignore[operator]
    (report,) = ws.cut(talk, options=SILENCE, replace=True).sources
    found = report.succession
    assert found is not None
    assert (found.num_clips, found.num_found) == (6, len(kept))
    new = rows(ws)
    assert {clip.source_id for clip in new} == {report.source.source_id if report.source else ""}
    assert [clip.text for clip in new if clip.text] == [TEXTS[number] for number in kept]
    assert {clip.text_source for clip in new if clip.text} == {"human"}
    assert [clip.text for clip in new if clip.accepted is False] == [TEXTS[3]]
    assert {clip.split for clip in new if clip.text} == {"test"}
    assert {clip.speaker for clip in new} == {"isla"}
    gone = [old[number].clip_id for number in range(6) if number not in kept]
    assert [each.clip_id for each in found.unplaced if each.field == "text"] == gone
    record = ws.publish(track=False).record
    assert record.num_clips == len(new) - 1
    (first,) = (v for v in ws.versions() if v.version == 1)
    assert first.num_clips == 5


def test_a_word_that_was_carried_over_says_whose_it_was(ws: Workspace, talk: Path) -> None:
    old = rows(ws)
    edit(talk, louder(spoken()[0]))
    ws.cut(talk, options=SILENCE, replace=True)
    new = rows(ws)
    (text, split) = (
        next(d for d in read_history(new[0].clip_id, ws.working) if d.decision.field == name)
        for name in ("text", "split")
    )
    assert text.decided_by == f"mairi, carried over from {old[0].clip_id}"
    assert split.decided_by == SPLIT_AUTHOR  # a plan stays a plan
    edit(talk, spoken()[0] * np.float32(0.5))
    ws.cut(talk, options=SILENCE, replace=True)
    newest = rows(ws)[0]
    again = read_history(newest.clip_id, ws.working)
    assert {d.decided_by for d in again if d.decision.field == "text"} == {
        f"mairi, carried over from {new[0].clip_id}"
    }


def test_texts_of_models_go_with_their_sound(ws: Workspace, talk: Path) -> None:
    (path,) = ws.manifests_dir.glob("*.parquet")
    heard = "model:asr@1"
    plain = list(clips_from_table(read_manifest(path)))
    replace_rows(
        path,
        table_from_clips(
            replace(clip, text=f"heard {number}", text_source=heard, text_score=0.5)
            for number, clip in enumerate(plain)
        ),
    )
    (ws.folder / "catalog.db").unlink()
    edit(talk, trimmed(spoken()[0]))
    (report,) = ws.cut(talk, options=SILENCE, replace=True).sources
    assert [clip.text for clip in rows(ws) if clip.text] == [f"heard {n}" for n in (2, 3, 4, 5)]
    assert report.succession is not None
    assert report.succession.num_texts == 4
    assert [(u.value, u.by) for u in report.succession.unplaced] == [
        ("heard 0", heard),
        ("heard 1", heard),
    ]


def test_a_newer_word_about_the_new_clip_stays(ws: Workspace, talk: Path) -> None:
    edit(talk, louder(spoken()[0]))
    ws.cut(talk, options=SILENCE, replace=False)  # both are there, as after a crash
    assert len(rows(ws)) == 12
    new = next(clip for clip in rows(ws) if clip.text is None)
    ws.decide(Decision("clip", new.clip_id, "text", "what I hear"), by="isla")
    shutil.rmtree(ws.folder / "places")
    (report,) = ws.cut(talk, options=SILENCE, replace=True).sources
    assert report.status == "unchanged"
    assert len(rows(ws)) == 6
    assert rows(ws)[0].text == "what I hear"
    assert report.succession is not None
    assert [(u.field, u.value) for u in report.succession.unplaced] == [("text", TEXTS[0])]
    assert "otherwise" in report.succession.unplaced[0].why


def test_a_source_of_its_own_is_beside_the_earlier_one(ws: Workspace, talk: Path) -> None:
    edit(talk, trimmed(spoken()[0]))
    (report,) = ws.cut(talk, options=SILENCE, replace=False).sources
    assert (report.status, report.news) == ("cut", None)
    assert len(rows(ws)) == 11
    (again,) = ws.cut(talk, options=SILENCE).sources
    assert (again.status, again.news) == ("unchanged", None)
    assert sorted(s.state for s in read_source_states(ws.working).sources) == ["here", "unknown"]


def test_another_recording_takes_the_place_when_that_is_said(
    ws: Workspace, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(talk, backwards(spoken()[0]))
    command = ["cut", str(talk), "--workspace", str(ws.folder), "--by", "silence", "--replace"]
    assert run(command) == 0
    out, err = capsys.readouterr()
    assert "0 of 6 clips found again" in err
    assert "left behind: 6 texts and 1 other decision" in err
    assert "its sound is not in the new file" in out
    assert all(clip.text is None for clip in rows(ws))
    ws.remove("talk.wav", undo=True, yes=True)
    assert [clip.text for clip in rows(ws) if clip.text] == TEXTS


def test_an_edited_copy_beside_the_renamed_first_one_is_no_successor(
    ws: Workspace, talk: Path
) -> None:
    talk.rename(talk.with_name("talk-uncut.wav"))
    edit(talk, trimmed(spoken()[0]))
    report = ws.cut([talk, talk.with_name("talk-uncut.wav")], options=SILENCE)
    assert [(s.status, s.news.kind if s.news else None) for s in report.sources] == [
        ("cut", None),
        ("unchanged", "renamed"),
    ]


def test_a_file_of_the_same_name_elsewhere_is_another_source(ws: Workspace, talk: Path) -> None:
    """Also on a machine that has not seen the first: there its sound decides."""
    other = talk.parent / "day two" / "talk.wav"
    other.parent.mkdir()
    edit(other, backwards(spoken()[0]))
    shutil.rmtree(ws.folder / "places")
    (report,) = ws.cut(other, options=SILENCE).sources
    assert report.status == "cut"
    assert report.news is not None
    assert report.news.kind == "namesake"
    again = ws.cut(other, options=SILENCE, replace=True)
    assert again.sources[0].succession is None
    assert "no clip of talk.wav" in again.sources[0].warnings[-1]
    assert "nothing was replaced" in again.notes[-1]
    assert len({clip.source_id for clip in rows(ws)}) == 2
    third = talk.parent / "day three" / "talk.wav"
    third.parent.mkdir()
    edit(third, louder(spoken()[0]))
    (report,) = ws.cut(third, options=SILENCE, replace=True).sources
    assert report.succession is not None
    assert report.succession.num_found == 6


def srt(path: Path, places: list[tuple[float, float]]) -> None:
    def clock(seconds: float) -> str:
        return f"00:00:{int(seconds):02d},{round(seconds % 1 * 1000):03d}"

    path.write_text(
        "".join(
            f"{n}\n{clock(start)} --> {clock(end)}\ncue {n}\n\n"
            for n, (start, end) in enumerate(places, start=1)
        )
    )


def test_subtitles_of_the_earlier_file_are_not_put_beside_other_words(tmp_path: Path) -> None:
    samples, said = spoken()
    talk = write_audio(tmp_path / "talk.wav", samples, SPEECH_RATE)
    srt(tmp_path / "talk.srt", [(s.start_seconds, s.end_seconds) for s in said])
    ws = audioset.init(tmp_path / "scots")
    ws.cut(talk, options={"by": "subtitles"})
    assert len(rows(ws)) == 6
    edit(talk, samples[round(0.9 * SPEECH_RATE) :])
    (report,) = ws.cut(talk, options={"by": "subtitles"}, replace=True).sources
    assert report.status == "kept"
    assert "0.90 s earlier now" in (report.error or "")
    assert "--shift -0.90" in (report.error or "")
    options = {"by": "subtitles", "shift_seconds": -0.9}
    (report,) = ws.cut(talk, options=options, replace=True).sources
    assert report.succession is not None
    assert report.succession.num_found == 6
    assert [clip.text for clip in rows(ws)] == [f"cue {n}" for n in range(1, 7)]
    edit(talk, shortened(samples))
    (report,) = ws.cut(talk, options=options, replace=True).sources
    assert "other amounts in other places" in (report.error or "")
    edit(talk, louder(samples[round(0.9 * SPEECH_RATE) :]))
    (report,) = ws.cut(talk, options=options, replace=True).sources
    assert report.succession is not None
    assert report.succession.num_found == 6


@pytest.mark.slow
def test_takes_of_lines_keep_their_verdicts(tmp_path: Path) -> None:
    talk = write_audio(tmp_path / "talk.wav", spoken()[0], SPEECH_RATE)
    (tmp_path / "talk.txt").write_text("\n".join(LINES))
    ws = audioset.init(tmp_path / "scots")
    ws.cut(talk, transcript=TranscriptOptions(path=tmp_path / "talk.txt", voice="en-gb-scotland"))
    ws.accept_best_takes()
    before = [(clip.line, clip.accepted) for clip in rows(ws)]
    edit(talk, spoken()[0][round(2.5 * SPEECH_RATE) :])  # without the first take
    (report,) = ws.cut(talk, replace=True).sources
    assert [(clip.line, clip.accepted) for clip in rows(ws)] == before[1:]
    assert report.succession is not None
    assert [(each.field, each.value) for each in report.succession.unplaced] == [
        ("accepted", False)
    ]


def test_clips_that_were_removed_stay_out_of_the_successor(ws: Workspace, talk: Path) -> None:
    ws.remove(rows(ws)[1].clip_id, yes=True)
    edit(talk, louder(spoken()[0]))
    (report,) = ws.cut(talk, options=SILENCE, replace=True).sources
    assert report.succession is not None
    assert report.succession.num_removed == 1
    assert [clip.text for clip in rows(ws)] == [TEXTS[0], *TEXTS[2:]]


def test_what_found_no_place_is_in_the_json(
    ws: Workspace, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(talk, trimmed(spoken()[0]))
    command = ["cut", str(talk), "--workspace", str(ws.folder), "--by", "silence"]
    assert run([*command, "--replace", "--json"]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert source["news"]["kind"] == "replaced"
    assert {each["field"] for each in source["succession"]["unplaced"]} == {"text"}


def test_an_object_that_was_overwritten_is_asked_about_as_well(
    s3_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    url = f"{s3_url}/{tmp_path.name}"
    store = open_store(url)
    ws = audioset.init(tmp_path / "scots")
    edit(tmp_path / "talk.wav", spoken()[0])
    store.put_content("talks/talk.wav", tmp_path / "talk.wav")
    ws.cut(f"{url}/talks/", options=SILENCE)
    edit(tmp_path / "talk.wav", trimmed(spoken()[0]))
    store.delete("talks/talk.wav")
    store.put_content("talks/talk.wav", tmp_path / "talk.wav")
    assert [s.status for s in ws.cut(f"{url}/talks/", options=SILENCE).sources] == ["kept"]
    (report,) = ws.cut(f"{url}/talks/", options=SILENCE, replace=True).sources
    assert report.succession is not None
    assert report.succession.num_found == 4
    assert len(read_effective(ws.working)) == 5
    assert [s.status for s in ws.cut(f"{url}/talks/", options=SILENCE).sources] == ["unchanged"]
