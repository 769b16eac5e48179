"""Values in the JSON of strangers: each is looked at before it is believed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audioset.records.cue import Cue

_DURATION = re.compile(
    r"(?:PT(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?(-?\d{1,9}(?:\.\d{1,12})?)[sS]?", re.ASCII
)
_LONGEST = 1e10  # seconds; beyond, it is no time


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word as it was heard.

    Attributes:
        start: in seconds; None for a sign such as a full stop, which belongs to the word before it.
        end: in seconds.
        text: with the signs that stand at it.
        speaker: empty where nobody is named.
    """

    start: float | None
    end: float | None
    text: str
    speaker: str = ""


@dataclass(slots=True)
class Recognised:
    """What a reader of one shape found, in file order.

    Attributes:
        cues: name of the recording, empty where none is named, and the cue.
        words: what was heard, where the file has no longer spans.
        notes: one short sentence each for what had to be left out or chosen.
        text_source: who wrote the texts, as in the manifest.
    """

    cues: list[tuple[str, Cue]] = field(default_factory=list)
    words: list[TimedWord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    text_source: str = "human"

    def add(
        self,
        start: float | None,
        end: float | None,
        text: Any = None,
        speaker: Any = None,
        *,
        recording: Any = None,
    ) -> None:
        """Take a span, or say that it has no times."""
        said = flat(text)
        if start is None or end is None:
            self.notes.append(f"span {len(self.cues) + len(self.notes) + 1} has no times; left out")
            return
        self.cues.append(
            (
                flat(recording),
                Cue(
                    start_seconds=start,
                    end_seconds=end,
                    text=said or None,
                    speaker=flat(speaker) or None,
                ),
            )
        )


def by_model(name: object, version: object = None) -> str:
    """Name a model as the writer of texts; what the file does not tell is `unknown`."""
    told = [re.sub(r"[\s@]+", "-", flat(each)) or "unknown" for each in (name, version)]
    return f"model:{told[0]}@{told[1]}"


def seconds(value: object, per_second: float = 1) -> float | None:
    """Read a number, or a text such as `1.2`, `1.2s` or `PT1M1.2S`; None where it is no time."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            return None
        value = int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + float(match[3])
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e18:
        return None
    time = round(value / per_second, 9)
    return time if abs(time) < _LONGEST else None


def flat(value: object) -> str:
    """Give a text as one line; empty for what is none. Numbers, as of speakers, are texts too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value)[:100_000].split())


def objects(value: object) -> list[Mapping[str, Any]]:
    """Give the objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def items(value: object) -> list[Any]:
    """Give a list as it is; an empty one for what is none."""
    return value if isinstance(value, list) else []


def inner(value: object, *path: str | int) -> Any:
    """Give what lies in objects and lists at a path; None where it ends before."""
    for step in path:
        known = isinstance(value, dict) and step in value
        listed = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not known and not listed:
            return None
        value = value[step]  # type: ignore[index]  # what it is was just looked at
    return value


def first(value: Mapping[str, Any], names: str) -> Any:
    """Give the first of some keys, between spaces, that is there and not null."""
    return next((value[name] for name in names.split() if value.get(name) is not None), None)


def has(value: object, names: str) -> bool:
    """Tell whether an object has all of some keys, between spaces."""
    return isinstance(value, dict) and all(name in value for name in names.split())


def person(value: object, kind: str = "speaker") -> str:
    """Give the name of a speaker; a number is `speaker 0`."""
    name = flat(value)
    return f"{kind} {name}" if name.isdecimal() else name
