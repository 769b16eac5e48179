"""What `audioset export lines` shows."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.interop.exporters import ExportedLines


def show_exported_lines(files: "Sequence[ExportedLines]", *, as_json: bool) -> None:
    """Show each file with who wrote its texts, and what is left out."""
    if as_json:
        write_json(files)
        return
    rows = [
        (str(file.path), file.status, f"{file.num_lines:,}", f"{file.num_clips:,}", _writers(file))
        for file in files
    ]
    show(make_table(["~file", "", ">lines", ">clips", "~written by"], rows))
    for number, why in (
        (sum(file.num_without_text for file in files), "without a text"),
        (sum(file.num_rejected for file in files), "rejected"),
    ):
        if number:
            say(f"left out: {count(number, 'clip')} {why}")
    if missing := sum(file.num_missing for file in files):
        say(f"with {count(missing, 'line')} that no clip is of: the next cut looks for them again")
    filled = [file for file in files if file.num_lines]
    path = filled[0].path if len(filled) == 1 else filled[0].path.parent
    source = _source_of(filled[0]) if len(filled) == 1 else "SOURCES"
    say(
        f"next: correct the texts, then audioset cut {source} --transcript {path}, with the "
        "options of the first cut (such as --voice, --lexicon, --aligner, --track)"
    )


def _source_of(file: "ExportedLines") -> str:
    """Name a source in a command; where it lies may not be known on this machine."""
    return file.source_url or shlex.quote(file.source_path or file.source_name)


def _writers(file: "ExportedLines") -> str:
    return ", ".join(f"{name or 'unknown'} {n:,}" for name, n in file.text_sources.items())
