"""Tensors out of a file that torch wrote before its version 1.6, without torch.

Such a file is a row of pickles, then the numbers of each storage. Pickles run what they name, so
this reader knows the three names that tensors need and refuses every other one.

Source: torch/serialization.py, `_legacy_load`.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from audioset.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT = struct.Struct("<q")  # of numbers, before each storage
_NUMBER_BYTES = 4


class _Tensor(NamedTuple):
    """Where in the storages a tensor's numbers are."""

    storage: str
    first: int
    shape: tuple[int, ...]


def read_tensors(path: Path, part: str) -> "Mapping[str, NDArray[np.float32]]":
    """Read the tensors of one part of a checkpoint, such as "model_state".

    Args:
        path: of the file.
        part: key of the checkpoint.

    Returns:
        The tensors by name, float32.

    Raises:
        InvalidInputError: another kind of file, a damaged one, or one that holds more than tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file, part)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, OSError) as error:
        raise InvalidInputError(f"{path}: no tensors of torch's old format ({error})") from error


def _read(file: IO[bytes], part: str) -> "Mapping[str, NDArray[np.float32]]":
    head = [_TensorUnpickler(file).load() for _ in range(3)]
    if head[0] != _MAGIC or head[1] != _PROTOCOL or not head[2]["little_endian"]:
        raise ValueError("another format")
    tensors: Mapping[str, _Tensor] = _TensorUnpickler(file).load()[part]
    storages = {}
    for key in _TensorUnpickler(file).load():
        (count,) = _COUNT.unpack(file.read(_COUNT.size))
        numbers = file.read(count * _NUMBER_BYTES)
        storages[key] = np.frombuffer(numbers, "<f4", count)
    return {
        name: storages[tensor.storage][tensor.first :][: int(np.prod(tensor.shape))].reshape(
            tensor.shape
        )
        for name, tensor in tensors.items()
    }


class _TensorUnpickler(pickle.Unpickler):
    """Loads what tensors are written with, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _as_tensor,
            ("torch", "FloatStorage"): "FloatStorage",
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Any:
        return pid[2]  # ("storage", kind, key, device, count, view)


def _as_tensor(storage: str, first: int, shape: tuple[int, ...], strides: Any, *_: Any) -> _Tensor:
    row_major = tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))
    if tuple(strides) != row_major:
        raise pickle.UnpicklingError("a tensor's numbers do not follow each other")
    return _Tensor(storage, first, shape)
