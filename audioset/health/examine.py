"""All that is looked at, side by side: none that is broken or silent keeps the others from it."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.engine import attempt
from audioset.errors import AudiosetError, InvalidInputError
from audioset.health.environment import look_at_environment, look_at_proxies
from audioset.health.machine import look_at_clock, look_at_disk, look_at_memory
from audioset.health.places import look_at_catalog, look_at_store, look_at_tracking
from audioset.health.software import (
    look_at_codecs,
    look_at_extras,
    look_at_packages,
    look_at_versions,
)
from audioset.health.words import from_error, unknown
from audioset.health.workspace import (
    look_at_drive,
    look_at_folder,
    look_at_locks,
    look_at_manifests,
    look_at_settings,
    look_for_left_over,
)
from audioset.locations import by_address
from audioset.question import Question
from audioset.records.doctor_report import Diagnosis, DoctorReport

if TYPE_CHECKING:
    from audioset.settings import Settings

_Examination = Callable[[], Diagnosis | Iterable[Diagnosis]]
_SECONDS_FOR_A_THING = 15.0  # for the slowest, since all are looked at at once


def examine(load: Callable[[], "Settings"], folder: Path) -> DoctorReport:
    """_Examination at everything that verbs rest on, and say of each thing how it is.

    Nothing stays written: objects and folders that try a store or a drive are removed again.

    Args:
        load: gives the settings of the workspace, or raises what is wrong with them.
        folder: of the workspace where they cannot be had.
    """
    found = attempt(lambda _: load(), None)
    settings = found.value
    where = folder if settings is None else settings.workspace
    looks: list[tuple[str, _Examination]] = [
        ("audioset", lambda: list(look_at_versions())),
        ("packages", look_at_packages),
        ("extras", partial(look_at_extras, settings)),
        ("codecs", look_at_codecs),
        ("memory", look_at_memory),
        ("environment", partial(look_at_environment, where)),
        ("proxies", partial(look_at_proxies, settings)),
        ("workspace", partial(look_at_folder, where)),
        ("settings", partial(_settings, settings, found.error)),
        ("manifests", partial(look_at_manifests, where)),
        ("left over", partial(look_for_left_over, where, settings)),
        ("locks", partial(look_at_locks, where)),
        ("drive", partial(look_at_drive, where)),
        ("disk", partial(look_at_disk, where, settings)),
        ("store", partial(_with(look_at_store), settings)),
        ("catalog", partial(_with(look_at_catalog), settings)),
        ("tracking", partial(_with(look_at_tracking), settings)),
        ("clock", partial(_with(look_at_clock), settings)),
    ]
    asked = [
        (thing, Question(partial(_look, thing, look), seconds=_SECONDS_FOR_A_THING))
        for thing, look in looks
    ]
    diagnoses = [each for thing, question in asked for each in _answers(thing, question)]
    return DoctorReport(folder=by_address(str(where)), diagnoses=tuple(diagnoses))


def _settings(settings: "Settings | None", error: Exception | None) -> Diagnosis:
    if settings is None:
        raise error or InvalidInputError("the settings cannot be read")
    return look_at_settings(settings)


def _with(look: Callable[["Settings"], Diagnosis]) -> Callable[["Settings | None"], Diagnosis]:
    """Make of a look at what settings name one that says where there are none."""

    def looked(settings: "Settings | None") -> Diagnosis:
        if settings is None:
            thing = look.__name__.removeprefix("look_at_")
            return unknown(thing, "where it is says audioset.toml, which cannot be read")
        return look(settings)

    return looked


def _look(thing: str, look: _Examination) -> list[Diagnosis]:
    """_Examination at one thing; whatever is raised is what is wrong with it."""
    found = attempt(lambda _: look(), None)
    if found.error is not None:
        return [from_error(thing, found.error)]
    value = found.value
    return [value] if isinstance(value, Diagnosis) else list(value or ())


def _answers(thing: str, question: Question[list[Diagnosis]]) -> list[Diagnosis]:
    try:
        return question.answer()
    except AudiosetError as error:  # there was none in time
        return [from_error(thing, error)]
