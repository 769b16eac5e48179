"""The last step of reading cues, the same for every format: what is said, and by whom."""

from dataclasses import replace

from audioset.documents.cues.captions.markup import clean_lines
from audioset.documents.cues.said.speakers import without_nobody, written_speakers
from audioset.documents.cues.said.unsaid import without_unsaid
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed


def finish(parsed: Parsed, *, captions: bool) -> Parsed:
    r"""Make single lines, take speakers out of the text, and leave out what nobody says.

    Args:
        parsed: texts may still have line breaks as `\n` and, of captions, inline times.
        captions: cues of captions have entities in their text, and those without text are left
            out; labels are kept as they are, and may have no text.
    """

    def at(cue: Cue) -> str:
        line = parsed.lines.get(cue.start_seconds)
        return f"at {cue.start_seconds:.2f} s" if line is None else f"line {line}"

    cues, problems = list(parsed.cues), list(parsed.problems)
    if captions:
        cues = [replace(cue, text=clean_lines(cue.text or "")) for cue in cues]
        cues = _without_empty(cues, problems)
    for step in (without_nobody, written_speakers):
        cues = step(cues, at, problems)
    cues = [replace(cue, text=" ".join((cue.text or "").split()) or None) for cue in cues]
    cues = without_unsaid(cues, at, problems, captions=captions)
    return replace(
        parsed, cues=_without_empty(cues, problems) if captions else cues, problems=problems
    )


def _without_empty(cues: list[Cue], problems: list[str]) -> list[Cue]:
    empty = [cue for cue in cues if not cue.text]
    if empty:
        count = "1 cue" if len(empty) == 1 else f"{len(empty)} cues"
        problems.append(f"{count} without text left out (e.g. at {empty[0].start_seconds:.2f} s)")
    return [cue for cue in cues if cue.text]
