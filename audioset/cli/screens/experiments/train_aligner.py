"""What `audioset train-aligner` shows."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, say, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.trained_aligner import TrainedAligner


def show_trained(trained: "TrainedAligner", lexicon: Path | None, *, as_json: bool) -> None:
    """Show what was registered, and how to use it."""
    if as_json:
        values = fields_of(trained)
        # Elsewhere `version` is the number of one; this may be a view, as the data of a run are.
        write_json({**values, "data": values.pop("version")})
        return
    model = trained.model
    if trained.aliases:
        model += f" ({', '.join('@' + alias for alias in trained.aliases)})"
    write_line(model)
    write_line(
        f"learnt {count(trained.num_phones, 'phone')} of {trained.version}, from "
        f"{trained.num_used:,} of {count(trained.num_clips, 'clip')}, "
        f"{format_hms(trained.length_seconds)}"
    )
    if trained.num_used < trained.num_clips:
        left_out = count(trained.num_clips - trained.num_used, "clip")
        say(f"{left_out} fit their texts worst and were left out")
    with_lexicon = f" --lexicon {lexicon}" if lexicon else ""
    used = f"{trained.model.rpartition('/')[0]}@{trained.aliases[0]}" if trained.aliases else None
    say(f"a cut with it has its voice, {trained.voice}, unless --voice names another")
    say(
        f"used by: audioset cut VIDEO --transcript LINES --aligner {used or trained.model}"
        f"{with_lexicon}"
    )
