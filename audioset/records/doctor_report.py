"""DoctorReport: what `doctor` found, one line for each thing, with its cure."""

from dataclasses import dataclass
from typing import Literal

from audioset.records.in_notebook import html_block, html_line, html_table
from audioset.wording import count

# "fine"; "limited": it works, and something cannot be done or is worth knowing; "trouble": a verb
# that needs it fails; "not looked at": what would be asked is not known.
DiagnosisState = Literal["fine", "limited", "trouble", "not looked at"]
_WORST_FIRST: tuple[DiagnosisState, ...] = ("trouble", "limited", "not looked at", "fine")


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
        found = [each for each in self.diagnoses if each.thing == thing]
        return min(found, key=_badness)

    def _repr_html_(self) -> str:
        """Give what is not fine as a table, the worst first, and what is fine by name."""
        fine = dict.fromkeys(each.thing for each in self.diagnoses if each.state == "fine")
        others = sorted((each for each in self.diagnoses if each.state != "fine"), key=_badness)
        wrong = count(len(self.troubles), "trouble") if self.troubles else "nothing is wrong"
        return html_block(
            f"{self.folder}: {wrong}",
            html_table(
                ["thing", "state", "found", "what to do"],
                others,
                lambda each: (each.thing, each.state, each.found, each.cure),
            ),
            *([html_line(f"fine: {', '.join(fine)}")] if fine else []),
        )


def _badness(each: Diagnosis) -> int:
    return _WORST_FIRST.index(each.state)
