"""LineReport: what became of the lines of a transcript in one source."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from statistics import median
from typing import Any

from audioset.records.languages import language_name
from audioset.records.lines import (
    ANY_TEXT,
    LANGUAGE_SOURCES,
    Alignment,
    Line,
    LineSpan,
    LineVoice,
    Writer,
    lacks_words,
)

_OF_OTHERS = {"neighbour_missing"}
RED_FLAGS = 2  # as many, or more: measured, one take in five is off by half a second then
_CPU_SECONDS_PER_SECOND = 0.25  # of a second aligner, with reading the source once more
_HYPOTHESIS_KEY = "heard"  # of a span, as manifests have had it from the beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLine:
    """A line that was found, but less often than asked for.

    Attributes:
        line: its number.
        found: takes that were found with all their words.
        asked: takes that were asked for.
    """

    line: int
    found: int
    asked: int

    def __str__(self) -> str:
        return f"line {self.line}: {self.found} of {self.asked} takes"


@dataclass(frozen=True, kw_only=True)
class LineReport:
    """The lines of one source, where they were found, and how sure that is.

    A take is green without flags, yellow with one, red with two or more, or when words of its line
    are not said in it. Such a take is none of those that were asked for, and says nothing of its
    line. A line is doubtful when it has no other, fewer than asked for, or when one of them is red;
    all are where every take may be of another text.

    Attributes:
        transcript: name of the file.
        lines: as they were looked for.
        alignment: what was found.
        track: number of the audio track that was listened to, from 1.
        channels: "mix", "left" or "right".
        clip_ids: the clip of each span, in the order of the spans; empty where nothing was cut.
        heard_again_seconds: length of what a second aligner listened to, where there were doubts.
    """

    transcript: str
    lines: tuple[Line, ...]
    alignment: Alignment
    track: int = 1
    channels: str = "mix"
    clip_ids: tuple[str, ...] = ()
    heard_again_seconds: float = 0.0

    @cached_property
    def spans_of(self) -> Mapping[int, list[LineSpan]]:
        """The takes of each line that was found, by its number, in order of time."""
        spans: defaultdict[int, list[LineSpan]] = defaultdict(list)
        for span in self.alignment.spans:
            spans[span.line].append(span)
        return dict(spans)

    @property
    def said_in_words(self) -> str | None:
        """How the lines were said to be compared; None where no voice said them."""
        spoken = self.alignment.spoken
        if spoken is None:
            return None
        return (
            f"lines said in {language_name(spoken.language)}, "
            f"{LANGUAGE_SOURCES[spoken.language_source]}, by the voice {spoken.voice}"
        )

    @property
    def heard_again_in_words(self) -> str | None:
        """What a second aligner listened to, at which cost; None where there was none."""
        if not self.heard_again_seconds:
            return None
        found = [span.aligner for span in self.alignment.spans if span.aligner]
        heard, whole = round(self.heard_again_seconds), round(self.alignment.length_seconds)
        return (
            f"a second aligner heard {heard:,} of {whole:,} s again, where doubts remained (about "
            f"{_CPU_SECONDS_PER_SECOND * heard:.0f} s of work); it found "
            f"{len(found):,} of {len(self.alignment.spans):,} takes"
        )

    def told_against(self, earlier: "LineReport | None") -> tuple[str, ...]:
        """Say why takes have other flags than at an earlier cut, where that was by another aligner.

        As where voices were installed since.
        """
        before = earlier.alignment.aligner if earlier else self.alignment.aligner
        if before == self.alignment.aligner:
            return ()
        return (
            f"lines are found by {self.alignment.aligner} now, and were by {before}: each doubts "
            "by its own measure, so takes may have other flags",
        )

    @cached_property
    def is_in_doubt(self) -> bool:
        """Whether nobody can tell if it is these lines that are said: every take has a flag."""
        spans = self.alignment.spans
        return bool(spans) and all(ANY_TEXT in span.flags for span in spans)

    @property
    def doubt_in_words(self) -> str | None:
        """What is in doubt where all is, and what makes it sure; None where that is not so."""
        if not self.is_in_doubt or self.alignment.doubt is not None:
            return None
        return (
            "whether it is these lines that are said is in doubt, so every take is flagged: listen "
            "to some, accept what is right, and cut again, which finds the others beside it"
        )

    @property
    def num_found(self) -> int:
        """How many lines were found."""
        return len(self.spans_of)

    @property
    def colours(self) -> dict[str, int]:
        """How many takes are green, yellow and red."""
        counts = {"green": 0, "yellow": 0, "red": 0}
        for span in self.alignment.spans:
            counts[colour_of(span)] += 1
        return counts

    @property
    def doubtful(self) -> tuple[int, ...]:
        """Numbers of the doubtful lines, ascending."""
        return tuple(line.number for line in self.lines if self._is_doubtful(line))

    @property
    def short(self) -> tuple[ShortLine, ...]:
        """The lines that were found, but less often than asked for, ascending."""
        return tuple(
            ShortLine(line=line.number, found=len(_whole(spans)), asked=line.takes)
            for line in self.lines
            if line.takes and (spans := self.spans_of.get(line.number, []))
            if len(_whole(spans)) < line.takes
        )

    @property
    def credible_share(self) -> float:
        """Share of what should be said, 0 to 1, that has a take which is not red."""
        return self._share(lambda span: colour_of(span) != "red")

    @property
    def sure_share(self) -> float:
        """Share that has a take without a flag of its own; its neighbours may be missing."""
        return self._share(lambda span: not set(span.flags) - _OF_OTHERS)

    @property
    def median_score(self) -> float:
        """Score of the take in the middle, 0 to 1; 0 without takes."""
        scores = [span.score for span in self.alignment.spans]
        return median(scores) if scores else 0.0

    @property
    def doubtful_share(self) -> float:
        """Share of lines that are doubtful, 0 to 1."""
        return len(self.doubtful) / len(self.lines)

    @property
    def unexplained_seconds(self) -> float:
        """Length of the speech that is no line."""
        return sum(end - start for start, end in self.alignment.unexplained)

    @cached_property
    def in_no_line(self) -> tuple[tuple[float, float], ...]:
        """Stretches that are in no line, in order of time: (start, end) in seconds.

        Speech, and where lines lack takes also what is as loud as those that were found.
        """
        joined: list[tuple[float, float]] = []
        for start, end in sorted([*self.alignment.unexplained, *self._loud()]):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return tuple(joined)

    @property
    def longest_in_no_line(self) -> tuple[tuple[float, float], ...]:
        """The same stretches, the longest first."""
        return tuple(sorted(self.in_no_line, key=lambda part: (part[0] - part[1], part[0])))

    @property
    def num_lacking(self) -> int:
        """How many takes lack: of a line that was not found, one where nobody said how many."""
        found = self.spans_of
        return sum(
            max(0, (line.takes or 1) - len(_whole(found.get(line.number, []))))
            for line in self.lines
        )

    def _loud(self) -> list[tuple[float, float]]:
        """Give what is loud and in no line, as long as takes lack: a second aligner finds some."""
        if not self.num_lacking:
            return []
        spans = self.alignment.spans
        return [
            (start, end)
            for start, end in self.alignment.loud
            if all(span.end_seconds <= start or span.start_seconds >= end for span in spans)
        ]

    def _share(self, counts: Callable[[LineSpan], bool]) -> float:
        """Weigh each line the same: its takes that count, of those that it should have."""
        shares = (
            min(1, sum(map(counts, self.spans_of.get(line.number, []))) / (line.takes or 1))
            for line in self.lines
        )
        return sum(shares) / len(self.lines)

    def _is_doubtful(self, line: Line) -> bool:
        spans = _whole(self.spans_of.get(line.number, []))
        if self.is_in_doubt:
            return True
        return len(spans) < (line.takes or 1) or any(colour_of(span) == "red" for span in spans)

    def counts(self) -> dict[str, Any]:
        """Give all counts by name, for JSON."""
        return {
            "num_lines": len(self.lines),
            "num_found": self.num_found,
            "num_takes": len(self.alignment.spans),
            **self.colours,
            "doubtful": self.doubtful,
            "missing": self.alignment.missing,
            "short": tuple(asdict(line) for line in self.short),
            "num_lacking": self.num_lacking,
            "unexplained_seconds": self.unexplained_seconds,
            "in_no_line": self.in_no_line,
        }

    def to_json(self) -> str:
        """Encode as one line of JSON."""
        values = asdict(self)
        for span in values["alignment"]["spans"]:
            span[_HYPOTHESIS_KEY] = span.pop("hypothesis")
            if span["aligner"] is None:  # as in the release before, like the next
                del span["aligner"]
        for name in ("loud", "spoken", "credit", "doubt"):
            if values["alignment"][name] in (None, ()):
                del values["alignment"][name]
        if not values["heard_again_seconds"]:
            del values["heard_again_seconds"]
        for line in values["lines"]:
            for name in ("written", "facts"):
                if not line[name]:
                    del line[name]
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LineReport":
        """Decode what `to_json` wrote."""
        values = json.loads(text)
        found = values["alignment"]
        alignment = Alignment(
            aligner=found["aligner"],
            spans=tuple(map(_span_of, found["spans"])),
            missing=tuple(found["missing"]),
            unexplained=tuple((start, end) for start, end in found["unexplained"]),
            loud=tuple((start, end) for start, end in found.get("loud", ())),
            length_seconds=found["length_seconds"],
            spoken=LineVoice(**found["spoken"]) if found.get("spoken") else None,
            credit=found.get("credit"),
            doubt=found.get("doubt"),
        )
        return cls(
            transcript=values["transcript"],
            lines=tuple(_line_of(line) for line in values["lines"]),
            alignment=alignment,
            track=values["track"],
            channels=values["channels"],
            clip_ids=tuple(values["clip_ids"]),
            heard_again_seconds=values.get("heard_again_seconds", 0.0),
        )


def _span_of(values: Mapping[str, Any]) -> LineSpan:
    others = {key: value for key, value in values.items() if key != _HYPOTHESIS_KEY}
    others["flags"] = tuple(others["flags"])
    return LineSpan(**others, hypothesis=values.get(_HYPOTHESIS_KEY))


def _line_of(values: Mapping[str, Any]) -> Line:
    writer = values.get("writer")
    facts = tuple((fact, value) for fact, value in values.get("facts", ()))
    return Line(
        **{**values, "facts": facts, "writer": Writer(**writer) if writer else None},
    )


def _whole(spans: Sequence[LineSpan]) -> list[LineSpan]:
    return [span for span in spans if not lacks_words(span.flags)]


def colour_of(span: LineSpan) -> str:
    """Give "green", "yellow" or "red" by the flags."""
    if len(span.flags) >= RED_FLAGS or lacks_words(span.flags):
        return "red"
    return "yellow" if span.flags else "green"
