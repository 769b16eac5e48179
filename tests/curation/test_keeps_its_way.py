"""A source keeps its way: a plain cut changes nothing, and what would be lost is told first."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import audioset
from audioset import CutReport, Decision
from audioset.cli.app import run
from audioset.curation.workspace.effective import read_effective
from audioset.hearing.align.voices.espeak import is_installed
from audioset.records.manifest import WAY_KEY, clips_from_table, table_from_clips
from audioset.storage.tables import (
    read_manifest,
    read_manifest_metadata,
    replace_rows,
    write_manifest,
)
from audioset.workspace import Workspace
from tests.sounds import LINES, tone, write_audio, write_speech

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")
ASR = "model:asr@1"
CUE = "{number}\n00:00:0{number},000 --> 00:00:0{number},600\ncue {number}\n\n"
CUES = "".join(CUE.format(number=number) for number in range(1, 5))
# What was decided of the four clips of the source that is cut by subtitles.
DECIDED = {"accepted": (True, False, None, None), "split": ("test", None, "train", None)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with texts of three ways and decisions about all of them."""
    folder = tmp_path_factory.mktemp("made")
    videos = folder / "videos"
    videos.mkdir()
    for name in ("subs", "windows"):
        level = 0.3 if name == "subs" else 0.2
        write_audio(videos / f"{name}.wav", tone(200, 6, 16_000, level=level), 16_000)
    (videos / "subs.srt").write_text(CUES)
    write_speech(videos / "read.wav")
    (videos / "read.lines.txt").write_text("\n".join(LINES))
    ws = audioset.init(folder / "work", name="scots")
    with_defaults(ws, 'by = "speech"')
    ws.cut(videos / "subs.wav", options={"by": "subtitles"}, speaker="isla")
    asked = audioset.TranscriptOptions(takes=3, voice="en-gb-scotland")
    ws.cut(videos / "read.wav", options={"by": "lines", "pad_seconds": 0.05}, transcript=asked)
    ws.cut(videos / "windows.wav", options={"by": "windows", "every_seconds": 1.5})
    manifest = next(ws.manifests_dir.glob("windows-*.parquet"))
    written = {"text_source": ASR, "hypothesis_source": ASR, "hypothesis": "heard", "text": "heard"}
    rows = [replace(row, **written) for row in clips_from_table(read_manifest(manifest))]
    replace_rows(manifest, table_from_clips(rows))
    decisions = []
    for path in ws.manifests_dir.glob("*.parquet"):
        for number, row in enumerate(clips_from_table(read_manifest(path))):
            for field, values in DECIDED.items():
                if (value := values[number % 4]) is not None:
                    decisions.append(Decision("clip", row.clip_id, field, value))
    decisions += [Decision("speaker", "isla", "accent", "glasgow")]
    decisions += [Decision("clip", rows[3].clip_id, "text", "a person's")]
    ws.decide(decisions)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(made, tmp_path / "made")
    before = Path.cwd()
    os.chdir(tmp_path / "made")
    yield tmp_path / "made"
    os.chdir(before)


@pytest.fixture
def ws(here: Path) -> Workspace:
    return audioset.open_workspace(here / "work")


def with_defaults(ws: Workspace, text: str) -> Workspace:
    (ws.folder / "audioset.toml").write_text(f'name = "scots"\n[cut]\n{text}\n')
    return audioset.open_workspace(ws.folder)


def state(ws: Workspace) -> dict[str, bytes]:
    """Give all that a cut makes or replaces."""
    files = [*ws.manifests_dir.iterdir(), *ws.clips_dir.iterdir()]
    return {path.name: path.read_bytes() for path in files}


def statuses(report: CutReport) -> dict[str, str]:
    return {Path(source.path).name: source.status for source in report.sources}


ALL_UNCHANGED = {"subs.wav": "unchanged", "read.wav": "unchanged", "windows.wav": "unchanged"}


def test_a_plain_cut_of_the_folder_changes_nothing_and_says_so(
    ws: Workspace, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, effective = state(ws), read_effective(ws.working)
    report = ws.cut(here / "videos")
    assert statuses(report) == ALL_UNCHANGED
    assert [source.way.short for source in report.sources if source.way] == [
        "lines read.lines.txt",
        "subtitles subs.srt",
        "windows",
    ]
    assert run(["cut", "videos", "--workspace", "work"]) == 0
    out, err = capsys.readouterr()
    assert "nothing was to be done" in err
    assert "subtitles subs.srt" in out
    assert state(ws) == before
    assert read_effective(ws.working).equals(effective)


def test_what_is_new_is_cut_by_the_defaults_of_now(ws: Workspace, here: Path) -> None:
    write_audio(here / "videos" / "zoo.wav", tone(300, 3, 16_000), 16_000)
    before = state(ws)
    report = with_defaults(ws, 'by = "windows"\nevery_seconds = 1').cut(here / "videos")
    assert statuses(report) == {**ALL_UNCHANGED, "zoo.wav": "cut"}
    assert report.sources[-1].num_clips == 3
    assert before.items() <= state(ws).items()
    assert report.notes == ()


def test_a_cut_by_sound_alone_tells_what_lies_beside_and_was_not_looked_at(tmp_path: Path) -> None:
    ws = with_defaults(audioset.init(tmp_path / "work"), 'by = "windows"\nevery_seconds = 1')
    videos = tmp_path / "videos"
    videos.mkdir()
    for number, name in enumerate(("subs.wav", "read.wav", "alone.wav")):
        write_audio(videos / name, tone(200 + number, 2, 16_000), 16_000)
    (videos / "subs.srt").write_text(CUES)
    (videos / "read.lines.txt").write_text("\n".join(LINES))
    notes = ws.cut(videos).notes
    assert [note.partition(" and was")[0] for note in notes] == [
        "read.lines.txt lies beside read.wav",
        "subs.srt lies beside subs.wav",
    ]
    assert "--by subtitles (by=subtitles in Python) cuts by it" in notes[1]
    for path in ws.manifests_dir.iterdir():
        path.unlink()
    assert ws.cut(videos, options={"by": "windows"}).notes == (), "who names a way meant it"


def cut_another_way(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    return ws.cut(videos / "subs.wav", options={"by": "windows"}, yes=yes)


def cut_with_other_options(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    return ws.cut(videos / "subs.wav", options={"shift_seconds": 0.4}, yes=yes)


def cut_by_another_file(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    (videos / "other.srt").write_text(CUES.replace("cue", "word"))
    return ws.cut(videos / "subs.wav", labels=videos / "other.srt", yes=yes)


def take_a_cue_out(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    (videos / "subs.srt").write_text(CUES.partition("4\n")[0])
    return ws.cut(videos, yes=yes)


def take_a_line_out(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    (videos / "read.lines.txt").write_text(LINES[0])
    return ws.cut(videos, yes=yes)


def name_another_speaker(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    return ws.cut(videos / "subs.wav", speaker="ailsa", yes=yes)


def cut_otherwise_what_a_model_wrote(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    return ws.cut(videos / "windows.wav", options={"every_seconds": 2}, yes=yes)


def cut_lines_by_pauses(ws: Workspace, videos: Path, *, yes: bool) -> CutReport:
    return ws.cut(videos / "read.wav", options={"by": "speech"}, yes=yes)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (
            cut_another_way,
            {"subtitle_texts": 3, "acceptances": 1, "rejections": 1, "splits": 2},
        ),
        (cut_with_other_options, {"acceptances": 1, "splits": 2}),
        (cut_by_another_file, {"subtitle_texts": 3, "accepted_texts": 1}),
        (take_a_cue_out, {"subtitle_texts": 1}),
        (take_a_line_out, {"line_texts": 2, "acceptances": 1, "splits": 1}),
        (name_another_speaker, {"given_facts": 1, "speaker_decisions": 1}),
        (
            cut_otherwise_what_a_model_wrote,
            {"model_texts": 2, "splits": 1},
        ),
        (
            cut_lines_by_pauses,
            {"line_texts": 4},
        ),
    ],
)
def test_what_would_be_lost_is_told_first_and_lost_only_with_yes(
    change: Callable[..., CutReport], lost: dict[str, int], ws: Workspace, here: Path
) -> None:
    before = state(ws)
    report = change(ws, here / "videos", yes=False)
    (kept,) = report.kept
    assert kept.left_behind.kinds == report.would_leave_behind.kinds == lost
    assert all(f"{number} " in (kept.error or "") for number in lost.values())
    assert not report.left_behind
    assert state(ws) == before
    done = change(ws, here / "videos", yes=True)
    assert not done.kept
    assert done.left_behind.kinds == lost
    assert state(ws) != before


def cue_file_is_gone(ws: Workspace, videos: Path) -> CutReport:
    (videos / "subs.srt").unlink()
    return ws.cut(videos)


def cue_file_is_emptied(ws: Workspace, videos: Path) -> CutReport:
    (videos / "subs.srt").write_text("")
    return ws.cut(videos)


def lines_file_is_emptied(ws: Workspace, videos: Path) -> CutReport:
    (videos / "read.lines.txt").write_text("\n")
    return ws.cut(videos)


def defaults_change(ws: Workspace, videos: Path) -> CutReport:
    return with_defaults(ws, 'by = "windows"\nsampling_rate = 8000').cut(videos)


def say_what_decides_nothing(ws: Workspace, videos: Path) -> CutReport:
    return ws.cut(videos, options={"merge_seconds": 0.5})


@pytest.mark.parametrize(
    ("change", "others", "told"),
    [
        (
            cue_file_is_gone,
            {},
            "subs.srt, which it is cut by, is gone; its clips stay as they are, with 3 texts of "
            "subtitles, 1 acceptance, 1 rejection, 2 splits",
        ),
        (
            cue_file_is_emptied,
            {"subs.wav": "kept"},
            "there are no cues in it; its clips stay as they are, with 3 texts of subtitles",
        ),
        (lines_file_is_emptied, {"read.wav": "kept"}, "its clips stay as they are, with 4 texts"),
        (defaults_change, {}, ""),
        (say_what_decides_nothing, {}, "merge_seconds: of no use in a cut by subtitles"),
    ],
)
def test_clips_stay_as_they_are_and_why_is_told(
    change: Callable[..., CutReport],
    others: dict[str, str],
    told: str,
    ws: Workspace,
    here: Path,
) -> None:
    before = state(ws)
    report = change(ws, here / "videos")
    assert statuses(report) == {**ALL_UNCHANGED, **others}
    said = [text for source in report.sources for text in (*source.warnings, source.error or "")]
    assert told in "; ".join(said)
    assert state(ws) == before


def test_another_release_cuts_nothing_again_that_has_texts_or_decisions(
    ws: Workspace, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_audio(here / "videos" / "zoo.wav", tone(300, 3, 16_000), 16_000)
    ws.cut(here / "videos" / "zoo.wav", options={"by": "windows"})
    before = state(ws)
    monkeypatch.setattr("audioset.records.cut_options.CUT_REVISION", 99)
    report = ws.cut(here / "videos")
    assert statuses(report) == {**ALL_UNCHANGED, "zoo.wav": "cut"}
    has = "another release cut it; its clips stay as they are, with 3 texts of subtitles, 1 "
    assert any(text.startswith(has) for text in report.sources[1].warnings)
    assert {name: data for name, data in state(ws).items() if "zoo" not in name} == {
        name: data for name, data in before.items() if "zoo" not in name
    }
    assert ws.cut(here / "videos", yes=True).sources[1].status == "cut"


def test_a_manifest_of_an_earlier_release_is_kept_and_learns_its_way_where_that_is_sure(
    ws: Workspace, here: Path
) -> None:
    for path in ws.manifests_dir.glob("*.parquet"):
        metadata = read_manifest_metadata(path)
        del metadata[WAY_KEY]
        write_manifest(path, read_manifest(path), metadata=metadata)
    report = ws.cut(here / "videos")
    assert statuses(report) == ALL_UNCHANGED
    read, subs, windows = report.sources
    assert "another release cut it, and did not note how" in read.warnings[-1]  # with options
    assert (subs.way and subs.way.short, subs.way and subs.way.noted) == (
        "subtitles subs.srt",
        True,
    )
    assert "did not note how" in windows.warnings[-1]
    after = state(ws)
    assert statuses(ws.cut(here / "videos")) == ALL_UNCHANGED
    assert state(ws) == after


def test_a_corrected_cue_and_a_moved_file_are_followed_without_a_question(
    ws: Workspace, here: Path
) -> None:
    videos = here / "videos"
    (videos / "subs.srt").write_text(CUES.replace("cue 3", "third"))
    report = ws.cut(videos)
    assert statuses(report) == {**ALL_UNCHANGED, "subs.wav": "cut"}
    assert not report.left_behind
    assert "third" in [clip.text for clip in clips_from_table(read_effective(ws.working))]
    texts = here / "work" / "texts"
    texts.mkdir()
    shutil.move(videos / "read.lines.txt", texts / "read.lines.txt")
    asked = audioset.TranscriptOptions(path=texts / "read.lines.txt")
    way = ws.cut(videos / "read.wav", transcript=asked).sources[0].way
    assert way is not None
    assert (way.file and way.file.from_workspace, way.transcript["takes"]) == (
        "texts/read.lines.txt",
        3,
    )
    # Both folders move: what lies in the workspace is found from there.
    shutil.move(here, here.with_name("moved"))
    moved = audioset.open_workspace(here.with_name("moved") / "work")
    assert statuses(moved.cut(here.with_name("moved") / "videos")) == ALL_UNCHANGED


def test_a_file_with_the_same_cues_has_its_own_warnings(ws: Workspace, here: Path) -> None:
    videos = here / "videos"
    odd = CUES + "5\n00:00:05,000 --> nowhere\ncue 5\n\n"
    (videos / "odd.srt").write_text(odd)
    talk, name = videos / "windows.wav", "odd.srt: "
    first = ws.cut(talk, labels=videos / "odd.srt", yes=True).sources[0]
    assert any(text.startswith(name) for text in first.warnings)
    (videos / "good.srt").write_text(CUES)
    second = ws.cut(talk, labels=videos / "good.srt").sources[0]
    assert not any(text.startswith(name) for text in second.warnings)
    assert (second.way and second.way.short, second.left_behind.kinds) == ("labels good.srt", {})
    assert ws.cut(talk).sources[0].status == "unchanged"


def test_new_facts_are_set_without_cutting_and_the_rest_of_the_rows_stays(
    ws: Workspace, here: Path
) -> None:
    clips = {name: data for name, data in state(ws).items() if name.endswith(".flac")}
    report = ws.cut(here / "videos", facts={"shirt": "red", "gender": "female"})
    assert set(statuses(report).values()) == {"facts"}
    assert {name: data for name, data in state(ws).items() if name.endswith(".flac")} == clips
    rows = list(clips_from_table(read_effective(ws.working)))
    assert {(row.gender, row.extra["shirt"]) for row in rows} == {("female", "red")}
    assert {row.speaker for row in rows} == {"isla", None}
    assert statuses(ws.cut(here / "videos")) == ALL_UNCHANGED


def test_somebody_is_asked_once_and_the_answer_is_followed(ws: Workspace, here: Path) -> None:
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return len(asked) > 1

    before = state(ws)
    wish = {"by": "windows", "every_seconds": 2}
    assert len(ws.cut(here / "videos", options=wish, ask=ask).kept) == 3
    assert state(ws) == before
    done = ws.cut(here / "videos", options=wish, ask=ask)
    assert set(statuses(done).values()) == {"cut"}
    assert len(asked) == 2
    assert "subs.wav: cut by windows, every_seconds 2, it would leave behind 3 texts" in asked[0]
    assert asked[0].splitlines()[-1].startswith("change these 3 sources, and leave behind ")
    assert done.left_behind.num_texts == 9


def test_a_script_is_told_how_to_go_on_and_status_3_says_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", "videos/subs.wav", "--by", "windows", "--workspace", "work"]
    assert run([*words, "--json"]) == 3
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["status"], source["cut_by"]) == ("kept", "subtitles subs.srt")
    assert (source["way"]["by"], source["left_behind"]["num_texts"]) == ("subtitles", 3)
    assert run(words) == 3
    assert "1 of 1 source kept as it was; --yes changes 1" in capsys.readouterr().err
    assert run([*words, "--yes"]) == 0
    assert "left behind: 3 texts of subtitles" in capsys.readouterr().err


def test_a_cut_that_is_stopped_is_gone_on_with_in_the_same_process(
    ws: Workspace, here: Path
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    wish = {"by": "windows"}
    with pytest.raises(KeyboardInterrupt):
        ws.cut(here / "videos", options=wish, yes=True, progress=stop)
    assert set(statuses(ws.cut(here / "videos", options=wish, yes=True)).values()) <= {
        "cut",
        "unchanged",
    }
