"""What `audioset transcribe` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.screens.parts import show_some
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.transcribe_report import TranscribeReport


def show_transcribed(report: "TranscribeReport", *, as_json: bool) -> None:
    """Show how many texts were written by which model, and which clips failed."""
    if as_json:
        write_json(report)
        return
    if report.failures:
        show_some(["~not transcribed", "~why"], report.failures, things="clips not transcribed")
    by = f" by {report.text_source}" if report.text_source else ""
    write_line(
        f"{count(report.num_written, 'text')} written{by}; no words in "
        f"{count(report.num_silent, 'clip')}; {report.num_kept:,} left as they are"
    )
    if report.num_doubtful:
        say(
            f"{count(report.num_doubtful, 'text')} of these may be made up: hardly any speech is "
            "heard there, or more is written than anybody says in the time; audioset check names "
            "them, and words that are repeated"
        )
    if report.num_written:
        say("correct or confirm: audioset decide CLIP --text TEXT, audioset confirm CLIP")
