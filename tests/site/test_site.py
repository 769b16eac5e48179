"""The site of the docs builds without a warning, leads everywhere, and asks no other host."""

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

import audioset
from tests.browser import Watch, browser, driver
from tests.review.seen import NARROW, WIDE, violations
from tests.servers import serving
from tests.site.building import (
    MKDOCS,
    PROJECT,
    ZENSICAL,
    SitePage,
    broken_links,
    build_site,
    read_pages,
    unread_markup,
)

__all__ = ["browser", "driver"]  # fixtures
DOCS = PROJECT / "docs"
SHOWN = ["index.html", "troubleshooting.html", "everyday.html", "reference/clips.html"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"), ZENSICAL)[0]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, SitePage]:
    return read_pages(site)


def markdown_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(DOCS).as_posix() for path in folder.rglob("*.md"))


def named_in(nav: Any) -> Iterator[str]:
    """Give the files that a navigation names."""
    if isinstance(nav, str):
        yield nav
        return
    for inner in nav.values() if isinstance(nav, dict) else nav:
        yield from named_in(inner)


def test_every_page_has_a_place_in_the_navigation() -> None:
    nav = yaml.safe_load((PROJECT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    notes = [name for name in markdown_of(DOCS / "decisions") if re.search(r"/\d", name)]
    named = sorted(named_in(nav))
    assert named == sorted(set(markdown_of(DOCS)) - set(notes)), "mkdocs.yml names other pages"
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    missing = [name for name in notes if f"]({Path(name).name})" not in listed]
    assert missing == [], "docs/decisions/index.md lists each"


def test_no_link_and_no_anchor_leads_nowhere(pages: dict[Path, SitePage]) -> None:
    assert len(pages) > 60
    assert list(broken_links(pages)) == []


def test_every_list_and_table_is_read_as_one(pages: dict[Path, SitePage]) -> None:
    found = {path.name: lines for path in pages if (lines := unread_markup(path))}
    assert found == {}, "put an empty line before it"


def test_the_anchors_that_pages_outside_name_are_there(
    site: Path, pages: dict[Path, SitePage]
) -> None:
    for outside in ("README.md", "CONTRIBUTING.md"):
        text = (PROJECT / outside).read_text(encoding="utf-8")
        for page, anchor in re.findall(r"\]\(docs/([\w/-]+)\.md#([^)]+)\)", text):
            assert anchor in pages[(site / f"{page}.html").resolve()].ids, f"{page}#{anchor}"


def test_a_page_loads_nothing_from_other_hosts(pages: dict[Path, SitePage]) -> None:
    loaded = [address for page in pages.values() for address in page.loaded]
    assert len(loaded) > len(pages)
    assert [address for address in loaded if "//" in address] == []


def test_the_reference_has_every_public_name_and_every_verb(pages: dict[Path, SitePage]) -> None:
    ids = {
        anchor for path, page in pages.items() if "reference" in path.parts for anchor in page.ids
    }
    last = {anchor.rpartition(".")[2] for anchor in ids if anchor.startswith("audioset.")}
    assert set(audioset.__all__) - last == {"__version__"}
    workspace = audioset.Workspace
    names = [name for name in dir(workspace) if not name.startswith("_")]
    verbs = {name for name in names if callable(getattr(workspace, name))}
    assert verbs - last == set()


@pytest.mark.slow
def test_the_other_builder_builds_the_same_pages(
    tmp_path: Path, pages: dict[Path, SitePage]
) -> None:
    site, said = build_site(tmp_path, MKDOCS)
    assert "WARNING" not in said
    others = read_pages(site)
    assert list(broken_links(others)) == []
    assert {path.name for path in others} == {path.name for path in pages}


@pytest.fixture
def open_pages(site: Path, browser: Browser) -> Iterator[tuple[Page, str, Watch]]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(partial(Quiet, directory=str(site))) as port:  # type: ignore[arg-type]
        home = f"http://127.0.0.1:{port}/"
        context = browser.new_context()
        watch = Watch(context, home)
        yield context.new_page(), home, watch
        context.close()


def test_no_page_is_wider_than_a_phone_or_a_screen(
    open_pages: tuple[Page, str, Watch],
) -> None:
    page, home, watch = open_pages
    for name in SHOWN:
        page.goto(home + name)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    assert watch.faults == []


@pytest.mark.slow
def test_every_page_fits_and_keeps_nothing_from_those_who_cannot_see(
    open_pages: tuple[Page, str, Watch], pages: dict[Path, SitePage], site: Path
) -> None:
    page, home, watch = open_pages
    for path in pages:
        name = path.relative_to(site.resolve()).as_posix()
        page.goto(home + name)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    for name in SHOWN:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(home + name)
            page.evaluate(Axe().axe_script)
            # The navigations that the builder puts around pages and code have no names.
            found = [one for one in violations(page) if not one.startswith("landmark-unique")]
            assert found == [], (name, scheme)
    assert watch.faults == []
