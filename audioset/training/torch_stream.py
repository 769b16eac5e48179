"""A version as a PyTorch IterableDataset, resumable with any number of nodes and workers.

    stream = dataset.torch(split="train", seconds=60, seed=1)
    for epoch in range(10):
        stream.set_epoch(epoch)
        for batch in DataLoader(stream, batch_size=None, num_workers=4):
            ...                           # batch["samples"], batch["num_samples"], batch["rows"]
            checkpoint = batch["state"]   # two integers
    stream.load_state_dict(checkpoint)    # and go on, with any number of ranks and workers

A DataLoader fetches ahead in its workers, so a stream cannot know which batch was trained on: the
batch carries the state. In Lightning `audioset.lightning_callback` takes it from there.
`StatefulDataLoader` of torchdata keeps the states of the workers themselves, and goes on with as
many workers.
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import InvalidInputError
from audioset.records.manifest import Clip
from audioset.training.loader import Batch, Loader, State
from audioset.training.plan import Batching
from audioset.training.taken import Written

try:
    import torch
    from torch.utils.data import IterableDataset, get_worker_info

    from audioset.training.torch_workers import follow_iterators
except ImportError as error:
    raise InvalidInputError(
        "PyTorch is not installed: pip install torch; or use Dataset.loader, which needs none"
    ) from error

if TYPE_CHECKING:
    from audioset.training.readable import Readable

Collate = Callable[[Batch], Any]


class TorchStream(IterableDataset):  # type: ignore[misc]  # torch is not there for everybody
    """Batches of one rank, for a DataLoader with `batch_size=None`; made by `Dataset.torch`.

    A pass gives what is left of an epoch. Without workers the next pass is the next epoch; with
    workers, which are copies, `set_epoch` or `load_state_dict` says what comes next.
    """

    def __init__(
        self,
        dataset: "Readable",
        batching: Batching,
        *,
        rank: int | None,
        world_size: int | None,
        drop_last: bool,
        collate: Collate | None,
    ) -> None:
        self._dataset = dataset
        self._batching = batching
        self._rank, self._world_size = _ranks(rank, world_size)
        self._drop_last = drop_last
        self._collate = collate or pad_batch
        # Where the next pass begins, epoch and batches consumed; shared with workers that stay.
        self._begin = torch.zeros(2, dtype=torch.int64).share_memory_()
        # Of a worker: where its pass began, and how many batches it gave.
        self._pass: State | None = None
        self._resumed = False
        self._num_passes = 0
        # Where workers write what they read, and the process that made it.
        self._folder: tuple[str, int] | None = None

    def set_epoch(self, epoch: int) -> None:
        """Begin the next pass with this epoch."""
        self.load_state_dict({"epoch": epoch, "consumed": 0})

    def state_dict(self) -> State:
        """Give the state after the last batch that was given.

        In a worker of a DataLoader, where its pass began and how many batches it gave.
        """
        if get_worker_info() is not None and self._pass is not None:
            return dict(self._pass)
        epoch, consumed = self._begin.tolist()
        return {"epoch": epoch, "consumed": consumed}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on from the state of a batch, of any set-up; or, in a worker, from that of a worker.

        Raises:
            InvalidInputError: it is not a state of a stream.
        """
        loader = self._loader()
        loader.load_state_dict(state)
        if get_worker_info() is None:
            self._begin.copy_(torch.tensor([loader.epoch, loader.consumed]))
        else:
            self._pass = {"given": 0, **state}
            self._resumed = True

    def __len__(self) -> int:
        """Batches of a whole epoch for this rank, of all its workers.

        Also in the middle of one: trainers count what they had against it.
        """
        loader = self._loader()
        loader.consumed = 0
        return len(loader)

    def __iter__(self) -> Iterator[Any]:
        """Give what is left of the epoch; errors are those of `Loader`."""
        loader = self._loader()
        if get_worker_info() is None:
            for batch in loader:
                self._begin.copy_(torch.tensor([loader.epoch, loader.consumed]))
                yield self._collate(batch)
            self._begin.copy_(torch.tensor([loader.epoch, loader.consumed]))
            return
        given = self._pass["given"] if self._pass is not None and self._resumed else 0
        if self._pass is not None and self._resumed:
            loader.load_state_dict(self._pass)
        self._resumed = False
        self._pass = {**loader.state_dict(), "given": given}
        noting = None
        if self._folder is not None:
            noting = partial(Written, self._folder[0], self._num_passes)
            self._num_passes += 1
        for batch in loader.read(skip=given, noting=noting):
            self._pass["given"] += 1
            yield self._collate(batch)
        self._pass = {**loader.state_dict(), "given": 0}

    def folder_of_workers(self) -> str:
        """Give the folder where workers write what they read; made when it is first asked for."""
        if self._folder is None or self._folder[1] != os.getpid():
            made = tempfile.mkdtemp(prefix="audioset-workers-")
            self._folder = made, os.getpid()
            weakref.finalize(self, _remove_folder, *self._folder)
        return self._folder[0]

    def _loader(self) -> Loader:
        """Give the loader of this process, where the pass begins."""
        worker = get_worker_info()
        loader = Loader(
            self._dataset,
            self._batching,
            rank=self._rank,
            world_size=self._world_size,
            worker=worker.id if worker else 0,
            num_workers=worker.num_workers if worker else 1,
            drop_last=self._drop_last,
        )
        loader.epoch, loader.consumed = self._begin.tolist()
        return loader


class BatchRows:
    """The manifest rows of the clips of a batch: iterate over them, or take one by its place.

    Not a sequence to those who look for tensors in whatever a batch holds: Lightning refuses frozen
    dataclasses when it moves a list of them to a device.
    """

    def __init__(self, rows: Sequence[Clip]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Clip]:
        return iter(self._rows)

    def __getitem__(self, place: int) -> Clip:
        return self._rows[place]

    def __repr__(self) -> str:
        return f"BatchRows({[row.clip_id for row in self._rows]})"


def pad_batch(batch: Batch) -> dict[str, Any]:
    """Make tensors of the clips of a batch.

    Returns:
        `samples` (float32, zeros behind the end of a clip; shape (clips, longest), and the
        channels last when there are several), `num_samples` and `sampling_rate` in Hz (int64,
        shape (clips,)), `rows` (`BatchRows`), `state` and `repeated` as in `Batch`.

    Raises:
        InvalidInputError: clips of one and of several channels are in the batch.
    """
    shapes = {clip.samples.shape[1:] for clip in batch}
    if len(shapes) > 1:
        raise InvalidInputError(
            "a batch holds clips of different numbers of channels; give collate=… that says what "
            "becomes of them"
        )
    sizes = [len(clip.samples) for clip in batch]
    samples = np.zeros((len(batch), max(sizes), *shapes.pop()), np.float32)
    for place, clip in enumerate(batch):
        samples[place, : sizes[place]] = clip.samples
    return {
        "samples": torch.from_numpy(samples),
        "num_samples": torch.tensor(sizes),
        "sampling_rate": torch.tensor([clip.sampling_rate for clip in batch]),
        "rows": BatchRows([clip.row for clip in batch]),
        "state": batch.state,
        "repeated": batch.repeated,
    }


def _remove_folder(folder: str, process: int) -> None:
    if process == os.getpid():  # else in a worker, a copy
        shutil.rmtree(folder, ignore_errors=True)


def _folder_of(dataset: Any) -> str | None:
    return dataset.folder_of_workers() if isinstance(dataset, TorchStream) else None


follow_iterators(_folder_of)


def _ranks(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Give rank and number of ranks; those of torch.distributed where it runs."""
    if (rank is None) != (world_size is None):
        raise InvalidInputError("give rank and world_size together, or neither")
    if rank is not None and world_size is not None:
        return rank, world_size
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1
