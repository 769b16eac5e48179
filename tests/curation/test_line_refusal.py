"""Whose transcript is it? Real recordings with their own text, and with that of another."""

from pathlib import Path

import pytest

from audioset.curation.cut.lines.choose import align_options_of, choose_lines, find_lines
from audioset.errors import InvalidInputError
from audioset.hearing.align.voices.espeak import is_installed
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.line_report import LineReport

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")


def find(recording: Path, text: Path) -> LineReport:
    transcript = TranscriptOptions(path=text)
    align = align_options_of(transcript)
    lines = choose_lines(text, transcript, align)
    return find_lines(recording, lines, CutOptions(by="lines"), align)


def test_whole_sentences_are_found_behind_an_introduction_that_is_no_line(real_media: Path) -> None:
    found = find(real_media / "audio/aesop_fable.ogg", real_media / "audio/aesop_fable.txt")
    starts = {span.line: span.start_seconds for span in found.alignment.spans}
    truth = {2: 27.5, 3: 31.5, 4: 43.1, 5: 50.0, 6: 57.9, 7: 67.5, 8: 72.5, 9: 84.6}
    right = [line for line, start in truth.items() if abs(starts.get(line, 0) - start) < 0.75]
    assert len(right) >= 7
    assert found.unexplained_seconds > 12  # who reads it, and for whom


@pytest.mark.parametrize(
    ("recording", "text"),
    [
        ("long/lj_chapter01.flac", "audio/aesop_fable.txt"),
        ("video/three_takes_digits.mp4", "long/lj_chapter01.lines.txt"),
    ],
)
def test_the_transcript_of_another_recording_is_refused(
    real_media: Path, recording: str, text: str
) -> None:
    with pytest.raises(InvalidInputError, match=r"the transcript of\s+this\s+recording"):
        find(real_media / recording, real_media / text)
