"""Which models heard a clip, and which clips a model heard: by receipt, or else by version."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mlflow
import pyarrow.csv
import pyarrow.parquet
import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, MovedWarning, NotFoundError
from audioset.records.clip_lineage import ClipLineage
from audioset.tracking.run.pins import pinned_run
from audioset.tracking.run.receipts import read_receipts
from tests.tracking.conftest import Make, Published
from tests.tracking.logged_receipts import log_receipts
from tests.tracking.test_lineage import client_of
from tests.tracking.test_pins import active_run_id


def register(published: Published, name: str = "speakers") -> None:
    """Register the active run's files as a model version; its weights are of no matter here."""
    client = client_of(published)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    run_id = active_run_id()
    client.create_model_version(name, f"runs:/{run_id}/weights", run_id)


def ids_of(published: Published, reference: str = "scots@v1") -> list[str]:
    dataset = published.ws.open(reference)
    return [str(value) for value in dataset.table.column("clip_id").to_pylist()]


def heard(lineage: ClipLineage) -> dict[str, str]:
    known_by = {one.run.run_id: one.known_by for one in lineage.runs}
    return {f"{model.name}/{model.version}": known_by[model.run_id] for model in lineage.models}


@pytest.fixture
def trained(made_once: Callable[[Make], Published]) -> Published:
    return made_once(train_four)


def train_four(published: Published) -> None:
    """Make models of all of v1, of one clip, of the train split of v2, and of pulled files."""
    ws = published.ws
    published.publish_more()
    first = ws.open("scots@v1")
    second = ws.open("scots@v2")
    with pinned_run(first.record, ws.tracking, ws.store, ws.split_options):
        list(first)
        register(published, "all")
    with pinned_run(first.record, ws.tracking, ws.store, ws.split_options):
        _ = first[ids_of(published)[0]]
        register(published, "one")
    with pinned_run(second.record, ws.tracking, ws.store, ws.split_options):
        list(second.batches(split="train", clips=2, seed=1))
        register(published, "train")
    with pinned_run(second.record, ws.tracking, ws.store, ws.split_options):
        register(published, "pulled")


def test_a_clip_names_the_models_that_heard_it(trained: Published) -> None:
    ws = trained.ws
    splits = ws.open("scots@v2").table.select(["clip_id", "split"])
    for row in splits.to_pylist():
        clip_id = row["clip_id"]
        lineage = ws.lineage_of_clip(clip_id)
        expected = {"pulled/1": "version"}
        if clip_id in ids_of(trained):
            expected["all/1"] = "receipt"
        if clip_id == ids_of(trained)[0]:
            expected["one/1"] = "receipt"
        if row["split"] == "train":
            expected["train/1"] = "receipt"
        assert heard(lineage) == expected
        num_asked = 4 if clip_id in ids_of(trained) else 2
        assert len(lineage.runs) + lineage.num_without == num_asked


def test_a_run_that_was_killed_may_have_heard_what_its_receipt_lacks(trained: Published) -> None:
    ws = trained.ws
    first = ws.open("scots@v1")
    ids = ids_of(trained)
    with pinned_run(first.record, ws.tracking, ws.store, ws.split_options):
        run_id = active_run_id()
        _ = first[ids[0]]
    client = client_of(trained)
    (whole,) = read_receipts(client, client.get_run(run_id))
    log_receipts(client, run_id, [replace(whole, complete=False)])
    for clip_id, known_by in ((ids[0], "receipt"), (ids[1], "version")):
        lineage = ws.lineage_of_clip(clip_id)
        assert {one.run.run_id: one.known_by for one in lineage.runs}[run_id] == known_by


def test_a_withdrawn_clip_still_names_the_models_that_heard_it(trained: Published) -> None:
    ws = trained.ws
    ids = ids_of(trained)
    before = {clip_id: heard(ws.lineage_of_clip(clip_id)) for clip_id in ids}
    for withdrawn in (ids[1], ids[0], ids[3]):  # one after the other: positions move each time
        ws.forget(clip=withdrawn, yes=True)
    for clip_id in ids:
        lineage = ws.lineage_of_clip(clip_id)
        assert heard(lineage) == before[clip_id]
        gone = [str(version.pin.ref) for version in lineage.withdrawn_from]
        held = [str(version.pin.ref) for version in lineage.versions]
        if clip_id == ids[1]:
            assert (held, gone) == ([], ["scots@v1", "scots@v2"])
        if clip_id == ids[2]:
            assert gone == []
            assert {"scots@v1", "scots@v2"} < set(held)
    never = ids[0][:-9] + "000099999"
    with pytest.raises(NotFoundError, match=f"no version in .* holds clip {never}"):
        ws.lineage_of_clip(never)


def test_a_model_that_is_trained_after_a_withdrawal_did_not_hear_the_clip(
    trained: Published,
) -> None:
    ws = trained.ws
    ids = ids_of(trained)
    ws.forget(clip=ids[1], yes=True)
    with pytest.warns(audioset.WithdrawnWarning):
        left = ws.open("scots@v1")
    with pinned_run(left.record, ws.tracking, ws.store, ws.split_options):
        list(left)
        register(trained, "later")
    assert "later/1" not in heard(ws.lineage_of_clip(ids[1]))
    ws.forget(clip=ids[2], yes=True)
    answers = heard(ws.lineage_of_clip(ids[2]))
    assert (answers["later/1"], answers["all/1"]) == ("receipt", "receipt")


def test_a_model_says_how_many_clips_it_heard_that_were_withdrawn(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = trained.ws
    ids = ids_of(trained)
    view = ws.open("scots@v1").where("start_seconds < 0.4")
    with pinned_run(view.record, ws.tracking, ws.store, ws.split_options):
        list(view)
        register(trained, "view")
    for withdrawn in (ids[0], ids[1]):
        ws.forget(clip=withdrawn, yes=True)

    def told(name: str) -> tuple[int, int, int, str, list[str]]:
        found = ws.clips_behind(f"models:/{name}/1")
        (one,) = found.versions
        listed = found.table.column("clip_id").to_pylist()
        return one.num_consumed, one.num_clips, one.num_withdrawn, one.known_by, listed

    assert told("all") == (6, 6, 2, "receipt", ids[2:])
    assert told("one") == (1, 6, 1, "receipt", [])
    assert told("view")[:4] == (2, 6, 1, "receipt")
    assert told("pulled")[:4] == (8, 8, 2, "version")
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
    assert command(["clips-behind", "models:/all/1"]) == 0
    out, err = capsys.readouterr()
    row = next(line.split() for line in out.splitlines() if line.startswith("scots@v1"))
    assert row[2:5] == ["6", "6", "2"]
    assert "2 clips of what it consumed withdrawn since (audioset forget), and not listed" in err
    assert command(["lineage-of-clip", ids[0]]) == 0
    assert "withdrawn (audioset forget) from scots@v1, scots@v2" in capsys.readouterr().out
    assert command(["lineage-of-clip", ids[0], "--graph", str(ws.folder / "clip.html")]) == 0
    assert "all" in (ws.folder / "clip.html").read_text(encoding="utf-8")


def test_a_withdrawal_that_kept_no_rows_leaves_older_receipts_exact_only_where_it_can(
    trained: Published,
) -> None:
    ws = trained.ws
    ids = ids_of(trained)
    ws.forget(clip=ids[1], yes=True)
    _as_in_format_1(Path(ws.settings.store) / "scots" / "withdrawn" / "w0001.json")
    with pytest.raises(NotFoundError, match=r"no version in .* holds clip .*withdrawn"):
        ws.lineage_of_clip(ids[1])
    answers = heard(ws.lineage_of_clip(ids[0]))
    assert answers["all/1"] == "receipt", "it heard everything, whatever the order"
    assert answers["one/1"] == "version"
    (one,) = ws.clips_behind("models:/all/1").versions
    assert (one.num_consumed, one.num_withdrawn, one.known_by) == (6, 1, "receipt")


def _as_in_format_1(path: Path) -> None:
    values = json.loads(path.read_text(encoding="utf-8"))
    for name in ("spans", "sources", "content_sha256"):
        del values[name]
    for left in values["versions"]:
        del left["rows"]
    path.write_text(json.dumps({**values, "format_version": 1}), encoding="utf-8")


def test_models_of_nested_runs_have_the_receipt_around_them(published: Published) -> None:
    first = published.ws.open("scots@v1")
    ids = ids_of(published)
    with pinned_run(
        first.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        _ = first[ids[2]]
        with mlflow.start_run(nested=True):
            register(published)
    assert heard(published.ws.lineage_of_clip(ids[2])) == {"speakers/1": "receipt"}
    assert heard(published.ws.lineage_of_clip(ids[3])) == {}


def test_a_receipt_that_is_too_large_for_a_tag_is_read_from_its_artifact(
    trained: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.tracking.run.receipts._MAX_TAGGED", 1)
    first = trained.ws.open("scots@v1")
    ids = ids_of(trained)
    with pinned_run(first.record, trained.ws.tracking, trained.ws.store, trained.ws.split_options):
        _ = first[ids[3]]
        register(trained, "large")
    for clip_id, known_by in ((ids[3], "receipt"), (ids[4], None)):
        answers = heard(trained.ws.lineage_of_clip(clip_id))
        assert answers.get("large/1") == known_by
    for path in trained.ws.folder.rglob("receipt*.bin"):
        path.write_bytes(b"damaged")
    answers = heard(trained.ws.lineage_of_clip(ids[4]))
    assert answers["large/1"] == "version", "a damaged receipt is no receipt"


def test_a_model_names_its_clips(trained: Published, tmp_path: Path) -> None:
    ws = trained.ws
    rows = ws.open("scots@v2").table.select(["clip_id", "split"])
    train = [row["clip_id"] for row in rows.to_pylist() if row["split"] == "train"]
    expected = {
        "all": (ids_of(trained), "receipt"),
        "one": (ids_of(trained)[:1], "receipt"),
        "train": (train, "receipt"),
        "pulled": (ids_of(trained, "scots@v2"), "version"),
    }
    for name, (ids, known_by) in expected.items():
        for file in ("clips.csv", "clips.parquet"):
            found = ws.clips_behind(f"models:/{name}/1", output=tmp_path / file)
        assert found.table.column("clip_id").to_pylist() == ids
        (version,) = found.versions
        assert (version.num_consumed, version.known_by) == (len(ids), known_by)
        written = (
            pyarrow.csv.read_csv(tmp_path / "clips.csv"),
            pyarrow.parquet.read_table(tmp_path / "clips.parquet"),
        )
        assert all(table.column("clip_id").to_pylist() == ids for table in written)
        assert {"gender", "location", "line", "start_seconds"} < set(written[0].column_names)


def test_only_models_and_runs_rest_on_clips(trained: Published, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="scots@v1 is a version"):
        trained.ws.clips_behind("scots@v1")
    with pytest.raises(InvalidInputError, match=r"clips\.txt is neither a \.parquet nor a \.csv"):
        trained.ws.clips_behind("models:/all/1", output=tmp_path / "clips.txt")


def test_the_command_line_shows_both(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(trained.ws.folder))
    clip_id = ids_of(trained)[0]
    assert command(["lineage-of-clip", clip_id]) == 0
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()]
    assert ["all", "v1"] in [row[:2] for row in rows if row[-1:] == ["receipt"]]
    assert ["pulled", "v1"] in [row[:2] for row in rows if row[-1:] == ["version"]]
    assert (
        "known by version: the run has no receipt: nothing that it read was noted; so it may" in err
    )
    assert command(["lineage-of-clip", clip_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clip_id"] == clip_id
    assert command(["clips-behind", "models:/one/1"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == clip_id
    assert command(["clips-behind", "models:/all/1", "--rows", "2"]) == 0
    assert "4 more clips" in capsys.readouterr().err
    assert command(["clips-behind", "models:/one/1", "--json"]) == 0
    assert [row["clip_id"] for row in json.loads(capsys.readouterr().out)["clips"]] == [clip_id]


def test_a_question_about_a_clip_makes_no_database(published: Published) -> None:
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))
    database.unlink()
    lineage = published.ws.lineage_of_clip(ids_of(published)[0])
    assert ([str(one.pin.ref) for one in lineage.versions], lineage.runs) == (["scots@v1"], ())
    assert not database.exists()


def test_a_workspace_that_was_moved_has_its_receipts(trained: Published, tmp_path: Path) -> None:
    ids = ids_of(trained)
    trained.ws.folder.rename(tmp_path / "moved")
    with pytest.warns(MovedWarning):
        ws = audioset.open_workspace(tmp_path / "moved")
    (one,) = ws.clips_behind("models:/one/1").versions
    assert (one.num_consumed, one.known_by, one.why) == (1, "receipt", "")
    assert heard(ws.lineage_of_clip(ids[0]))["all/1"] == "receipt"


def test_a_receipt_that_is_lost_is_told(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = trained.ws
    (ws.folder / "mlartifacts").rename(ws.folder / "elsewhere")
    (one,) = ws.clips_behind("models:/one/1").versions
    assert (one.num_consumed, one.known_by) == (6, "version")
    assert "mlartifacts" in one.why
    assert "was that folder moved" in one.why
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
    assert command(["clips-behind", "models:/one/1"]) == 0
    err = capsys.readouterr().err
    assert "scots@v1 is known by version, and may have been consumed whole: the receipt of" in err
    assert command(["clips-behind", "models:/pulled/1"]) == 0
    assert "consumed whole: the run has no receipt" in capsys.readouterr().err


def test_what_was_perhaps_consumed_is_said_so(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a receipt such as that of workers of which nobody knows what they gave."""
    ws = trained.ws
    first = ws.open("scots@v1")
    ids = ids_of(trained)
    with pinned_run(first.record, ws.tracking, ws.store, ws.split_options):
        run_id = active_run_id()
        _ = first[ids[0]]
        monkeypatch.setattr("audioset.versions.consumed._reads_ahead", lambda: True)
        _ = first[ids[1]]
        monkeypatch.undo()
    tag = client_of(trained).get_run(run_id).data.tags["audioset.receipt"]
    assert tag == "scots@v1: 1 of 6 clips, perhaps 1 more"
    found = ws.clips_behind(run_id)
    (one,) = found.versions
    assert (one.num_consumed, one.num_perhaps, one.known_by) == (2, 1, "receipt")
    assert "workers of a DataLoader read clips ahead" in one.why
    assert found.table.select(["clip_id", "known_by"]).to_pylist() == [
        {"clip_id": ids[0], "known_by": "receipt"},
        {"clip_id": ids[1], "known_by": "perhaps"},
    ]
    for clip_id, known_by in ((ids[0], "receipt"), (ids[1], "perhaps"), (ids[2], None)):
        answers = {one.run.run_id: one.known_by for one in ws.lineage_of_clip(clip_id).runs}
        assert answers.get(run_id) == known_by
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
    assert command(["clips-behind", run_id]) == 0
    assert "1 clip of these only perhaps consumed: workers" in capsys.readouterr().err
    assert command(["lineage-of-clip", ids[1]]) == 0
    assert "known by perhaps: workers" in capsys.readouterr().err
