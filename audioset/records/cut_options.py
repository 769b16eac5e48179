"""CutOptions: how sources are cut. Part of what decides whether a source must be cut again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from audioset.errors import InvalidInputError
from audioset.near_names import near_or_all
from audioset.records.not_given import NOT_GIVEN
from audioset.records.time_unit import parse_time_unit

# Raised whenever the same options would give other clips than before, so that re-runs cut again.
CUT_REVISION = 5

WAYS = ("speech", "silence", "windows", "subtitles", "labels", "lines")
PAD_SECONDS = 0.15
LINE_PAD_SECONDS = 0.08  # around a line the speech beside it is often near
SNAP_SECONDS = 0.5
CHANNELS = ("mix", "left", "right", "each")
_BY_PAUSES, _BY_CUES = ("speech", "silence"), ("subtitles", "labels")
# Fields that decide something in some ways of cutting only; all others do in each.
_ONLY_IN = {
    "threshold": ("speech",),
    "silence_dbfs": ("silence",),
    "pause_seconds": _BY_PAUSES,
    "min_seconds": (*_BY_PAUSES, "windows"),
    "max_seconds": _BY_PAUSES,
    "merge_seconds": _BY_PAUSES,
    "every_seconds": ("windows",),
    "overlap_seconds": ("windows",),
    "snap": ("windows", *_BY_CUES),
    "snap_seconds": ("windows", *_BY_CUES),
    "tier": _BY_CUES,
    "stream": ("subtitles",),
    "time_unit": _BY_CUES,
    "stretch": _BY_CUES,
    "shift_seconds": _BY_CUES,
}
_SAMPLING_RATES = (4_000, 192_000)  # Hz
_MOST_SHIFT_SECONDS = 10_000_000_000  # some tools count from 1970
# Fields that came later: what was cut without them is not cut again.
_LATER = {"time_unit": None, "stretch": 1.0, "shift_seconds": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """How to find clips in a source, with defaults suited to spoken phrases.

    Attributes:
        by: "speech" (a neural detector), "silence" (level alone), "windows" of one length,
            "subtitles" or "labels" (cues of a file beside the source, or inside it), "lines" (of a
            transcript without times).
        threshold: speech: probability from which a 32 ms frame counts as speech, (0, 1).
        silence_dbfs: silence: level of a 32 ms frame below which it is silence.
        pause_seconds: speech, silence: a pause this long ends a clip.
        pad_seconds: kept on both sides of the speech; at most half of `pause_seconds`. Lines: at
            most half of the gap to the speech next to it. Where it is not given, 0.15, of lines
            0.08, and less where the pause is short.
        min_seconds: speech, silence: shorter speech (without its padding) is dropped. Speech counts
            for 0.1 s more than the detector hears, which is its vowels, where that is sure.
        max_seconds: speech, silence: longer speech is split at its best pause.
        merge_seconds: speech, silence: shorter speech is joined with a neighbour that is at most
            a second away; 0 joins nothing.
        every_seconds: windows: length of each.
        overlap_seconds: windows: how much of each is in the next one too.
        snap: windows, subtitles, labels: move each edge to the nearest pause. Where it is not
            given, it is so when `snap_seconds` is.
        snap_seconds: how far an edge may be moved.
        tier: labels: name of the tier, where a file has several.
        stream: subtitles: number of the subtitle stream inside the source, from 1; None takes a
            file beside the source first.
        track: number of the audio track, from 1; None takes the one that is meant for all, or
            another when that is silent.
        channels: "mix" to one, "left", "right", or "each" to clips of its own. A mix that would
            take speech away is not made: one channel is cut instead.
        sampling_rate: of the clips, in Hz; None keeps that of the source.
        time_unit: subtitles, labels: what numbers count that stand for times, see
            `time_unit.TIME_UNITS`; None takes seconds, and refuses where they cannot be. "seconds"
            takes the times as they are, whatever fits of them.
        stretch: subtitles, labels: the times are multiplied by this, as for a film that is played
            at another speed.
        shift_seconds: subtitles, labels: added to the times, after that.
    """

    by: str = "speech"
    threshold: float = 0.5
    silence_dbfs: float = -40.0
    pause_seconds: float = 0.35
    pad_seconds: float = NOT_GIVEN
    min_seconds: float = 0.2
    max_seconds: float = 30.0
    merge_seconds: float = 0.0
    every_seconds: float = 10.0
    overlap_seconds: float = 0.0
    snap: bool = NOT_GIVEN
    snap_seconds: float = NOT_GIVEN
    tier: str | None = None
    stream: int | None = None
    track: int | None = None
    channels: str = "mix"
    sampling_rate: int | None = None
    time_unit: str | None = None
    stretch: float = 1.0
    shift_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._resolve()
        if self.time_unit is not None:  # ms and milliseconds are one wish
            object.__setattr__(self, "time_unit", parse_time_unit(self.time_unit).name)
        for field in fields(self):  # 30 and 30.0 are one wish, with one fingerprint
            value = getattr(self, field.name)
            if field.type is float and isinstance(value, int):
                object.__setattr__(self, field.name, float(value))
        least = max(1.0, 2 * self.pad_seconds + max(0.5, 2 * self.min_seconds))
        low_hz, high_hz = _SAMPLING_RATES
        rate = self.sampling_rate
        for name, allowed, text in (
            ("by", self.by in WAYS, f"one of {', '.join(WAYS)}"),
            ("channels", self.channels in CHANNELS, f"one of {', '.join(CHANNELS)}"),
            ("threshold", 0 < self.threshold < 1, "between 0 and 1"),
            ("silence_dbfs", -100 <= self.silence_dbfs < 0, "from -100 to below 0"),
            ("pause_seconds", 0.1 <= self.pause_seconds <= 60, "from 0.1 to 60"),
            (
                "pad_seconds",
                0 <= self.pad_seconds <= self.pause_seconds / 2,
                f"from 0 to half of pause_seconds ({self.pause_seconds / 2:g})",
            ),
            ("min_seconds", 0.05 <= self.min_seconds <= 60, "from 0.05 to 60"),
            (
                "max_seconds",
                least <= self.max_seconds <= 600,
                f"from {least:g} (room for padding and speech) to 600",
            ),
            (
                "merge_seconds",
                0 <= self.merge_seconds <= self.max_seconds,
                f"from 0 to max_seconds ({self.max_seconds:g})",
            ),
            ("every_seconds", 0.1 <= self.every_seconds <= 600, "from 0.1 to 600"),
            (
                "overlap_seconds",
                0 <= self.overlap_seconds <= 0.9 * self.every_seconds,
                f"from 0 to 0.9 of every_seconds ({0.9 * self.every_seconds:g})",
            ),
            ("snap_seconds", 0 < self.snap_seconds <= 5, "above 0, up to 5"),
            ("stream", self.stream is None or 1 <= self.stream <= 99, "from 1 to 99"),
            ("track", self.track is None or 1 <= self.track <= 9, "from 1 to 9"),
            (
                "sampling_rate",
                rate is None or low_hz <= rate <= high_hz,
                f"from {low_hz:,} to {high_hz:,} Hz",
            ),
            ("stretch", 0.001 <= self.stretch <= 1000, "from 0.001 to 1000"),
            (
                "shift_seconds",
                abs(self.shift_seconds) <= _MOST_SHIFT_SECONDS,
                f"from -{_MOST_SHIFT_SECONDS:,} to {_MOST_SHIFT_SECONDS:,}",
            ),
        ):
            if not allowed:
                raise InvalidInputError(f"{name} must be {text}; got {getattr(self, name)!r}")

    def _resolve(self) -> None:
        """Put real values where nothing was given, so that a part of a wish is a complete one."""
        pad_seconds = LINE_PAD_SECONDS if self.by == "lines" else PAD_SECONDS
        usual = {
            "pad_seconds": min(pad_seconds, self.pause_seconds / 2),
            "snap": self.snap_seconds is not NOT_GIVEN,
            "snap_seconds": SNAP_SECONDS,
        }
        for name, value in usual.items():
            if getattr(self, name) is NOT_GIVEN:
                object.__setattr__(self, name, value)

    @property
    def moves_cues(self) -> bool:
        """Whether the times of cues are other ones than their file says."""
        return any(getattr(self, name) != usual for name, usual in _LATER.items())

    @property
    def by_cues(self) -> bool:
        """Whether the edges come from a file of cues."""
        return self.by in ("subtitles", "labels")

    def asked(self) -> dict[str, Any]:
        """Give what was asked for and decides something: what differs from the way's defaults.

        `from_mapping` of it and `by` makes options that cut the same clips; `by` is left out.
        """
        usual = CutOptions(by=self.by)
        found = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "by"
            and decides(field.name, self.by)
            and getattr(self, field.name) != getattr(usual, field.name)
        }
        if self.by in _BY_PAUSES and self.pad_seconds == min(PAD_SECONDS, self.pause_seconds / 2):
            found.pop("pad_seconds", None)  # it follows from the pause
        elif self.pad_seconds > usual.pause_seconds / 2:
            found["pause_seconds"] = self.pause_seconds  # which allows such a padding
        if not self.snap:
            found.pop("snap_seconds", None)
        return found

    def fingerprint(self, cue_digest: str = "") -> str:
        """Short hash of all that decides what the clips of a source are, hex.

        Args:
            cue_digest: hash of the cues that the source is cut by, if any.
        """
        parts = {"revision": CUT_REVISION, "cues": cue_digest, **asdict(self)}
        for name, usual in _LATER.items():
            if parts[name] == usual:
                del parts[name]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "CutOptions":
        """Build from the `[cut]` table of `audioset.toml` or from flags.

        Raises:
            InvalidInputError: an unknown name, a value of the wrong kind, or out of range.
        """
        kinds = {field.name: (get_args(field.type) or (field.type,))[0] for field in fields(cls)}
        checked: dict[str, Any] = {}
        for key, value in values.items():
            if key not in kinds:
                known = sorted(kinds)
                hint = near_or_all(key, known)
                raise InvalidInputError(f"unknown cut option {key!r}; {hint}")
            checked[key] = _checked(key, value, kinds[key])
        return cls(**checked)


def decides(name: str, by: str) -> bool:
    """Tell whether a field of `CutOptions` decides anything in a way of cutting; `by` always."""
    return name == "by" or by in _ONLY_IN.get(name, WAYS)


def _checked(key: str, value: Any, kind: Any) -> Any:
    """Give a value as what its field wants: TOML knows numbers, words and true or false."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind:
        return value
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}
    raise InvalidInputError(f"cut option {key} must be {words[kind]}; got {value!r}")
