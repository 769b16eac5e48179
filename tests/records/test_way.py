"""How a source was cut, as its manifest says it."""

from dataclasses import replace
from pathlib import Path

import pytest

from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line
from audioset.records.manifest import LINES_KEY, WAY_KEY
from audioset.records.way import Way, WayFile, way_of

FILE = WayFile(
    name="talk.srt", sha256="a" * 64, from_source="talk.srt", from_workspace="../talk.srt"
)
WAYS = {
    "speech": Way(by="speech"),
    "speech, pause_seconds 0.5, no snap": Way(
        by="speech", options={"pause_seconds": 0.5, "snap": False}
    ),
    "subtitles talk.srt": Way(by="subtitles", file=FILE, release="1f"),
    "subtitles inside": Way(by="subtitles", stream=1),
    "subtitles inside, stream 3": Way(by="subtitles", stream=3, options={"stream": 3}),
    "lines talk.srt, takes 3": Way(by="lines", file=FILE, transcript={"takes": 3}, lexicon=FILE),
    "not noted": Way(by=None),
}


@pytest.mark.parametrize("said", WAYS)
def test_a_way_is_said_shortly_and_read_as_it_was_written(said: str) -> None:
    assert str(WAYS[said]) == said
    assert Way.from_json(WAYS[said].to_json()) == WAYS[said]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting"),
        ("[]", "no JSON object"),
        ('{"by": 3}', "'by' cannot be 3"),
        ('{"by": "speech", "mood": 1}', "'mood'"),
        ('{"by": "speech", "options": []}', "'options' is no object"),
        ('{"by": "lines", "file": "lines.txt"}', "stands where an object should"),
        ('{"by": "lines", "file": {"name": "lines.txt"}}', "it lacks 'sha256'"),
    ],
)
def test_what_is_no_way_is_a_value_error(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Way.from_json(text)


def test_a_file_is_looked_for_beside_its_source_and_where_it_was(tmp_path: Path) -> None:
    source, workspace = tmp_path / "videos" / "talk.mp4", tmp_path / "work"
    file = tmp_path / "texts" / "lines.txt"
    noted = WayFile.of(file, "a" * 64, source=source, workspace=workspace, beside=False)
    assert noted.from_source == noted.from_workspace == "../texts/lines.txt"
    moved = tmp_path / "disk" / "videos" / "talk.mp4"
    assert noted.places(source=moved, workspace=workspace) == (
        moved.parent / "../texts/lines.txt",
        file,
        moved.with_name("lines.txt"),
    )
    assert noted.places(source=None, workspace=workspace) == (file,)


def test_a_manifest_of_an_earlier_release_tells_what_can_be_concluded() -> None:
    report = LineReport(
        transcript="lines.txt",
        lines=(Line(number=1, text="ay"),),
        alignment=Alignment(
            aligner="a@1", spans=(), missing=(1,), unexplained=(), length_seconds=1.0
        ),
    )
    by_lines = way_of({LINES_KEY: report.to_json().encode()})
    assert (str(by_lines), by_lines.noted) == ("lines lines.txt", False)
    assert way_of({}, [None, "subtitles"]) == Way(by="subtitles", noted=False)
    assert way_of({}, [None]) == Way(by=None, noted=False)
    noted = replace(by_lines, noted=True)
    assert way_of({WAY_KEY: noted.to_json().encode()}) == noted
