"""Long names and many rows at 80 and 60 columns: nothing is cut off, and nobody reads 600 rows."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import audioset
from audioset.cli.app import run
from audioset.cli.render import make_table
from audioset.cli.screens.clips.cut import show_cut
from audioset.cli.screens.parts import MOST_ROWS
from audioset.cli.screens.versions.verify import _runs
from audioset.curation.cut.cut import CutReport
from audioset.curation.cut.one_source import SourceReport
from audioset.workspace import Workspace
from tests.workspaces import add_source

TITLE = (
    "I Asked 100 People To Read The Same Sentence And THIS Happened 😱 - Full HD [dQw4w9WgXcQ].mp4"
)
ID = "a-long-name-of-a-source-that-somebody-gave-it-once-upon-a-time-1a2b3c4d-000001200-000003400"
CHINESE = "小明的故事今天我们去爬山然后在山顶上吃了很多好吃的东西最后回家睡觉"
ARABIC = "مقابلة طويلة جدا مع متحدث من المدينة القديمة"
CELLS = st.text("ab 小م", max_size=60)


def shown(columns: list[str], rows: list[list[str]], width: int) -> str:
    return "\n".join(make_table(columns, rows).lines(width))


def letters(text: str) -> list[str]:
    return sorted(re.sub(r"\s", "", text))


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, st.integers(0, 10**9), CELLS, CELLS), min_size=1, max_size=4),
    width=st.integers(30, 120),
)
def test_nothing_is_cut_off_and_no_line_is_too_wide(
    rows: list[tuple[str, int, str, str]], width: int
) -> None:
    cells = [[first, f"{number:,}", second, third] for first, number, second, third in rows]
    text = shown(["what", ">clips", "~words", "id"], cells, width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    left = letters(text)
    for letter in letters("".join(cell for row in cells for cell in row)):
        left.remove(letter)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", [TITLE, ID, CHINESE, ARABIC])
def test_numbers_stay_whole_beside_a_long_name(name: str, width: int) -> None:
    text = shown(["~source", "", ">clips", ">length"], [[name, "cut", "1,234", "0:12:34"]], width)
    assert "1,234  0:12:34" in text
    assert re.sub(r"\s", "", name)[:16] in re.sub(r"\s", "", text)


def test_what_does_not_fit_as_a_table_is_a_block_for_each_row() -> None:
    columns = ["version", "digest", ">clips", ">size", "published", "~message"]
    row = [
        "scots-of-the-north@v12",
        "2424d9667a2b",
        "60",
        "179 kB",
        "2026-11-30",
        "what changed " * 5,
    ]
    assert [line.rstrip() for line in shown(columns, [row], 60).splitlines()][:2] == [
        "scots-of-the-north@v12",
        "  digest 2424d9667a2b, clips 60, size 179 kB, published",
    ]
    assert shown(columns, [row], 120).startswith("version")


def source(number: int, **values: object) -> SourceReport:
    return SourceReport(path=f"talks/{number}.mp4", status="cut", num_clips=3, **values)  # type: ignore[arg-type]


def test_six_hundred_sources_are_a_summary_their_warnings_and_failures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sources = [source(n) for n in range(598)]
    sources[7] = source(7, warnings=("the audio track is silent",))
    sources.append(SourceReport(path="talks/bad.mp4", status="failed", error="no video"))
    report = CutReport(sources=tuple(sources))
    show_cut(report, Path("manifests"), report=None, show_all=False, as_json=False)
    out = capsys.readouterr().out
    assert len(out.splitlines()) < 15
    for words in ("7.mp4", "the audio track is silent", "bad.mp4", "no video"):
        assert words in out
    assert "597 cut, without a warning: --all shows them" in out
    show_cut(report, Path("manifests"), report=None, show_all=True, as_json=False)
    assert len(capsys.readouterr().out.splitlines()) > 600


def test_as_many_failures_are_a_screen_and_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    sources = tuple(
        SourceReport(path=f"talks/{n}.mp4", status="failed", error="no video") for n in range(600)
    )
    show_cut(CutReport(sources=sources), Path("m"), report=None, show_all=False, as_json=False)
    told = capsys.readouterr()
    assert told.out.count("no video") == MOST_ROWS
    assert "570 more sources failed: --all shows them" in told.err


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = audioset.init(tmp_path_factory.mktemp("busy") / "scots", name="scots")
    add_source(ws, "a.wav", 1, seconds=0.02, speaker="isla")
    for number in range(MOST_ROWS + 2):
        ws.decide(audioset.Decision("speaker", "isla", "room", f"room {number}"), by="mairi")
    return ws


def test_of_a_long_history_the_newest_is_shown(
    busy: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["history", "isla", "--subject-kind", "speaker", "--workspace", str(busy.folder)]
    assert run(command) == 0
    told = capsys.readouterr()
    assert "room 31" in told.out
    assert "room 1 " not in told.out
    assert "2 earlier decisions: --all shows them" in told.err
    assert run([*command, "--all"]) == 0
    assert "room 1 " in capsys.readouterr().out


def test_an_id_is_never_broken_in_a_table() -> None:
    text = shown(
        ["rule", "clip", "~finding"], [["cut_edge", ID[:50], "speech breaks off " * 3]], 80
    )
    assert ID[:50] in text
    narrow = shown(["rule", "clip", "~finding"], [["cut_edge", ID[:50], "speech " * 3]], 60)
    assert narrow.splitlines()[0].strip() == "cut_edge"
    assert f"  clip {ID[:50]}" in narrow


@pytest.mark.parametrize(
    ("numbers", "told"),
    [((1, 2, 3, 5), "v1 to v3, v5"), ((1, 2), "v1, v2"), ((), ""), (range(1, 301), "v1 to v300")],
)
def test_hundreds_of_versions_are_named_by_their_first_and_last(
    numbers: Sequence[int], told: str
) -> None:
    assert _runs(numbers) == told
