"""What `audioset doctor` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, say, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.doctor_report import DoctorReport

_MARKS = {"fine": "ok", "limited": "note", "trouble": "BAD", "not looked at": "-"}
_MARK_WIDTH, _THING_WIDTH = 6, 13


def show_doctor(report: "DoctorReport", *, as_json: bool) -> None:
    """Show a line for each thing, with its mark and its cure, and how many troubles there are."""
    if as_json:
        write_json(fields_of(report))
    else:
        for each in report.diagnoses:
            cure = f"; {each.cure}" if each.cure else ""
            text = " ".join(f"{each.found}{cure}".split())
            write_line(f"{_MARKS[each.state]:<{_MARK_WIDTH}}{each.thing:<{_THING_WIDTH}}{text}")
    if report.troubles:
        named = ", ".join(each.thing for each in report.troubles)
        say(f"audioset: {count(len(report.troubles), 'trouble')}: {named}")
    else:
        say("nothing is wrong")
