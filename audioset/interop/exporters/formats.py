"""Which formats there are: a table of ours, and what other packages bring as entry points."""

import importlib

from audioset.engine import attempt
from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.plugins import load_plugin, plugin_names
from audioset.near_names import near_or_all
from audioset.records.export_contracts import ExportFormat

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
    return (*_OURS, *(name for name in plugin_names("exporter") if name not in _OURS))


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
    if name not in export_format_names():
        known = export_format_names()
        hint = near_or_all(name, known, told="there are")
        raise NotFoundError(f"no format {name!r}; {hint}")
    # The fence of the engine: what a strange package does may raise anything.
    outcome = attempt(lambda open_format: open_format(), load_plugin("exporter", name))
    if not isinstance(outcome.value, ExportFormat):
        reason = f": {outcome.error}" if outcome.error else ""
        raise InvalidInputError(f"exporter {name!r} gives no ExportFormat{reason}")
    return outcome.value
