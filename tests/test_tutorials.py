"""Every tutorial, typed line by line as it stands by somebody who has only what it makes.

Two are typed where their servers are: `team.md` in tests/test_team.py, `cluster.md` in tests/scale.
"""

from pathlib import Path

import pytest

import audioset
from audioset.errors import WithdrawnWarning
from audioset.hearing.align.voices.espeak import is_installed
from tests.typed.reading import HANDS, PAGES, clips_for, home, practice, programs, reads

__all__ = ["home", "practice", "programs"]  # fixtures
pytestmark = pytest.mark.skipif(not is_installed(), reason="no voices: install the extra align")
TOO_LOUD = "clipped_share > 0.001"
MUMBLED = "source_name in ('monday.mp4', 'tuesday.mp4')"
TABLE = "~/practice/clips/Transcriptions.xlsx"


def judges(line: str, where: str = TOO_LOUD) -> dict[str, str]:
    """Give what is done for a line that opens the page: who sits there rejects some clips."""
    return {line: f'{HANDS} review "{where}" {line.removeprefix("audioset review")}'}


def test_each_page_ends_with_what_there_is_now_and_what_comes_next() -> None:
    pages = sorted(PAGES.glob("*.md"))
    assert len(pages) == 8
    for page in pages:
        headings = [line for line in page.read_text("utf-8").splitlines() if line[:3] == "## "]
        assert headings[-2:] == ["## What you have now", "## Next"], page.name


def test_ten_videos(tmp_path: Path, programs: Path) -> None:
    reads(
        "ten-videos.md",
        tmp_path,
        programs,
        before={
            "audioset decide --from clips.xlsx": f'{HANDS} write clips.xlsx text "" "sit down"'
        },
        instead=judges("audioset review"),
        ends_with={"audioset check --report check.html": 3},
    )
    texts = audioset.open_workspace(tmp_path / "scots").open("scots@v1").to_pandas()["text"]
    assert {"sit down", "the line is very bad"} <= set(texts.dropna())


def test_lines_and_takes(home: Path, programs: Path) -> None:
    corrected = "audioset cut ~/practice/lines/session.mp4 --transcript session.lines.xlsx"
    hello = "Good morning to you"
    reads(
        "lines-and-takes.md",
        home,
        programs,
        before={corrected: f'{HANDS} write session.lines.xlsx text "{hello}" "{hello}!"'},
    )
    rows = audioset.open_workspace(home / "takes").open("takes@v1").to_pandas()
    assert sorted(rows["line"]) == [1, 2, 3, 4, 5, 6]
    assert f"{hello}!" in set(rows["text"])


def test_clips_and_a_spreadsheet(home: Path, programs: Path) -> None:
    again = "audioset import folder ~/practice/clips --exact"
    right = [
        f'{HANDS} write {TABLE} "File name" "phrsae 05.wav" "phrase 05.wav"',
        f'{HANDS} drop {TABLE} "File name" "phrase 20.wav"',
    ]
    reads(
        "clips-and-a-spreadsheet.md",
        home,
        programs,
        before={
            again: "\n".join(right),
            "audioset decide --from clips.xlsx": f'{HANDS} write clips.xlsx accepted "" no',
        },
        ends_with={
            "audioset import folder ~/practice/clips --dry-run": 3,
            "audioset import folder ~/practice/clips": 3,
        },
    )
    rows = audioset.open_workspace(home / "phrases").open("phrases@v1").to_pandas()
    assert len(rows) == 15
    assert set(rows[rows["speaker"] == "mairi"]["age"]) == {"61"}


def test_two_reviewers(home: Path, programs: Path) -> None:
    settled = "audioset decide CLIP_ID --accept"
    reads(
        "two-reviewers.md",
        home,
        programs,
        instead={
            **judges("audioset review --by mairi"),
            **judges("audioset review --by ewan"),
            **judges("audioset review --by mairi --pass 2"),
            **judges("audioset review --by ewan --pass 2", MUMBLED),
            settled: clips_for(settled, MUMBLED),
        },
    )
    ws = audioset.open_workspace(home / "panel")
    assert {by for pair in ws.agreement().pairs for by in pair.reviewers} >= {"mairi", "ewan"}
    assert len(ws.open("panel@v1")) == 14


def test_a_model_is_trained_and_then_one_that_it_heard_withdraws(
    home: Path, programs: Path
) -> None:
    """The second page goes on where the first one ends."""
    asked = "audioset lineage-of-clip CLIP_ID"
    reads(
        "pin-train-compare.md",
        home,
        programs,
        before={
            "audioset split --test 0.4 --validation 0 --yes": "sed -i"
            """ 's/^# by = "speaker,.*/by = "source"/' audioset.toml"""
        },
        instead={
            asked: clips_for(asked, "speaker = 'joe' and split = 'train'", most=1),
        },
    )
    ws = audioset.open_workspace(home / "voices")
    assert len(ws.lineage("voices@v1").models) == 2
    reads(
        "withdraw.md",
        home,
        programs,
        ends_with={"audioset reproduce models:/who-speaks@champion": 1},
    )
    with pytest.warns(WithdrawnWarning, match="15 clips were withdrawn from voices@v1"):
        left = ws.open("voices@v1")
    assert set(left.to_pandas()["speaker"]) == {"isla"}
