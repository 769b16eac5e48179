"""Who may become champion: each check refuses what it should, and what is done can be undone."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import ConflictError, InvalidInputError, NotFoundError
from audioset.records.promotion import Promotion
from audioset.settings import load_settings
from audioset.tracking.promotions import carry_out
from tests.tracking.conftest import FOLDER, Published
from tests.tracking.test_clip_lineage import register
from tests.tracking.test_lineage import client_of
from tests.tracking.test_text_lineage import publish_texts

FROZEN = {"frozen_test": "scots@v1", "frozen_by": ("clip", "samples", "span")}


def train(
    published: Published,
    reference: str = "scots@v1",
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    test: str | None = None,
    **held_out: object,
) -> None:
    """Train the next version of accent; `test` is pinned as its test set."""
    mlflow.set_tracking_uri(published.settings.tracking)
    with mlflow.start_run():
        audioset.pin(reference, settings=published.settings, **held_out)
        if test is not None:
            audioset.pin(test, context="test", settings=published.settings)
        mlflow.log_metrics({"test_accuracy": 0.8} if metrics is None else metrics)
        mlflow.log_params(params or {})
        register(published, "accent")


def promote(published: Published, model: str = "accent", **wishes: object) -> Promotion:
    return audioset.promote(model, settings=published.settings, **wishes)


def verdicts(done: Promotion) -> dict[str, str]:
    return {check.name: check.verdict for check in done.checks}


def words(done: Promotion, name: str) -> str:
    return next(check.words for check in done.checks if check.name == name)


def aliases(published: Published) -> dict[str, int]:
    found = client_of(published).get_registered_model("accent").aliases
    return {alias: int(version) for alias, version in found.items()}


@pytest.fixture(scope="module")
def _crowned(_template: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    workspace = tmp_path_factory.mktemp("crowned") / FOLDER
    shutil.copytree(_template.settings.workspace, workspace)
    made = replace(_template, settings=load_settings(workspace=workspace, environ={}))
    train(made, **FROZEN)
    assert promote(made).outcome == "promoted"
    return made


@pytest.fixture
def crowned(_crowned: Published, tmp_path: Path) -> Published:
    """accent v1, tested on the frozen split of scots@v1 with 0.80, is champion."""
    workspace = tmp_path / FOLDER
    shutil.copytree(_crowned.settings.workspace, workspace)
    return replace(_crowned, settings=load_settings(workspace=workspace))


def test_the_first_one_has_nothing_to_beat(published: Published) -> None:
    train(published, metrics={}, **FROZEN)
    done = promote(published)
    assert (done.outcome, done.version, done.holder) == ("promoted", 1, None)
    assert verdicts(done) == {
        "data": "pass", "test set": "pass", "leak": "pass", "texts": "pass", "code": "warn",
    }  # fmt: skip
    assert "nothing to compare with" in words(done, "test set")
    assert aliases(published) == {"champion": 1}


def test_the_better_one_wins_and_all_of_it_is_written_down(crowned: Published) -> None:
    train(crowned, metrics={"test_accuracy": 0.9}, **FROZEN)
    planned = promote(crowned, dry_run=True)
    assert (planned.outcome, aliases(crowned)) == ("planned", {"champion": 1})
    done = promote(crowned)
    assert (done.outcome, done.holder, done.value, done.holder_value) == ("promoted", 1, 0.9, 0.8)
    assert words(done, "test set") == "both tested on 3 clips of scots@v1"
    assert "within the noise of 3 test clips" in words(done, "metric")
    assert aliases(crowned) == {"champion": 2, "previous-champion": 1}
    found = client_of(crowned).get_model_version("accent", "2")
    line = found.tags["audioset.promoted"]
    assert line == (
        f"champion: {done.moved_at} by {done.moved_by}; after v1, test_accuracy 0.9 (v1: 0.8)"
    )
    assert "audioset.promoted.forced" not in found.tags
    assert "Promoted to champion on" in found.description
    again = promote(crowned)
    assert (again.outcome, again.checks) == ("unchanged", ())
    assert client_of(crowned).get_model_version("accent", "2").tags["audioset.promoted"] == line
    audioset.log(settings=crowned.settings)
    described = client_of(crowned).get_model_version("accent", "2").description
    assert described.count("Promoted to champion on") == described.count("Trained on") == 1


@pytest.mark.parametrize("accuracy", [0.8, 0.7])
def test_one_that_is_not_better_is_refused(crowned: Published, accuracy: float) -> None:
    train(crowned, metrics={"test_accuracy": accuracy}, **FROZEN)
    done = promote(crowned)
    assert (done.outcome, [check.name for check in done.failures]) == ("refused", ["metric"])
    assert "not better (max)" in words(done, "metric")
    assert promote(crowned, direction="min", dry_run=True).outcome == (
        "planned" if accuracy < 0.8 else "refused"
    )
    assert aliases(crowned) == {"champion": 1}
    assert "audioset.promoted" not in client_of(crowned).get_model_version("accent", "2").tags


def test_a_reason_passes_over_the_checks_and_is_kept(crowned: Published) -> None:
    train(crowned, metrics={"test_accuracy": 0.7}, **FROZEN)
    with pytest.raises(InvalidInputError, match="say why"):
        promote(crowned, force=" ")
    done = promote(crowned, force="runs on *the* phone")
    assert (done.outcome, done.forced) == ("promoted", "runs on *the* phone")
    found = client_of(crowned).get_model_version("accent", "2")
    assert found.tags["audioset.promoted.forced"] == (
        f"champion: {done.moved_at} by {done.moved_by}, although metric: runs on *the* phone"
    )
    assert r"forced: runs on \*the\* phone" in found.description


def test_another_test_set_is_refused(crowned: Published) -> None:
    crowned.publish_more()
    half = "scots@v1?split = 'test' and start_seconds < 0.4"
    train(crowned, "scots@v2", metrics={"test_accuracy": 0.99}, test=half)
    done = promote(crowned)
    assert verdicts(done)["test set"] == "fail"
    assert "but v1 on 3 clips of scots@v1: the scores are not" in words(done, "test set")


def test_the_same_test_set_may_be_told_in_several_ways(crowned: Published) -> None:
    """By frozen_test, by a pin, and by the test split of the version that it was trained on."""
    train(crowned, metrics={"test_accuracy": 0.85})
    assert verdicts(promote(crowned))["test set"] == "pass"
    train(crowned, metrics={"test_accuracy": 0.99}, test="scots@v1")
    assert verdicts(promote(crowned))["test set"] == "pass"


def test_a_rule_of_its_own_is_the_same_on_the_same_data_only(published: Published) -> None:
    published.publish_more()
    rule = {"test_split": "takes 0 to 4", "num_test": "40"}
    train(published, params=rule)
    assert verdicts(promote(published))["leak"] == "warn"
    train(published, metrics={"test_accuracy": 0.99}, params=rule)
    done = promote(published)
    assert words(done, "test set") == "both tested on 40 clips of takes 0 to 4 of scots@v1"
    assert "95 % interval of the difference +0.05" in words(done, "metric")
    train(published, "scots@v2", metrics={"test_accuracy": 1.0}, params=rule)
    assert verdicts(promote(published))["test set"] == "fail"


def test_a_run_that_pinned_nothing_is_refused(published: Published) -> None:
    mlflow.set_tracking_uri(published.settings.tracking)
    with mlflow.start_run():
        mlflow.log_metric("test_accuracy", 1.0)
        register(published, "accent")
    done = promote(published)
    assert (done.outcome, verdicts(done)["data"]) == ("refused", "fail")
    assert "its run pinned no version; train inside" in words(done, "data")


def test_data_that_do_not_open_are_refused(crowned: Published) -> None:
    train(crowned, metrics={"test_accuracy": 0.9}, **FROZEN)
    elsewhere = replace(crowned.settings, store=f"{crowned.settings.store}-elsewhere")
    done = audioset.promote("accent", settings=elsewhere)
    assert "scots@v1 does not open: scots@v1 does not exist" in words(done, "data")
    assert verdicts(done)["leak"] == verdicts(done)["texts"] == "fail"


def test_withdrawn_clips_are_told_and_do_not_refuse(published: Published) -> None:
    train(published, **FROZEN)
    audioset.forget(speaker="speaker1", dry_run=False, settings=published.settings)
    done = promote(published)
    assert verdicts(done)["data"] == "warn"
    assert "3 of the clips of scots@v1 were withdrawn" in words(done, "data")
    assert done.outcome == "promoted"


@pytest.mark.filterwarnings("ignore:scots@v2 leaks")
def test_a_leak_is_refused_whether_it_was_accepted_or_not_looked_for(published: Published) -> None:
    settings = published.settings
    mine = audioset.open("scots@v1?split = 'test'", settings=settings).table["clip_id"][0].as_py()
    audioset.decide([audioset.Decision("clip", mine, "split", "train")], settings=settings)
    audioset.publish(track=False, settings=settings)
    train(published, "scots@v2", frozen_test="scots@v1", allow_leak=True)
    done = promote(published)
    assert (done.outcome, verdicts(done)["leak"]) == ("refused", "fail")
    assert "trained although the test split leaks: 1 of 4 clips" in words(done, "leak")
    train(published, "scots@v2", test="scots@v1")
    assert "scots@v2 leaks to the test split of scots@v1" in words(promote(published), "leak")


def test_a_model_is_not_tested_on_texts_of_its_own(published: Published) -> None:
    publish_texts(published.settings, {0: ("by itself", "model:accent@1")})
    train(published, "scots@v2", frozen_test="scots@v2", frozen_by=("clip",))
    done = promote(published)
    assert (done.outcome, verdicts(done)["texts"]) == ("refused", "fail")
    assert "1 of 3 test clips have a text by accent" in words(done, "texts")


def test_code_that_is_known_passes_and_code_that_was_changed_is_told(published: Published) -> None:
    params = {"code_commit": "abc123def4567890", "code_dirty": "no"}
    train(published, params=params, **FROZEN)
    assert verdicts(promote(published))["code"] == "pass"
    train(
        published, metrics={"test_accuracy": 0.9}, params={**params, "code_dirty": "yes"}, **FROZEN
    )
    done = promote(published)
    assert (done.outcome, verdicts(done)["code"]) == ("promoted", "warn")


def test_the_metric_is_one_that_both_have(crowned: Published) -> None:
    train(crowned, metrics={"test_wer": 0.1, "train_accuracy": 1.0}, **FROZEN)
    assert "no metric of the test set in common" in words(promote(crowned), "metric")
    done = promote(crowned, metric="test_wer")
    assert words(done, "metric") == "v1 has no test_wer; it has test_accuracy"


def test_back_and_forth(crowned: Published) -> None:
    with pytest.raises(NotFoundError, match="no alias 'previous-champion', so there is nothing"):
        promote(crowned, rollback=True)
    train(crowned, metrics={"test_accuracy": 0.9}, **FROZEN)
    promote(crowned)
    assert promote(crowned, rollback=True, dry_run=True).outcome == "planned"
    done = promote(crowned, rollback=True)
    assert (done.outcome, done.version, done.holder) == ("rolled back", 1, 2)
    assert aliases(crowned) == {"champion": 1, "previous-champion": 2}
    tags = client_of(crowned).get_model_version("accent", "1").tags
    assert tags["audioset.promoted"].splitlines()[-1].endswith("; back from v2")
    promote(crowned, rollback=True)
    assert aliases(crowned) == {"champion": 2, "previous-champion": 1}


def test_an_alias_that_somebody_moved_meanwhile_stays_theirs(crowned: Published) -> None:
    for accuracy in (0.9, 0.95):
        train(crowned, metrics={"test_accuracy": accuracy}, **FROZEN)
    planned = promote(crowned, version=2, dry_run=True)
    client_of(crowned).set_registered_model_alias("accent", "champion", "3")
    with pytest.raises(ConflictError, match="it names v3 now, not v1; look again"):
        carry_out(replace(planned, outcome="promoted"), crowned.settings)
    assert aliases(crowned) == {"champion": 3}


@pytest.mark.parametrize(
    ("model", "wishes", "error", "text"),
    [
        ("nobody", {}, NotFoundError, "has no model 'nobody'"),
        ("accent", {"version": 9}, NotFoundError, "lacks accent v9"),
        ("accent@dev", {}, NotFoundError, "accent has no alias 'dev'"),
        ("models:/accent/1", {"version": 2}, InvalidInputError, "is v1, and version 2 was asked"),
        ("models:/a/b/c", {}, InvalidInputError, "does not name a model"),
    ],
)
def test_what_is_not_there_is_named(
    crowned: Published, model: str, wishes: dict, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        promote(crowned, model, **wishes)


def test_the_command_line_says_why_and_ends_with_1(
    crowned: Published,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # no repository: the commit is not known
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(crowned.settings.workspace))
    train(crowned, metrics={"test_accuracy": 0.7}, **FROZEN)
    assert command(["promote", "accent"]) == 1
    printed = capsys.readouterr()
    assert [line[:11].rstrip() for line in printed.out.splitlines()] == [
        "✓ data", "✓ test set", "✗ metric", "✓ leak", "✓ texts", "! code", "accent v2 d",
    ]  # fmt: skip
    assert "--force REASON promotes it all the same" in printed.err
    assert command(["promote", "accent", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "refused"
    assert command(["promote", "models:/accent/2", "--force", "phone", "--alias", "mobile"]) == 0
    assert "accent v2 is mobile now" in capsys.readouterr().out
    assert command(["promote", "accent", "--force", "phone"]) == 0
    assert "accent v2 is champion now (before: v1), forced: phone" in capsys.readouterr().out
    assert command(["promote", "accent", "--rollback"]) == 0
    assert "accent v1 is champion again (before: v2)" in capsys.readouterr().out
    assert command(["promote", "accent", "--version", "1"]) == 0
    assert "accent v1 is champion already" in capsys.readouterr().out
    assert command(["promote", "accent", "--rollback", "--force", "x"]) == 2
