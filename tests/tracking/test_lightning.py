"""Lightning: the callback pins in the run of the trainer, and a fit resumes at the next batch."""

from pathlib import Path
from typing import Any

import mlflow
import pytest

from audioset.errors import InvalidInputError
from audioset.tracking.client.queries import pinned_inputs
from audioset.tracking.run.receipts import read_receipts
from audioset.training.reader import Dataset
from tests.tracking.conftest import Published
from tests.tracking.test_pins import read_run
from tests.training.optional import require
from tests.workspaces import add_source

torch = require("torch", "REQUIRE_TORCH")
lightning = require("lightning", "REQUIRE_LIGHTNING")

pytestmark = [
    # It gives advice, on loaders for instance, and counts on older names in PyTorch.
    pytest.mark.filterwarnings("ignore::UserWarning:lightning.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def dataset(published: Published) -> Dataset:
    add_source(published.ws, "long.mp4", 15, split="train")
    published.publish_more()
    return published.ws.open("scots@v2")


def fit(
    model: Any,
    stream: Any,
    callbacks: list[Any],
    *,
    logger: Any = None,
    workers: int = 0,
    ckpt_path: Path | None = None,
) -> None:
    from lightning.pytorch.callbacks import ModelCheckpoint

    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=logger or False,
        callbacks=callbacks,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=any(isinstance(one, ModelCheckpoint) for one in callbacks),
    )
    loader = torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers)
    trainer.fit(model, loader, ckpt_path=ckpt_path)


def test_the_run_of_the_trainers_logger_pins_and_has_the_receipt(
    published: Published, dataset: Dataset
) -> None:
    from lightning.pytorch.loggers import MLFlowLogger

    from tests.tracking.lightning_model import Model

    logger = MLFlowLogger(
        "trainings",
        tracking_uri=published.ws.settings.tracking,
        artifact_location=(published.ws.folder / "mlartifacts").as_uri(),
    )
    model = Model()
    callback = published.ws.lightning_callback(dataset)
    fit(model, dataset.torch(clips=4, split="train"), [callback], logger=logger)
    run = read_run(published, logger.run_id)
    assert [(item.version, item.digest) for item in pinned_inputs(run)] == [(2, dataset.digest)]
    assert run.data.params["data_clips"] == str(len(dataset))
    (receipt,) = read_receipts(logger.experiment, run)
    heard = {clip_id for batch in model.seen for clip_id in batch}
    assert receipt.complete
    assert receipt.positions() == [
        place
        for place, clip_id in enumerate(dataset.table["clip_id"].to_pylist())
        if clip_id in heard
    ]
    assert mlflow.active_run() is None


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_fit_from_a_checkpoint_goes_on_at_the_next_batch(
    published: Published, dataset: Dataset, tmp_path: Path, workers: int
) -> None:
    from lightning.pytorch.callbacks import ModelCheckpoint

    from tests.tracking.lightning_model import Model

    def callbacks(stream: Any) -> list[Any]:
        made = published.ws.lightning_callback(dataset, stream=stream)
        saving = ModelCheckpoint(tmp_path, filename="{step}", every_n_train_steps=3, save_top_k=-1)
        return [made, saving]

    def stream() -> Any:
        return dataset.torch(clips=4, seed=1, split="train")

    mlflow.set_tracking_uri(published.ws.settings.tracking)
    whole, first, again = Model(), Model(fail_at=4), Model()
    with mlflow.start_run():
        fit(whole, one := stream(), callbacks(one), workers=workers)
        with pytest.raises(RuntimeError, match="the machine fails"):
            fit(first, one := stream(), callbacks(one), workers=workers)
        fit(
            again,
            one := stream(),
            callbacks(one),
            workers=workers,
            ckpt_path=tmp_path / "step=3.ckpt",
        )
    assert first.seen[:3] + again.seen == whole.seen
    assert whole.seen[:5] != whole.seen[5:], "each epoch has its own order"


def test_without_a_logger_it_starts_and_ends_a_run(published: Published, dataset: Dataset) -> None:
    from tests.tracking.lightning_model import Look, Model

    look = Look()
    for fail_at, status in ((None, "FINISHED"), (1, "FAILED")):
        callback = published.ws.lightning_callback(dataset)
        model, stream = Model(fail_at), dataset.torch(clips=4, split="train")
        if fail_at is None:
            fit(model, stream, [callback, look])
        else:
            with pytest.raises(RuntimeError, match="the machine fails"):
                fit(model, stream, [callback, look])
        assert mlflow.active_run() is None
        assert read_run(published, look.found[-1]).info.status == status
        assert "audioset.receipt" in read_run(published, look.found[-1]).data.tags


def test_batches_without_a_state_are_refused_where_a_stream_is_to_resume(
    published: Published, dataset: Dataset
) -> None:
    from tests.tracking.lightning_model import Model

    stream = dataset.torch(
        clips=4,
        collate=lambda batch: {
            "samples": torch.zeros(len(batch), 1),
            "rows": [],
        },
    )
    callback = published.ws.lightning_callback(dataset, stream=stream)
    with pytest.raises(InvalidInputError, match="the batches carry no state"):
        fit(Model(), stream, [callback])
