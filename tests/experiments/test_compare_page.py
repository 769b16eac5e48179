"""The page of a comparison: whole by itself, harmless, and its script draws what it should."""

import json
import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from audioset.errors import StorageError
from audioset.pages.comparison import make_page, write_compare_page
from audioset.pages.comparison_plots import write_plots
from audioset.records.lineage import LinkedModel
from tests.browser import ask_page, browser, driver
from tests.experiments.compared import make_comparison, make_run, searched, searched_comparison

__all__ = ["browser", "driver"]  # fixtures

EVIL = "</script><script>document.body.textContent='taken'</script><img src=x onerror=alert(1)>"


def data_of(page: str) -> dict:
    (text,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(text)


def test_the_page_loads_nothing_and_holds_every_run() -> None:
    page = make_page(searched_comparison())
    assert not re.search(
        r"(?:src|href)=|url\(|@import|fetch\(|localStorage|https?://(?!www\.w3)", page
    )
    data = data_of(page)
    assert len(data["runs"]) == 24
    assert {run["params"]["rate"] for run in data["runs"]} == {"1", "0.1", "0.01", "0.001"}
    assert len(page) < 100_000
    curve = searched_comparison().curve
    assert curve is not None
    for sentence in (*(step.words for step in curve.steps), *curve.notes):
        assert escape(sentence) in page


def test_names_do_no_harm(tmp_path: Path) -> None:
    model = LinkedModel(name=EVIL, version=1, run_id="x")
    run = replace(make_run(1, 1, params={EVIL: EVIL}, metrics={"test_accuracy": 0.5}), name=EVIL)
    runs = [replace(run, models=(model,)), make_run(2, 2, metrics={"test_accuracy": 0.4})]
    page = make_page(make_comparison(runs))
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert data_of(page)["runs"][0]["name"] == EVIL
    assert [path.name for path in write_plots(make_comparison(runs), tmp_path)]


def test_without_a_metric_there_is_a_table_alone() -> None:
    page = make_page(make_comparison([make_run(1, 1), make_run(2, 2)], metric=""))
    assert "none has a metric yet" in page
    assert 'id="scatter"' not in page


def test_what_cannot_be_drawn_is_left_out(tmp_path: Path) -> None:
    names = [path.name for path in write_plots(searched_comparison(), tmp_path / "all")]
    assert names == ["learning_curve.png", "importance.png"]
    few = [make_run(1, 1, metrics={"test_accuracy": 0.5})]
    assert [p.name for p in write_plots(make_comparison(few), tmp_path)] == ["runs.png"]
    assert "All these runs are on scots@v1: a learning curve needs" in make_page(
        make_comparison(few)
    )
    assert write_plots(make_comparison([make_run(1, None)]), tmp_path / "none") == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_plots(searched_comparison(), tmp_path / "file")
    with pytest.raises(StorageError, match="cannot write"):
        write_compare_page(searched_comparison(), tmp_path / "file" / "x.html")


@pytest.mark.slow
def test_a_browser_draws_all_of_it_in_a_sandboxed_frame(
    browser: Browser,
    tmp_path: Path,
) -> None:
    page = make_page(make_comparison([*searched(), make_run(99, None)]))
    outer = tmp_path / "outer.html"
    outer.write_text(
        '<!doctype html><meta charset="utf-8">'
        '<iframe sandbox="allow-scripts" width="1200" height="900" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>',
        encoding="utf-8",
    )
    seen = ask_page(
        browser,
        outer,
        "() => { const all = (what) => [...document.querySelectorAll(what)];"
        "return { rows: all('tbody tr').length, menus: all('select').length,"
        "drawn: all('section').filter((s) => s.querySelector('svg')).map((s) => s.id),"
        "lines: all('#parallel polyline').length, dots: all('#scatter circle').length,"
        "surface: document.querySelector('#contour image').getAttribute('href').length,"
        "best: document.querySelector('tbody tr td').textContent,"
        "wide: document.documentElement.scrollWidth <= innerWidth }; }",
    )
    assert seen["drawn"] == ["curve", "importance", "parallel", "scatter", "contour"]
    assert (seen["rows"], seen["lines"], seen["menus"]) == (25, 24, 1 + 3 + 3)
    assert seen["dots"] >= 24
    assert seen["surface"] > 2000
    assert seen["best"] == searched_comparison().runs[0].name
    assert seen["wide"], "nothing stands out to the right"
