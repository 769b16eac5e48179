"""What is installed: audioset, its libraries, its extras, and the codecs of its ffmpeg."""

import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from typing import TYPE_CHECKING

from audioset.health.words import diagnose
from audioset.installation import install_line, requirements
from audioset.records.doctor_report import Diagnosis
from audioset.version import __version__
from audioset.wording import some_of

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from audioset.settings import Settings

# Whose versions are asked for first when something does not work.
_KEY_LIBRARIES = ("mlflow", "av", "obstore", "duckdb", "pyarrow", "sqlalchemy", "numpy", "librosa")
_OF_DEVELOPERS = frozenset({"check", "demo", "docs", "faults", "test"})
_WRONG_SHOWN = 6


def look_at_versions() -> Iterator[Diagnosis]:
    """Say which audioset this is, on which Python and system."""
    where = sys.modules["audioset"].__file__ or ""
    yield diagnose("audioset", "fine", f"{__version__} in {where.removesuffix('__init__.py')}")
    python = f"Python {platform.python_version()} ({sys.executable})"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield diagnose("platform", "fine", f"{python}, {system}")


def look_at_packages() -> Diagnosis:
    """Hold the libraries that are installed against those that audioset needs."""
    wrong = list(_wrong(requirements(None)))
    if not wrong:
        found = ", ".join(f"{name} {version(name)}" for name in _KEY_LIBRARIES)
        return diagnose("packages", "fine", found)
    said = some_of([why for _, why in wrong], _WRONG_SHOWN)
    return diagnose("packages", "trouble", said, _pip(need for need, _ in wrong))


def look_at_extras(settings: "Settings | None") -> Diagnosis:
    """Say which extras are there; one that the settings ask for must be."""
    there: list[str] = []
    missing: list[str] = []
    for extra in sorted(_extras() - _OF_DEVELOPERS):
        (missing if list(_wrong(requirements(extra))) else there).append(extra)
    found = f"have {', '.join(there) or 'none'}"
    found += f"; not {', '.join(missing)} ({install_line('NAME')})" if missing else ""
    if settings is not None and "postgres" in missing and (wants := _on_postgresql(settings)):
        return diagnose(
            "extras", "trouble", f"{wants} needs the extra postgres", install_line("postgres")
        )
    return diagnose("extras", "fine", found)


def look_at_codecs() -> Diagnosis:
    """Write and read a moment of sound in a file of each family."""
    from audioset.media.try_codecs import try_codecs

    results = try_codecs()
    broken = [f"{name} ({why})" for name, why in results.items() if why]
    if broken:
        need = str(next(each for each in requirements(None) if each.name == "av"))
        cure = f"pip install --force-reinstall '{need}'"
        return diagnose(
            "codecs", "trouble", f"cannot be used: {some_of(broken, _WRONG_SHOWN)}", cure
        )
    return diagnose("codecs", "fine", f"{', '.join(results)} can be written and read")


def _on_postgresql(settings: "Settings") -> str:
    on = [name for name in ("catalog", "tracking") if getattr(settings, name).startswith("postgre")]
    return " and ".join(on)


def _extras() -> set[str]:
    try:
        return set(distribution("audioset").metadata.get_all("Provides-Extra") or ())
    except PackageNotFoundError:
        return set()


def _wrong(needs: "Iterable[Requirement]") -> "Iterator[tuple[Requirement, str]]":
    """Give the requirements that are not met, each with what is wrong."""
    for need in needs:
        try:
            found = version(need.name)
        except PackageNotFoundError:
            yield need, f"{need.name} is not installed"
            continue
        if not need.specifier.contains(found, prereleases=True):
            yield need, f"{need.name} is {found}, needed is {need.specifier}"


def _pip(needs: "Iterable[Requirement]") -> str:
    return f"pip install {' '.join(repr(f'{each.name}{each.specifier}') for each in needs)}"
