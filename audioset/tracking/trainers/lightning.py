"""A Lightning callback: pins a version in the MLflow run of a trainer, and resumes its stream.

    stream = audioset.open("scots@v3").torch(split="train", seconds=60, seed=1)
    trainer = Trainer(
        logger=MLFlowLogger(tracking_uri=...),
        callbacks=[audioset.lightning_callback("scots@v3", stream=stream)],
    )
    trainer.fit(model, DataLoader(stream, batch_size=None, num_workers=4), ckpt_path=...)

The run is that of the trainer's MLFlowLogger, else the active one, such as that of autologging.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from audioset.errors import InvalidInputError
from audioset.records.split_report import SplitOptions
from audioset.records.view import View
from audioset.storage.store import Store
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.trainers.trainer_run import TrainerRun

_NAMES = ("lightning.pytorch", "pytorch_lightning")  # two packages with equal classes


class Stream(Protocol):
    """What resumes, such as `Dataset.torch`."""

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on from the state of a batch."""


def _callback_class() -> Any:
    """Give the callbacks' class of the package that the training uses, else of one that is here."""
    for name in sorted(_NAMES, key=lambda name: name not in sys.modules):
        try:
            return import_module(name).Callback
        except ImportError:
            continue
    raise InvalidInputError("Lightning is not installed: pip install lightning")


class LightningCallback(_callback_class()):  # type: ignore[misc]  # not there for everybody
    """Pins when a fit begins; made by `audioset.lightning_callback`.

    With a stream, each checkpoint holds its position after the last batch that was trained on, and
    each epoch has its own order, with workers too.
    """

    def __init__(
        self,
        view: View,
        tracking: Tracking,
        store: Store,
        split_options: SplitOptions,
        *,
        stream: Stream | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._run = TrainerRun(view, tracking, store, split_options, tags or {})
        self._stream = stream
        self._state: dict[str, int] = {}

    def setup(self, trainer: Any, _module: Any, stage: str) -> None:
        """Pin, before the workers of the loader are started: they note what they read."""
        if stage == "fit" and trainer.is_global_zero:
            self._run.begin(_logger_run(trainer), num_processes=trainer.world_size)

    def on_train_batch_end(
        self, _trainer: Any, _module: Any, _outputs: Any, batch: Any, *_: Any
    ) -> None:
        """Take the state that the batch carries.

        Raises:
            InvalidInputError: it carries none.
        """
        if self._stream is None:
            return
        state = batch.get("state") if isinstance(batch, Mapping) else getattr(batch, "state", None)
        if state is None:
            raise InvalidInputError(
                "the batches carry no state to resume from; let collate=… of the stream keep "
                '`batch.state` as `"state"`, or leave stream=… of the callback out'
            )
        self._state = dict(state)

    def on_train_epoch_end(self, _trainer: Any, _module: Any) -> None:
        """Begin the next pass where this one ended: workers are copies and cannot tell."""
        if self._stream is not None and self._state:
            self._stream.load_state_dict(self._state)

    def state_dict(self) -> dict[str, int]:
        """Give the position for a checkpoint."""
        return dict(self._state)

    def load_state_dict(self, state_dict: Mapping[str, int]) -> None:
        """Go on from the position of a checkpoint."""
        if self._stream is not None and state_dict:
            self._state = dict(state_dict)
            self._stream.load_state_dict(self._state)

    def teardown(self, _trainer: Any, _module: Any, stage: str) -> None:
        """Log the receipt and the links."""
        if stage == "fit":
            self._run.end("FINISHED")

    def on_exception(self, _trainer: Any, _module: Any, exception: BaseException) -> None:
        """Log them also of a training that fails."""
        self._run.end("KILLED" if isinstance(exception, KeyboardInterrupt) else "FAILED")


def _logger_run(trainer: Any) -> tuple[str, str] | None:
    """Give run id and tracking URI of the trainer's first MLflow logger."""
    from mlflow import MlflowClient

    for logger in trainer.loggers:
        client = getattr(logger, "experiment", None)
        if isinstance(client, MlflowClient) and getattr(logger, "run_id", None):
            return logger.run_id, client.tracking_uri
    return None
