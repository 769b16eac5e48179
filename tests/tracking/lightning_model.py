"""A model of Lightning and what looks at its training; imported by the tests where it is used."""

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from tests.tracking.test_pins import active_run_id


class Model(lightning.LightningModule):
    """Learns nothing of use; keeps which clips it was given."""

    def __init__(self, fail_at: int | None = None) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.fail_at = fail_at
        self.seen: list[list[str]] = []

    def training_step(self, batch: dict[str, Any], _: int) -> Any:
        if self.global_step == self.fail_at:
            raise RuntimeError("the machine fails")
        self.seen.append([row.clip_id for row in batch["rows"]])
        return self.layer(batch["samples"].mean(1, keepdim=True)).mean()

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Look(Callback):
    """Notes the active run of MLflow when a training begins."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def on_train_start(self, *_: Any) -> None:
        self.found.append(active_run_id())
