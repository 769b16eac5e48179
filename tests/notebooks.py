"""What a notebook shows of a result, held against what JupyterLab leaves of it for strangers."""

from html.parser import HTMLParser

# Of the elements and attributes that JupyterLab's sanitizer lets pass in a notebook that nobody
# trusts (packages/apputils/src/sanitizer.ts), those that we use. Of `style` it lets pass
# `padding`, `text-align`, `vertical-align` and `overflow-wrap: break-word`.
PASSES = {
    "a": {"href", "target", "rel"},
    "audio": {"controls", "preload", "src", "title"},
    "b": set(),
    "br": set(),
    "div": set(),
    "p": set(),
    "progress": {"max", "value"},
    "table": set(),
    "tbody": set(),
    "td": {"style"},
    "th": {"style"},
    "thead": set(),
    "tr": set(),
}
_STYLES = {"padding", "text-align", "vertical-align", "overflow-wrap"}
_EMPTY = {"br"}


class Shown(HTMLParser):
    """What is shown: its words, and its sounds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sounds: list[dict[str, str]] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    @property
    def text(self) -> str:
        """All words, blanks between them."""
        return " ".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert tag in PASSES, f"<{tag}> is taken out of a notebook that nobody trusts"
        assert given.keys() <= PASSES[tag], f"<{tag} {given.keys() - PASSES[tag]}> is taken out"
        styles = {one.partition(":")[0].strip() for one in given.get("style", "").split(";")}
        assert styles <= {*_STYLES, ""}
        if tag == "audio":
            assert given["src"].startswith("data:audio/mpeg;base64,")
            assert given["preload"] == "none"
            self.sounds.append(given)
        if tag == "a":
            self.links.append(given["href"])
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def shown(result: object) -> Shown:
    """Let a result show itself, as a cell of a notebook does."""
    return Shown(result._repr_html_())  # type: ignore[attr-defined]
