"""The receipt of a run says what it consumed: no clip more, no clip less, however it ends."""

import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.records.receipt import Reading, Receipt
from audioset.tracking.run.pins import pinned_run
from audioset.tracking.run.receipts import TaggedReceipt, read_receipts, read_tag
from audioset.tracking.run.recipe import PACKAGES_FILE
from audioset.training.reader import Dataset
from tests.tracking.conftest import Published
from tests.tracking.test_pins import active_run_id, read_run

# Reads clips one by one in a training run that logs its receipt often, until it is killed.
TRAINING = """
import sys, time
import audioset
from audioset.tracking.run import kept_receipt
kept_receipt.FLUSH_SECONDS = 0.1
ws = audioset.open_workspace(sys.argv[1])
dataset = ws.open("scots@v1")
with ws.training_run("scots@v1"):
    for number, clip in enumerate(dataset):
        print(clip.row.clip_id, flush=True)
        if number == 3:
            time.sleep(600)
"""


def receipts_of(published: Published, run_id: str) -> tuple[Receipt, ...]:
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    return read_receipts(client, client.get_run(run_id))


def ids_of(dataset: Dataset, receipt: Receipt) -> list[str]:
    ids = dataset.table.column("clip_id").to_pylist()
    return [ids[position] for position in receipt.positions()]


@pytest.fixture
def dataset(published: Published) -> Dataset:
    return published.ws.open("scots@v1")


def test_a_receipt_holds_what_was_handed_out(published: Published, dataset: Dataset) -> None:
    next(iter(dataset))  # before the run: it is not in the receipt
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        batches = dataset.batches(clips=2, seed=7, epoch=1)
        heard = {clip.row.clip_id for clip in next(batches)}
        heard.add(dataset[dataset.table.column("clip_id")[5].as_py()].row.clip_id)
    list(batches)  # after it
    (receipt,) = receipts_of(published, run_id)
    assert set(ids_of(dataset, receipt)) == heard
    assert (receipt.ref, receipt.digest) == (published.record.ref, published.record.digest)
    assert receipt.complete
    assert receipt.readings == (
        Reading(split=None, seed=None, epoch=None, num_clips=1),
        Reading(split=None, seed=7, epoch=1, num_clips=2),
    )
    run = read_run(published, run_id)
    assert run.data.tags["audioset.receipt"] == f"scots@v1: {len(heard)} of 6 clips"
    assert run.data.params["data_seed"] == "7"
    tag = read_tag(run, published.record.digest)
    assert tag is not None
    assert (tag.num_consumed, tag.num_clips, tag.bits) == (len(heard), 6, receipt.bits)


def test_one_clip_of_an_iteration_is_one_clip(published: Published, dataset: Dataset) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        first = next(iter(dataset)).row.clip_id
    assert ids_of(dataset, receipts_of(published, run_id)[0]) == [first]


def test_of_a_view_only_its_clips_were_heard(published: Published, dataset: Dataset) -> None:
    """Also when the view was heard whole: its bits are not those of the version."""
    view = dataset.where("speaker = 'speaker1'")
    with published.ws.training_run(view):
        run_id = active_run_id()
        heard = [clip.row.clip_id for clip in view]
    (receipt,) = receipts_of(published, run_id)
    assert (receipt.filter, receipt.num_consumed, receipt.num_clips) == (view.filter, 3, 3)
    assert len(heard) == 3
    for clip_id in dataset.table.column("clip_id").to_pylist():
        lineage = published.ws.lineage_of_clip(clip_id)
        found = [(one.run.run_id, one.known_by) for one in lineage.runs]
        assert found == ([(run_id, "receipt")] if clip_id in heard else [])


def test_every_version_that_was_read_has_its_part(published: Published, dataset: Dataset) -> None:
    second = published.publish_more()
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        list(published.ws.open("scots@v2"))
        next(iter(dataset))
    first, other = receipts_of(published, run_id)
    assert [str(first.ref), str(other.ref)] == ["scots@v1", "scots@v2"]
    assert (first.num_consumed, other.num_consumed, other.num_clips) == (1, 8, 8)
    tag = read_tag(read_run(published, run_id), second.digest)
    assert tag == TaggedReceipt(num_consumed=8, num_clips=8, complete=True, bits=None)


def test_webdataset_notes_what_it_hands_out(published: Published, dataset: Dataset) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        heard = [sample["__key__"] for sample in dataset.webdataset(split="train", seed=3)]
    (receipt,) = receipts_of(published, run_id)
    assert ids_of(dataset, receipt) == sorted(heard)
    assert receipt.readings == (Reading(split="train", seed=3, epoch=0, num_clips=3),)


def test_a_run_that_read_nothing_has_no_receipt(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
    assert receipts_of(published, run_id) == ()


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_a_training_that_fails_leaves_its_receipt(
    published: Published, dataset: Dataset, error: BaseException
) -> None:
    ws = published.ws
    run = pinned_run(published.record, ws.tracking, ws.store, ws.split_options)
    with pytest.raises(type(error)), run:  # noqa: PT012
        run_id = active_run_id()
        next(iter(dataset))
        raise error
    (receipt,) = receipts_of(published, run_id)
    assert (receipt.num_consumed, receipt.complete) == (1, True)


def test_a_killed_training_leaves_what_was_logged_last(
    published: Published, dataset: Dataset
) -> None:
    workspace = published.ws.folder
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(workspace)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = [process.stdout.readline().strip() for _ in range(4)]
    while not tagged(published, "scots@v1: 4 of 6 clips so far"):
        assert process.poll() is None
        time.sleep(0.2)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    (run,) = published.trace("scots@v1").runs
    (receipt,) = receipts_of(published, run.run_id)
    assert ids_of(dataset, receipt) == printed
    assert not receipt.complete
    assert run.status == "RUNNING"


def tagged(published: Published, words: str) -> bool:
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    return any(
        client.get_run(run.run_id).data.tags.get("audioset.receipt") == words
        for run in published.trace("scots@v1").runs
    )


def read_part(workspace: Path, first: int, last: int) -> None:
    """Load some clips, as a DataLoader's worker does, and die without a word."""
    ws = audioset.open_workspace(workspace=workspace)
    dataset = ws.open("scots@v1")
    for clip_id in dataset.table.column("clip_id").to_pylist()[first:last]:
        _ = dataset[clip_id]
    signal.raise_signal(signal.SIGKILL)


def test_workers_in_other_processes_are_in_the_receipt(
    published: Published, dataset: Dataset
) -> None:
    context = multiprocessing.get_context("spawn")
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        next(iter(dataset))
        workers = [
            context.Process(target=read_part, args=(published.ws.folder, *part))
            for part in [(1, 3), (2, 4)]
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert {worker.exitcode for worker in workers} == {-signal.SIGKILL}
    (receipt,) = receipts_of(published, run_id)
    assert receipt.positions() == [0, 1, 2, 3]
    assert receipt.readings[0].num_clips == 5


def test_a_receipt_that_cannot_be_logged_is_a_warning(
    published: Published, dataset: Dataset
) -> None:
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))

    def train() -> None:
        with pinned_run(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        ):
            next(iter(dataset))
            mlflow.MlflowClient()._tracking_client.store.engine.dispose()
            database.write_bytes(b"not a database any more, whatever it was before " * 20)

    with (
        pytest.warns(UserWarning, match="lineage answers for it by version, not by clip"),
        pytest.warns(UserWarning, match="catch up with: audioset log"),
    ):
        train()


def test_a_run_tells_its_data_code_and_environment(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
    run = read_run(published, run_id)
    params = run.data.params
    assert params["data_digest"] == published.record.digest[:32]
    assert (params["data_clips"], params["data_seconds"]) == ("6", "1.500")
    assert (params["data_clips.train"], params["data_seconds.test"]) == ("3", "0.750")
    assert params["env_python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert {"env_platform", "env_audioset"} <= set(params)
    assert "code_commit" not in params, "the current folder is no repository"
    packages = mlflow.artifacts.load_text(f"runs:/{run_id}/{PACKAGES_FILE}")
    assert f"mlflow=={mlflow.__version__}" in packages.splitlines()


def test_the_commit_of_the_code_is_told(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "code"
    repository.mkdir()
    (repository / "train.py").write_text("pass\n")
    identity = ["-c", "user.name=x", "-c", "user.email=x@y"]

    def git(*words: str) -> str:
        command = ["git", "-C", str(repository), *identity, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", "train.py")
    git("commit", "-qm", "one")
    monkeypatch.chdir(repository)
    params = []
    for text in ("pass\n", "changed\n"):
        (repository / "train.py").write_text(text)
        with pinned_run(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        ):
            run_id = active_run_id()
        params.append(read_run(published, run_id).data.params)
    assert {one["code_commit"] for one in params} == {git("rev-parse", "HEAD")}
    assert [one["code_dirty"] for one in params] == ["no", "yes"]
