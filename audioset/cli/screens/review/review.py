"""What `audioset review` says at its end."""

from typing import TYPE_CHECKING

from audioset.cli.render import say
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.review_summary import ReviewSummary


def show_summary(summary: "ReviewSummary") -> None:
    """Say how much was judged, how fast, and what is left."""
    if not summary.num_decisions:
        say(f"nothing was decided; {count(summary.num_left, 'clip')} have no verdict yet")
        return
    pace = summary.judged_per_hour
    told = f" ({pace:,.0f} an hour)" if pace is not None else ""
    say(
        f"{summary.reviewer}: {count(summary.num_judged, 'clip')} judged in "
        f"{format_hms(summary.length_seconds)}{told}, {count(summary.num_decisions, 'decision')}; "
        f"{summary.num_left:,} of {summary.num_clips:,} clips have no verdict yet"
    )
