"""Draw the drawings of the docs as SVG, on a ground of their own, light or dark as the system is.

python scripts/make_drawings.py
"""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
STYLE = """\
  <style>
    text { font: 14px system-ui, sans-serif; fill: #1c2033; }
    .small { font-size: 12px; fill: #4b5168; }
    .name { font-weight: 600; }
    .middle { text-anchor: middle; }
    .ground { fill: #f7f8fc; stroke: #d5d9e8; }
    .box { fill: #ffffff; stroke: #5c6bc0; stroke-width: 1.5; }
    .loud { fill: #dfe3fb; stroke: #5c6bc0; stroke-width: 1.5; }
    .faint { fill: none; stroke: #a4abc6; stroke-dasharray: 4 3; }
    .line { fill: none; stroke: #6b7390; stroke-width: 1.5; }
    .tip { fill: #6b7390; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e8f2; }
      .small { fill: #b3b9cf; }
      .ground { fill: #20232e; stroke: #3b4052; }
      .box { fill: #2a2e3c; stroke: #9fa8da; }
      .loud { fill: #3a4270; stroke: #9fa8da; }
      .faint { stroke: #747c98; }
      .line { stroke: #a2a9c2; }
      .tip { fill: #a2a9c2; }
    }
  </style>
  <defs>
    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" orient="auto"
      markerWidth="7" markerHeight="7">
      <path class="tip" d="M0 0 8 4 0 8z"/>
    </marker>
  </defs>
"""


@dataclass
class Drawing:
    """One drawing: what it shows in words, and its shapes. Sizes and places are pixels.

    Attributes:
        title: what somebody is told who cannot see it.
        width, height: of the ground.
        shapes: SVG, one shape a line.
    """

    title: str
    width: int
    height: int
    shapes: list[str] = field(default_factory=list)

    def box(self, x: int, y: int, width: int, height: int, *words: str, kind: str = "box") -> None:
        """A box with its name in the first line, and small words below."""
        self.shapes.append(
            f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="7"/>'
        )
        top = y + height / 2 - 8 * (len(words) - 1) + 5
        for number, said in enumerate(words):
            self.say(
                x + width / 2, top + 17 * number, said, "middle " + ("small" if number else "name")
            )

    def say(self, x: float, y: float, words: str, kind: str = "small") -> None:
        """Words, from `x` to the right or around it."""
        self.shapes.append(f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>')

    def arrow(self, path: str) -> None:
        """A line with a tip at its end, such as "M10 10H90"."""
        self.shapes.append(f'<path class="line" marker-end="url(#tip)" d="{path}"/>')

    def line(self, path: str, kind: str = "line") -> None:
        """A line without a tip."""
        self.shapes.append(f'<path class="{kind}" d="{path}"/>')

    def __str__(self) -> str:
        shapes = "\n".join(f"  {shape}" for shape in self.shapes)
        size = (
            f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        )
        ground = (
            f'  <rect class="ground" x="0.5" y="0.5" width="{self.width - 1}" '
            f'height="{self.height - 1}" rx="10"/>\n'
        )
        title = f"  <title>{escape(self.title)}</title>\n"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>\n'
            f"{title}{STYLE}{ground}{shapes}\n</svg>\n"
        )


def way_of_a_clip() -> Drawing:
    """From a recording to a model, and back."""
    drawing = Drawing(
        "A source is cut into clips, clips are judged, published and trained on", 760, 218
    )
    steps = [
        ("source", "a video", "talk.mp4"),
        ("clips", "and a manifest,", "one row each"),
        ("version", "never changes", "scots@v3"),
        ("run", "of a training", "in MLflow"),
        ("model", "registered", "scots-asr"),
    ]
    for number, words in enumerate(steps):
        kind = "loud" if words[0] == "version" else "box"
        drawing.box(20 + 154 * number, 60, 102, 72, *words, kind=kind)
    for number, verb in enumerate(["cut", "publish", "pin", "register"]):
        x = 122 + 154 * number
        drawing.arrow(f"M{x + 2} 96H{x + 50}")
        drawing.say(x + 26, 87, verb, "small middle")
    drawing.box(174, 10, 102, 34, "decisions")
    drawing.say(286, 24, "texts, verdicts, edges, facts:")
    drawing.say(286, 39, "who said what, and when")
    drawing.arrow("M225 45V58")
    drawing.line("M687 134V170H225")
    for x in (225, 379, 533):
        drawing.arrow(f"M{x} 170V135")
    drawing.say(
        456,
        189,
        "lineage, both ways: which data made which model, and by the receipts of",
        "small middle",
    )
    drawing.say(456, 205, "its runs, which clips it consumed", "small middle")
    return drawing


def cut_of_a_source() -> Drawing:
    """Spans of a source become clips; takes of a line."""
    drawing = Drawing(
        "Three spans of a source become clips, two of them takes of one line", 760, 218
    )
    drawing.say(20, 27, "source", "name")
    drawing.say(76, 27, "talk.mp4, sixty minutes, never changed")
    drawing.line("M20 78H740")
    heights = [
        2,
        3,
        14,
        26,
        18,
        24,
        9,
        3,
        2,
        2,
        12,
        22,
        27,
        16,
        20,
        6,
        2,
        3,
        2,
        15,
        25,
        19,
        11,
        3,
        2,
    ]
    for number, height in enumerate(heights):
        x = 30 + 29 * number
        drawing.line(f"M{x} {78 - height}V{78 + height}")
    spans = [(70, 158), (302, 176), (562, 140)]
    for x, width in spans:
        drawing.shapes.append(
            f'<rect class="faint" x="{x}" y="46" width="{width}" height="64" rx="4"/>'
        )
        drawing.arrow(f"M{x + width // 2} 112V136")
    drawing.say(564, 40, "span: start and end")
    drawing.box(70, 138, 158, 58, "clip", "line 1, take 1", "“the kettle is on”")
    drawing.box(
        302, 138, 176, 58, "clip", "line 1, take 2: proposed", "“the kettle is on”", kind="loud"
    )
    drawing.box(562, 138, 140, 58, "clip", "line 2, take 1", "“it isnae”")
    return drawing


def four_places() -> Drawing:
    """Where what is kept, and who reads it."""
    drawing = Drawing("Workspace, catalog, store and MLflow, and what goes between them", 760, 268)
    drawing.box(24, 96, 200, 76, "workspace", "clips and manifests:", "what machines measured")
    drawing.box(24, 18, 200, 52, "catalog", "what people decided")
    drawing.box(
        336,
        58,
        172,
        92,
        "store",
        "shards, manifests,",
        "version records:",
        "what is published",
        kind="loud",
    )
    drawing.box(
        560, 58, 176, 92, "training machine", "needs store and", "MLflow, never", "the catalog"
    )
    drawing.box(336, 198, 400, 52, "MLflow", "a run for each version and training; models, aliases")
    drawing.arrow("M226 44H270V86H334")
    drawing.arrow("M226 132H270V112H334")
    drawing.say(280, 103, "publish")
    drawing.arrow("M510 104H558")
    drawing.say(533, 96, "read", "small middle")
    drawing.arrow("M410 152V196")
    drawing.say(418, 178, "each version is logged")
    drawing.arrow("M648 152V196")
    drawing.say(656, 178, "pin, receipt")
    return drawing


def parent_plus_change() -> Drawing:
    """What two versions share."""
    drawing = Drawing("Version 2 names the shards of version 1 and one new shard", 760, 216)
    drawing.box(24, 22, 200, 64, "scots@v1", "record and manifest", "1,200 rows")
    drawing.box(24, 112, 200, 64, "scots@v2", "record and manifest", "1,220 rows", kind="loud")
    for number, words in enumerate([("shard", "600 clips"), ("shard", "600 clips")]):
        drawing.box(330 + 140 * number, 22, 116, 64, *words)
    drawing.box(610, 112, 126, 64, "new shard", "24 clips", "of audio", kind="loud")
    drawing.arrow("M226 54H328")
    drawing.arrow("M270 54V11H528V20")
    drawing.line("M226 134H388")
    drawing.arrow("M388 134V88")
    drawing.line("M388 134H528")
    drawing.arrow("M528 134V88")
    drawing.arrow("M226 156H608")
    drawing.say(
        24,
        200,
        "Four clips are not named any more; 24 are new. A corrected text sends no audio at all.",
    )
    return drawing


DRAWINGS = {
    "way-of-a-clip": way_of_a_clip,
    "cut-of-a-source": cut_of_a_source,
    "four-places": four_places,
    "parent-plus-change": parent_plus_change,
}


def main() -> None:
    """Write all drawings."""
    for name, draw in DRAWINGS.items():
        (FOLDER / f"{name}.svg").write_text(str(draw()), encoding="utf-8")


if __name__ == "__main__":
    main()
