"""DoctorReport: what `doctor` found, one line for each thing, with its cure."""

from dataclasses import dataclass
from typing import Literal

# "fine"; "limited": it works, and something cannot be done or is worth knowing; "trouble": a verb
# that needs it fails; "not looked at": what would be asked is not known.
DiagnosisState = Literal["fine", "limited", "trouble", "not looked at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found of one thing.

    Attributes:
        thing: that was looked at, such as "store" or "clock".
        state: "fine", "limited", "trouble" or "not looked at".
        found: in one line, without secrets.
        cure: what to do, in one line; empty where nothing need be done.
    """

    thing: str
    state: DiagnosisState
    found: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What was found of an installation, its workspace, and what that uses.

    Attributes:
        folder: of the workspace, or the folder that is none.
        diagnoses: in the order in which one thing rests on another.
    """

    folder: str
    diagnoses: tuple[Diagnosis, ...]

    @property
    def troubles(self) -> tuple[Diagnosis, ...]:
        """What makes verbs fail."""
        return tuple(each for each in self.diagnoses if each.state == "trouble")

    def of(self, thing: str) -> Diagnosis:
        """Give what was found of one thing; the worst where it is several."""
        order = ("trouble", "limited", "not looked at", "fine")
        found = [each for each in self.diagnoses if each.thing == thing]
        return min(found, key=lambda each: order.index(each.state))
