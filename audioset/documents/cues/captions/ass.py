r"""ASS and SSA: the `[Events]` of a script.

A parser of our own because pysubs2 1.8 ignores the `Format:` line, which says where in a line
each field stands, and makes a cue of 10 s out of a line it cannot read.
Format: "Advanced SubStation Alpha specification", as kept with libass and Aegisub.
"""

from audioset.documents.cues.captions.timing import seen
from audioset.documents.reading.clock import clock_seconds
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.media.ass_text import plain_ass
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

# fmt: off
_DEFAULT_FIELDS = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv",
                   "effect", "text"]
# fmt: on
_UNSAID = frozenset(("comment", "picture", "sound", "movie", "command"))


def parse_ass(text: str) -> Parsed:
    """Read the dialogue lines; Name (or Actor) is the speaker, comments and drawings are skipped.

    Raises:
        InvalidInputError: no `[Events]`, or a `Format:` line without Start, End and Text last.
    """
    parsed = Parsed()
    fields = _DEFAULT_FIELDS
    section = ""
    found = False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = seen(line).strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped.lower()
            found = found or section == "[events]"
            continue
        kind, _, rest = stripped.partition(":")
        if section != "[events]" or not stripped or stripped[0] in ";!":
            continue
        if kind.lower() == "format":
            fields = _fields(rest, number)
        elif kind.lower() == "dialogue":
            _add(parsed, rest, fields, number)
        elif kind.lower() not in _UNSAID:
            parsed.problems.append(f"line {number}: {shown(stripped)} is no event; left out")
    if not found:
        raise InvalidInputError(
            "line 1: no [Events] in the whole file; is this an ASS or SSA file?"
        )
    return parsed


def _fields(rest: str, number: int) -> list[str]:
    fields = [name.strip().lower() for name in rest.split(",")]
    if not {"start", "end"} <= set(fields) or fields[-1] != "text":
        raise InvalidInputError(
            f"line {number}: the Format line of [Events] needs Start, End, and Text as the last"
        )
    return fields


def _add(parsed: Parsed, rest: str, fields: list[str], number: int) -> None:
    values = dict(zip(fields, rest.lstrip().split(",", len(fields) - 1), strict=False))
    start, end = (clock_seconds(values.get(name, "")) for name in ("start", "end"))
    if start is None or end is None or "text" not in values:
        parsed.problems.append(f"line {number}: {shown(rest)} has no two times; left out")
        parsed.num_unread += 1
        return
    parsed.lines.setdefault(float(start), number)
    speaker = (values.get("name") or values.get("actor") or "").strip()
    parsed.cues.append(
        Cue(
            start_seconds=float(start),
            end_seconds=float(end),
            text=plain_ass(values["text"]),
            speaker=speaker or None,
        )
    )
