"""The page of a search: whole by itself, harmless, and its script draws what it should."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from audioset.pages.search import write_files
from audioset.records.search_report import SearchReport, SearchTrial
from tests.browser import ask_page, browser, driver

__all__ = ["browser", "driver"]  # fixtures

EVIL = "</script><b>it's\x07"


def search_of(number: int) -> SearchReport:
    """Make a search with so many trials that are done, and one that failed."""
    trials = [
        SearchTrial(
            number=place,
            state="done",
            value=1.0 - 0.1 * abs(place - 3),
            run_id=f"{place:032x}",
            params={"C": str(10.0**place), "gamma": str(place % 4), "kind": "ab"[place % 2]},
            seconds=1.0,
        )
        for place in range(number)
    ]
    failed = SearchTrial(
        number=number,
        state="failed",
        value=None,
        run_id="f" * 32,
        seconds=1.0,
        reason=EVIL,
        params={"C": "1", "gamma": "1", "kind": "a"},
    )
    return SearchReport(
        study=f"fit {EVIL}",
        metric="val_accuracy",
        direction="max",
        trials=(*trials, failed),
        num_wanted=9,
        best=max(trials, key=lambda trial: trial.value or 0, default=None),
        run_id="1",
        experiment="scots-training",
    )


def test_the_page_and_the_table_hold_every_trial(tmp_path: Path) -> None:
    table, page = write_files(search_of(7), {"C": 0.75, "gamma": 0.25}, tmp_path)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["done"] * 7 + ["failed"]
    text = page.read_text(encoding="utf-8")
    assert text.count('<tr id="trial-') == 8
    assert text.count(' class="best"') == 1
    assert "it&#39;s⟨U+0007⟩" in text
    assert text.count("<script") == text.count("</script>") == 2
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://(?!www\.w3)", text)


def test_of_few_trials_only_the_history_is_drawn(tmp_path: Path) -> None:
    few = write_files(search_of(2), {}, tmp_path)[1].read_text(encoding="utf-8")
    assert re.findall(r'<section id="(.*?)"', few) == ["history", "trials"]
    none = write_files(search_of(0), {}, tmp_path)[1].read_text(encoding="utf-8")
    assert re.findall(r'<section id="(.*?)"', none) == ["trials"]


@pytest.mark.slow
def test_a_browser_draws_all_of_it(browser: Browser, tmp_path: Path) -> None:
    _, page = write_files(search_of(7), {"C": 0.75, "gamma": 0.25}, tmp_path)
    told = ask_page(
        browser,
        page,
        "() => { const all = (what) => [...document.querySelectorAll(what)];"
        "return { drawn: all('section').filter((s) => s.querySelector('svg')).map((s) => s.id),"
        "dots: all('#history circle').length, hue: all('#scatter select').map((s) => s.value),"
        "radii: new Set(all('#scatter circle').map((c) => c.getAttribute('r'))).size,"
        "said: all('#scatter .halo, #contour .halo').map((t) => t.textContent),"
        "lines: all('#parallel polyline').length,"
        "best: all('tr.best').length }; }",
    )
    assert told == {
        "drawn": ["history", "importance", "parallel", "scatter", "contour"],
        "dots": 7 + 2,
        "hue": ["C", "gamma", "val_accuracy"],
        "radii": 4 + 1,  # of the four values that there are; and the ring
        "said": told["said"],
        "lines": 7,
        "best": 1,
    }
    assert told["said"].count("best: 1") == 2, "in the scatter, and in the contour"
    assert len(told["said"]) > 2, "the lines of the contour say their values"
