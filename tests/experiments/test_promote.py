"""Who may become champion: each check refuses what it should, and what is done can be undone."""

import json
import re
import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import ConflictError, InvalidInputError, NotFoundError
from audioset.records.promotion import Promotion
from audioset.storage.store import open_store
from audioset.tracking.client.dataset_input import dataset_input
from audioset.tracking.models.promotions import carry_out
from audioset.tracking.run.held_out import describe_test_split, held_out_tags, pinned_test_tags
from audioset.versions.diff.overlap import find_overlap
from audioset.workspace import Workspace
from tests.tracking.conftest import FOLDER, Published
from tests.tracking.test_clip_lineage import register
from tests.tracking.test_lineage import client_of, note_of
from tests.tracking.test_text_lineage import publish_texts
from tests.workspaces import changed

KINDS = ("clip", "samples", "span")


@dataclass(frozen=True)
class House(Published):
    """A workspace, and the name of a model in it."""

    model: str


def train_really(house: House, accuracy: float) -> None:
    """Train the next version of the model, as anybody would, held against scots@v1."""
    with house.ws.training_run("scots@v1", frozen_test="scots@v1", frozen_by=KINDS):
        mlflow.log_metric("test_accuracy", accuracy)
        register(house, house.model)


def train(
    house: House,
    reference: str = "scots@v1",
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    *,
    frozen: str | None = None,
    kinds: tuple[str, ...] = KINDS,
    test: str | None = None,
) -> None:
    """Make the run of the next version of the model as `train_really` does, in a tenth of the time.

    Args:
        frozen: the frozen test, looked into for what `kinds` says.
        test: pinned as the test set.
    """
    ws, store = house.ws, open_store(house.ws.settings.store)
    view = ws.open(reference).view
    tags = {}
    if frozen is not None:
        held_out = ws.open(frozen).record
        overlap = find_overlap(store, view.record, held_out, kinds, min_words=3)
        tags = held_out_tags(describe_test_split(store, held_out), overlap)
    if test is not None:
        tags |= pinned_test_tags(store, ws.open(test).view, {})
    client = client_of(house)
    run_id = client.create_run("0", tags=tags).info.run_id
    client.log_inputs(run_id, [dataset_input(view.record, store, context="training", view=view)])
    for key, value in ({"test_accuracy": 0.8} if metrics is None else metrics).items():
        client.log_metric(run_id, key, value)
    for key, text in (params or {}).items():
        client.log_param(run_id, key, text)
    if not client.search_registered_models(f"name = '{house.model}'"):
        client.create_registered_model(house.model)
    client.create_model_version(house.model, f"runs:/{run_id}/weights", run_id)
    client.set_terminated(run_id)


def promote(house: House, *, yes: bool = True, **wishes: object) -> Promotion:
    return house.ws.promote(house.model, yes=yes, **wishes)


def verdicts(done: Promotion) -> dict[str, str]:
    return {check.name: check.verdict for check in done.checks}


def words(done: Promotion, name: str) -> str:
    return next(check.words for check in done.checks if check.name == name)


def aliases(house: House) -> dict[str, int]:
    found = client_of(house).get_registered_model(house.model).aliases
    return {alias: int(version) for alias, version in found.items()}


@pytest.fixture(scope="module")
def _shared(_template: Published, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One workspace for all tests that publish nothing: to open MLflow's database takes time."""
    workspace = tmp_path_factory.mktemp("shared") / FOLDER
    shutil.copytree(_template.ws.folder, workspace)
    return audioset.open_workspace(workspace)


@pytest.fixture
def lone(
    _template: Published,
    _shared: Workspace,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """A model name that nobody has used yet."""
    monkeypatch.chdir(tmp_path)  # where no commit is known
    name = f"accent-{sha256(request.node.name.encode()).hexdigest()[:8]}"
    return House(_shared, _template.publication, name)


@pytest.fixture
def crowned(lone: House) -> House:
    """Its v1, tested on the frozen split of scots@v1 with 0.80, is champion."""
    train(lone, frozen="scots@v1")
    assert promote(lone).outcome == "promoted"
    return lone


@pytest.fixture
def alone(published: Published) -> House:
    """A workspace of its own, to publish in."""
    return House(published.ws, published.publication, "accent")


def test_the_first_one_has_nothing_to_beat(lone: House) -> None:
    train(lone, metrics={}, frozen="scots@v1")
    done = promote(lone)
    assert (done.outcome, done.version, done.holder) == ("promoted", 1, None)
    assert verdicts(done) == {
        "data": "pass",
        "test set": "pass",
        "leak": "pass",
        "texts": "pass",
        "code": "warn",
    }
    assert "nothing to compare with" in words(done, "test set")
    assert aliases(lone) == {"champion": 1}


def test_the_better_one_wins_and_all_of_it_is_written_down(crowned: House) -> None:
    train_really(crowned, 0.9)
    planned = promote(crowned, yes=False)
    assert (planned.outcome, aliases(crowned)) == ("planned", {"champion": 1})
    done = promote(crowned)
    assert (done.outcome, done.holder, done.value, done.holder_value) == ("promoted", 1, 0.9, 0.8)
    assert words(done, "test set") == "both tested on 3 clips of scots@v1"
    assert "within the noise of 3 test clips" in words(done, "metric")
    [doubt] = [check.doubt for check in done.checks if check.doubt]
    assert doubt.startswith("0.9 against 0.8 on 3 test clips is within chance; what decides it: ")
    assert "test clips tell a difference of this size; several runs of each" in doubt
    assert aliases(crowned) == {"champion": 2, "previous-champion": 1}
    assert f"[{crowned.model} v2](#/models/{crowned.model}/versions/2) | @champion" in note_of(
        crowned
    )
    found = client_of(crowned).get_model_version(crowned.model, "2")
    line = found.tags["audioset.promoted"]
    assert line == (
        f"champion: {done.moved_at} by {done.moved_by}; after v1, test_accuracy 0.9 (v1: 0.8)"
    )
    assert "audioset.promoted.forced" not in found.tags
    assert "Promoted to champion on" in found.description
    again = promote(crowned)
    assert (again.outcome, again.checks) == ("unchanged", ())
    assert (
        client_of(crowned).get_model_version(crowned.model, "2").tags["audioset.promoted"] == line
    )
    crowned.ws.log()
    described = client_of(crowned).get_model_version(crowned.model, "2").description
    assert described.count("Promoted to champion on") == described.count("Trained on") == 1


@pytest.mark.parametrize("accuracy", [0.8, 0.7])
def test_one_that_is_not_better_is_refused(crowned: House, accuracy: float) -> None:
    train(crowned, metrics={"test_accuracy": accuracy}, frozen="scots@v1")
    done = promote(crowned)
    assert (done.outcome, [check.name for check in done.failures]) == ("refused", ["metric"])
    assert "not better (max)" in words(done, "metric")
    assert promote(crowned, direction="min", yes=False).outcome == (
        "planned" if accuracy < 0.8 else "refused"
    )
    assert aliases(crowned) == {"champion": 1}
    assert "audioset.promoted" not in client_of(crowned).get_model_version(crowned.model, "2").tags


def test_a_reason_passes_over_the_checks_and_is_kept(crowned: House) -> None:
    train(crowned, metrics={"test_accuracy": 0.7}, frozen="scots@v1")
    with pytest.raises(InvalidInputError, match="say why"):
        promote(crowned, force=" ")
    done = promote(crowned, force="runs on *the* phone")
    assert (done.outcome, done.forced) == ("promoted", "runs on *the* phone")
    found = client_of(crowned).get_model_version(crowned.model, "2")
    assert found.tags["audioset.promoted.forced"] == (
        f"champion: {done.moved_at} by {done.moved_by}, although metric: runs on *the* phone"
    )
    assert r"forced: runs on \*the\* phone" in found.description


def test_another_test_set_is_refused(alone: House) -> None:
    train(alone, frozen="scots@v1")
    promote(alone)
    alone.publish_more()
    half = "scots@v1?split = 'test' and start_seconds < 0.4"
    train(alone, "scots@v2", metrics={"test_accuracy": 0.99}, test=half)
    done = promote(alone)
    assert verdicts(done)["test set"] == "fail"
    assert "but v1 on 3 clips of scots@v1: the scores are not" in words(done, "test set")


def test_the_same_test_set_may_be_told_in_several_ways(crowned: House) -> None:
    """By frozen_test, by a pin, and by the test split of the version that it was trained on."""
    train(crowned, metrics={"test_accuracy": 0.85})
    assert verdicts(promote(crowned))["test set"] == "pass"
    train(crowned, metrics={"test_accuracy": 0.99}, test="scots@v1")
    assert verdicts(promote(crowned))["test set"] == "pass"


def test_a_rule_of_its_own_is_the_same_on_the_same_data_only(alone: House) -> None:
    alone.publish_more()
    rule = {"test_split": "takes 0 to 4", "num_test": "40"}
    train(alone, params=rule)
    assert verdicts(promote(alone))["leak"] == "warn"
    train(alone, metrics={"test_accuracy": 0.99}, params=rule)
    done = promote(alone)
    assert words(done, "test set") == "both tested on 40 clips of takes 0 to 4 of scots@v1"
    assert "95 % interval of the difference +0.05" in words(done, "metric")
    train(alone, "scots@v2", metrics={"test_accuracy": 1.0}, params=rule)
    assert verdicts(promote(alone))["test set"] == "fail"


def test_a_run_that_pinned_nothing_is_refused(lone: House) -> None:
    mlflow.set_tracking_uri(lone.ws.settings.tracking)
    with mlflow.start_run():
        mlflow.log_metric("test_accuracy", 1.0)
        register(lone, lone.model)
    done = promote(lone)
    assert (done.outcome, verdicts(done)["data"]) == ("refused", "fail")
    assert "its run pinned no version; train inside" in words(done, "data")


def test_data_that_do_not_open_are_refused(crowned: House) -> None:
    train(crowned, metrics={"test_accuracy": 0.9}, frozen="scots@v1")
    elsewhere = changed(crowned.ws, store=f"{crowned.ws.settings.store}-elsewhere")
    done = elsewhere.promote(crowned.model, yes=True)
    assert "scots@v1 does not open: scots@v1 does not exist" in words(done, "data")
    assert verdicts(done)["leak"] == verdicts(done)["texts"] == "fail"


def test_withdrawn_clips_are_told_and_do_not_refuse(alone: House) -> None:
    train(alone, frozen="scots@v1")
    alone.ws.forget(speaker="speaker1", yes=True)
    done = promote(alone)
    assert verdicts(done)["data"] == "warn"
    assert "3 of the clips of scots@v1 were withdrawn" in words(done, "data")
    assert done.outcome == "promoted"


def test_a_leak_is_refused_whether_it_was_accepted_or_not_looked_for(alone: House) -> None:
    ws = alone.ws
    mine = ws.open("scots@v1?split = 'test'").table["clip_id"][0].as_py()
    ws.decide([audioset.Decision("clip", mine, "split", "train")])
    ws.publish(track=False)
    train(alone, "scots@v2", frozen="scots@v1")
    done = promote(alone)
    assert (done.outcome, verdicts(done)["leak"]) == ("refused", "fail")
    assert "trained although the test split leaks: 1 of 4 clips" in words(done, "leak")
    train(alone, "scots@v2", test="scots@v1")
    assert "scots@v2 leaks to the test split of scots@v1" in words(promote(alone), "leak")


@pytest.mark.parametrize(
    ("passes", "verdict"),
    [((None,), "warn"), (("train", "test"), "pass"), (("train", None), "warn")],
)
def test_test_clips_that_were_read_among_the_others_are_told(
    lone: House, passes: tuple[str | None, ...], verdict: str
) -> None:
    with lone.ws.training_run("scots@v1"):
        for split in passes:
            assert list(lone.ws.open("scots@v1").batches(split=split, clips=2))
        mlflow.log_metric("test_accuracy", 0.9)
        register(lone, lone.model)
    done = promote(lone)
    assert (done.outcome, verdicts(done)["leak"]) == ("promoted", verdict)
    told = "of the test split of scots@v1 in one pass with the others: whether it learned"
    assert (told in words(done, "leak")) == (verdict == "warn")


def test_what_the_certificate_says_of_the_version_is_said_too(alone: House) -> None:
    ws = changed(alone.ws, split_defaults={"by": "source"})
    house = replace(alone, ws=ws)
    train(house, test="scots@v1")
    assert ws.certify_splits("scots@v1", listen=False).is_clean
    assert words(promote(house), "leak").endswith(
        "(clip, samples, span); its splits share no source"
    )
    mine = ws.open("scots@v1?split = 'test'").table["clip_id"][0].as_py()
    ws.decide([audioset.Decision("clip", mine, "split", "train")])
    ws.publish(track=False)
    train(house, "scots@v2", test="scots@v2")
    found = ws.certify_splits("scots@v2", listen=False)
    assert found.verdict == "source 2"
    done = promote(house)
    assert verdicts(done)["leak"] == "warn"
    assert f"what they should not: {found.verdict} (audioset certify" in words(done, "leak")


def test_a_model_is_not_tested_on_texts_of_its_own(alone: House) -> None:
    publish_texts(alone.ws, {0: ("by itself", "model:accent@1")})
    train(alone, "scots@v2", frozen="scots@v2")
    done = promote(alone)
    assert (done.outcome, verdicts(done)["texts"]) == ("refused", "fail")
    assert "1 of 3 test clips have a text by accent" in words(done, "texts")


def test_code_that_is_known_passes_and_code_that_was_changed_is_told(lone: House) -> None:
    params = {"code_commit": "abc123def4567890", "code_dirty": "no"}
    train(lone, params=params, frozen="scots@v1")
    assert verdicts(promote(lone))["code"] == "pass"
    train(
        lone,
        metrics={"test_accuracy": 0.9},
        params={**params, "code_dirty": "yes"},
        frozen="scots@v1",
    )
    done = promote(lone)
    assert (done.outcome, verdicts(done)["code"]) == ("promoted", "warn")


def test_the_metric_is_one_that_both_have(crowned: House) -> None:
    train(crowned, metrics={"test_wer": 0.1, "train_accuracy": 1.0}, frozen="scots@v1")
    assert "no metric of the test set in common" in words(promote(crowned), "metric")
    done = promote(crowned, metric="test_wer")
    assert words(done, "metric") == "v1 has no test_wer; it has test_accuracy"


def test_back_and_forth(crowned: House) -> None:
    with pytest.raises(NotFoundError, match="no alias 'previous-champion', so there is nothing"):
        promote(crowned, rollback=True)
    train(crowned, metrics={"test_accuracy": 0.9}, frozen="scots@v1")
    promote(crowned)
    assert promote(crowned, rollback=True, yes=False).outcome == "planned"
    done = promote(crowned, rollback=True)
    assert (done.outcome, done.version, done.holder) == ("rolled back", 1, 2)
    assert aliases(crowned) == {"champion": 1, "previous-champion": 2}
    tags = client_of(crowned).get_model_version(crowned.model, "1").tags
    assert tags["audioset.promoted"].splitlines()[-1].endswith("; back from v2")
    promote(crowned, rollback=True)
    assert aliases(crowned) == {"champion": 2, "previous-champion": 1}


def test_an_alias_that_somebody_moved_meanwhile_stays_theirs(crowned: House) -> None:
    for accuracy in (0.9, 0.95):
        train(crowned, metrics={"test_accuracy": accuracy}, frozen="scots@v1")
    planned = promote(crowned, version=2, yes=False)
    client_of(crowned).set_registered_model_alias(crowned.model, "champion", "3")
    with pytest.raises(ConflictError, match="it names v3 now, not v1; look again"):
        carry_out(replace(planned, outcome="promoted"), crowned.ws.tracking)
    assert aliases(crowned) == {"champion": 3}


@pytest.mark.parametrize(
    ("model", "wishes", "error", "text"),
    [
        ("nobody", {}, NotFoundError, "has no model 'nobody'"),
        ("{}", {"version": 9}, NotFoundError, "lacks accent-[0-9a-f]+ v9"),
        ("{}@dev", {}, NotFoundError, "has no alias 'dev'"),
        ("models:/{}/1", {"version": 2}, InvalidInputError, "is v1, and version 2 was asked"),
        ("models:/a/b/c", {}, InvalidInputError, "does not name a model"),
    ],
)
def test_what_is_not_there_is_named(
    crowned: House, model: str, wishes: dict, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        crowned.ws.promote(model.format(crowned.model), **wishes, yes=True)


def test_the_command_line_says_why_and_ends_with_1(
    crowned: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(crowned.ws.folder))
    train(crowned, metrics={"test_accuracy": 0.7}, frozen="scots@v1")
    assert command(["promote", crowned.model]) == 1
    printed = capsys.readouterr()
    begins = re.findall(r"^(?:[✓✗!] [a-z]+(?: set)?|accent-)", printed.out, re.MULTILINE)
    assert begins == ["✓ data", "✓ test set", "✗ metric", "✓ leak", "✓ texts", "! code", "accent-"]
    assert "--force REASON --yes promotes it all the same" in printed.err
    assert command(["promote", crowned.model, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "refused"
    mobile = ["promote", f"models:/{crowned.model}/2", "--force", "phone", "--alias", "mobile"]
    assert command(mobile) == 0
    printed = capsys.readouterr()
    assert f"{crowned.model} v2 would become mobile" in printed.out
    assert "--yes does it" in printed.err
    assert command([*mobile, "--yes"]) == 0
    assert f"{crowned.model} v2 is mobile now" in capsys.readouterr().out
    assert command(["promote", crowned.model, "--force", "phone", "--yes"]) == 0
    assert (
        f"{crowned.model} v2 is champion now (before: v1), forced: phone" in capsys.readouterr().out
    )
    assert command(["promote", crowned.model, "--rollback"]) == 0
    assert f"{crowned.model} v1 would become champion" in capsys.readouterr().out
    assert command(["promote", crowned.model, "--rollback", "--yes"]) == 0
    assert f"{crowned.model} v1 is champion again (before: v2)" in capsys.readouterr().out
    assert command(["promote", crowned.model, "--version", "1", "--yes"]) == 0
    assert f"{crowned.model} v1 is champion already" in capsys.readouterr().out
    assert command(["promote", crowned.model, "--rollback", "--force", "x"]) == 2


def test_the_first_champion_is_not_the_newest_where_an_older_one_is_better(lone: House) -> None:
    train(lone, metrics={"test_accuracy": 0.9}, frozen="scots@v1")
    train(lone, metrics={"test_accuracy": 0.7}, frozen="scots@v1")
    refused = promote(lone)
    assert refused.outcome == "refused"
    assert words(refused, "metric").startswith(
        "test_accuracy 0.7, but v1 has 0.9 on the same clips; say which you mean: --version 1"
    )
    assert promote(lone, version=2, yes=False).outcome == "planned"  # somebody means it
    train(lone, metrics={"test_accuracy": 0.95}, frozen="scots@v1")
    assert "no other version is better" in words(promote(lone), "metric")
    assert aliases(lone)["champion"] == 3
