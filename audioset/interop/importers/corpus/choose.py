"""Which format a corpus has: the one that was named, or the only one that recognises it."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from audioset.engine import attempt
from audioset.errors import InvalidInputError, NotFoundError, one_line
from audioset.hearing.plugins import load_plugin, plugin_names
from audioset.interop.importers.folders import folders_in
from audioset.interop.importers.formats import TABLE
from audioset.interop.importers.packed import how_to_unpack
from audioset.interop.importers.propose import table_of_clips
from audioset.near_names import near_or_all
from audioset.records.corpus_item import CorpusFormat
from audioset.wording import count

_ARCHIVES_NAMED = 3
_FOLDERS_TRIED = 8  # in a folder that has no format itself
_PATTERN = "_OP_"  # an opening brace in names that NeMo expands
_FORMATS = "audioset.interop.importers.formats"


@dataclass(frozen=True, slots=True)
class ChosenFormat:
    """A format, and by what a corpus was seen to have it; empty where it was named.

    Attributes:
        name: that people choose it by.
        format: it.
        evidence: in words.
        notes: about formats that could not be asked, a sentence each.
    """

    name: str
    format: CorpusFormat
    evidence: str
    notes: tuple[str, ...] = ()


def format_names() -> tuple[str, ...]:
    """Give the names that can be chosen: ours, then those of other packages."""
    return (*TABLE, *(name for name in plugin_names("importer") if name not in TABLE))


def choose_format(path: Path, name: str | None) -> ChosenFormat:
    """Load the format of that name, or find the one that a corpus has.

    Raises:
        NotFoundError: nothing lies there, or no format of that name is installed.
        InvalidInputError: the format cannot be loaded, none recognises the corpus, or several do.
    """
    if name is not None:
        chosen = ChosenFormat(name, _load(name), "")
        _require_there(path)
        return chosen
    _require_there(path)
    found, notes = _fitting(path)
    if len(found) == 1:
        return ChosenFormat(found[0].name, found[0].format, found[0].evidence, tuple(notes))
    if not found:
        raise InvalidInputError(_none_fits(path, notes))
    listed = "; ".join(_as_command(each, path) for each in found)
    raise InvalidInputError(f"{path} may be read in {len(found)} ways; say which: {listed}")


def _fitting(path: Path) -> tuple[list[ChosenFormat], list[str]]:
    """Ask all formats; gives those that fit best, and what kept others from looking."""
    found, notes = [], []
    for each in format_names():
        outcome = attempt(_recognised, (each, path))
        if outcome.error is not None:
            notes.append(f"the format {each} could not look at it: {one_line(outcome.error)}")
        elif outcome.value is not None:
            found.append(outcome.value)
    return [each for each in found if not _is_general(each)] or found, notes


def _as_command(chosen: ChosenFormat, path: Path) -> str:
    return f"audioset import {chosen.name} {path} ({chosen.format.title}: {chosen.evidence})"


def _recognised(asked: tuple[str, Path]) -> ChosenFormat | None:
    name, path = asked
    form = _load(name)
    evidence = form.recognise(path)
    return ChosenFormat(name, form, evidence) if evidence else None


def _is_general(chosen: ChosenFormat) -> bool:
    return bool(getattr(chosen.format, "is_general", False))


def _load(name: str) -> CorpusFormat:
    if name not in TABLE:
        if name not in plugin_names("importer"):
            known = format_names()
            hint = near_or_all(name, known, told="there are:")
            raise NotFoundError(f"no format {name!r} is known; {hint}")
        return cast(CorpusFormat, load_plugin("importer", name)())
    module, _, kind = TABLE[name].partition(":")
    return cast(CorpusFormat, getattr(importlib.import_module(f"{_FORMATS}.{module}"), kind)())


def _require_there(path: Path) -> None:
    if not path.exists() and path.parent.is_dir() and _PATTERN in path.name:
        raise NotFoundError(
            f"{path} is a pattern of NeMo's for many files; name their folder: audioset import "
            f"nemo {path.parent}"
        )
    if not path.exists():
        is_format = str(path) in format_names()
        cure = f", but a format; name the corpus too: audioset import {path} PATH"
        raise NotFoundError(f"{path}: no such file or folder{cure if is_format else ''}")


def _none_fits(path: Path, notes: list[str]) -> str:
    told = "".join(f"; {note}" for note in notes)
    formats = ", ".join(format_names())
    said = f"{path} has none of the formats that are read ({formats})"
    if not path.is_dir():
        command = how_to_unpack(path)
        packed = f"; unpack it ({command}), and import what comes out" if command else ""
        return f"{said}{packed}{told}"
    table = table_of_clips(path)
    if table is not None:
        return (
            f"{path} is a folder of clips, and {table.name} names its files: audioset import "
            f"folder {path} takes them with what it says{told}"
        )
    folders = folders_in(path)
    inside = [
        _as_command(chosen, folder)
        for folder in folders[:_FOLDERS_TRIED]
        for chosen in _fitting(folder)[0]
    ]
    if inside:
        more = len(folders) - _FOLDERS_TRIED
        rest = f"; not looked into: {count(more, 'more folder')}" if more > 0 else ""
        return f"{said}; in it there is: {'; '.join(inside)}{rest}{told}"
    archives = [each for each in sorted(path.iterdir()) if how_to_unpack(each)]
    if archives:
        commands = "; ".join(str(how_to_unpack(each)) for each in archives[:_ARCHIVES_NAMED])
        packed = f"{count(len(archives), 'archive')} in it; unpack first, and import what comes out"
        return f"{said}: {packed}: {commands}{told}"
    return f"{said}; clips without a table: audioset import folder {path}{told}"
