"""The report of a version on its run in MLflow: it plays there, and never what was withdrawn."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import mlflow
import pytest
from playwright.sync_api import Browser, Frame, Page

import audioset
from audioset.tracking.client.ui import start_ui
from audioset.tracking.published.version_pages import LEFT_OUT_TAG, REPORT_TAG
from audioset.versions.forget import forget, plan_forget
from audioset.workspace import Workspace
from tests.browser import browser, driver
from tests.tracking.conftest import Published
from tests.tracking.test_ui import free_port
from tests.workspaces import add_source, changed

__all__ = ["browser", "driver"]  # fixtures


@pytest.fixture
def logged(published: Published) -> Workspace:
    """Three versions, all logged: isla speaks in v2 alone, and v3 goes on from v2."""
    ws = published.ws
    clips = add_source(ws, "isla.mp4", 2, speaker="isla", text="isla said this")
    ws.publish()
    ws.decide([audioset.Decision("clip", clip.clip_id, "accepted", False) for clip in clips])
    ws.publish()
    ws.log()
    return ws


WRITTEN = ("report.html", "dataset_card.md", "length_histogram.png")


def runs_of(ws: Workspace) -> dict[str, Any]:
    client = mlflow.MlflowClient(ws.settings.tracking)
    (experiment,) = client.search_experiments(filter_string="name = 'audioset/scots'")
    runs = client.search_runs([experiment.experiment_id], run_view_type=3)
    return {run.info.run_name: run for run in runs}


def files_of(ws: Workspace, name: str, folder: Path) -> dict[str, bytes]:
    """Give what stands on the run of a version: its files, and its description."""
    run = runs_of(ws)[name]
    there = mlflow.MlflowClient(ws.settings.tracking)
    names = [file.path for file in there.list_artifacts(run.info.run_id)]
    folder.mkdir(exist_ok=True)
    found = {
        name: Path(there.download_artifacts(run.info.run_id, name, str(folder))).read_bytes()
        for name in names
    }
    return {**found, "note": run.data.tags["mlflow.note.content"].encode()}


def deleted_twin(ws: Workspace) -> str:
    """Make a second run of version 2 with files, and delete it in MLflow: it may be restored."""
    client = mlflow.MlflowClient(ws.settings.tracking)
    run = runs_of(ws)["scots@v2"]
    tags = {**run.data.tags, "mlflow.runName": "twin"}
    run_id = client.create_run(run.info.experiment_id, tags=tags).info.run_id
    client.log_text(run_id, "isla said this", "report.html")
    client.delete_run(run_id)
    return str(run_id)


def sounds_of(page: bytes) -> dict[str, bytes]:
    (text,) = re.findall(rb'<script type="application/json" id="audio">(.*?)</script>', page, re.S)
    return {key: base64.b64decode(value) for key, value in json.loads(text).items()}


def names_isla(files: dict[str, bytes]) -> set[str]:
    return {name for name, data in files.items() if b"isla" in data}


def test_log_adds_a_report_that_is_missing_and_renews_what_shows_withdrawn_clips(
    logged: Workspace, tmp_path: Path
) -> None:
    files = files_of(logged, "scots@v2", tmp_path / "files")
    assert set(files) == {*WRITTEN, "split_certificate.json", "note"}
    assert len(sounds_of(files["report.html"])) == 8
    assert b"Changes since scots@v1" in files["report.html"]
    run = runs_of(logged)["scots@v2"]
    assert (run.data.tags[REPORT_TAG], run.data.tags[LEFT_OUT_TAG]) == ("report.html", "0, 0")
    quiet = changed(logged, log_reports=False)
    add_source(quiet, "more.mp4", 1)
    quiet.publish()
    assert "report.html" not in files_of(quiet, "scots@v4", tmp_path / "files")
    assert quiet.log().num_renewed == 0
    assert logged.log().num_renewed == 1
    assert "report.html" in files_of(quiet, "scots@v4", tmp_path / "files")
    assert logged.log().num_renewed == 0

    # Killed after the store was changed, before it came to MLflow.
    plan = plan_forget(logged.store, "scots", column="speaker", value="isla")
    forget(logged.store, plan, message="", progress=lambda *_: None)
    assert names_isla(files_of(logged, "scots@v2", tmp_path / "files"))
    # Version 2 held the clips; in the report of 3 stands what changed since.
    assert quiet.log().num_renewed == 2
    for name in ("scots@v2", "scots@v3"):
        assert names_isla(files_of(logged, name, tmp_path / "files")) == set()


def test_nothing_in_mlflow_plays_or_names_who_withdrew(logged: Workspace, tmp_path: Path) -> None:
    ws = logged
    before = files_of(ws, "scots@v2", tmp_path / "files")
    assert names_isla(before) == {"report.html", "dataset_card.md", "note"}
    twin = deleted_twin(ws)
    changed(ws, log_reports=False).forget(speaker="isla", yes=True)
    for name, num_sounds in (("scots@v1", 6), ("scots@v2", 6), ("scots@v3", 6)):
        files = files_of(ws, name, tmp_path / "files")
        assert names_isla(files) == set(), name
        assert len(sounds_of(files["report.html"])) == num_sounds
    assert b"2 clips were withdrawn" in files_of(ws, "scots@v2", tmp_path / "files")["report.html"]
    assert mlflow.MlflowClient(ws.settings.tracking).list_artifacts(twin) == []
    report = ws.log()
    assert (report.num_renewed, report.logged) == (0, ())


@pytest.mark.slow  # a server of its own, and a browser
def test_the_report_plays_on_the_pages_of_a_real_server_until_its_clips_are_withdrawn(
    logged: Workspace, browser: Browser, tmp_path: Path
) -> None:
    runs = runs_of(logged)
    with start_ui(logged.tracking, port=free_port()) as ui:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda told: faults.append(told.text) if "report" in told.text else None)
        run = runs["scots@v2"].info
        place = f"experiments/{run.experiment_id}/runs/{run.run_id}/artifacts/report.html"
        page.goto(f"{ui.url}/#/{place}")
        frame = frame_of(page)
        assert frame.locator("h1").inner_text() == "Report of scots@v2"
        played = frame.evaluate(PLAY)
        assert played["error"] is None
        assert played["length"] == pytest.approx(0.25, abs=0.1)
        assert played["at"] > 0
        assert played["level"] > 0.01, "it is heard"
        assert "isla" in frame.content()
        context.close()
        assert faults == []

        # Who withdraws has the server alone: its files are behind it.
        team = changed(logged, tracking=ui.url)
        twin = deleted_twin(team)
        assert team.forget(speaker="isla", yes=True).tracking_error is None
        for name in ("scots@v1", "scots@v2", "scots@v3"):
            assert names_isla(files_of(team, name, tmp_path / "files")) == set(), name
        assert mlflow.MlflowClient(ui.url).list_artifacts(twin) == []


# Plays the first clip in the page, and tells how loud it is; nobody hears it.
PLAY = """async () => {
  const audio = document.querySelector("audio");
  audio.scrollIntoView();
  while (!audio.src) await new Promise((done) => setTimeout(done, 50));
  audio.loop = true;
  await audio.play();
  const there = audio.captureStream();
  const context = new AudioContext();
  const watched = context.createAnalyser();
  context.createMediaStreamSource(there).connect(watched);
  await context.resume();
  const samples = new Float32Array(watched.fftSize);
  let level = 0;
  for (let tries = 0; tries < 100 && level < 0.01; tries += 1) {
    await new Promise((done) => setTimeout(done, 50));
    watched.getFloatTimeDomainData(samples);
    level = Math.max(level, ...samples.map(Math.abs));
  }
  const error = audio.error && audio.error.message;
  return { length: audio.duration, at: audio.currentTime, level, error };
}"""


def frame_of(page: Page) -> Frame:
    """Give the frame in which MLflow shows an artifact: sandboxed, as it says itself."""
    shown = page.wait_for_selector("iframe[sandbox]")
    assert shown is not None
    assert shown.get_attribute("sandbox") == "allow-scripts"
    frame = shown.content_frame()
    assert frame is not None
    frame.wait_for_selector("h1")
    return frame
