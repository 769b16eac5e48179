"""An aligner of another package finds the lines; pauses, flags and what is missing stay ours."""

from pathlib import Path

import pytest

import audioset
from audioset.curation.workspace.effective import read_effective
from audioset.errors import InvalidInputError
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.media.resample import Resampler
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.records.manifest import clips_from_table
from audioset.records.plugin_contracts import SOUND_RATE
from scripts.demo_video import SAMPLING_RATE as SPEECH_RATE
from tests.plugin_packages import install
from tests.sounds import LINES, spoken, write_speech

# Gives each stretch of sound between pauses of 0.25 s to the next line, a little too wide.
ISLANDS = """
import os
import numpy as np
from audioset.plugins import LineSpan

class Islands:
    name, version = "islands", "7"

    def align(self, sound, lines, language, pins):
        if os.environ.get("ISLANDS") == "raise":
            raise OSError("no\\nluck")
        loud = np.abs(sound[: sound.size // 800 * 800]).reshape(-1, 800).max(axis=1) > 0.02
        edges = np.flatnonzero(np.diff(np.r_[False, loud, False].astype(int))).reshape(-1, 2)
        spans = [list(edges[0])]
        for start, end in edges[1:]:
            if start - spans[-1][1] < 5:
                spans[-1][1] = end
            else:
                spans.append([start, end])
        number = 99 if os.environ.get("ISLANDS") == "unknown" else 1
        return [
            LineSpan(line=number, take=1, start_seconds=max(0.0, start / 20 - 0.1),
                     end_seconds=end / 20 + 0.1, score=0.8)
            for start, end in spans
        ]

def open_islands(threads):
    return Islands()
"""
POINT = "[audioset.aligners]\nislands = islands:open_islands\n"


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, package="islands", code=ISLANDS, points=POINT)


def align(*lines: str, pins: tuple[LineSpan, ...] = ()) -> Alignment:
    samples, _ = spoken()
    sound = Resampler(SPEECH_RATE, SOUND_RATE).push(samples, last=True)
    blocks = [sound[start : start + 5000] for start in range(0, sound.size, 5000)]
    numbered = [Line(number=number, text=text) for number, text in enumerate(lines, 1)]
    return align_lines(Sound16k(blocks), numbered, AlignOptions(aligner="islands"), pins)


def test_its_spans_move_to_pauses_and_what_it_does_not_find_is_missing() -> None:
    found = align(*LINES)
    assert found.aligner == "islands@7"
    assert found.missing == (2,)
    said = spoken()[1]
    assert [span.take for span in found.spans] == [1, 2, 3, 4, 5, 6]
    for span, take in zip(found.spans, said, strict=True):
        assert span.start_seconds == pytest.approx(take.start_seconds, abs=0.12)
        assert span.end_seconds == pytest.approx(take.end_seconds, abs=0.12)
        assert span.score == pytest.approx(0.8)


def test_what_a_person_confirmed_goes_before_what_it_found() -> None:
    first, second = align(*LINES).spans[:2]
    pin = LineSpan(
        line=2, take=1, start_seconds=first.start_seconds, end_seconds=first.end_seconds, score=1.0
    )
    found = align(*LINES, pins=(pin,)).spans
    assert (found[0].line, found[0].score) == (2, 1.0)
    assert found[0].start_seconds == pytest.approx(pin.start_seconds, abs=0.02)
    assert found[1].line == 1
    assert found[1].start_seconds == pytest.approx(second.start_seconds)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise", "the aligner 'islands' failed: OSError: no luck"),
        ("unknown", "the aligner 'islands' puts line 99 from"),
    ],
)
def test_one_that_misbehaves_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, how: str, told: str
) -> None:
    monkeypatch.setenv("ISLANDS", how)
    with pytest.raises(InvalidInputError, match=told):
        align(*LINES)


def test_a_source_is_cut_by_its_spans_and_each_clip_names_it(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    (tmp_path / "talk.txt").write_text("\n".join(LINES))
    ws = audioset.init(tmp_path / "work")
    wish = audioset.TranscriptOptions(path=tmp_path / "talk.txt", aligner="islands")
    report = ws.cut([tmp_path / "talk.wav"], transcript=wish)
    assert (report.num_clips, report.failed) == (6, ())
    rows = list(clips_from_table(read_effective(ws.working)))
    assert {(row.aligner, row.line) for row in rows} == {("islands@7", 1)}
    again = ws.cut([tmp_path / "talk.wav"], transcript=wish)
    assert again.sources[0].status == "unchanged"


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(
        InvalidInputError, match="known are auto, bootstrap, structural, hama, islands"
    ):
        align_lines(Sound16k([]), [Line(number=1, text="x")], AlignOptions(aligner="nobody"))
