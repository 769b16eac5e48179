"""What `audioset agreement` shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.screens.parts import describe_pairs, format_value, show_some
from audioset.cli.text import clean
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.agreement import AgreementReport, Disagreement, Opinion


def show_agreement(report: "AgreementReport", *, show_all: bool, as_json: bool) -> None:
    """Show how alike reviewers judge, and where they still differ."""
    if as_json:
        write_json(report.to_json_dict())
        return
    if not report.pairs:
        say(
            "no two reviewers have judged the same clip yet; audioset assign --to NAMES --overlap "
            "0.1 gives a tenth of the clips to two of them"
        )
    for line in describe_pairs(report.pairs):
        write_line(line)
    rows = [row for one in report.disagreements for row in _rows(one)]
    if rows:
        say(f"{count(len(report.disagreements), 'field')} to settle: audioset decide settles it")
        columns = ["~about", "field", "~who", "~says"]
        show_some(columns, rows, things="lines", show_all=show_all)
    if report.num_blind_only:
        say(
            f"{count(report.num_blind_only, 'field')} with blind opinions alone, which hold "
            "nowhere until somebody decides"
        )


def _rows(one: "Disagreement") -> Iterator[tuple[str, ...]]:
    about, field = one.subject_id, one.field
    for opinion in one.opinions:
        yield about, field, _who(opinion), _says(one.field, opinion.value)
        about = field = ""


def _says(field: str, value: object) -> str:
    verdicts = {True: "accept", False: "reject"} if field == "accepted" else {}
    return verdicts[value] if isinstance(value, bool) and verdicts else format_value(value)


def _who(opinion: "Opinion") -> str:
    return clean(opinion.by) + (f" (blind, pass {opinion.review_pass})" if opinion.is_blind else "")
