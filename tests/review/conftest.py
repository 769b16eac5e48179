"""What tests of the review page share: workspaces, servers, and browsers that notice everything."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import Watch, browser, driver
from tests.review.material import make_real, make_voiced
from tests.review.reviewing import Reviewing, reviewing

__all__ = ["browser", "driver"]  # fixtures

# Said by the browser before the first key: it plays nothing until somebody does something.
NOT_YET = "AudioContext was not allowed to start"

Serve = Callable[..., Reviewing]
SitDown = Callable[..., Page]


@pytest.fixture(scope="session")
def _voiced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_voiced(tmp_path_factory.mktemp("voiced") / "made").folder


@pytest.fixture(scope="session")
def _real(tmp_path_factory: pytest.TempPathFactory, real_media: Path) -> Path:
    return make_real(tmp_path_factory.mktemp("real"), real_media).folder


@pytest.fixture
def voiced(_voiced: Path, tmp_path: Path) -> Path:
    """Folder of a workspace of a synthetic voice, for this test alone (see `make_voiced`)."""
    return Path(shutil.copytree(_voiced, tmp_path / "scots"))


@pytest.fixture
def voiced_sources(_voiced: Path) -> Path:
    """Folder of the recordings of `voiced`."""
    return _voiced.parent


@pytest.fixture
def real(_real: Path, tmp_path: Path) -> Path:
    """Folder of a workspace of real videos, for this test alone (see `make_real`)."""
    return Path(shutil.copytree(_real, tmp_path / "real"))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start `audioset review` in a folder, with options; all end with the test.

    Settings of its environment are given by name.
    """
    with ExitStack() as servers:

        def start(folder: Path, *options: str, **environment: str) -> Reviewing:
            return servers.enter_context(reviewing(folder, *options, **environment))

        yield start


@pytest.fixture
def sit_down(browser: Browser) -> Iterator[SitDown]:
    """Open a review in a browser profile of its own; whatever goes wrong in it fails the test.

    `allow` names what the test itself brings about (see `Watch`); other options are those of a
    browser context.
    """
    with ExitStack() as people:
        watches: list[Watch] = []

        def open_review(
            server: Reviewing, *, allow: tuple[str, ...] = (), **options: object
        ) -> Page:
            context = browser.new_context(**options)  # type: ignore[arg-type]
            people.callback(context.close)
            watches.append(Watch(context, server.home))
            for pattern in (NOT_YET, *allow):
                watches[-1].allow(pattern)
            page = context.new_page()
            page.goto(server.address)
            return page

        yield open_review
    assert not [fault for watch in watches for fault in watch.faults]
