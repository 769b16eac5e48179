"""CutOptions: how sources are cut. Part of what decides whether a source must be cut again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from audioset.errors import InvalidInputError

# Raised whenever the same options would give other clips than before, so that re-runs cut again.
CUT_REVISION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """How to find clips in a source by speech, with defaults suited to spoken phrases.

    Attributes:
        threshold: probability from which a 32 ms frame counts as speech, (0, 1).
        pause_seconds: a pause this long ends a clip.
        pad_seconds: kept on both sides of the speech; at most half of `pause_seconds`.
        min_seconds: shorter speech (without its padding) is dropped.
        max_seconds: longer speech is split at its best pause.
    """

    threshold: float = 0.5
    pause_seconds: float = 0.35
    pad_seconds: float = 0.15
    min_seconds: float = 0.2
    max_seconds: float = 30.0

    def __post_init__(self) -> None:
        least = 2 * self.pad_seconds + max(0.5, 2 * self.min_seconds)
        for name, allowed, text in (
            ("threshold", 0 < self.threshold < 1, "between 0 and 1"),
            ("pause_seconds", 0.1 <= self.pause_seconds <= 60, "from 0.1 to 60"),
            ("pad_seconds", 0 <= self.pad_seconds <= self.pause_seconds / 2,
             f"from 0 to half of pause_seconds ({self.pause_seconds / 2:g})"),
            ("min_seconds", 0.05 <= self.min_seconds <= 60, "from 0.05 to 60"),
            ("max_seconds", max(1.0, least) <= self.max_seconds <= 600,
             f"from {max(1.0, least):g} (room for padding and speech) to 600"),
        ):  # fmt: skip
            if not allowed:
                raise InvalidInputError(f"{name} must be {text}; got {getattr(self, name):g}")

    @property
    def fingerprint(self) -> str:
        """Short hash of all options and of the cutting revision, hex."""
        text = json.dumps({"revision": CUT_REVISION, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "CutOptions":
        """Build from the `[cut]` table of `audioset.toml` or from flags.

        Raises:
            InvalidInputError: an unknown name, a value that is not a number, or out of range.
        """
        known = {field.name for field in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise InvalidInputError(
                    f"unknown cut option {key!r}; known are {', '.join(sorted(known))}"
                )
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidInputError(f"cut option {key} must be a number; got {value!r}")
        numbers = {key: float(value) for key, value in values.items()}
        if "pad_seconds" not in numbers:  # a shorter pause alone is a complete wish
            pause_seconds = numbers.get("pause_seconds", cls().pause_seconds)
            numbers["pad_seconds"] = min(cls().pad_seconds, pause_seconds / 2)
        return cls(**numbers)
