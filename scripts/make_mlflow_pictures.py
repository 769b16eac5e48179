"""Photograph MLflow's own pages for docs/mlflow.md, in a real browser.

Usage: python scripts/make_mlflow_pictures.py http://127.0.0.1:5000 digits
It takes the newest version of the dataset, its newest search and the champion of the model of the
same name. Needs `pip install playwright` and Chromium (`apt-get install chromium`).
"""

import sys
from pathlib import Path

from mlflow import MlflowClient
from playwright.sync_api import Error, Page

from tests.browser import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
SETTLE_MS = 4000  # the pages fetch their parts one after the other
CLICK_MS = 2000


def pages_of(address: str, dataset: str) -> dict[str, str]:
    """Find what to show: name of the picture -> path of the page."""
    client = MlflowClient(address)
    versions = client.get_experiment_by_name(f"audioset/{dataset}")
    version = client.search_runs(
        [versions.experiment_id], "tags.`audioset.kind` = 'dataset_version'", max_results=1
    )[0]
    champion = client.get_model_version_by_alias(dataset, "champion")
    run = client.get_run(champion.run_id)
    experiment = run.info.experiment_id
    runs = f"/#/experiments/{experiment}/runs"
    is_search = "tags.`audioset.kind` = 'search'"
    (search,) = client.search_runs([experiment], is_search, max_results=1)
    return {
        "version": f"/#/experiments/{versions.experiment_id}/runs/{version.info.run_id}",
        "training": f"{runs}/{run.info.run_id}",
        "model": f"/#/models/{dataset}/versions/{champion.version}",
        "runs": runs,
        "search": f"{runs}/{search.info.run_id}/artifacts/search/search.html",
    }


def click(page: Page, selector: str) -> None:
    """Click what may or may not be there."""
    try:
        page.locator(selector).first.click(timeout=CLICK_MS)
    except Error:
        return


# Where things lie on the machine of whoever takes the pictures is nobody's business.
HIDE_FOLDERS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const folders = /(?:file:\\/\\/)?(?:\\/[\\w.-]+)+(?=\\/(?:mlartifacts|store|scripts)\\b)/g;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    node.textContent = node.textContent.replace(folders, "~/digits");
  }
}"""


def main(address: str, dataset: str) -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(address)
        page.wait_for_timeout(SETTLE_MS)
        click(page, "text='Model training'")  # not the pages of language models
        for name, path in pages_of(address, dataset).items():
            page.goto(address + path)
            page.wait_for_timeout(SETTLE_MS)
            click(page, "[aria-label='Close']")  # an assistant that covers a third of the page
            click(page, "button:has-text('Show more')")
            click(page, "[role=gridcell][col-id*='Run Name'] button, [col-id*='Run Name'] .anticon")
            if name == "search":
                page.frame_locator("iframe").locator("#contour svg").scroll_into_view_if_needed()
            page.wait_for_timeout(SETTLE_MS // 4)
            page.evaluate(HIDE_FOLDERS)
            page.screenshot(path=FOLDER / f"mlflow-{name}.png")
            print(FOLDER / f"mlflow-{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:3])
