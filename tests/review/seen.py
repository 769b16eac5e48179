"""The views of the review page, and what axe-core finds in them."""

from collections.abc import Mapping, Sequence

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
TAKES, SOURCE = "#takes li", "#source-rows [aria-selected=true]"
# Keys that open a view, each with what is there once it has done its work.
VIEWS: Mapping[str, Sequence[tuple[str, str]]] = {
    "clip": (),
    "text": (("e", "textarea:focus"),),
    "source": (("v", SOURCE),),
    "new clip": (("v", SOURCE), ("c", "#make-clip[open]")),
    "keys": (("?", "#help[open]"),),
    "all at once": (("b", "#bulk[open]"),),
    "fact": (("f", "#fact[open]"),),
    "agreement": (("g", "#agreement[open]"),),
}


def violations(page: Page) -> list[str]:
    """Give what axe-core finds, one line each: the rule, and the elements."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def faults_of_views(page: Page) -> dict[str, list[str]]:
    """Open view after view, by keys alone, and give what axe-core finds in each."""
    faults = {}
    page.wait_for_selector(TAKES)
    page.evaluate(Axe().axe_script)
    for name, keys in VIEWS.items():
        for key, shown in keys:
            page.keyboard.press(key)
            page.wait_for_selector(shown)
        faults[name] = violations(page)
        for _ in keys:
            page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0, name
    return {name: found for name, found in faults.items() if found}
