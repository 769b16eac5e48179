"""A drawn lineage: every box and arrow once, nothing over another, names harmless."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from audioset.errors import InvalidInputError, StorageError
from audioset.pages.lineage import write_picture
from audioset.pages.lineage_layout import MAX_BOXES, draw_clip_lineage, draw_lineage
from audioset.records.clip_lineage import ClipLineage, ClipRun
from audioset.records.identity import VersionRef
from audioset.records.lineage import Lineage, LinkedModel, LinkedRun, LinkedVersion, WrittenTexts
from audioset.records.pin import Pin

DIGESTS = {number: f"{number:x}" * 64 for number in range(1, 10)}


def version(number: int) -> LinkedVersion:
    pin = Pin(dataset="scots", version=number, digest=DIGESTS[number], store="store")
    return LinkedVersion(pin=pin, num_clips=100 * number, length_seconds=60.0)


def run(identity: str, *digests: int, name: str = "") -> LinkedRun:
    return LinkedRun(
        run_id=identity,
        name=name,
        experiment="x",
        status="FINISHED",
        digests=tuple(DIGESTS[number][:32] for number in digests),
    )


def model(name: str, number: int, run_id: str, *aliases: str) -> LinkedModel:
    return LinkedModel(name=name, version=number, run_id=run_id, aliases=aliases)


def texts(name: str, number: int, of: int) -> WrittenTexts:
    return WrittenTexts(
        model=name,
        model_version=str(number),
        version=VersionRef("scots", of),
        digest=DIGESTS[of],
        num_clips=7,
    )


FLYWHEEL = Lineage(
    subject="models:/asr@champion",
    versions=(version(2),), runs=(run("r2", 2, name="<b>&fit"),),
    models=(model("asr", 2, "r2", "champion"),),
    texts=(texts("asr", 1, 2), texts("asr", 2, 2), texts("far-off", 9, 2)),
    beyond=(
        Lineage(
            subject="models:/asr/1", versions=(version(1),), runs=(run("r1", 1),),
            models=(model("asr", 1, "r1"),),
        ),
    ),
)  # fmt: skip


def test_boxes_stand_in_the_order_of_what_made_what() -> None:
    graph = draw_lineage(FLYWHEEL)
    column = {box.title: box.column for box in graph.boxes}
    chain = ["scots@v1", "r1", "asr v1", "scots@v2", "<b>&fit", "asr v2"]
    assert [column[title] for title in chain] == [0, 1, 2, 3, 4, 5]
    assert column["far-off 9"] == 2
    assert [box.title for box in graph.boxes if box.is_subject] == ["asr v2"]
    places = [(box.column, box.row) for box in graph.boxes]
    assert len(set(places)) == len(places)
    assert len(graph.arrows) == 2 + 2 + 3, "the arrow back to its own version is drawn too"


def test_a_page_is_whole_by_itself_and_names_do_no_harm(tmp_path: Path) -> None:
    page = write_picture(draw_lineage(FLYWHEEL), tmp_path / "x.html").read_text()
    assert "<b>" not in page
    assert not re.search(r"(?:src|href)=|url\((?!#)", page)
    (svg,) = re.findall(r"<svg.*</svg>", page, re.DOTALL)
    drawn = ElementTree.fromstring(svg)
    boxes = drawn.findall(".//{http://www.w3.org/2000/svg}rect")
    graph = draw_lineage(FLYWHEEL)
    assert len(boxes) == len(graph.boxes) == 7
    width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
    for box in boxes:
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_a_clip_points_to_what_heard_it_and_says_how_it_is_known() -> None:
    lineage = ClipLineage(
        clip_id="talk-1a2b3c4d-000000000-000000250",
        versions=(version(1), version(2)),
        runs=(
            ClipRun(
                run=run("r1", 1),
                version=VersionRef("scots", 1),
                contexts=("training",),
                known_by="receipt",
            ),
            ClipRun(
                run=run("r2", 2),
                version=VersionRef("scots", 2),
                contexts=("training",),
                known_by="version",
            ),
        ),
        models=(model("asr", 1, "r1"),),
        num_without=0,
    )
    graph = draw_clip_lineage(lineage)
    labels = {arrow.end: arrow.label for arrow in graph.arrows if arrow.label}
    assert labels == {"r1": "consumed it", "r2": "may have consumed it"}
    assert [box.kind for box in graph.boxes if box.column == 0] == ["clip"]


def test_thousands_of_runs_become_a_few_boxes_and_a_number() -> None:
    runs = tuple(run(f"r{number}", 1) for number in range(3000))
    models = tuple(model("asr", number, f"r{number + 2000}") for number in range(1, 301))
    lineage = Lineage(subject="scots@v1", versions=(version(1),), runs=runs, models=models)
    graph = draw_lineage(lineage)
    titles = [box.title for box in graph.boxes]
    assert {"2,970 more runs", "270 more models"} <= set(titles)
    assert len(titles) == 1 + 2 * (MAX_BOXES + 1)
    keys = {box.key for box in graph.boxes}
    assert all({arrow.start, arrow.end} <= keys for arrow in graph.arrows)
    drawn = [box.key for box in graph.boxes if box.kind == "run"]
    assert all(2001 <= int(key[1:]) <= 2300 for key in drawn), "runs with models come first"


def test_what_cannot_be_drawn_is_said_so(tmp_path: Path) -> None:
    for name in ("x.pdf", "x.png"):
        with pytest.raises(InvalidInputError, match=rf"{name} is no \.html file"):
            write_picture(draw_lineage(FLYWHEEL), tmp_path / name)
    with pytest.raises(StorageError, match="cannot write"):
        write_picture(draw_lineage(FLYWHEEL), tmp_path / "missing" / "x.html")
