r"""Audacity label tracks: `start<TAB>end<TAB>label`, seconds.

Format: Audacity manual, "Importing and Exporting Labels". A line that starts with a backslash
holds the frequencies of the label above.
"""

from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed


def parse_audacity(text: str) -> Parsed:
    """Read labels; a point label has no length, which `tidy` finds.

    Raises:
        InvalidInputError: no line is a label.
    """
    parsed = Parsed()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        cue = read_label(line)
        if cue is None:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not start, tab, end, tab, label; left out"
            )
        else:
            parsed.cues.append(cue)
    if not parsed.cues:
        reason = parsed.problems[0] if parsed.problems else "line 1: no labels"
        raise InvalidInputError(f"{reason.removesuffix('; left out')}, nor is any other line")
    return parsed


def read_label(line: str) -> Cue | None:
    """Read one line; None when it is not a label."""
    fields = line.split("\t", 2)
    if len(fields) < 2:
        return None
    start, end = number_seconds(fields[0]), number_seconds(fields[1])
    if start is None or end is None:
        return None
    label = " ".join(fields[2].split()) if len(fields) == 3 else ""
    return Cue(start_seconds=float(start), end_seconds=float(end), text=label or None)
