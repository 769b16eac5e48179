"""Lets a DataLoader tell which batches of its workers the training takes.

PyTorch tells nobody when it hands a batch out. Here the iterators over our streams, and no others,
get a class of their own, which notes each batch when it leaves the iterator. The class that all
iterators have in common is where they are recognised, also those of torchdata. Where a release of
PyTorch has other inner parts, the receipt says that it is not known what was given of what was read
(`docs/decisions/021-whose-clip.md`).
"""

import weakref
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from torch.utils.data import dataloader

from audioset.training.taken import Taken

_HOOKS = ("_reset", "_process_data")


def follow_iterators(folder_of: Callable[[Any], str | None]) -> None:
    """Note from now on what iterators over our streams hand out.

    Args:
        folder_of: gives the folder where the workers of a dataset write what they read; None when
            it is not one of ours.
    """
    base = getattr(dataloader, "_BaseDataLoaderIter", None)
    if base is None:
        return
    begin = base.__init__

    @wraps(begin)
    def begin_and_follow(self: Any, loader: Any, *args: Any, **named: Any) -> None:
        begin(self, loader, *args, **named)
        kind: Any = type(self)
        if loader.num_workers and all(hasattr(kind, name) for name in _HOOKS):
            folder = folder_of(loader.dataset)
            if folder is not None:
                at_once = 1 if loader.batch_size is None else loader.batch_size
                self.audioset_taken = Taken(folder, at_once)
                self.__class__ = _following(kind)
                weakref.finalize(self, self.audioset_taken.close)

    base.__init__ = begin_and_follow


@cache
def _following(kind: Any) -> Any:
    """Give a class of iterators that notes what it hands out, and is else as it was."""

    class Following(kind):  # type: ignore[misc]  # private to PyTorch
        def _reset(self, *args: Any, **named: Any) -> None:
            self.audioset_taken.begin_pass()
            super()._reset(*args, **named)

        def _process_data(self, data: Any, worker: int, *rest: Any) -> Any:
            process = self._workers[worker].pid
            try:
                given = super()._process_data(data, worker, *rest)
            except BaseException:
                self.audioset_taken.take(process, given=False)
                raise
            self.audioset_taken.take(process)
            return given

    Following.__name__ = kind.__name__
    return Following
