"""Values that may stand where the cursor is: names in the workspace and its store."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import AudiosetError
from audioset.question import Question

if TYPE_CHECKING:
    from audioset.storage.store import Store

# Longer, and nobody presses the key again; on this machine only a drive that hangs takes so long.
_FAR_SECONDS, _HERE_SECONDS = 0.3, 5.0
_MOST = 200  # names; more are no help
_CHOICES = "choice:"


def find_values(
    kind: str, begun: str, said: Mapping[str, str], own: Iterable[str] = ()
) -> list[str]:
    """Find values of a kind that begin so; none where they cannot be had soon.

    Args:
        kind: as in words.json.
        begun: as far as the value is typed.
        said: value of each flag that was given before, such as `--workspace`.
        own: those of this house.
    """
    if kind.startswith(_CHOICES):
        names: Iterable[str] = kind.removeprefix(_CHOICES).split(",")
    else:
        look = _LOOKS.get(kind)
        if look is None:
            return []
        try:
            found = look(begun, said)
            names = [*own, *found]
        except (AudiosetError, OSError, ValueError, LookupError, ImportError):
            return []
    return sorted({name for name in names if name.startswith(begun)})[:_MOST]


def _versions(begun: str, said: Mapping[str, str]) -> list[str]:
    """Give versions and aliases of the dataset, or of the one that is named before the `@`."""
    from audioset.versions.layout import (
        alias_of_key,
        aliases_prefix,
        version_of_key,
        versions_prefix,
    )

    store, own = _store(said)
    dataset = begun.partition("@")[0] if "@" in begun else own

    def look() -> list[str]:
        numbers = map(version_of_key, store.list_keys(versions_prefix(dataset)))
        names = [f"v{number}" for number in numbers if number is not None]
        return [*names, *filter(None, map(alias_of_key, store.list_keys(aliases_prefix(dataset))))]

    return [f"{dataset}@{name}" for name in _soon(look, is_far=not store.is_local)]


def _aliases(_: str, said: Mapping[str, str]) -> list[str]:
    from audioset.versions.layout import alias_of_key, aliases_prefix

    store, dataset = _store(said)
    keys = _soon(lambda: [*store.list_keys(aliases_prefix(dataset))], is_far=not store.is_local)
    return [*filter(None, map(alias_of_key, keys))]


def _datasets(_: str, said: Mapping[str, str]) -> list[str]:
    store, _name = _store(said)
    return _soon(store.list_folders, is_far=not store.is_local)


def _sources(_: str, said: Mapping[str, str]) -> list[str]:
    return [path.stem for path in _manifests(said)]


def _clips(begun: str, said: Mapping[str, str]) -> list[str]:
    """Give sources as long as several begin so, then the clips of the only one."""
    from audioset.storage.rows.distinct import distinct_values

    manifests = _manifests(said)
    named = [path for path in manifests if begun.startswith(f"{path.stem}-")]
    if not named:
        named = [path for path in manifests if path.stem.startswith(begun)]
    if len(named) != 1:
        return [f"{path.stem}-" for path in named]
    return _soon(lambda: distinct_values(named, "clip_id", begun=begun, most=_MOST))


def _speakers(begun: str, said: Mapping[str, str]) -> list[str]:
    from audioset.storage.rows.distinct import distinct_values

    manifests = _manifests(said)
    return _soon(lambda: distinct_values(manifests, "speaker", begun=begun, most=_MOST))


def _soon(look: Callable[[], list[str]], *, is_far: bool = False) -> list[str]:
    """Wait for names, but not for long."""
    return Question(look, seconds=_FAR_SECONDS if is_far else _HERE_SECONDS).answer()


def _plugins(kind: str) -> "Callable[[str, Mapping[str, str]], list[str]]":
    def look(_: str, __: Mapping[str, str]) -> list[str]:
        from importlib.metadata import entry_points

        return [entry.name for entry in entry_points(group=f"audioset.{kind}s")]

    return look


def _folder(said: Mapping[str, str]) -> Path:
    from audioset.nearby import folder_meant

    return folder_meant(said.get("--workspace"))


def _manifests(said: Mapping[str, str]) -> list[Path]:
    from audioset.nearby import MANIFESTS_FOLDER

    return sorted((_folder(said) / MANIFESTS_FOLDER).glob("*.parquet"))


def _store(said: Mapping[str, str]) -> "tuple[Store, str]":
    """Give the store, and the name of the dataset."""
    from audioset.settings import load_settings
    from audioset.storage.store import open_store

    settings = load_settings(
        workspace=said.get("--workspace"), name=said.get("--name"), store=said.get("--store")
    )
    return open_store(settings.store), settings.name


_PLUGINS = ("aligner", "exporter", "importer", "transcriber")
_LOOKS: Mapping[str, Callable[[str, Mapping[str, str]], list[str]]] = {
    "version": _versions,
    "alias": _aliases,
    "dataset": _datasets,
    "source": _sources,
    "clip": _clips,
    "speaker": _speakers,
    **{kind: _plugins(kind) for kind in _PLUGINS},
}
