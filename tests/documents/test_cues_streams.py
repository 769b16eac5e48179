"""Subtitles inside of media files are read by the rules of files."""

from pathlib import Path

import pytest

from audioset.documents.cues import read_embedded_cues
from audioset.errors import InvalidInputError
from tests.subtitle_streams import write_stream


def test_the_rules_of_files_hold_for_streams(tmp_path: Path) -> None:
    ass = [
        (1000, 2000, b"0,0,Default,NTP,0,0,0,,the fox"),
        (2000, 3000, rb"1,0,Default,Mary,0,0,0,,{\p1}m 0 0{\p0}one\Nday"),
        (3000, 4000, b"2,0,Default,,0,0,0,,[Music]"),
    ]
    vtt = [
        (1000, 2000, b"<v Mary>the fox</v>"),
        (2000, 3000, b"<v Mary>Yes.</v>\n<v Tom>No.</v>"),
        (3000, 4000, b"- Who?\n- You &amp; me."),
    ]
    srt = [
        (1000, 2000, b"{\\an8}[SPEAKER_00]: <i>the fox</i>"),
        (2000, 3000, "\u266a".encode()),
        (3000, 4000, b"[SPEAKER_01]: one day"),
    ]
    right = {
        "ass": ([("the fox", None), ("one day", "Mary")], "nobody's name"),
        "webvtt": (
            [("the fox", "Mary"), ("Yes. No.", None), ("Who? You & me.", None)],
            "at 2.00 s: several voices in one cue",
        ),
        "subrip": ([("the fox", "SPEAKER_00"), ("one day", "SPEAKER_01")], "in which nobody"),
    }
    for codec, events in (("ass", ass), ("webvtt", vtt), ("subrip", srt)):
        path = write_stream(tmp_path / f"{codec}.mkv", codec, events)
        cues, told = right[codec]
        read = read_embedded_cues(path)
        assert [(cue.text, cue.speaker) for cue in read.cues] == cues
        assert told in "; ".join(read.problems)


def test_a_stream_in_which_nobody_speaks_is_refused(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mkv", "webvtt", [(1000, 2000, b"[Music]")])
    with pytest.raises(InvalidInputError, match=r"nothing in it can be cut: 1 cue \(at 1.00 s"):
        read_embedded_cues(path)
