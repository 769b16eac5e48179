"""Plug-ins: what other packages bring, found by their entry points.

Nothing of a package is loaded before it is asked for. What it raises while it is loaded becomes
one line with its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from typing import Any, Literal

from audioset.engine import attempt
from audioset.errors import AudiosetError, InvalidInputError, NotFoundError
from audioset.installation import install_line
from audioset.near_names import ask_whether

PluginKind = Literal["aligner", "exporter", "importer", "transcriber"]
GROUPS: Mapping[PluginKind, str] = {
    "aligner": "audioset.aligners",
    "exporter": "audioset.exporters",
    "importer": "audioset.importers",
    "transcriber": "audioset.transcribers",
}
_OURS = "audioset"
# What is in this house, written as entry points are.
_BUILT_IN: tuple[tuple[PluginKind, str, str], ...] = (
    ("aligner", "hama", "audioset.hearing.align.hama:open_hama"),
    ("transcriber", "whisper", "audioset.hearing.transcribers.whisper:open_whisper"),
)
# By its name, the package that each of these needs; the extra has the plug-in's name.
_NEEDS: Mapping[str, str] = {"hama": "hama", "whisper": "faster_whisper"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One plug-in.

    Attributes:
        kind: "aligner", "exporter" (to a format of others), "importer" (of a format of corpora) or
            "transcriber".
        name: that people choose it by.
        package: that brings it.
        version: of the package.
        problem: why it cannot be loaded, one line; None when it can.
        install: the command that brings what it needs; None when that is there.
    """

    kind: PluginKind
    name: str
    package: str
    version: str
    problem: str | None = None
    install: str | None = None


def list_plugins() -> tuple[Plugin, ...]:
    """Give all plug-ins, by kind and name; each is loaded, to see whether it can be."""
    found = []
    for kind in GROUPS:
        for entry in _entries(kind):
            package, its_version = _origin(entry)
            problem = None
            try:
                _load(entry, kind)
            except AudiosetError as error:
                problem = str(error)
            found.append(
                Plugin(
                    kind=kind,
                    name=entry.name,
                    package=package,
                    version=its_version,
                    problem=problem,
                    install=_missing(entry),
                )
            )
    return tuple(sorted(found, key=lambda plugin: (plugin.kind, plugin.name, plugin.package)))


def plugin_names(kind: PluginKind) -> tuple[str, ...]:
    """Give the names that can be chosen, sorted; nothing is loaded."""
    return tuple(sorted({entry.name for entry in _entries(kind)}))


def load_plugin(kind: PluginKind, name: str) -> Any:
    """Give what the entry point of a plug-in names: see `audioset.plugins`.

    Raises:
        NotFoundError: no package brings one of that name.
        InvalidInputError: several do, or it cannot be loaded.
    """
    named = [entry for entry in _entries(kind) if entry.name == name]
    if not named:
        known = plugin_names(kind)
        hint = ask_whether(name, known) or f"there are: {', '.join(known) or 'none'}"
        raise NotFoundError(f"no {kind} {name!r} is installed; {hint}")
    if len(named) > 1:
        packages = " and ".join(sorted(_origin(entry)[0] for entry in named))
        raise InvalidInputError(
            f"the packages {packages} both bring a {kind} {name!r}; uninstall one of them"
        )
    return _load(named[0], kind)


def _entries(kind: PluginKind) -> list[EntryPoint]:
    ours = [
        EntryPoint(name=name, value=value, group=GROUPS[kind])
        for its_kind, name, value in _BUILT_IN
        if its_kind == kind
    ]
    return [*ours, *dict.fromkeys(entry_points(group=GROUPS[kind]))]


def _origin(entry: EntryPoint) -> tuple[str, str]:
    """Give name and version of the package that brings a plug-in."""
    if entry.dist is None:
        return _OURS, version(_OURS)
    return entry.dist.name, entry.dist.version


def _missing(entry: EntryPoint) -> str | None:
    """Give the command that installs what one of ours needs, when that is not there."""
    needed = _NEEDS.get(entry.name) if entry.dist is None else None
    if needed is None or find_spec(needed) is not None:
        return None
    return install_line(entry.name)


def _load(entry: EntryPoint, kind: PluginKind) -> Any:
    # The fence of the engine: the import of a strange package may raise anything.
    outcome = attempt(EntryPoint.load, entry)
    package, its_version = _origin(entry)
    where = f"{kind} {entry.name!r} of the package {package} {its_version}"
    if outcome.error is not None:
        error = outcome.error
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InvalidInputError(f"the {where} cannot be loaded: {reason}") from error
    if not callable(outcome.value):
        raise InvalidInputError(f"the {where} is {entry.value}, which cannot be called")
    return outcome.value
