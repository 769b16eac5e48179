"""Models that wrote texts: the chain from version to model to version, the guard, and the diff."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotCopiedWarning, NotFoundError
from audioset.records.lineage import Lineage
from audioset.tracking.lineage.trace import trace
from audioset.tracking.published.version_run import log_version
from audioset.tracking.run.pins import log_pin, pinned_run
from audioset.workspace import Workspace
from tests.tracking.conftest import Make, Published
from tests.tracking.test_clip_lineage import register
from tests.tracking.test_lineage import client_of
from tests.tracking.test_pins import active_run_id
from tests.versions.publishing import publish as publish_rows
from tests.versions.publishing import with_value, working_table
from tests.workspaces import add_source, changed


def publish_texts(ws: Workspace, texts: dict[int, tuple[str, str]]) -> Any:
    """Publish the working clips; `texts` are text and writer by row."""
    rows = working_table(ws)
    for row, (text, writer) in texts.items():
        rows = with_value(with_value(rows, row, "text", text), row, "text_source", writer)
    return publish_rows(ws, rows).record


@pytest.fixture
def flywheel(made_once: Callable[[Make], Published]) -> Published:
    return made_once(turn_flywheel)


def turn_flywheel(published: Published) -> None:
    """Make a chain of versions and models.

    asr v1 hears v1 and writes two texts of v2; asr v2 hears v2 and writes one of v3, which both
    hears; one text of v3 is by a model from elsewhere. Rows 0 to 2 are the test split.
    """
    ws = published.ws
    second = publish_texts(ws, {0: ("by one", "model:asr@1"), 3: ("by one too", "model:asr@1")})
    third = publish_texts(
        ws,
        {0: ("by one", "model:asr@1"), 1: ("by two", "model:asr@2"), 4: ("?", "model:far-off@9")},
    )
    for record in (published.record, second):
        with pinned_run(record, ws.tracking, ws.store, ws.split_options):
            register(published, "asr")
    with pinned_run(second, ws.tracking, ws.store, ws.split_options):
        log_pin(third, ws.tracking, ws.store, ws.split_options)
        register(published, "both")
    log_version(third, ws.tracking, ws.store, ws.split_options)


def wrote(lineage: Lineage) -> set[tuple[str, str, int]]:
    return {(f"{e.model}/{e.model_version}", str(e.version), e.num_clips) for e in lineage.texts}


def test_the_chain_goes_up_to_the_first_model(flywheel: Published) -> None:
    lineage = flywheel.trace("models:/both/1")
    assert [str(version.pin.ref) for version in lineage.versions] == ["scots@v2", "scots@v3"]
    assert wrote(lineage) == {
        ("asr/1", "scots@v2", 2),
        ("asr/1", "scots@v3", 1),
        ("asr/2", "scots@v3", 1),
        ("far-off/9", "scots@v3", 1),
    }
    assert {part.subject: [str(v.pin.ref) for v in part.versions] for part in lineage.beyond} == {
        "models:/asr/1": ["scots@v1"],
        "models:/asr/2": ["scots@v2"],
    }


def test_the_chain_goes_down_to_the_last_model_and_is_no_circle(flywheel: Published) -> None:
    lineage = flywheel.trace("scots@v1")
    assert [(model.name, model.version) for model in lineage.models] == [("asr", 1)]
    reached = {
        part.subject: [f"{m.name}/{m.version}" for m in part.models] for part in lineage.beyond
    }
    assert reached == {"scots@v2": ["asr/2", "both/1"], "scots@v3": ["both/1"]}


def test_a_model_that_wrote_texts_of_its_own_version_is_met_once(published: Published) -> None:
    record = publish_texts(published.ws, {0: ("mine", "model:asr@1")})
    with pinned_run(record, published.ws.tracking, published.ws.store, published.ws.split_options):
        register(published, "asr")
    for subject in ("scots@v2", "models:/asr/1"):
        lineage = published.trace(subject)
        assert wrote(lineage) == {("asr/1", "scots@v2", 1)}
        assert lineage.beyond == ()


def test_who_wrote_the_texts_is_known_without_the_store_and_without_the_tag(
    flywheel: Published,
) -> None:
    expected = {("asr/1", "scots@v2", 2)}
    away = changed(flywheel.ws, store=f"{flywheel.ws.settings.store}-elsewhere")
    with pytest.warns(NotCopiedWarning):
        assert wrote(trace("models:/asr/2", away.tracking, away.store)) >= expected
    run_id = flywheel.trace("scots@v2").versions[0].run_id
    client_of(flywheel).delete_tag(run_id, "audioset.text_models")
    assert wrote(flywheel.trace("models:/asr/2")) >= expected


def test_texts_of_humans_make_no_chain(published: Published) -> None:
    log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    assert published.trace("scots@v1").texts == ()


def test_the_guard_counts_test_clips_with_texts_of_the_models_line(flywheel: Published) -> None:
    ws = flywheel.ws
    ids = working_table(ws)["clip_id"].to_pylist()
    client = client_of(flywheel)
    client.copy_model_version("models:/asr/2", "asr-prod")
    client.set_registered_model_alias("asr-prod", "live", "1")
    for model in ("models:/asr/1", "models:/asr-prod@live"):
        report = ws.guard_test_set("scots@v3", model)
        assert report.clip_ids == tuple(ids[:2])
        assert report.writers == {"asr@1": 1, "asr@2": 1}
        assert (report.num_test, report.line) == (3, ("asr", "asr-prod"))
    assert ws.guard_test_set("scots@v1", "models:/asr/1").is_clean
    assert ws.guard_test_set("scots@v3", "models:/both/1").is_clean
    with pytest.raises(NotFoundError, match="has no models:/nobody@champion"):
        ws.guard_test_set("scots@v3", "models:/nobody@champion")
    with pytest.raises(InvalidInputError, match="'asr' does not name a model"):
        ws.guard_test_set("scots@v3", "asr")


def test_a_text_that_somebody_decided_is_confirmed(published: Published) -> None:
    ws = published.ws
    clips = add_source(ws, "late.mp4", 2, text="x", text_source="model:asr@1", split="test")
    with pinned_run(published.record, ws.tracking, ws.store, ws.split_options):
        register(published, "asr")
    decision = audioset.Decision("clip", clips[0].clip_id, "text", "x, says a person")
    ws.decide([decision])
    ws.publish()
    report = ws.guard_test_set("scots@v2", "models:/asr/1")
    assert report.clip_ids == (clips[1].clip_id,)


def test_two_models_are_compared_by_their_data(flywheel: Published) -> None:
    ws = flywheel.ws
    changes = ws.lineage_diff("models:/asr/1", "models:/asr/2")
    assert (changes.before.name, changes.after.name) == ("scots@v1", "scots@v2")
    assert [change.after for change in changes.retexted] == ["by one", "by one too"]
    assert ws.lineage_diff("models:/asr/2", "scots@v2").is_empty
    with pytest.raises(InvalidInputError, match="was trained on scots@v2 and scots@v3; compare"):
        ws.lineage_diff("models:/both/1", "models:/asr/1")


def test_the_command_line_answers(
    flywheel: Published,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(flywheel.ws.folder))
    assert command(["lineage-diff", "models:/asr/1", "models:/asr/2"]) == 0
    assert capsys.readouterr().out.startswith("scots@v1 (6 clips, 0:00:02) → scots@v2")
    assert command(["guard-test-set", "scots@v3", "models:/asr/2"]) == 3
    assert "2 of 3 test clips have a text by asr that nobody" in capsys.readouterr().out
    assert command(["guard-test-set", "scots@v3", "models:/asr/2", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["writers"] == {"asr@1": 1, "asr@2": 1}
    assert command(["guard-test-set", "scots@v1", "models:/asr/2"]) == 0
    assert "no text of its 3 test clips is by asr" in capsys.readouterr().out
    assert command(["lineage", "models:/both/1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["asr", "v1", "scots@v2", "2"] in rows
    assert ["models:/asr/1", "scots@v1", "asr", "v1"] in rows
    assert command(["lineage", "talk-1a2b3c4d-000001200-000003400"]) == 2
    assert command(["lineage", "scots@v1", "--output", "x.csv"]) == 2
    capsys.readouterr()
    page = tmp_path / "lineage.html"
    assert command(["lineage", "models:/both/1", "--graph", str(page)]) == 0
    assert f"drawn in {page}" in capsys.readouterr().err
    assert page.stat().st_size > 3000


def test_a_model_whose_name_has_an_apostrophe_is_asked_about_and_compared(
    published: Published,
) -> None:
    ws, client = published.ws, client_of(published)
    with ws.training_run("scots@v1"):
        run_id = active_run_id()
    client.create_registered_model("ada's words")
    client.create_model_version("ada's words", f"runs:/{run_id}/weights", run_id)
    assert ws.guard_test_set("scots@v1", "models:/ada's words/1").line == ("ada's words",)
    compared = ws.compare("models:/ada's words")
    assert [model.name for run in compared.runs for model in run.models] == ["ada's words"]
