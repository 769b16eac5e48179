"""Whatever dies in the middle of edits: what was acknowledged is there once, the rest comes."""

import os
import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Playwright, expect

from audioset.catalog.database import CatalogDatabase
from tests.browser import FLAGS, be_patient, require_chromium, wait_until
from tests.review.conftest import Serve, SitDown
from tests.review.hands import Hands

# What the browser says of requests that nobody answers.
DEAD = ("net::ERR_", "the server does not answer")
# What the page says to who does not see it, from now on.
LISTEN = """() => {
    const said = document.getElementById("said");
    window.told = [];
    new MutationObserver(() => window.told.push(said.textContent)).observe(said, {childList: true});
}"""
TOKEN = "a-token-that-outlives-the-server-0001"


def decided(folder: Path) -> dict[str, list[object]]:
    """Give every decision about a verdict in the catalog, by clip, in order."""
    catalog = CatalogDatabase(f"sqlite:///{folder / 'catalog.db'}")
    found: dict[str, list[object]] = {}
    for row in catalog.since(0):
        assert row.decision.field == "accepted"
        value = row.decision.value if row.retracts is None else "taken back"
        found.setdefault(row.decision.subject_id, []).append(value)
    return found


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN, encoding="ascii")
    return path


def test_a_killed_server(voiced: Path, serve: Serve, sit_down: SitDown, token_file: Path) -> None:
    options = ("--by", "mairi", "--token-file", str(token_file))
    server = serve(voiced, *options)
    hands = Hands(sit_down(server, allow=DEAD))
    hands.page.evaluate(LISTEN)
    hands.press("a", "x", "a")
    server.kill()  # perhaps before it answered, perhaps after
    hands.press("a", "x", "s")
    expect(hands.page.locator("#waiting")).to_be_visible()
    gone = hands.page.locator("#notices").get_by_text("The server does not answer.")
    expect(gone).to_be_visible()
    serve(voiced, *options, "--port", str(server.port))
    hands.wait_until_saved()
    expect(gone).to_have_count(0)
    told = [words for words in hands.page.evaluate("told") if "does not answer" in words]
    assert len(told) == 1, told
    values = decided(voiced)
    assert Counter(len(each) for each in values.values()) == {1: 6}
    assert Counter(each[0] for each in values.values()) == {True: 3, False: 2, "unsure": 1}


@pytest.mark.slow
def test_a_page_that_is_loaded_again(
    voiced: Path, serve: Serve, sit_down: SitDown, token_file: Path
) -> None:
    options = ("--by", "mairi", "--token-file", str(token_file))
    server = serve(voiced, *options)
    page = sit_down(server, allow=DEAD)
    hands = Hands(page)
    server.kill()
    hands.press("a", "x")
    expect(page.locator("#waiting")).to_be_visible()
    page.goto("about:blank")  # the tab is closed
    again = serve(voiced, *options, "--port", str(server.port))
    page.goto(again.address)
    Hands(page).wait_until_saved()
    assert sorted(map(str, decided(voiced).values())) == ["[False]", "[True]"]


def test_a_network_that_is_cut(voiced: Path, serve: Serve, sit_down: SitDown) -> None:
    page = sit_down(serve(voiced, "--by", "mairi"), allow=DEAD)
    hands = Hands(page)
    hands.press("a")
    page.context.set_offline(True)
    hands.press("s", "a", "u")
    expect(page.locator("#waiting")).to_be_visible()
    page.context.set_offline(False)
    hands.wait_until_saved()
    values = decided(voiced)
    assert sorted(map(str, values.values())) == ["['unsure']", "[True, 'taken back']", "[True]"]


def test_a_killed_browser(
    voiced: Path, serve: Serve, driver: Playwright, token_file: Path, tmp_path: Path
) -> None:
    options = ("--by", "mairi", "--token-file", str(token_file))
    server = serve(voiced, *options)
    profile = tmp_path / "profile"

    def start() -> tuple[Hands, int]:
        context = driver.chromium.launch_persistent_context(
            profile, executable_path=require_chromium(), args=FLAGS
        )
        be_patient(context)
        page = context.pages[0]
        page.goto(server.address)
        return Hands(page), browser_of(profile)

    hands, pid = start()
    hands.press("a", "x", "a")
    hands.wait_until_saved()
    server.kill()
    hands.press("x", "a")
    expect(hands.page.locator("#waiting")).to_be_visible()
    wait_until(hands.page, "review.outbox.keeping === 0")
    os.kill(pid, signal.SIGKILL)
    server = serve(voiced, *options, "--port", str(server.port))
    hands, _ = start()
    hands.wait_until_saved()
    hands.page.context.close()
    values = decided(voiced)
    assert Counter(len(each) for each in values.values()) == {1: 5}


def browser_of(profile: Path) -> int:
    """Find the process of a browser; its helpers say what type they are, once they have begun."""
    parents = {
        process.pid: process.info["ppid"]
        for process in psutil.process_iter(["cmdline", "ppid"])
        if f"--user-data-dir={profile}" in (words := process.info["cmdline"] or [])
        and not any(word.startswith("--type=") for word in words)
    }
    (pid,) = [pid for pid, parent in parents.items() if parent not in parents]
    return pid
