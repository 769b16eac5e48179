"""What `audioset checkout`, `audioset fetch` and `audioset free` show."""

from typing import TYPE_CHECKING

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.render import say, write_json, write_line
from audioset.cli.text import format_size
from audioset.settings import shown_here
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.checkout_report import CheckoutReport
    from audioset.records.local_audio import FetchReport, FreeReport

_FAILURES_SHOWN = 20


def show_checkout(report: "CheckoutReport", *, as_json: bool) -> None:
    """Show where the workspace is, and what its audio would take."""
    if as_json:
        write_json(report)
    else:
        write_line(str(report.directory))
    of = f"{report.ref}, {report.filter}" if report.filter else str(report.ref)
    say(
        f"{count(report.num_clips, 'clip')} of {of}: {format_hms(report.length_seconds)} of "
        f"{count(report.num_sources, 'source')}; {format_size(report.size_bytes)} of audio stay in "
        "the store"
    )
    for name in report.not_written:
        say(
            f"audioset: {name} is not written to audioset.toml, since its address holds a secret: "
            f"set AUDIOSET_{name.upper()} there as here"
        )
    say(f"next: cd {shown_here(report.directory)}; audioset cut FILES; audioset publish")


def show_fetched(report: "FetchReport", *, as_json: bool) -> None:
    """Show what had to be fetched."""
    if as_json:
        write_json(report)
    said = (
        f"{count(report.num_clips, 'clip')} in the store, {format_size(report.size_bytes)}: "
        f"{report.num_fetched:,} fetched ({format_size(report.fetched_bytes)}), "
        f"{report.num_clips - report.num_fetched:,} there"
    )
    if as_json:
        say(said)
    else:
        write_line(said)
    if report.num_not_stored:
        say(f"{count(report.num_not_stored, 'clip')} only here: no version holds them yet")


def show_freed(report: "FreeReport", *, as_json: bool) -> int:
    """Show what was or would be freed; returns the exit code."""
    if as_json:
        write_json(report)
    freed = (
        f"{count(report.num_freed, 'clip')} freed, {format_size(report.freed_bytes)}; "
        f"{format_size(report.read_bytes)} read back from the store"
    )
    would = (
        f"{count(report.num_clips, 'clip')} would be freed, {format_size(report.size_bytes)}, "
        "after as much is read back from the store"
    )
    said = freed if report.done else would
    if as_json:
        say(said)
    else:
        write_line(said)
    if report.num_not_stored:
        say(f"{count(report.num_not_stored, 'clip')} stay: no version holds their audio")
    for clip_id, why in report.failures[:_FAILURES_SHOWN]:
        say(f"audioset: {clip_id} stays: {why}")
    if len(report.failures) > _FAILURES_SHOWN:
        say(f"audioset: and {len(report.failures) - _FAILURES_SHOWN:,} more; --json names all")
    if not report.done and report.num_clips:
        say("nothing was deleted; to do it, add --yes")
    return FOUND_PROBLEMS if report.failures else FINE
