"""Recordings cut by the lines of a transcript: every take is found, and what is wrong is said."""

import csv
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import audioset
from audioset import Decision
from audioset.cli.screens.clips.status import show_status
from audioset.curation.cut.cut import CutReport
from audioset.errors import InvalidInputError, NotFoundError
from audioset.pages.takes import write_line_page
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest, scan_manifests
from audioset.workspace import Workspace
from tests.sounds import LINES, write_speech

OPTIONS = TranscriptOptions(voice="en-gb-scotland")


def rows(ws: Workspace) -> list[Clip]:
    [path] = ws.manifests_dir.glob("*.parquet")
    return list(clips_from_table(read_manifest(path)))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return audioset.init(tmp_path / "work", name="scots")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two lines, each said three times, and their transcript beside."""
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "talk.lines.txt").write_text("\n".join(LINES))
    return tmp_path / "talk.wav"


def cut(source: Path, ws: Workspace, options: TranscriptOptions = OPTIONS) -> CutReport:
    return ws.cut(source, options={"by": "lines"}, transcript=options)


def test_three_takes_of_ten_lines_are_thirty_clips_in_one_command(
    real_media: Path, ws: Workspace
) -> None:
    folder = real_media / "video"
    lines = folder / "three_takes_digits.lines.txt"
    transcript = TranscriptOptions(path=lines, takes=3)
    report = cut(folder / "three_takes_digits.mp4", ws, transcript)
    assert report.sources[0].error is None
    with (folder / "three_takes_digits.segments.csv").open(newline="") as file:
        truth = list(csv.DictReader(file))
    clips = rows(ws)
    assert [(clip.text, clip.line, clip.take) for clip in clips] == [
        (said["text"], number // 3 + 1, number % 3 + 1) for number, said in enumerate(truth)
    ]
    for clip, said in zip(clips, truth, strict=True):
        # Padding of up to 0.08 s belongs to the clip.
        assert clip.start_seconds == pytest.approx(float(said["start_seconds"]) - 0.05, abs=0.25)
        assert clip.end_seconds == pytest.approx(float(said["end_seconds"]) + 0.05, abs=0.25)
        assert clip.text_source == "transcript"
        assert clip.aligner
        assert "@" in clip.aligner
        assert clip.text_score is not None
        assert 0 <= clip.text_score <= 1


def test_takes_are_counted_without_being_told_and_a_rerun_does_nothing(
    talk: Path, ws: Workspace
) -> None:
    first = cut(talk, ws)
    assert first.sources[0].error is None
    assert [(c.text, c.take) for c in rows(ws)] == [(t, n) for t in LINES for n in (1, 2, 3)]
    lines = first.sources[0].lines
    assert lines is not None
    assert lines.clip_ids == tuple(clip.clip_id for clip in rows(ws))
    again = cut(talk, ws)
    assert again.sources[0].status == "unchanged"
    assert again.sources[0].lines == lines


def test_a_changed_line_voice_or_lexicon_cuts_again(
    talk: Path, ws: Workspace, tmp_path: Path
) -> None:
    cut(talk, ws)
    changed = replace(OPTIONS, takes=3)
    assert cut(talk, ws, changed).sources[0].status == "cut"
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text("kettle  k'Et@l\n")
    changed = replace(changed, lexicon=lexicon)
    assert cut(talk, ws, changed).sources[0].status == "cut"
    (tmp_path / "talk.lines.txt").write_text("\n".join([LINES[0], "the kettle was on"]))
    assert cut(talk, ws, changed).sources[0].status == "cut"
    assert cut(talk, ws, changed).sources[0].status == "unchanged"
    assert rows(ws)[-1].text == "the kettle was on"


def test_an_unknown_aligner_is_refused_and_the_structural_one_is_named(
    talk: Path, ws: Workspace
) -> None:
    with pytest.raises(InvalidInputError, match="unknown aligner 'oracle'"):
        cut(talk, ws, replace(OPTIONS, aligner="oracle"))
    by_pauses = replace(OPTIONS, aligner="structural", takes=3)
    assert cut(talk, ws, by_pauses).sources[0].status == "cut"
    assert {clip.aligner for clip in rows(ws)} == {"structural@1"}


def test_padding_never_reaches_into_the_speech_beside_it(talk: Path, ws: Workspace) -> None:
    lines = cut(talk, ws).sources[0].lines
    assert lines is not None
    spans, clips = lines.alignment.spans, rows(ws)
    for span, clip in zip(spans, clips, strict=True):
        assert span.start_seconds - 0.4 <= clip.start_seconds <= span.start_seconds
        assert span.end_seconds <= clip.end_seconds <= span.end_seconds + 0.4
    for number, (one, other) in enumerate(pairwise(spans)):
        middle = (one.end_seconds + other.start_seconds) / 2
        assert clips[number].end_seconds <= middle + 0.001
        assert clips[number + 1].start_seconds >= middle - 0.001


@pytest.mark.slow  # test_line_refusal and test_align refuse, too
def test_a_transcript_of_something_else_cuts_nothing(
    talk: Path, ws: Workspace, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text(
        "it takes its name from that illustrious woman by whose virtue and fortitude\n"
        "swore by his throne and kingdom that he would revenge himself of those countries\n"
        "the two and twentieth day of the first month\n"
        "and all the governors and his officers of war\n"
        "the king called his captains\n"
        "go out against all the kingdoms of the west\n"
        "he mustered men for the expedition on foot and twelve thousand archers\n"
    )
    report = cut(talk, ws, replace(OPTIONS, path=other)).sources[0]
    assert report.status == "failed"
    assert (
        "other.txt is hardly the transcript of this recording: another text is said, or the same "
        "in another language (lines said in English (en-gb-scotland), as asked for"
        in (report.error or "")
    )
    assert not [*ws.clips_dir.iterdir(), *ws.manifests_dir.iterdir()]
    anyway = replace(OPTIONS, path=other, anyway=True)
    assert cut(talk, ws, anyway).sources[0].status == "cut"


def test_strict_refuses_missing_lines_and_leaves_the_workspace_as_it_was(
    talk: Path, ws: Workspace, tmp_path: Path
) -> None:
    more = tmp_path / "more.txt"
    more.write_text("\n".join([*LINES, "this extraordinary elephant never appears anywhere"]))
    strict = replace(OPTIONS, path=more, strict=True, takes=3)
    refused = cut(talk, ws, strict)
    assert [report.status for report in refused.sources] == ["refused"]
    assert refused.refused == refused.sources
    assert "doubtful" in (refused.sources[0].error or "")
    assert not [*ws.clips_dir.iterdir(), *ws.manifests_dir.iterdir()]
    # The same without strict cuts what was found and says what was not.
    report = cut(talk, ws, replace(strict, strict=False)).sources[0]
    assert report.status == "cut"
    assert report.lines is not None
    assert report.lines.doubtful
    # A strict look at what is there already refuses too, and takes nothing away.
    looked = cut(talk, ws, strict).sources[0]
    assert looked.status == "refused"
    assert "of an earlier cut are still there" in (looked.error or "")
    assert len(rows(ws)) == report.num_clips


def test_a_missing_transcript_is_said_and_a_folder_of_them_is_searched(
    talk: Path, ws: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    named = replace(OPTIONS, path=folder)
    assert "no transcript of the same name in" in (cut(talk, ws, named).sources[0].error or "")
    shutil.move(tmp_path / "talk.lines.txt", folder / "talk.txt")
    assert cut(talk, ws, named).sources[0].status == "cut"
    assert cut(talk, ws).sources[0].status == "unchanged"  # it is known where they were
    other = tmp_path / "other.wav"
    other.write_bytes(talk.read_bytes() + b"\0\0")
    assert "name one with --transcript" in (cut(other, ws).sources[0].error or "")


def test_wishes_that_contradict_each_other_are_refused(talk: Path, ws: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="cut by speech does not look at a transcript"):
        ws.cut([talk], options=CutOptions(), transcript=OPTIONS)
    each = CutOptions(by="lines", channels="each")
    with pytest.raises(InvalidInputError, match="takes one channel"):
        ws.cut([talk], options=each)


def test_the_proposed_take_of_each_line_is_accepted_where_nobody_judged(
    talk: Path, ws: Workspace
) -> None:
    with pytest.raises(NotFoundError, match="cut with a transcript first"):
        ws.accept_best_takes()
    lines = cut(talk, ws).sources[0].lines
    assert lines is not None
    of_first = [clip for clip in rows(ws) if clip.line == 1]
    ws.decide([api_decision(of_first[0].clip_id, accepted=True)])
    done = ws.accept_best_takes()
    assert done.num_decisions == 3
    accepted = accepted_of(ws)
    assert [accepted[clip.clip_id] for clip in of_first] == [True, None, None]
    best = [span.take for span in lines.alignment.spans if span.best and span.line == 2]
    kept = [c.take for c in rows(ws) if c.line == 2 and accepted[c.clip_id]]
    assert kept == best
    assert len(kept) == 1
    assert {each.value for each in ws.undo(done.op_id).fields} == {None}
    ws.decide(Decision("clip", of_first[0].clip_id, "accepted", "unsure"))
    assert ws.accept_best_takes().num_decisions == 3
    assert [accepted_of(ws)[clip.clip_id] for clip in of_first] == [None, None, None]
    ws.undo()
    first, *others = (clip for clip in rows(ws) if clip.line == 2)
    ws.split_clip(first.clip_id, (first.start_sample + first.end_sample) // 2)
    decided = {clip_id for _, clip_id, _ in ws.accept_best_takes().row_ids}
    assert decided <= {clip.clip_id for clip in others}  # what was split is no take any more


def api_decision(clip_id: str, *, accepted: bool) -> Decision:
    return Decision("clip", clip_id, "accepted", accepted)


def accepted_of(ws: Workspace) -> dict[str, bool | None]:
    from audioset.curation.workspace.effective import scan_effective

    found: dict[str, bool | None] = {}
    for batch in scan_effective(ws.working, ["clip_id", "accepted"]):
        found.update((row["clip_id"], row["accepted"]) for row in batch.to_pylist())
    return found


def test_the_page_and_the_status_tell_every_missing_line(
    talk: Path, ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk.lines.txt").write_text(f"{LINES[0]}\nan <elephant> & more\n{LINES[1]}\n")
    report = cut(talk, ws)
    lines = report.sources[0].lines
    assert lines is not None
    page = write_line_page(report, tmp_path / "cut.html", workspace=ws.folder).read_text(
        encoding="utf-8"
    )
    assert page.count("<audio ") >= len(lines.alignment.spans)
    assert page.count('<p class="finding">not found</p>') == len(lines.alignment.missing)
    (without_clips,) = ws.status().sources.lines_without_clips.values()
    assert without_clips == tuple(sorted(lines.alignment.missing)) == (2,)
    show_status(ws.status(), as_json=False)
    assert "lines         1 without a clip: 2 of talk.wav" in capsys.readouterr().out
    ws.decide(Decision("clip", ws.to_pandas()["clip_id"][0], "line", 2))
    assert 2 not in [n for each in ws.status().sources.lines_without_clips.values() for n in each]
    assert "an &lt;elephant&gt; &amp; more" in page
    assert not re.search("https?:", page)
    assert all(f">{clip_id}</p>" in page for clip_id in lines.clip_ids)
    by_speech = ws.cut([talk], options=CutOptions(), yes=True)
    with pytest.raises(InvalidInputError, match="no source was cut by lines"):
        write_line_page(by_speech, tmp_path / "none.html", workspace=ws.folder)


def test_older_manifests_without_the_new_columns_are_read(ws: Workspace) -> None:
    formats = Path(__file__).parents[1] / "formats"
    paths = sorted(formats.glob("store-*/*/manifests/*.parquet"))
    assert paths
    for batch in scan_manifests(paths, ["clip_id", "take_similarity", "aligner"]):
        assert batch.column("aligner").null_count == batch.num_rows
