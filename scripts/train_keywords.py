"""Train a small speech model in PyTorch on a published version; broken off, it goes on exactly.

    python scripts/train_keywords.py digits@v1 --label digit
    python scripts/train_keywords.py digits@v1 --label digit --resume

The clips come from the version's shards, batch by batch, clips of similar length together. What
is learned is a fact of each clip (a manifest column, or a fact such as `digit`). After a kill,
`--resume` takes up the last checkpoint, in the same MLflow run, and ends with the very weights
that it would have had. Copy it as a beginning of your own training.
"""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

import audioset
from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.manifest import Clip
from audioset.training.loader import Batch
from audioset.training.reader import Dataset

# MLflow reports its use to its makers unless it is told not to before it is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
import mlflow
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

RATE = 8000  # Hz; clips of any rate are resampled to it
WINDOW, HOP = 256, 80  # samples: 32 ms every 10 ms
NUM_BANDS = 40
NUM_CHANNELS = 64
DILATIONS = (1, 2, 4)  # each layer looks further
QUIET = 1e-5
LEARNING_RATE = 2e-3
LARGEST_GRADIENT = 1.0
PIP_REQUIREMENTS = [f"{name}=={installed(name).partition('+')[0]}" for name in ("torch", "numpy")]


@dataclass(frozen=True)
class Choices:
    """What a training depends on; a checkpoint is good for equal ones alone.

    Attributes:
        version: name of the version.
        label: fact of a clip that is learned.
        train, test: SQL conditions that choose the clips to train and to test on.
        seconds: length of a batch.
        epochs: passes over the clips to train on.
        seed: of the first weights and of the order.
    """

    version: str
    label: str
    train: str
    test: str
    seconds: float
    epochs: int
    seed: int


class KeywordModel(nn.Module):
    """Hears which of some words a clip says: log-mel bands, then convolutions over time.

    Args:
        words: names of the classes.
    """

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.words = list(words)
        bands = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=NUM_BANDS)
        self.register_buffer("bands", torch.from_numpy(bands))
        self.register_buffer("window", torch.hann_window(WINDOW))
        self.entry = nn.Conv1d(NUM_BANDS, NUM_CHANNELS, 5, stride=2, padding=2)
        self.layers = nn.ModuleList(
            nn.Conv1d(NUM_CHANNELS, NUM_CHANNELS, 5, padding=2 * step, dilation=step)
            for step in DILATIONS
        )
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(NUM_CHANNELS, len(self.words))

    def forward(self, samples: Tensor, num_samples: Tensor) -> Tensor:
        """Give a score for each word, float32, shape (clips, words).

        Args:
            samples: float32, zeros behind the end of a clip, shape (clips, longest).
            num_samples: of each clip, int64, shape (clips,).
        """
        frames = num_samples // HOP + 1
        hidden = torch.relu(self.entry(self._log_mel(samples, frames)))
        # Of each clip only the frames that it has: the others in its batch do not change its score.
        there = _there(hidden, (frames + 1) // 2)
        hidden = hidden * there
        for layer in self.layers:
            hidden = (hidden + torch.relu(layer(hidden))) * there
        mean = hidden.sum(2) / there.sum(2)
        scores: Tensor = self.output(self.dropout(mean))
        return scores

    def _log_mel(self, samples: Tensor, frames: Tensor) -> Tensor:
        """Give log-mel levels less their mean over a clip, shape (clips, bands, frames)."""
        spectra = torch.stft(
            samples, WINDOW, HOP, window=self.window, pad_mode="constant", return_complex=True
        )
        levels = torch.log(self.bands @ spectra.abs().square() + QUIET)
        there = _there(levels, frames)
        mean = (levels * there).sum(2, keepdim=True) / there.sum(2, keepdim=True)
        return (levels - mean) * there


@dataclass(frozen=True)
class Labels:
    """Makes tensors of a batch of clips.

    Attributes:
        words: names of the classes.
        by_clip: the word of each clip, by its clip id.
    """

    words: list[str]
    by_clip: dict[str, str]

    def __call__(self, batch: Batch) -> dict[str, Any]:
        """Give `samples`, `num_samples`, `words` (int64, shape (clips,)) and `state`."""
        clips = [at_rate(clip.samples, clip.sampling_rate) for clip in batch]
        return {
            "samples": nn.utils.rnn.pad_sequence(clips, batch_first=True),
            "num_samples": torch.tensor([len(samples) for samples in clips]),
            "words": torch.tensor([self.place(clip.row) for clip in batch]),
            "state": batch.state,
        }

    def place(self, row: Clip) -> int:
        """Give the number of the word of a clip."""
        return self.words.index(self.by_clip[row.clip_id])


class Checkpoint:
    """The state of a training in one file, which is replaced as a whole.

    Attributes:
        values: what is saved besides the weights: the choices, the MLflow run, the position in the
            data (two integers), and the sums of the epoch so far.
    """

    def __init__(self, path: Path, model: KeywordModel, optimizer: torch.optim.Optimizer) -> None:
        self.path = path
        self.model = model
        self.optimizer = optimizer
        self.values: dict[str, Any] = {
            "stream": {"epoch": 0, "consumed": 0},
            "steps": 0,
            "loss": 0.0,
            "clips": 0,
        }

    def save(self) -> None:
        """Write the file; a kill in the middle leaves the one before."""
        state = {
            "values": self.values,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
        part = self.path.with_name(f".{self.path.name}.part")
        torch.save(state, part)
        part.replace(self.path)

    def load(self, choices: Choices) -> None:
        """Take up what was saved.

        Raises:
            InvalidInputError: there is no such file, or it is of a training with other choices.
        """
        try:
            state = torch.load(self.path, weights_only=True)
        except FileNotFoundError as error:
            raise InvalidInputError(
                f"there is no checkpoint {self.path}; begin without --resume"
            ) from error
        if state["values"]["choices"] != asdict(choices):
            raise InvalidInputError(
                f"{self.path} is of a training with other options: {state['values']['choices']}"
            )
        self.values = state["values"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", help="published version, name@v3")
    parser.add_argument("--label", required=True, help="what to learn: a column or a fact")
    parser.add_argument("--train", default="split = 'train'", help="SQL: clips to train on")
    parser.add_argument("--test", default="split = 'test'", help="SQL: clips to test on")
    parser.add_argument("--model", help="name to register the model under")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=12.0, help="length of a batch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, default=Path("keywords.pt"))
    parser.add_argument("--save-steps", type=int, default=20, help="batches between checkpoints")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    options = parser.parse_args(arguments)
    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    names = Choices.__dataclass_fields__
    choices = Choices(**{name: getattr(options, name) for name in names})
    try:
        train(choices, options)
    except AudiosetError as error:
        print(f"audioset: {error}", file=sys.stderr)
        return 1
    return 0


def train(choices: Choices, options: argparse.Namespace) -> None:
    """Train from the beginning or from a checkpoint, then test and register the model."""
    # So small a model gains nothing by more threads, and sums do not depend on the machine's cores.
    torch.set_num_threads(1)
    torch.manual_seed(choices.seed)
    torch.use_deterministic_algorithms(mode=True)
    dataset = audioset.open(choices.version)
    training, test = (view_of(dataset, where) for where in (choices.train, choices.test))
    labels = read_labels(dataset, choices.label)
    model = KeywordModel(labels.words)
    checkpoint = Checkpoint(
        options.checkpoint, model, torch.optim.AdamW(model.parameters(), LEARNING_RATE)
    )
    checkpoint.values["choices"] = asdict(choices)
    if options.resume:
        checkpoint.load(choices)
    with run_of(training, checkpoint):
        audioset.pin(test, context="test")
        stream = training.torch(
            seconds=choices.seconds, bucket=True, seed=choices.seed, collate=labels
        )
        stream.load_state_dict(checkpoint.values["stream"])
        for epoch in range(checkpoint.values["stream"]["epoch"], choices.epochs):
            loss = train_epoch(checkpoint, stream, options.save_steps)
            accuracy = test_accuracy(model, test, labels, choices)
            mlflow.log_metrics({"loss": loss, "test_accuracy": accuracy}, step=epoch)
            print(f"epoch {epoch:<10} loss {loss:.3f}, accuracy {accuracy:.3f}", flush=True)
            checkpoint.save()
        number = register(model, options.model or f"{dataset.ref.dataset}-keywords")
    print(f"trained on       {training.name} ({len(training)} clips)")
    print(f"tested on        {test.name} ({len(test)} clips)")
    print(f"registered       {options.model or f'{dataset.ref.dataset}-keywords'} v{number}")


@contextmanager
def run_of(training: Dataset, checkpoint: Checkpoint) -> Iterator[None]:
    """Pin the clips to train on in an MLflow run: in that of the checkpoint, or in a new one."""
    run_id = checkpoint.values.get("run_id")
    if run_id is None:
        with audioset.training_run(training):
            checkpoint.values["run_id"] = mlflow.active_run().info.run_id
            mlflow.log_params(checkpoint.values["choices"])
            yield
        return
    mlflow.set_tracking_uri(audioset.open_workspace().settings.tracking)
    with mlflow.start_run(run_id=run_id):
        audioset.pin(training)
        yield


def train_epoch(checkpoint: Checkpoint, stream: Any, save_steps: int) -> float:
    """Train on what is left of an epoch; gives the mean loss of a clip over the whole epoch."""
    checkpoint.model.train()
    values = checkpoint.values
    # A loader draws a seed for its workers: not from the numbers that dropout will have.
    for batch in DataLoader(stream, batch_size=None, generator=torch.Generator()):
        scores = checkpoint.model(batch["samples"], batch["num_samples"])
        loss = nn.functional.cross_entropy(scores, batch["words"])
        checkpoint.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(checkpoint.model.parameters(), LARGEST_GRADIENT)
        checkpoint.optimizer.step()
        values["stream"] = dict(batch["state"])
        values["steps"] += 1
        values["loss"] += loss.item() * len(batch["words"])
        values["clips"] += len(batch["words"])
        # The last batch of an epoch is saved with the epoch's test behind it.
        if values["steps"] % save_steps == 0 and values["stream"]["consumed"]:
            checkpoint.save()
    mean: float = values["loss"] / values["clips"]
    values["loss"], values["clips"] = 0.0, 0
    return mean


@torch.no_grad()
def test_accuracy(model: KeywordModel, test: Dataset, labels: Labels, choices: Choices) -> float:
    """Give the share of clips whose word is heard."""
    model.eval()
    right = 0
    for batch in test.torch(seconds=choices.seconds, shuffle=None, collate=labels):
        scores = model(batch["samples"], batch["num_samples"])
        right += int((scores.argmax(1) == batch["words"]).sum())
    return right / len(test)


def register(model: KeywordModel, name: str) -> int:
    """Save and register the model; gives the number of its version."""
    model.eval()
    # MLflow saves the graph of tensors: who loads it needs none of this code.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch.export says of its own archive
        return _log_model(model, name)


def _log_model(model: KeywordModel, name: str) -> int:
    info = mlflow.pytorch.log_model(
        model,
        name="model",
        registered_model_name=name,
        pip_requirements=PIP_REQUIREMENTS,
        input_example=(torch.zeros(2, RATE), torch.tensor([RATE, RATE // 2])),
        signature=ModelSignature(
            Schema(
                [
                    TensorSpec(np.dtype(np.float32), (-1, -1), "samples"),
                    TensorSpec(np.dtype(np.int64), (-1,), "num_samples"),
                ]
            ),
            Schema([TensorSpec(np.dtype(np.float32), (-1, len(model.words)))]),
        ),
        metadata={"words": model.words, "sampling_rate": RATE},
    )
    return int(info.registered_model_version)


def view_of(dataset: Dataset, condition: str) -> Dataset:
    """Choose clips of a version.

    Raises:
        InvalidInputError: there are none.
    """
    view = dataset.where(condition)
    if not len(view):
        raise InvalidInputError(
            f"no clip of {dataset.name} fulfils {condition}; say with --train and --test which "
            "clips to train and to test on, or divide them with: audioset split --yes"
        )
    return view


def read_labels(dataset: Dataset, name: str) -> Labels:
    """Read the word of every clip.

    Raises:
        NotFoundError: no clip has such a fact.
    """
    words = [str(value) for value in dataset.label(name)]
    ids = dataset.table.column("clip_id").to_pylist()
    return Labels(sorted(set(words)), dict(zip(ids, words, strict=True)))


def at_rate(samples: np.ndarray, sampling_rate: int) -> Tensor:
    """Bring samples to one channel at `RATE`; float32, shape (num_samples,)."""
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    if sampling_rate != RATE:
        mono = librosa.resample(mono, orig_sr=sampling_rate, target_sr=RATE)
    return torch.from_numpy(np.ascontiguousarray(mono))


def _there(hidden: Tensor, frames: Tensor) -> Tensor:
    """Tell which frames clips have, 0 or 1, shape (clips, 1, frames); `frames` counts them."""
    return (torch.arange(hidden.shape[2])[None] < frames[:, None])[:, None].float()


if __name__ == "__main__":
    sys.exit(main())
