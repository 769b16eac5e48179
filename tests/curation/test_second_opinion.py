"""A second opinion on a cut by lines: a model says what it hears, and other words raise a flag."""

from html import unescape
from pathlib import Path

import pytest

import audioset
from audioset.cli.screens.clips.cut_lines import show_lines
from audioset.hearing.transcribers.open import open_transcriber
from audioset.pages.takes import write_line_page
from audioset.records.line_report import LineReport
from audioset.records.lines import flag_meaning
from tests.hearing.test_whisper import needs_whisper
from tests.plugin_packages import install
from tests.sounds import LINES, write_speech

# Says what the environment has it say: clips in order of time, separated by bars.
PARROT = """
import os
from audioset.plugins import Hypothesis

class Parrot:
    name, version = "parrot", "1"
    languages = []

    def __init__(self):
        self.left = os.environ["PARROT"].split("|")

    def transcribe(self, sounds, languages):
        if self.left == ["raise"]:
            raise OSError("no luck")
        Parrot.languages += languages
        assert all(0.3 < sound.size / 16000 < 4 and abs(sound).max() > 0.05 for sound in sounds)
        said, self.left = self.left[: len(sounds)], self.left[len(sounds) :]
        return [Hypothesis(text) for text in said]

def open_parrot(weights, threads):
    return Parrot()
"""
POINT = "[audioset.transcribers]\nparrot = parrot:open_parrot\n"
MORNING, KETTLE = LINES


def cut(
    folder: Path, texts: tuple[str, ...] = LINES, *, opinion: str | None = "parrot"
) -> tuple[audioset.CutReport, LineReport | None]:
    write_speech(folder / "talk.wav")
    (folder / "talk.txt").write_text("\n".join(texts))
    wish = audioset.TranscriptOptions(
        path=folder / "talk.txt",
        aligner="bootstrap",  # wrong texts are placed by it, with doubts
        voice="en-gb-scotland",
        second_opinion=opinion,
        anyway=True,
    )
    open_transcriber.cache_clear()  # a process loads a model once
    ws = audioset.init(folder / "work") if not (folder / "work").exists() else None
    ws = ws or audioset.open_workspace(workspace=folder / "work")
    report = ws.cut([folder / "talk.wav"], transcript=wish)
    return report, report.sources[0].lines


def heard_otherwise(flag: str) -> bool:
    return flag.startswith("heard_otherwise")


@pytest.fixture
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    install(tmp_path / "package", monkeypatch, package="parrot", code=PARROT, points=POINT)
    return monkeypatch


def test_other_words_are_told_and_a_take_without_the_flag_is_proposed(
    tmp_path: Path, parrot: pytest.MonkeyPatch
) -> None:
    heard = [
        "Good morning to you!",
        "Guid mornin' tae ye",
        "my dog has eaten it",
        KETTLE,
        KETTLE,
        "",
    ]
    parrot.setenv("PARROT", "|".join(heard))
    _, lines = cut(tmp_path)
    assert lines is not None
    spans = lines.alignment.spans
    assert [span.hypothesis for span in spans] == heard
    doubted = ["heard_otherwise" in span.flags for span in spans]
    assert doubted == [False, False, True, False, False, True]
    assert not any(span.best for span in (spans[2], spans[5]))
    assert LineReport.from_json(lines.to_json()) == lines


def test_what_is_only_written_otherwise_is_not_doubted(
    tmp_path: Path, parrot: pytest.MonkeyPatch
) -> None:
    parrot.setenv("PARROT", "good mourning 2 ewe|Goodmorn in too u|GOOD-MORNING TO YOU|" * 2)
    _, lines = cut(tmp_path, (MORNING, KETTLE))
    assert lines is not None
    flagged = {span.line for span in lines.alignment.spans if "heard_otherwise" in span.flags}
    assert flagged == {2}


def test_a_cut_that_asks_for_one_is_made_anew(tmp_path: Path, parrot: pytest.MonkeyPatch) -> None:
    assert cut(tmp_path, opinion=None)[0].sources[0].status == "cut"
    parrot.setenv("PARROT", "|".join([MORNING] * 3 + [KETTLE] * 3))
    assert cut(tmp_path)[0].sources[0].status == "cut"
    assert cut(tmp_path)[0].sources[0].status == "unchanged"


@pytest.mark.parametrize(
    ("opinion", "told"),
    [
        ("parrot", "talk.wav: the second opinion failed at every take: OSError: no luck"),
        ("nobody", "no transcriber 'nobody' is installed"),
        ("models:/asr@champion", "is a model of MLflow; name a plug-in such as whisper"),
    ],
)
def test_one_that_cannot_be_had_is_told_and_nothing_is_cut(
    tmp_path: Path, parrot: pytest.MonkeyPatch, opinion: str, told: str
) -> None:
    parrot.setenv("PARROT", "raise")
    report, _ = cut(tmp_path, opinion=opinion)
    assert report.num_clips == 0
    assert told in str(report.sources[0].error)


def test_one_other_word_is_told_where_it_stands_and_everywhere_it_is_looked_for(
    tmp_path: Path, parrot: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = ["Good luck to you", MORNING, "morning to you", "The cattle is on", KETTLE, KETTLE]
    parrot.setenv("PARROT", "|".join(heard))
    report, lines = cut(tmp_path)
    assert lines is not None
    told = {
        (span.line, span.take): flag
        for span in lines.alignment.spans
        for flag in span.flags
        if heard_otherwise(flag)
    }
    assert told == {
        (1, 1): 'heard_otherwise: hears "luck" where the line says "morning"',
        (1, 3): 'heard_otherwise: hears "morning" where the line says "good morning"',
    }
    assert LineReport.from_json(lines.to_json()) == lines
    [luck, missing] = map(flag_meaning, told.values())
    ws = audioset.open_workspace(workspace=tmp_path / "work")
    [row] = ws.to_pandas().query("line == 1 and take == 1").itertuples()
    assert told[1, 1] in row.flags.split(",")
    found = ws.check(rules=["heard_otherwise"]).findings
    assert sorted(finding.sentence for finding in found) == sorted([luck, missing])
    show_lines(lines, "talk.wav")
    assert f"take 1: {luck}" in " ".join(capsys.readouterr().out.split())
    page = write_line_page(report, tmp_path / "takes.html", workspace=tmp_path / "work")
    assert luck in unescape(page.read_text("utf-8"))
    ws.report(to=tmp_path / "report.html")
    assert luck in unescape((tmp_path / "report.html").read_text("utf-8"))


@needs_whisper
def test_whisper_doubts_the_word_that_is_said_otherwise_and_no_right_text(tmp_path: Path) -> None:
    _, lines = cut(tmp_path, ("good luck to you", KETTLE), opinion="whisper")
    assert lines is not None
    told = [(span.line, *filter(heard_otherwise, span.flags)) for span in lines.alignment.spans]
    assert [line for line, *_ in told] == [1, 1, 1, 2, 2, 2]
    # Of one take the model is not sure: it writes "Good morning, sir."
    flags = [(line, flag) for line, *flags in told for flag in flags]
    assert 2 <= len(flags) <= 3
    assert all(line == 1 and 'where the line says "luck' in flag for line, flag in flags)
