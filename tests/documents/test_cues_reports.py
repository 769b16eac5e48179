"""Small files rebuilt from what people reported of other tools, and what is right for each."""

from pathlib import Path

import pytest

from audioset.documents.cues import read_cues

Row = tuple[float, float, str | None, str | None]
FOX = [(1, 3.5, "the fox and the grapes"), (4, 6, "one day a fox"), (7, 9, "saw a bunch")]
RIGHT: dict[str, tuple[list[Row], list[str]]] = {
    "hls.vtt": (
        [(1, 3.5, "the fox", None), (4, 6, "one day", None), (7, 9, "he saw", None)],
        [],
    ),
    "mid_rlm.srt": ([(*row, None) for row in FOX], []),
    "bad_time.sbv": (
        [(1, 3.5, "the fox", None), (7, 9, "he saw", None)],
        [
            "1 of 3 cues not understood",
            "line 4: '0:00:04.x00,0:00:06.000' are not two times; the cue is left out",
        ],
    ),
    "speakers_in_brackets.srt": (
        [(*row, f"SPEAKER_0{at % 2}") for at, row in enumerate(FOX)],
        [
            "speakers were read from the text, which no longer names them: 'SPEAKER_00' (2), "
            "'SPEAKER_01' (1)"
        ],
    ),
    "ntp.ssa": (
        [(1, 3.5, "the fox", None), (4, 6, "one day", None)],
        ["speaker 'NTP' of 2 cues (line 6) is nobody's name; left empty"],
    ),
    "apple.ttml": (
        [(1, 3.5, "the fox", None), (4, 6, "one day", None)],
        [
            "times inside of timed elements are counted from the beginning of the file: counted "
            "from those elements they would lie outside of them"
        ],
    ),
    "spk_space.rttm": ([(1, 3.5, None, "Mary Jane"), (4, 6.5, None, "Old Tom")], []),
    "alt.ctm": (
        [(1, 1.5, "hello", None), (1.6, 2, "world", None)],
        [
            "line 6: of alternative words the first ones were taken; 1 other word was left out",
            "line 8: @ says that there is no word; 1 line was left out",
        ],
    ),
    "gap.srt": (
        [(4, 6, "before the gap", None), (20, 23, "after the gap at twenty", None)],
        [],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_every_reported_file_is_read_right(real_media: Path, name: str) -> None:
    cues, problems = RIGHT[name]
    read = read_cues(real_media / "reports" / name)
    assert [
        (cue.start_seconds, cue.end_seconds, cue.text, cue.speaker) for cue in read.cues
    ] == cues
    assert list(read.problems) == problems
