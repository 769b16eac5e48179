"""Ids on pages lead into the review where it last ran: those of working clips, and no others."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

import audioset
from audioset.curation.workspace.review_address import keep_review_address, read_review_address
from audioset.curation.workspace.working import PRIVATE_FOLDER
from audioset.workspace import Workspace
from tests.workspaces import make_workspace

ADDRESS = "http://127.0.0.1:41234"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """scots@v1, then one clip rejected and one corrected."""
    ws = make_workspace(tmp_path_factory.mktemp("linked") / "scots", sources=1, clips_per_source=4)
    ws.publish(track=False)
    first, second, *_ = clip_ids(ws)
    ws.decide(
        [
            audioset.Decision("clip", first, "accepted", False),
            audioset.Decision("clip", second, "text", "quite other words"),
        ]
    )
    keep_review_address(ws.folder, ADDRESS)
    return ws


def clip_ids(ws: Workspace) -> list[str]:
    return sorted(path.stem for path in ws.clips_dir.glob("*.flac"))


def linked(page: Path) -> set[str]:
    """Give the clips to which a page has a link; none of them leads elsewhere."""
    found = re.findall(r'href="([^#"][^"]*)"', page.read_text(encoding="utf-8"))
    assert all(link.startswith(f"{ADDRESS}/#clip=") for link in found)
    return {unquote(link.partition("=")[2]) for link in found}


def report(ws: Workspace, what: str | None, page: Path) -> None:
    ws.report(what, to=page)


def diff(ws: Workspace, what: str | None, page: Path) -> None:
    ws.diff("scots@v1", what or "working", report=page)


@pytest.mark.parametrize("write", [report, diff])
def test_pages_of_working_clips_lead_into_the_review_and_those_of_versions_do_not(
    ws: Workspace, tmp_path: Path, write: Callable[[Workspace, str | None, Path], None]
) -> None:
    page = tmp_path / "page.html"
    write(ws, None, page)
    _, second, *others = clip_ids(ws)
    assert linked(page) == ({second} if write is diff else {second, *others})
    assert "audioset review --where" in page.read_text(encoding="utf-8")
    write(ws, "scots@v1", page)
    assert linked(page) == set()


def test_the_working_clips_may_also_be_the_first_side_of_a_diff(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.diff("working", "scots@v1", report=tmp_path / "page.html")
    assert linked(tmp_path / "page.html") == {clip_ids(ws)[1]}  # the other one is rejected here


def test_an_address_is_kept_and_anything_else_is_none(tmp_path: Path) -> None:
    assert read_review_address(tmp_path) == ""
    for address in (ADDRESS, "http://localhost:8000", "http://[::1]:9", "http://10.0.0.7:65535"):
        keep_review_address(tmp_path, address)
        assert read_review_address(tmp_path) == address
    for other in (
        "",
        "javascript:alert(1)",
        "https://127.0.0.1:1",
        "http://127.0.0.1",
        "http://a@evil.example:1",
        f'{ADDRESS}"><script>alert(1)</script>',
        f"{ADDRESS}/x",
        "http://é:1",
    ):
        (tmp_path / PRIVATE_FOLDER / "address").write_text(other, encoding="utf-8")
        assert read_review_address(tmp_path) == ""
