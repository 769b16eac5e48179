"""Lines of which fewer takes were found than asked for are told, and count as doubtful."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audioset
from audioset.cli.app import run
from audioset.cli.screens.clips.cut_lines import say_lost, show_mendings
from audioset.curation.cut import CutReport, SourceReport
from audioset.pages.takes import write_line_page
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.records.lost_speech import mend
from audioset.storage.store import open_store
from tests.servers import s3_url  # noqa: F401  a fixture
from tests.sounds import LINES, write_audio, write_speech


def report(*takes: tuple[int | None, int]) -> LineReport:
    """One line for each pair of takes asked for and found."""
    lines = [Line(number=n, text="aye", takes=asked) for n, (asked, _) in enumerate(takes, 1)]
    spans = [
        LineSpan(line=n, take=k, start_seconds=10 * n + k, end_seconds=10 * n + k + 0.5, score=0.9)
        for n, (_, found) in enumerate(takes, 1)
        for k in range(1, found + 1)
    ]
    missing = tuple(n for n, (_, found) in enumerate(takes, 1) if not found)
    found = Alignment(
        aligner="by-hand@1", spans=tuple(spans), missing=missing, unexplained=(), length_seconds=100
    )
    return LineReport(transcript="lines.txt", lines=tuple(lines), alignment=found)


def test_a_line_is_short_when_some_of_its_takes_were_not_found() -> None:
    found = report((3, 3), (3, 2), (None, 1), (3, 0), (1, 1))
    assert [str(line) for line in found.short] == ["line 2: 2 of 3 takes"]
    assert found.doubtful == (2, 4)  # a short line and a missing one
    assert found.counts()["short"] == ({"line": 2, "found": 2, "asked": 3},)


def lossy(*takes: tuple[int | None, int]) -> LineReport:
    """The same, with a word of a second in no line and three sounds as loud as the takes."""
    found = report(*takes)
    loud = ((2.9, 3.4), (11.2, 11.4), (50.0, 50.5))  # the second is in a take now
    left = replace(found.alignment, unexplained=((3.0, 3.2), (70.0, 71.0)), loud=loud)
    return replace(found, alignment=left)


def test_loud_sound_in_no_line_counts_as_long_as_takes_lack() -> None:
    short = lossy((3, 1), (None, 0))
    assert short.num_lacking == 3
    assert short.in_no_line == ((2.9, 3.4), (50.0, 50.5), (70.0, 71.0))
    assert short.longest_in_no_line[0] == (70.0, 71.0)
    assert short.counts()["in_no_line"] == short.in_no_line
    assert LineReport.from_json(short.to_json()) == short
    whole = lossy((1, 1), (None, 2))
    assert whole.num_lacking == 0
    assert whole.in_no_line == whole.alignment.unexplained
    assert '"loud"' not in report((1, 1)).to_json()


def test_where_takes_lack_the_longest_stretches_in_no_line_are_told_of_all_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def told(**reports: LineReport) -> str:
        sources = [
            SourceReport(path=f"videos/{name}.mp4", status="cut", lines=lines)
            for name, lines in reports.items()
        ]
        say_lost(CutReport(sources=tuple(sources)))
        return capsys.readouterr().err

    said = told(one=lossy((3, 1)), two=report((1, 1)), three=lossy((2, 1)))
    assert (
        "6 stretches of speech, or as loud, got no line in 2 sources, while 3 takes lack; "
        "the longest: 1:10.0 to 1:11.0 of one.mp4, 1:10.0 to 1:11.0 of three.mp4, "
        "0:02.9 to 0:03.4 of one.mp4"
    ) in said
    assert "audioset review" in said
    assert not told(one=lossy((1, 1)))  # a word that is no line, and nothing lacks
    assert not told(one=report((3, 1)))


def said(unexplained: tuple[tuple[float, float], ...], *spans: LineSpan) -> LineReport:
    """Three lines that are said twice each, with clips of what was found."""
    lines = tuple(Line(number=n, text=f"aye aye {n}", takes=2) for n in (1, 2, 3))
    missing = tuple({1, 2, 3} - {span.line for span in spans})
    found = Alignment(
        aligner="by-hand@1",
        spans=spans,
        missing=missing,
        unexplained=unexplained,
        length_seconds=100,
    )
    ids = tuple(f"clip-{span.line}-{span.take}" for span in spans)
    return LineReport(transcript="lines.txt", lines=lines, alignment=found, clip_ids=ids)


def take(line: int, number: int, start: float, *flags: str) -> LineSpan:
    return LineSpan(
        line=line,
        take=number,
        start_seconds=start,
        end_seconds=start + 1,
        score=0.9,
        flags=flags,
    )


def test_each_stretch_in_no_line_has_a_command_with_the_line_that_lacks_a_take() -> None:
    ends = take(1, 1, 1), take(3, 1, 20), take(3, 2, 25)
    mendings = mend(said(((4.0, 5.0), (8.0, 9.0), (12.0, 13.0)), *ends), "talk-1a2b3c4d")
    assert [each.command for each in mendings] == [
        "audioset make-clip talk-1a2b3c4d --start 3.90 --end 5.10 --line 1 --take 2 "
        "--text 'aye aye 1'",
        "audioset make-clip talk-1a2b3c4d --start 7.90 --end 9.10 --line 2 --take 1 "
        "--text 'aye aye 2'",
        "audioset make-clip talk-1a2b3c4d --start 11.90 --end 13.10 --line 2 --take 2 "
        "--text 'aye aye 2'",
    ]
    assert mendings[1].why == "probably line 2, of which takes lack"
    # Two takes of three lie there: nobody can tell which, and a click is none of them.
    unsure, click = mend(said(((4.0, 5.0), (8.0, 8.2)), *ends), "talk-1a2b3c4d")
    assert unsure.command == "audioset make-clip talk-1a2b3c4d --start 3.90 --end 5.10"
    assert unsure.why == "may be line 1 or 2: say which with --line, --take and --text"
    assert click.why == "no line lacks a take here: say with --text what it is"


def test_a_word_beside_the_take_that_lacks_it_moves_an_edge() -> None:
    takes = (
        *(take(1, 1, 1), take(1, 2, 4), take(2, 1, 7, "words_missing: aye")),
        *(take(2, 2, 10), take(3, 1, 13), take(3, 2, 16)),
    )
    after, before = mend(said(((8.06, 8.5), (12.2, 12.9)), *takes), "talk-1a2b3c4d")
    assert after.command == "audioset move-edges clip-2-1 --end 8.60"
    assert after.why == "take 1 of line 2 lacks 'aye', and it is right beside it"
    # Line 2 lacks no other take then.
    assert before.command == "audioset move-edges clip-3-1 --start 12.10"
    assert before.why == "right beside take 1 of line 3"


def test_the_commands_stand_below_the_lines_of_what_was_cut_just_now(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init("work", name="scots")
    cut: Any = ws.cut([talk], transcript="lines.txt")
    (source,) = cut.sources
    lost = replace(source.lines.alignment, spans=source.lines.alignment.spans[:-1])
    last = source.lines.alignment.spans[-1]
    lost = replace(lost, unexplained=((last.start_seconds, last.end_seconds),))
    lines = replace(
        source.lines,
        alignment=lost,
        clip_ids=source.lines.clip_ids[:-1],
        lines=tuple(replace(line, takes=3) for line in source.lines.lines),
    )
    source = replace(source, lines=lines)
    show_mendings(source)
    command = f"audioset make-clip {source.source.source_id} --start "
    assert f"    {command}" in capsys.readouterr().out
    page = write_line_page(CutReport(sources=(source,)), Path("cut.html"), workspace=ws.folder)
    text = page.read_text(encoding="utf-8")
    assert f"<code>{command}" in text
    assert "Written 20" in text
    show_mendings(replace(source, status="unchanged"))
    assert not capsys.readouterr().out


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lines, each said three times."""
    monkeypatch.chdir(tmp_path)
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "lines.txt").write_text("\n".join(LINES))
    return tmp_path / "talk.wav"


def test_missing_takes_are_told_in_the_table_in_json_and_on_the_page(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", str(talk), "--transcript", "lines.txt", "--voice", "en-gb-scotland"]
    assert run([*words, "--takes", "4", "--report", "a/new/folder/cut.html"]) == 0
    out = capsys.readouterr().out
    assert "3 of 4" in out
    assert "1 take missing" in out
    told = "fewer takes than asked for: line 1: 3 of 4 takes, line 2: 3 of 4 takes"
    assert told in out
    page = Path("a/new/folder/cut.html").read_text(encoding="utf-8")
    assert 'href="#source-0-line-2">line 2: 3 of 4 takes</a>' in page
    assert 'id="source-0-line-2"' in page
    assert run([*words, "--aligner", "structural", "--anyway"]) == 0
    assert "lines are found by structural@1 now, and were by bootstrap@" in capsys.readouterr().out


def test_strict_names_what_is_missing_and_a_share_alone_is_strict(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cut", str(talk), "--transcript", "lines.txt", "--voice", "en-gb-scotland"]
    assert run([*words, "--takes", "4", "--max-doubtful", "0.4"]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "2 of 2 lines are doubtful, 2 with fewer takes than asked for (line 1: 3 of 4" in out
    assert "--strict (strict=True in Python) lets pass 40% and no missing one" in out
    assert run([*words, "--takes", "4", "--max-doubtful", "1"]) == 0


def test_the_takes_of_a_source_on_object_storage_can_be_heard_and_seen(
    talk: Path,
    tmp_path: Path,
    s3_url: str,  # noqa: F811
) -> None:
    url = f"{s3_url}/{tmp_path.name}"
    store = open_store(url)
    store.put_content("talk.wav", talk)
    ws = audioset.init(tmp_path / "work", name="scots")
    cut: Any = ws.cut([f"{url}/talk.wav"], transcript=tmp_path / "lines.txt")
    page = write_line_page(cut, tmp_path / "cut.html", workspace=ws.folder)
    assert page.read_text(encoding="utf-8").count("<audio ") >= 6
    assert not list(ws.folder.glob(".fetched-*"))
    # What is there now is another recording: no take of it is where the cut found it.
    write_audio(talk, np.zeros(8_000, np.float32), 8_000)
    store.delete("talk.wav")
    store.put_content("talk.wav", talk)
    page = write_line_page(cut, tmp_path / "cut.html", workspace=ws.folder)
    text = page.read_text(encoding="utf-8")
    assert "has changed since it was cut; cut it again" in text
    assert "<audio " not in text
