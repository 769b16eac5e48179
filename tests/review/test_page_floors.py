"""The page keeps its order: its folders are floors, and small enough to live in."""

import posixpath
import re
from collections import Counter

from tests.review.modules import STATIC
from tests.test_floors import MAX_LINES
from tests.test_walk_doc import WALK

MAX_PAGE_MODULES = 10
# What runs. `@import` and `import("...")` in a comment name types only, which may come from above.
IMPORT = re.compile(r"""^(?:import|export|\}) [^"'\n]*["'](\.[^"'\n]+)["'];""", re.MULTILINE)
MODULES = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*.js")}


def folders_of_page() -> list[str]:
    """Give the folders in the order in which `docs/walk.md` names them: each knows those before."""
    text = WALK.read_text(encoding="utf-8")
    told = re.search(r"^- \*\*The folders of the page\*\*(.*?)^- ", text, re.MULTILINE | re.DOTALL)
    assert told
    return re.findall(r"`(\w+)`", told[1])


def imports_of(place: str) -> list[str]:
    found = IMPORT.findall(MODULES[place].read_text(encoding="utf-8"))
    return [posixpath.normpath(posixpath.join(posixpath.dirname(place), name)) for name in found]


def test_a_module_of_the_page_imports_only_from_lower_folders() -> None:
    floors = [*folders_of_page(), ""]  # above all: what begins the page
    assert {posixpath.dirname(place) for place in MODULES} == set(floors)
    seen = 0
    for place in MODULES:
        for module in imports_of(place):
            seen += 1
            above, below = (floors.index(posixpath.dirname(name)) for name in (place, module))
            assert below <= above, f"{place} imports {module}, from above"
    assert seen > 100


def test_no_modules_of_the_page_go_in_a_circle() -> None:
    left = {place: set(imports_of(place)) for place in MODULES}
    while done := [place for place, needs in left.items() if not needs & left.keys()]:
        left = {place: needs for place, needs in left.items() if place not in done}
    assert sorted(left) == []


def test_no_module_and_no_folder_of_the_page_is_too_large_to_live_in() -> None:
    for place, path in MODULES.items():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES, place
    for folder, number in Counter(posixpath.dirname(place) for place in MODULES).items():
        assert number <= MAX_PAGE_MODULES, f"{folder} has {number} modules"
