"""espeak-ng as if it had never spoken: a copy of the library that is loaded for each use of it.

It counts the cycles of its voice from call to call, and roughens each fourth one of voiced
consonants: what was said before would change how a line sounds, and so where it is found. No call
sets the count back; to load the library anew does, in some 3 ms. A copy, because a library that
something else in the process holds would stay loaded, and would be stopped under it.
"""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from audioset.errors import NotFoundError
from audioset.installation import install_line

_SYNCHRONOUS, _PHONE_EVENTS_IN_IPA = 2, 0b11
_BUFFER_MS = 1_000


@contextmanager
def fresh_library() -> Iterator[tuple[ctypes.CDLL, int]]:
    """Load and start espeak-ng; give it and its sampling rate in Hz. It ends with the context.

    Raises:
        NotFoundError: the wheel is not installed, or the library cannot be loaded or started.
    """
    try:
        import espeakng_loader
    except ImportError:
        raise NotFoundError(
            f"the voices of espeak-ng are not installed; {install_line('align')}, or use the "
            "aligner structural"
        ) from None
    data = espeakng_loader.get_data_path().encode()
    with _loaded(Path(espeakng_loader.get_library_path())) as library:
        rate = library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _PHONE_EVENTS_IN_IPA)
        if rate <= 0:
            raise NotFoundError(f"espeak-ng could not be started (it answered {rate})")
        try:
            yield library, int(rate)
        finally:
            library.espeak_Terminate()


@contextmanager
def _loaded(path: Path) -> Iterator[ctypes.CDLL]:
    """Load a copy of a library; the copy lies on the disk no longer than it has to."""
    with TemporaryDirectory(prefix="audioset-", ignore_cleanup_errors=True) as folder:
        library = _load(Path(shutil.copy(path, folder)))
        if sys.platform != "win32":  # where a file stays as long as it is in use
            shutil.rmtree(folder, ignore_errors=True)
        try:
            yield library
        finally:
            _unload(library)


def _load(path: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise NotFoundError(
            f"espeak-ng cannot be loaded from {path.parent} ({error}); let TMPDIR name a folder "
            "that programs may be run from"
        ) from None


def _unload(library: ctypes.CDLL) -> None:
    import _ctypes

    if sys.platform == "win32":
        _ctypes.FreeLibrary(library._handle)
    else:
        _ctypes.dlclose(library._handle)
