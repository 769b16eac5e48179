"""What `audioset guard-test-set` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.guard_report import GuardReport


def show_guard(report: "GuardReport", rows: int, *, as_json: bool) -> None:
    """Show which test clips the model wrote the text of."""
    if as_json:
        write_json(report)
    elif not report.num_test:
        write_line(f"{report.version} has no test split")
    elif report.is_clean:
        clips = count(report.num_test, "test clip")
        write_line(f"{report.version}: no text of its {clips} is by {', '.join(report.line)}")
    else:
        write_line(
            f"{report.version}: {len(report.clip_ids):,} of {count(report.num_test, 'test clip')} "
            f"have a text by {', '.join(report.line)} that nobody has confirmed"
        )
        writers = [(name, f"{clips:,}") for name, clips in report.writers.items()]
        show("", make_table(["text by", ">clips"], writers), "")
        for clip_id in report.clip_ids[:rows]:
            write_line(clip_id)
        say("do not test the model on them before somebody has decided their text: audioset decide")
