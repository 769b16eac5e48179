"""The site of the docs, built in a folder of its own, and what its pages hold."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).parents[2]
# What builds the site: the words of its command.
ZENSICAL = ("zensical", "build", "--strict")
MKDOCS = ("mkdocs", "build", "--strict")
# What stands in a page as it was typed, or is no text.
_AS_TYPED = re.compile(r"<(pre|code|script|style|svg)\b.*?</\1>", re.DOTALL)
# What a page loads by itself, as against what one clicks.
_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


def build_site(folder: Path, builder: Sequence[str]) -> tuple[Path, str]:
    """Build the site in a folder; gives where it is, and what the builder said.

    Raises:
        AssertionError: it found something to say against a page.
    """
    shutil.copytree(PROJECT / "docs", folder / "docs")
    shutil.copy(PROJECT / "mkdocs.yml", folder)
    (folder / "audioset").symlink_to(PROJECT / "audioset", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-m", *builder],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder / "site", done.stdout


@dataclass
class SitePage(HTMLParser):
    """One page of the site.

    Attributes:
        path: of its file.
        ids: that an anchor can name.
        links: what one can click, as it is written.
        loaded: what comes with the page, as it is written.
    """

    path: Path
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value for name, value in attrs if value}
        if "id" in said:
            self.ids.add(said["id"])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        # The order of pages is no load; a script in the page has no address.
        if said.get("rel") not in ("prev", "next", "canonical") and _LOADED.get(tag) in said:
            self.loaded.append(said[_LOADED[tag]])


def read_pages(site: Path) -> dict[Path, SitePage]:
    """Give all pages by the paths of their files, but for the one that stands for missing ones."""
    found = (path.resolve() for path in site.rglob("*.html") if path.name != "404.html")
    return {path: SitePage(path) for path in sorted(found)}


def broken_links(pages: dict[Path, SitePage]) -> Iterator[str]:
    """Give what leads nowhere inside of the site, one line each."""
    for page in pages.values():
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve()
            if not parts.path:
                target = page.path
            if not target.is_file():
                yield f"{page.path.name}: {link}"
            elif (
                parts.fragment
                and target in pages  # pictures have one for light and one for dark
                and unquote(parts.fragment) not in pages[target].ids
            ):
                yield f"{page.path.name}: {link}: no such anchor"


def unread_markup(page: Path) -> list[str]:
    """Give the lines of a page that are a list or a table in Markdown, and were read as neither.

    Both builders want an empty line between a paragraph and the table after it.
    """
    html = page.read_text(encoding="utf-8")
    found = re.findall(r"(?:<p>|\n)((?:- |\| |\d\. ).{0,60})", _AS_TYPED.sub("", html))
    return [*found, *re.findall(r"<code>[^<]*\\\|[^<]*</code>", html)]
