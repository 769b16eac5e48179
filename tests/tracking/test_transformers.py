"""Hugging Face's Trainer: the callback pins in the run that the Trainer reports to."""

from pathlib import Path

import mlflow
import pytest

from audioset.tracking.client.queries import pinned_inputs
from audioset.tracking.run.receipts import read_receipts
from tests.tracking.conftest import Published
from tests.tracking.test_pins import read_run
from tests.training.optional import require

require("torch", "REQUIRE_TORCH")
transformers = require("transformers", "REQUIRE_TRANSFORMERS")
require("accelerate", "REQUIRE_TRANSFORMERS")

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.mark.parametrize("report_to", ["mlflow", "none"])
def test_the_run_of_the_trainer_pins_and_has_the_receipt(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report_to: str
) -> None:
    from tests.tracking.transformers_model import Clips, Model

    if report_to == "mlflow":
        monkeypatch.setenv("MLFLOW_TRACKING_URI", published.ws.settings.tracking)
        mlflow.set_tracking_uri(published.ws.settings.tracking)
    dataset = published.ws.open("scots@v1")
    arguments = transformers.TrainingArguments(
        str(tmp_path / "trained"),
        max_steps=3,
        per_device_train_batch_size=2,
        use_cpu=True,
        report_to=report_to,
        save_strategy="no",
        disable_tqdm=True,
        logging_steps=1,
        dataloader_pin_memory=False,
    )
    trainer = transformers.Trainer(
        Model(),
        arguments,
        train_dataset=Clips(dataset),
        callbacks=[published.ws.transformers_callback("scots@v1")],
    )
    trainer.train()
    assert mlflow.active_run() is None
    run = read_run(published, mlflow.last_active_run().info.run_id)
    assert run.info.status == "FINISHED"
    assert [item.digest for item in pinned_inputs(run)] == [published.record.digest]
    (receipt,) = read_receipts(mlflow.MlflowClient(published.ws.settings.tracking), run)
    assert (receipt.num_consumed, receipt.complete) == (6, True)
    if report_to == "mlflow":
        assert run.data.params["max_steps"] == "3", "the Trainer's own report is in the same run"
