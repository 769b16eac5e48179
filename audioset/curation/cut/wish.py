"""What a caller asked for, laid over how a source was cut before: what was said wins, no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError
from audioset.records.cut_options import CutOptions, decides
from audioset.records.line_options import TranscriptOptions
from audioset.records.way import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class CutWish:
    """What a caller said of how to cut, as far as it was said.

    Attributes:
        options: the fields that were given; or `CutOptions`, which say all of them.
        defaults: `[cut]` of `audioset.toml`: for what is new, no wish about what was cut before.
        labels: file or folder of cues.
        transcript: fields that have their defaults were not given.
    """

    options: Mapping[str, Any] | CutOptions = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    labels: Path | None = None
    transcript: TranscriptOptions | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing was said: known sources are cut as they were."""
        return not self.options and self.labels is None and self.transcript is None

    @property
    def names_lines(self) -> bool:
        """Whether a cut by lines was asked for in so many words."""
        return self.transcript is not None or self._said().get("by") == "lines"

    def options_over(self, way: Way) -> CutOptions:
        """Give the options for a source that was cut in a way.

        Raises:
            InvalidInputError: what was said and what is the source's own do not go together.
        """
        if isinstance(self.options, CutOptions):
            return _only_what_decides(self.options)
        by = str(self.options.get("by") or way.by or self.defaults.get("by") or CutOptions().by)
        noted = way.noted and way.by is not None
        # What decided something before is the source's own, also where it had a default.
        fresh = [name for name in self.defaults if not (noted and decides(name, way.by or by))]
        own = (
            way.options
            if by == way.by
            else {
                name: value
                for name, value in way.options.items()
                if decides(name, by) and name != "pad_seconds"  # which is another one in each way
            }
        )
        said = [
            name
            for name in self.options
            if decides(name, by) or (name == "pause_seconds" and "pad_seconds" in self.options)
        ]
        wanted = {
            **{name: self.defaults[name] for name in fresh if decides(name, by)},
            **own,
            **{name: self.options[name] for name in said},
            "by": by,
        }
        return _only_what_decides(CutOptions.from_mapping(wanted))

    def idle(self, by: str) -> tuple[str, ...]:
        """Name the given options that decide nothing in a way of cutting."""
        return tuple(name for name in self._said() if not decides(name, by))

    def says(self, name: str) -> bool:
        """Tell whether an option was given."""
        return name in self._said()

    def transcript_over(self, way: Way, lexicon: Path | None) -> TranscriptOptions:
        """Give the options about lines for a source that was cut in a way.

        Args:
            way: that it was cut in.
            lexicon: where that of the source is now.
        """
        given = self.transcript or TranscriptOptions()
        own = {**way.transcript, **({"lexicon": lexicon} if lexicon is not None else {})}
        said = {**given.asked(), "path": given.path}
        if given.lexicon is not None:
            said["lexicon"] = given.lexicon
        return TranscriptOptions(**{**own, **said})

    def _said(self) -> Mapping[str, Any]:
        if isinstance(self.options, CutOptions):
            return {"by": self.options.by, **self.options.asked()}
        return self.options


def require_possible(options: CutOptions) -> None:
    """Require that what was said of cues and channels means something in the way of cutting.

    Raises:
        InvalidInputError: it does not.
    """
    if options.moves_cues and not options.by_cues:
        raise InvalidInputError(
            f"a cut by {options.by} has no cues to move; leave time_unit, stretch and shift out"
        )
    if options.by == "lines" and options.channels == "each":
        raise InvalidInputError(
            "a cut by lines takes one channel, or their mix; use channels mix, left or right"
        )


def _only_what_decides(options: CutOptions) -> CutOptions:
    """Leave out what decides nothing in this way, so that it never makes a cut another one."""
    return CutOptions.from_mapping({"by": options.by, **options.asked()})
