"""Which formats there are: a table of ours, and what other packages bring as entry points."""

import importlib
from importlib.metadata import EntryPoint, entry_points

from audioset.engine import attempt
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.export_contracts import ExportFormat

GROUP = "audioset.exporters"
# By name, the module of this folder and what it calls the format there; nothing is loaded before
# it is asked for.
_OURS = {
    "huggingface": "huggingface:HUGGINGFACE",
    "webdataset": "webdataset:WEBDATASET",
    "lhotse-shar": "lhotse_shar:LHOTSE_SHAR",
    "kaldi": "kaldi:KALDI",
    "nemo": "nemo:NEMO",
    "nemo-tarred": "nemo:NEMO_TARRED",
    "ljspeech": "speaking:LJSPEECH",
    "piper": "speaking:PIPER",
    "xtts": "speaking:XTTS",
    "f5": "speaking:F5",
    "styletts": "speaking:STYLETTS",
    "audb": "audb:AUDB",
    "croissant": "croissant:CROISSANT",
    "csv": "plain:CSV",
    "jsonl": "plain:JSONL",
}


def export_format_names() -> tuple[str, ...]:
    """Give the names that can be chosen: ours, then those of other packages; nothing is loaded."""
    return (*_OURS, *sorted({entry.name for entry in _strange()} - _OURS.keys()))


def find_export_format(name: str) -> ExportFormat:
    """Give a format by its name.

    Raises:
        NotFoundError: there is none of that name; the text names all.
        InvalidInputError: a package that brings it cannot be loaded, or several bring it.
    """
    if name in _OURS:
        module, _, constant = _OURS[name].partition(":")
        ours = getattr(importlib.import_module(f"audioset.interop.exporters.{module}"), constant)
        assert isinstance(ours, ExportFormat)  # noqa: S101  the table says so
        return ours
    found = [entry for entry in _strange() if entry.name == name]
    if not found:
        raise NotFoundError(f"no format {name!r}; there are {', '.join(export_format_names())}")
    packages = sorted({entry.dist.name for entry in found if entry.dist is not None})
    if len(packages) > 1:
        raise InvalidInputError(
            f"the packages {' and '.join(packages)} both bring a format {name!r}; uninstall one "
            "of them"
        )
    return _load(found[0])


def _strange() -> list[EntryPoint]:
    return list(dict.fromkeys(entry_points(group=GROUP)))


def _load(entry: EntryPoint) -> ExportFormat:
    # The fence of the engine: the import of a strange package may raise anything.
    outcome = attempt(lambda each: each.load()(), entry)
    where = f"format {entry.name!r} of {entry.value}"
    if outcome.error is not None:
        reason = " ".join(f"{type(outcome.error).__name__}: {outcome.error}".split())
        raise InvalidInputError(f"the {where} cannot be loaded: {reason}") from outcome.error
    if not isinstance(outcome.value, ExportFormat):
        raise InvalidInputError(f"the {where} gives no ExportFormat")
    return outcome.value
