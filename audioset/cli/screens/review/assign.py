"""What `audioset assign`, `unassign` and `assignments` show."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import clean
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.assignments import AssignReport, ReviewerShare


def show_assigned(done: "AssignReport", *, as_json: bool) -> None:
    """Show what was assigned, what was left out and why, and how it stands."""
    if as_json:
        write_json(done)
        return
    verb = "would be assigned" if done.dry_run else "assigned"
    if done.num_new:
        say(f"{count(done.num_new, 'clip')} {verb}")
    else:
        say("nothing new to assign" if done.num_clips else "nothing to assign: no clip is meant")
    for line in _left_out(done):
        say(line)
    _show_shares(done.shares)


def show_unassigned(done: "AssignReport", *, as_json: bool) -> None:
    """Show what was withdrawn, and what is left."""
    if as_json:
        write_json(done)
        return
    verb = "would be withdrawn" if done.dry_run else "withdrawn"
    say(f"{count(done.num_new, 'assignment')} {verb}")
    _show_shares(done.shares)


def show_shares(shares: Sequence["ReviewerShare"], *, as_json: bool) -> None:
    """Show what is assigned to whom."""
    if as_json:
        write_json(shares)
    elif shares:
        _show_shares(shares)
    else:
        say("nothing is assigned; audioset assign --to NAMES divides the clips")


def _left_out(done: "AssignReport") -> Iterator[str]:
    if done.num_kept:
        yield f"{count(done.num_kept, 'clip')} had been assigned before, and stay so"
    if done.num_judged:
        yield f"{count(done.num_judged, 'clip')} left out: judged in this pass already"
    if done.num_without_other:
        yield (
            f"{count(done.num_without_other, 'clip')} left out: a second opinion is given by "
            "somebody else than the first, so name more people"
        )


def _show_shares(shares: Sequence["ReviewerShare"]) -> None:
    if not shares:
        return
    some_gone = any(share.num_gone for share in shares)
    heads = ["~reviewer", "pass", ">clips", ">length", ">judged", ">to hear", ">gone"]
    rows = [_row(share) if some_gone else _row(share)[:-1] for share in shares]
    show(make_table(heads if some_gone else heads[:-1], rows))


def _row(share: "ReviewerShare") -> tuple[str, ...]:
    return (
        clean(share.reviewer),
        _pass(share.review_pass),
        f"{share.num_clips:,}",
        format_hms(share.length_seconds),
        f"{share.num_judged:,}",
        format_hms(share.length_seconds - share.judged_seconds),
        f"{share.num_gone:,}" if share.num_gone else "",
    )


def _pass(number: int) -> str:
    return f"{number}, blind" if number > 1 else f"{number}"
