"""A callback for Hugging Face's Trainer: pins a version in the MLflow run of the training.

    trainer = Trainer(..., callbacks=[audioset.transformers_callback("scots@v3")])

The run is the active one, such as the one that the Trainer starts itself with `report_to="mlflow"`.
"""

from collections.abc import Mapping
from typing import Any

from audioset.errors import InvalidInputError
from audioset.records.split_report import SplitOptions
from audioset.records.view import View
from audioset.storage.store import Store
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.trainers.trainer_run import TrainerRun

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise InvalidInputError(
        "Hugging Face transformers is not installed: pip install transformers"
    ) from error


class TransformersCallback(TrainerCallback):  # type: ignore[misc]  # not there for everybody
    """Pins when a training begins; made by `audioset.transformers_callback`."""

    def __init__(
        self,
        view: View,
        tracking: Tracking,
        store: Store,
        split_options: SplitOptions,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._run = TrainerRun(view, tracking, store, split_options, tags or {})

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Pin; callbacks of a report come before those of the user, so that their run is there."""
        if state.is_world_process_zero:
            self._run.begin(num_processes=args.world_size)

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Log the receipt and the links of a run that nobody else ends."""
        self._run.end("FINISHED")
