"""The Fourier transform of many short windows: scipy's own, without loading all of scipy.

numpy's takes six times as long for them. `import scipy.fft` takes a quarter of a second of CPU, of
which its transform, pocketfft, is a hundredth; a cut pays that in each of its processes.
"""

from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "pypocketfft"


def spectra_of(windows: "NDArray[np.float32]") -> "NDArray[np.complex64]":
    """Transform each row, as `scipy.fft.rfft` does, bit for bit.

    Args:
        windows: float32, shape (n, size).

    Returns:
        Shape (n, size // 2 + 1).
    """
    transform = _transform()
    if transform is not None:
        found: NDArray[np.complex64] = transform(windows, axes=(-1,), forward=True)
    else:
        from scipy.fft import rfft

        found = rfft(windows)
    return found


@cache
def _transform() -> Callable[..., Any] | None:
    """Load the one file of scipy that holds the transform; None where it lies elsewhere."""
    spec = find_spec("scipy")  # only located: that loads nothing of it
    for folder in spec.submodule_search_locations or () if spec else ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder, "fft", "_pocketfft", _NAME + suffix)
            if path.is_file():
                return _loaded(path)
    return None


def _loaded(path: Path) -> Callable[..., Any] | None:
    loader = ExtensionFileLoader(_NAME, str(path))
    spec = spec_from_file_location(_NAME, path, loader=loader)
    if spec is None:
        return None
    try:
        module = module_from_spec(spec)
        loader.exec_module(module)
    except ImportError:  # it wants something of scipy first, in a version that is new to us
        return None
    transform: Callable[..., Any] | None = getattr(module, "r2c", None)
    return transform
