"""What `audioset publish` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.text import format_size
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.versions.publish import Publication


def show_publication(publication: "Publication", *, as_json: bool) -> None:
    """Show the version, what was uploaded and reused, and where it was logged."""
    record = publication.record
    if as_json:
        write_json(publication)
    else:
        write_line(f"{record.ref}  {record.digest}")
    unchanged = " (nothing changed since it was published)" if publication.unchanged else ""
    say(
        f"{count(record.num_clips, 'clip')}, {format_hms(record.length_seconds)}, "
        f"{count(record.num_speakers, 'speaker')}{unchanged}"
    )
    if not publication.unchanged or publication.uploaded_bytes:
        say(
            f"uploaded {_shards(publication.num_new_shards, publication.uploaded_bytes)}, "
            f"reused {_shards(publication.num_reused_shards, publication.reused_bytes)}"
        )
    if record.num_dead_clips:
        say(
            f"{count(record.num_dead_clips, 'clip')} of earlier versions lie in its shards, and "
            "no row names them; --compact leaves none"
        )
    if publication.unused_message:
        kept = f"{record.message!r}" if record.message else "none"
        say(f"the message {publication.unused_message!r} is not kept: its message stays {kept}")
    _say_left_out(publication)
    if publication.num_unjudged:
        carry = "clip of lines carries" if publication.num_unjudged == 1 else "clips of lines carry"
        say(
            f"audioset: {publication.num_unjudged:,} {carry} flags, judged by nobody: listen and "
            'judge in audioset review --where "flags is not null", or by audioset decide CLIP '
            '--accept or --reject; --filter "flags is null or accepted" publishes without'
        )
    if publication.tracking_error:
        say(
            f"audioset: {record.ref} is published but not logged in MLflow: "
            f"{publication.tracking_error}; audioset log catches up"
        )
    elif publication.run_id:
        say(f"logged in MLflow as run {publication.run_id}; audioset ui shows it")


def _say_left_out(publication: "Publication") -> None:
    if publication.num_not_here:
        say(f"kept: {count(publication.num_not_here, 'clip')} of it, not in this workspace")
    if publication.num_left_out:
        say(f"{count(publication.num_left_out, 'clip')} left out: withdrawn (audioset forget)")
    if publication.num_cut_anew:
        say(
            f"{publication.num_cut_anew:,} of them share 0.1 s or more of their source with "
            "withdrawn clips: it was cut otherwise since"
        )
    if publication.num_unsure:
        say(
            f"{count(publication.num_unsure, 'clip')} left out: unsure; decide about them, or "
            "--with-unsure takes them"
        )
    if publication.waiting:
        from audioset.records.reshape_report import tell_waiting

        for sentence in tell_waiting(publication.waiting):
            say(f"audioset: published as they were: {sentence}")
    if publication.num_let_go:
        say(
            f"{count(publication.num_let_go, 'clip')} that audioset remove had taken out cannot be "
            "brought back any more"
        )


def _shards(number: int, size_bytes: int) -> str:
    return f"{count(number, 'shard')} ({format_size(size_bytes)})"
