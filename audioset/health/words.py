"""Errors as diagnoses: what verbs would raise says the trouble, and mostly the cure too."""

from audioset.errors import one_line
from audioset.hiding import hide
from audioset.records.doctor_report import Diagnosis, DiagnosisState


def diagnose(
    thing: str, state: DiagnosisState, text: str, cure: str = "", *addresses: str
) -> Diagnosis:
    """Make a diagnosis without secrets; `addresses` are those that may stand in the texts."""
    return Diagnosis(
        thing=thing, state=state, found=hide(text, *addresses), cure=hide(cure, *addresses)
    )


def from_error(
    thing: str, error: Exception, *addresses: str, state: DiagnosisState = "trouble"
) -> Diagnosis:
    """Make a diagnosis of what a verb would raise: what follows the first `; ` is its cure."""
    found, _, cure = one_line(error).partition("; ")
    return diagnose(thing, state, found, cure, *addresses)


def unknown(thing: str, why: str) -> Diagnosis:
    """Make the diagnosis of what could not be looked at."""
    return Diagnosis(thing=thing, state="not looked at", found=why)
