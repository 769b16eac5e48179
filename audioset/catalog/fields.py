"""Which fields people decide, and of what type. Everything measured is not among them."""

from audioset.catalog.decisions import Decision, DecisionValue
from audioset.errors import InvalidInputError
from audioset.records.manifest import FACT_COLUMNS, column_names
from audioset.records.reshaping import RESHAPING_FIELDS
from audioset.records.split_report import SPLITS

# Only sensible for one clip: all clips of a speaker do not share a text or a line.
_CLIP_ONLY = ("text", "line", "take", "speaker")
_CURATED = ("text", "line", "take", "accepted", "split", "flags")
DECIDABLE_COLUMNS = (*_CURATED, *FACT_COLUMNS)
_RESERVED = frozenset(column_names()) - frozenset(DECIDABLE_COLUMNS)
_WHOLE_NUMBERS = ("line", "take")
_NUMBER_LIMIT = 2**31  # the columns are int32
_NAME_LENGTH = 100
UNSURE = "unsure"  # the third verdict: a person listened, and does not know
NOTE_FIELD = "note"
ACCEPTED_TEXT_FIELD = "accepted_text"  # under which a clip was accepted that has another one now
TAG = "tag:"
_TAG_LENGTH = 50
_WORDS: dict[str, bool | str] = {
    "true": True, "yes": True, "y": True, "1": True, "accept": True, "accepted": True,
    "false": False, "no": False, "n": False, "0": False, "reject": False, "rejected": False,
    UNSURE: UNSURE, "?": UNSURE,
}  # fmt: skip


def require_decision(decision: Decision) -> None:
    """Check field, value and kind of subject of a decision.

    Raises:
        InvalidInputError: a kind that is neither clip nor speaker, a field that is measured, that
            only a clip can have or that says which clips there are, or a value of another type or
            range than the field's.
    """
    if not isinstance(decision, Decision):
        raise InvalidInputError(
            f"{decision!r} is no decision; write audioset.Decision('clip', CLIP_ID, 'text', 'Aye.')"
        )
    field, value = decision.field, decision.value
    if decision.subject_kind not in ("clip", "speaker"):
        raise InvalidInputError(
            f"decisions are about a 'clip' or a 'speaker', not a {decision.subject_kind!r}"
        )
    _require_field(field)
    _require_no_reshaping(field)
    if decision.subject_kind == "speaker" and field in _CLIP_ONLY:
        raise InvalidInputError(f"{field!r} is decided for a clip, not for a whole speaker")
    if value is not None:
        _require_value(field, value)


def is_of_speakers(field: str) -> bool:
    """Tell whether a field says something of a speaker, so that one word does for all clips."""
    return field not in (*_CLIP_ONLY, *_CURATED)


def is_private(field: str) -> bool:
    """Tell whether a field stays in the catalog, and is never published: a note, a tag, or such."""
    return field in (NOTE_FIELD, ACCEPTED_TEXT_FIELD) or field.startswith(TAG)


def tag_field(name: str) -> str:
    """Name the field of a tag.

    Raises:
        InvalidInputError: the name is empty, longer than 50 characters, or not printable.
    """
    field = f"{TAG}{name.strip()}"
    _require_field(field)
    return field


def parse_value(field: str, text: str) -> DecisionValue:
    """Read a field's value from text, as a flag or a table cell gives it; empty means None.

    Raises:
        InvalidInputError: the text is not a value that the field can have.
    """
    _require_field(field)
    _require_no_reshaping(field)
    if not text.strip():
        return None
    if field == "accepted":
        word = text.strip().lower()
        if word not in _WORDS:
            raise InvalidInputError(f"accepted is true, false or {UNSURE}; got {text!r}")
        return _WORDS[word]
    if field.startswith(TAG):
        return True if _is_set(field, text) else None
    if field in _WHOLE_NUMBERS:
        number = text.strip()
        if not (number.isascii() and number.isdigit()):
            raise InvalidInputError(f"{field} is a whole number from 1; got {text!r}")
        return int(number)
    return text


def _require_no_reshaping(field: str) -> None:
    if field in RESHAPING_FIELDS:
        raise InvalidInputError(
            f"{field!r} says which clips there are, and is not decided as a fact: audioset "
            "move-edges, make-clip, split-clip and merge-clips do (move_edges and so on in Python)"
        )


def _is_set(field: str, text: str) -> bool:
    """Read whether a clip has a tag."""
    value = _WORDS.get(text.strip().lower())
    if not isinstance(value, bool):
        raise InvalidInputError(f"{field} is true, or empty; got {text!r}")
    return value


def _require_field(field: str) -> None:
    if field in _RESERVED:
        raise InvalidInputError(
            f"{field!r} is measured or managed by audioset and cannot be decided; decidable are "
            f"{', '.join(DECIDABLE_COLUMNS)}, and any other name is kept as an extra fact"
        )
    if field == ACCEPTED_TEXT_FIELD:
        raise InvalidInputError(
            f"{field!r} is noted by audioset cut where it replaces the text of an accepted clip, "
            "and is not decided: accept the clip again, or decide its text"
        )
    tag = field.removeprefix(TAG)
    if tag != field and not (tag == tag.strip() and 0 < len(tag) <= _TAG_LENGTH):
        raise InvalidInputError(
            f"{tag!r} cannot name a tag: use 1 to {_TAG_LENGTH} characters, without spaces around"
        )
    if not field.strip() or not field.isprintable() or len(field) > _NAME_LENGTH:
        raise InvalidInputError(
            f"{field!r} cannot name a fact: use 1 to {_NAME_LENGTH} printable characters"
        )


def _is_whole(text: str) -> bool:
    """Tell whether a text can be written down: no half of a sign that was cut in two."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_value(field: str, value: object) -> None:
    if isinstance(value, str) and not _is_whole(value):
        raise InvalidInputError(
            f"{field} holds half a character ({value!r}), which cannot be written down; type it "
            "again"
        )
    # bool is a kind of int in Python, so the types are compared exactly.
    if field == "accepted":
        fits, allowed = type(value) is bool or value == UNSURE, f"true, false or {UNSURE!r}"
    elif field.startswith(TAG):
        fits, allowed = value is True, "true, or None"
    elif field == "split":
        fits, allowed = value in SPLITS, "train, validation or test"
    elif field in _WHOLE_NUMBERS:
        fits = type(value) is int and 1 <= value < _NUMBER_LIMIT
        allowed = "a whole number from 1"
    else:
        fits, allowed = isinstance(value, str), "text"
    if not fits:
        raise InvalidInputError(f"{field} is {allowed}; got {value!r}")
