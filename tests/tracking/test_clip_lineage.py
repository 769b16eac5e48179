"""Which models heard a clip, and which clips a model heard: by receipt, or else by version."""

import json
from dataclasses import replace
from pathlib import Path

import mlflow
import pyarrow.csv
import pyarrow.parquet
import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.clip_lineage import ClipLineage
from audioset.tracking.run.pins import pinned_run
from audioset.tracking.run.receipts import log_receipts, read_receipts
from tests.tracking.conftest import Published
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
    dataset = audioset.open(reference, settings=published.settings)
    return [str(value) for value in dataset.table.column("clip_id").to_pylist()]


def heard(lineage: ClipLineage) -> dict[str, str]:
    known_by = {one.run.run_id: one.known_by for one in lineage.runs}
    return {f"{model.name}/{model.version}": known_by[model.run_id] for model in lineage.models}


@pytest.fixture
def trained(published: Published) -> Published:
    """Four models: of all of v1, of one clip, of the train split of v2, and of pulled files."""
    settings = published.settings
    published.publish_more()
    first = audioset.open("scots@v1", settings=settings)
    second = audioset.open("scots@v2", settings=settings)
    with pinned_run(first.record, settings):
        list(first)
        register(published, "all")
    with pinned_run(first.record, settings):
        _ = first[ids_of(published)[0]]
        register(published, "one")
    with pinned_run(second.record, settings):
        list(second.batches(split="train", clips=2, seed=1))
        register(published, "train")
    with pinned_run(second.record, settings):
        register(published, "pulled")
    return published


def test_a_clip_names_the_models_that_heard_it(trained: Published) -> None:
    settings = trained.settings
    splits = audioset.open("scots@v2", settings=settings).table.select(["clip_id", "split"])
    for row in splits.to_pylist():
        clip_id = row["clip_id"]
        lineage = audioset.lineage_of_clip(clip_id, settings=settings)
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
    settings = trained.settings
    first = audioset.open("scots@v1", settings=settings)
    ids = ids_of(trained)
    with pinned_run(first.record, settings):
        run_id = active_run_id()
        _ = first[ids[0]]
    client = client_of(trained)
    (whole,) = read_receipts(client, client.get_run(run_id))
    log_receipts(client, run_id, [replace(whole, complete=False)])
    for clip_id, known_by in ((ids[0], "receipt"), (ids[1], "version")):
        lineage = audioset.lineage_of_clip(clip_id, settings=settings)
        assert {one.run.run_id: one.known_by for one in lineage.runs}[run_id] == known_by


def test_a_withdrawn_clip_still_names_the_models_that_heard_it(trained: Published) -> None:
    settings = trained.settings
    ids = ids_of(trained)
    before = {clip_id: heard(audioset.lineage_of_clip(clip_id, settings=settings))
              for clip_id in ids}  # fmt: skip
    for withdrawn in (ids[1], ids[0], ids[3]):  # one after the other: positions move each time
        audioset.forget(clip=withdrawn, dry_run=False, settings=settings)
    for clip_id in ids:
        lineage = audioset.lineage_of_clip(clip_id, settings=settings)
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
        audioset.lineage_of_clip(never, settings=settings)


def test_a_model_that_is_trained_after_a_withdrawal_did_not_hear_the_clip(
    trained: Published,
) -> None:
    settings = trained.settings
    ids = ids_of(trained)
    audioset.forget(clip=ids[1], dry_run=False, settings=settings)
    with pytest.warns(audioset.WithdrawnWarning):
        left = audioset.open("scots@v1", settings=settings)
    with pinned_run(left.record, settings):
        list(left)
        register(trained, "later")
    assert "later/1" not in heard(audioset.lineage_of_clip(ids[1], settings=settings))
    audioset.forget(clip=ids[2], dry_run=False, settings=settings)
    answers = heard(audioset.lineage_of_clip(ids[2], settings=settings))
    assert (answers["later/1"], answers["all/1"]) == ("receipt", "receipt")


def test_a_model_says_how_many_clips_it_heard_that_were_withdrawn(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = trained.settings
    ids = ids_of(trained)
    view = audioset.open("scots@v1", settings=settings).where("start_seconds < 0.4")
    with pinned_run(view.record, settings):
        list(view)
        register(trained, "view")
    for withdrawn in (ids[0], ids[1]):
        audioset.forget(clip=withdrawn, dry_run=False, settings=settings)

    def told(name: str) -> tuple[int, int, int, str, list[str]]:
        found = audioset.clips_behind(f"models:/{name}/1", settings=settings)
        (one,) = found.versions
        listed = found.table.column("clip_id").to_pylist()
        return one.num_consumed, one.num_clips, one.num_withdrawn, one.known_by, listed

    assert told("all") == (6, 6, 2, "receipt", ids[2:])
    assert told("one") == (1, 6, 1, "receipt", [])
    assert told("view")[:4] == (2, 6, 1, "receipt")
    assert told("pulled")[:4] == (8, 8, 2, "version")
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(settings.workspace))
    assert command(["lineage", "models:/all/1", "--clips"]) == 0
    out, err = capsys.readouterr()
    row = next(line.split() for line in out.splitlines() if line.startswith("scots@v1"))
    assert row[2:5] == ["6", "6", "2"]
    assert "2 clips of what it heard withdrawn since (audioset forget), and not listed" in err
    assert command(["lineage", ids[0]]) == 0
    assert "withdrawn (audioset forget) from scots@v1, scots@v2" in capsys.readouterr().out
    assert command(["lineage", ids[0], "--graph", str(settings.workspace / "clip.html")]) == 0
    assert "all" in (settings.workspace / "clip.html").read_text(encoding="utf-8")


def test_a_withdrawal_that_kept_no_rows_leaves_older_receipts_exact_only_where_it_can(
    trained: Published,
) -> None:
    settings = trained.settings
    ids = ids_of(trained)
    audioset.forget(clip=ids[1], dry_run=False, settings=settings)
    _as_in_format_1(Path(settings.store) / "scots" / "withdrawn" / "w0001.json")
    with pytest.raises(NotFoundError, match=r"no version in .* holds clip .*withdrawn"):
        audioset.lineage_of_clip(ids[1], settings=settings)
    answers = heard(audioset.lineage_of_clip(ids[0], settings=settings))
    assert answers["all/1"] == "receipt", "it heard everything, whatever the order"
    assert answers["one/1"] == "version"
    (one,) = audioset.clips_behind("models:/all/1", settings=settings).versions
    assert (one.num_consumed, one.num_withdrawn, one.known_by) == (6, 1, "receipt")


def _as_in_format_1(path: Path) -> None:
    values = json.loads(path.read_text(encoding="utf-8"))
    for name in ("spans", "sources", "content_sha256"):
        del values[name]
    for left in values["versions"]:
        del left["rows"]
    path.write_text(json.dumps({**values, "format_version": 1}), encoding="utf-8")


def test_models_of_nested_runs_have_the_receipt_around_them(published: Published) -> None:
    first = audioset.open("scots@v1", settings=published.settings)
    ids = ids_of(published)
    with pinned_run(first.record, published.settings):
        _ = first[ids[2]]
        with mlflow.start_run(nested=True):
            register(published)
    assert heard(audioset.lineage_of_clip(ids[2], settings=published.settings)) == {
        "speakers/1": "receipt"
    }
    assert heard(audioset.lineage_of_clip(ids[3], settings=published.settings)) == {}


def test_a_receipt_that_is_too_large_for_a_tag_is_read_from_its_artifact(
    trained: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.tracking.receipts._MAX_TAGGED", 1)
    first = audioset.open("scots@v1", settings=trained.settings)
    ids = ids_of(trained)
    with pinned_run(first.record, trained.settings):
        _ = first[ids[3]]
        register(trained, "large")
    for clip_id, known_by in ((ids[3], "receipt"), (ids[4], None)):
        answers = heard(audioset.lineage_of_clip(clip_id, settings=trained.settings))
        assert answers.get("large/1") == known_by
    for path in trained.settings.workspace.rglob("receipt.bin"):
        path.write_bytes(b"damaged")
    answers = heard(audioset.lineage_of_clip(ids[4], settings=trained.settings))
    assert answers["large/1"] == "version", "a damaged receipt is no receipt"


def test_a_model_names_its_clips(trained: Published, tmp_path: Path) -> None:
    settings = trained.settings
    rows = audioset.open("scots@v2", settings=settings).table.select(["clip_id", "split"])
    train = [row["clip_id"] for row in rows.to_pylist() if row["split"] == "train"]
    expected = {
        "all": (ids_of(trained), "receipt"),
        "one": (ids_of(trained)[:1], "receipt"),
        "train": (train, "receipt"),
        "pulled": (ids_of(trained, "scots@v2"), "version"),
    }
    for name, (ids, known_by) in expected.items():
        for file in ("clips.csv", "clips.parquet"):
            found = audioset.clips_behind(
                f"models:/{name}/1", output=tmp_path / file, settings=settings
            )
        assert found.table.column("clip_id").to_pylist() == ids
        (version,) = found.versions
        assert (version.num_consumed, version.known_by) == (len(ids), known_by)
        written = (
            pyarrow.csv.read_csv(tmp_path / "clips.csv"),
            pyarrow.parquet.read_table(tmp_path / "clips.parquet"),
        )
        assert all(table.column("clip_id").to_pylist() == ids for table in written)


def test_only_models_and_runs_rest_on_clips(trained: Published, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="scots@v1 is a version"):
        audioset.clips_behind("scots@v1", settings=trained.settings)
    with pytest.raises(InvalidInputError, match=r"clips\.txt is neither a \.parquet nor a \.csv"):
        audioset.clips_behind(
            "models:/all/1", output=tmp_path / "clips.txt", settings=trained.settings
        )


def test_the_command_line_shows_both(
    trained: Published, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(trained.settings.workspace))
    clip_id = ids_of(trained)[0]
    assert command(["lineage", clip_id]) == 0
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()]
    assert ["all", "v1"] in [row[:2] for row in rows if row[-1:] == ["receipt"]]
    assert ["pulled", "v1"] in [row[:2] for row in rows if row[-1:] == ["version"]]
    assert "known by version: the run has no receipt that tells" in err
    assert command(["lineage", clip_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clip_id"] == clip_id
    assert command(["lineage", "models:/one/1", "--clips"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == clip_id
    assert command(["lineage", "models:/all/1", "--clips", "--limit", "2"]) == 0
    assert "4 more clips" in capsys.readouterr().err
    assert command(["lineage", "models:/one/1", "--clips", "--json"]) == 0
    assert [row["clip_id"] for row in json.loads(capsys.readouterr().out)["clips"]] == [clip_id]


def test_a_question_about_a_clip_makes_no_database(published: Published) -> None:
    database = Path(published.settings.tracking.removeprefix("sqlite:///"))
    database.unlink()
    lineage = audioset.lineage_of_clip(ids_of(published)[0], settings=published.settings)
    assert ([str(one.pin.ref) for one in lineage.versions], lineage.runs) == (["scots@v1"], ())
    assert not database.exists()
