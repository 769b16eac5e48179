"""The views of the review page, and what axe-core finds in them."""

from collections.abc import Iterator, Mapping, Sequence

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
TAKES, SOURCE = "#takes li", "#source-rows [aria-selected=true]"
WHERE = ("/", "#filter-where:focus")
# Keys that open a view, each with what is there once it has done its work. What has a `#` has no
# key of its own: it is reached with Tab, and Enter opens it.
VIEWS: Mapping[str, Sequence[tuple[str, str]]] = {
    "clip": (),
    "text": (("e", "textarea:focus"),),
    "source": (("v", SOURCE),),
    "new clip": (("v", SOURCE), ("c", "#make-clip[open]")),
    "keys": (("?", "#help[open]"),),
    "more keys": (("?", "#help[open]"), ("#help summary", "#help details[open]")),
    "all at once": (("b", "#bulk[open]"),),
    "fact": (("f", "#fact[open]"),),
    "agreement": (("g", "#agreement[open]"),),
    "listening": (("#listening summary", "#listening[open]"),),
    "filter": (WHERE,),
    "saved filter": (WHERE, ("#filter-save", "#filter-name[open] input:focus")),
    "queue": (("#counter", "#queue.open"),),
    "about": (("#menu-details", "#details.open"),),
}
# Dialogs that come by themselves, or when something is wrong: `test_axe_states` brings it about.
UNUSUAL = frozenset({"conflicts", "outbox"})

# What can be opened here and now, each with whether it is: dialogs, what is folded, and what a
# button shows. It has the name that the page has for it.
_OPENABLE = """() => {
    const folds = [...document.querySelectorAll("dialog, details")].map((one) =>
        [one.id || one.querySelector("summary").textContent, one.open]);
    const opens = "[aria-expanded], [aria-haspopup], [popovertarget]";
    const shown = [...document.querySelectorAll(opens)]
        .filter((button) => button.checkVisibility())
        .map((button) => [button.getAttribute("aria-controls"), button.ariaExpanded === "true"]);
    return [...folds, ...shown];
}"""
_CLOSE = """() => {
    document.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
    document.querySelectorAll("[aria-expanded=true]").forEach((button) => button.click());
}"""


def violations(page: Page) -> list[str]:
    """Give what axe-core finds, one line each: the rule, and the elements."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def openable(page: Page) -> tuple[set[str], set[str]]:
    """Give the names of what can be opened, and of what is open."""
    found: list[tuple[str, bool]] = page.evaluate(_OPENABLE)
    return {name for name, _ in found}, {name for name, is_open in found if is_open}


def settle(page: Page) -> None:
    """Wait until what was closed has given the focus back: that comes as an event of its own."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def open_views(page: Page) -> Iterator[str]:
    """Open view after view, by keys alone; gives the name of each while it is open."""
    page.wait_for_selector(TAKES)
    for name, steps in VIEWS.items():
        if any(step.startswith("#menu") and not page.is_visible(step) for step, _ in steps):
            continue  # what it opens is always there at this width
        for step, shown in steps:
            if step.startswith("#"):
                page.locator(step).first.focus()
            page.keyboard.press("Enter" if step.startswith("#") else step)
            page.wait_for_selector(shown)
        yield name
        for _ in steps:
            page.keyboard.press("Escape")
        page.evaluate(_CLOSE)
        settle(page)
        assert page.locator("dialog[open]").count() == 0, name


def faults_of_views(page: Page) -> dict[str, list[str]]:
    """Give what axe-core finds in each view, and what no view opens."""
    page.evaluate(Axe().axe_script)
    faults, all_of_it, seen = {}, set(), set(UNUSUAL)
    for name in open_views(page):
        faults[name] = violations(page)
        there, opened = openable(page)
        all_of_it |= there
        seen |= opened
    faults["never opened"] = sorted(all_of_it - seen)
    return {name: found for name, found in faults.items() if found}
