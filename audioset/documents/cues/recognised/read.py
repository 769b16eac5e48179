"""Front door: JSON of a known shape becomes cues; of an unknown one, what is known is named."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from audioset.documents.cues.recognised import segments, services, tasks, word_lists
from audioset.documents.cues.recognised.values import Recognised, objects
from audioset.documents.cues.recognised.words import PAUSE_SECONDS, sentences
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue


class Shape(NamedTuple):
    """One way in which programs write what was said when."""

    name: str
    fits: Callable[[Any], bool]
    read: Callable[[Any], Recognised]


# The first that fits is taken: what says most about itself comes first.
SHAPES = (
    Shape("whisper.cpp", segments.is_whisper_cpp, segments.read_whisper_cpp),
    Shape("Deepgram", services.is_deepgram, services.read_deepgram),
    Shape("Amazon Transcribe", services.is_amazon, services.read_amazon),
    Shape("Speechmatics", word_lists.is_speechmatics, word_lists.read_speechmatics),
    Shape("Watson", services.is_watson, services.read_watson),
    Shape("Google", services.is_google, services.read_google),
    Shape("Azure", services.is_azure, services.read_azure),
    Shape("AssemblyAI", services.is_assemblyai, services.read_assemblyai),
    Shape("Rev.ai", word_lists.is_rev, word_lists.read_rev),
    Shape("Vosk", word_lists.is_vosk, word_lists.read_vosk),
    Shape("Gentle", word_lists.is_gentle, word_lists.read_gentle),
    Shape("aeneas", tasks.is_aeneas, tasks.read_aeneas),
    Shape("tiers of MFA or praatio", tasks.is_tiers, lambda data: tasks.read_tiers(data, None)),
    Shape("NeMo manifest", tasks.is_manifest, tasks.read_manifest),
    Shape("Label Studio", tasks.is_label_studio, tasks.read_label_studio),
    Shape("YouTube json3", segments.is_json3, segments.read_json3),
    Shape("transformers chunks", segments.is_chunks, segments.read_chunks),
    Shape("Whisper or WhisperX segments", segments.is_segments, segments.read_segments),
    Shape("list of words", word_lists.is_words, word_lists.read_words),
)


def parse_json(text: str, tier: str | None = None) -> tuple[Recognised, str]:
    """Read JSON, or one JSON value after another as in JSON lines.

    Longer spans are taken where the file has some; else words are joined to sentences, which the
    notes tell.

    Args:
        text: of the file.
        tier: of a file with tiers; others have none.

    Returns:
        What was found, and the name of the shape.

    Raises:
        InvalidInputError: not JSON, with the line; or of a shape that is not known.
    """
    data = _load(text)
    shape = next((each for each in SHAPES if each.fits(data)), None)
    if shape is None:
        raise InvalidInputError(
            f"JSON of an unknown shape ({_described(data)}); known are "
            f"{', '.join(each.name for each in SHAPES)}"
        )
    if tasks.is_tiers(data):
        found = tasks.read_tiers(data, tier)
    elif tier is not None:
        raise InvalidInputError(f"JSON of {shape.name} has no tiers; leave the tier out")
    else:
        found = shape.read(data)
    if found.words:
        joined = [("", cue) for cue in sentences(found.words)]
        found.cues += joined
        count = sum(word.start is not None for word in found.words)
        found.notes.append(
            f"{count} words are joined to {len(joined)} cues, at full stops, pauses of "
            f"{PAUSE_SECONDS:g} s, and where another speaks"
        )
    found.cues = [(name, cue) for name, cue in found.cues if _is_whole(cue)]
    return found, shape.name


def _is_whole(cue: Cue) -> bool:
    return bool(cue.text or cue.speaker) or cue.end_seconds > cue.start_seconds


def _load(text: str) -> Any:
    """Read one value, or a list of those that follow each other."""
    try:
        values = list(_values(text))
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"line {error.lineno}: not JSON ({error.msg.lower()} at column {error.colno}: "
            f"{shown(error.doc[error.pos : error.pos + 40])})"
        ) from error
    except (RecursionError, ValueError) as error:  # too deep, or a number of thousands of digits
        raise InvalidInputError("line 1: JSON that is nested too deep, or no JSON") from error
    if len(values) == 1:
        return values[0]
    # Vosk writes {"partial": ...} in between.
    return [value for value in values if not (isinstance(value, dict) and "partial" in value)]


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_constant=lambda _: None)  # NaN is no number
    at = len(text) - len(text.lstrip())
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1


def _described(data: Any) -> str:
    kind = "a list" if isinstance(data, list) else "an object"
    one = next(iter(objects(data)), None) if isinstance(data, list) else data
    if not isinstance(one, dict):
        return f"{kind} without names" if isinstance(data, list) else shown(str(one))
    names = ", ".join(shown(name) for name in list(one)[:6])
    return f"{kind} with {names}" if names else f"{kind} with nothing in it"
