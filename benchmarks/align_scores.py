"""What is right and what is wrong in an alignment.

- **within x s**: share of the takes that are said whose span has both edges within x seconds; lines
  whose text was replaced are not asked for.
- **bad**: a span with an edge more than 0.5 s off, or that is no take of its line at all.
- **silent**: a damaged line with a bad span that carries no flag, or with a take that is neither
  found, nor named missing, nor listed as unexplained speech. Of a line whose text was replaced, the
  place is known: a span there is right, and so is saying that the line is missing.
- **flags**: share of spans with a flag; share of the bad ones among them; bad among the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from align_truth import Recording, Said

from audioset.records.lines import Alignment, LineSpan

TOLERANCES_SECONDS = (0.10, 0.25, 0.50)
_BAD_SECONDS = 0.5
_LISTED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, to be added up over recordings."""

    takes: int = 0
    within: tuple[int, ...] = (0, 0, 0)
    missing: int = 0  # lines that nobody says
    named: int = 0  # of these, named missing
    wrongly_named: int = 0  # lines that are said, named missing
    damaged: int = 0
    silent: int = 0
    spans: int = 0
    flagged: int = 0
    bad: int = 0
    bad_flagged: int = 0

    def __add__(self, other: "Score") -> "Score":
        within = tuple(a + b for a, b in zip(self.within, other.within, strict=True))
        names = [field.name for field in fields(Score) if field.name != "within"]
        return Score(
            within=within, **{name: getattr(self, name) + getattr(other, name) for name in names}
        )

    def edges(self) -> str:
        """Give the shares of takes within each tolerance, in percent."""
        return "/".join(_percent(count, self.takes) for count in self.within)

    def missing_cell(self) -> str:
        """Give named rightly of missing, and named wrongly."""
        return f"{self.named} of {self.missing}, {self.wrongly_named} wrongly"

    def silent_cell(self) -> str:
        """Give the share of damaged lines that are silently wrong."""
        return f"{self.silent} of {self.damaged}" if self.damaged else "-"

    def flag_cells(self) -> list[str]:
        """Give flagged spans, bad spans, bad that are flagged, bad among the rest."""
        rest = self.spans - self.flagged
        return [
            f"{_percent(self.flagged, self.spans)} % of {self.spans}",
            str(self.bad),
            f"{_percent(self.bad_flagged, self.bad)} %",
            f"{_percent(self.bad - self.bad_flagged, rest, digits=1)} %",
        ]


def _percent(count: int, of: int, digits: int = 0) -> str:
    return f"{100 * count / of:.{digits}f}" if of else "-"


def score(recording: Recording, found: Alignment) -> Score:
    """Hold an alignment against what is said, where the time of each take is known."""
    takes = [said for said in recording.said if said.line]
    matched = match(takes, found.spans)
    sought = [said for said in takes if said.line not in recording.wrong]
    errors = [_error(said, matched[said]) for said in sought if said in matched]
    good = {id(span) for said, span in matched.items() if _error(said, span) <= _BAD_SECONDS}
    bad = [span for span in found.spans if id(span) not in good]
    missing = recording.missing
    return Score(
        takes=len(sought),
        within=tuple(
            sum(error <= limit + 1e-6 for error in errors) for limit in TOLERANCES_SECONDS
        ),
        missing=len(missing),
        named=len(missing & set(found.missing)),
        wrongly_named=len(set(found.missing) - missing - recording.wrong),
        damaged=len(recording.damaged),
        silent=len(silent_lines(recording, found, matched, bad)),
        spans=len(found.spans),
        flagged=sum(bool(span.flags) for span in found.spans),
        bad=len(bad),
        bad_flagged=sum(bool(span.flags) for span in bad),
    )


def score_blocks(recording: Recording, found: Alignment) -> list[str]:
    """Give the cells of a recording of which only the extents of poems are known."""
    home = {
        number: (start, end)
        for first, last, start, end in recording.blocks
        for number in range(first, last + 1)
    }
    inside = [
        span
        for span in found.spans
        if home[span.line][0] - _BAD_SECONDS <= span.start_seconds
        and span.end_seconds <= home[span.line][1] + _BAD_SECONDS
    ]
    kept = {id(span) for span in inside}
    outside = [span for span in found.spans if id(span) not in kept]
    foreign = [said for said in recording.said if not said.line]
    overlap = sum(_overlap(span, said) for span in found.spans for said in foreign)
    return [
        str(len(recording.lines)),
        str(len(found.spans)),
        str(len(found.missing)),
        f"{len(outside)} ({sum(not span.flags for span in outside)} without a flag)",
        f"{overlap:.1f} of {sum(s.end_seconds - s.start_seconds for s in foreign):.0f} s",
        f"{_percent(sum(bool(span.flags) for span in found.spans), len(found.spans))} %",
    ]


def match(takes: Sequence[Said], spans: Sequence[LineSpan]) -> dict[Said, LineSpan]:
    """Give each take the span of its line that overlaps it most; each span once."""
    pairs = sorted(
        (
            (_overlap(span, said), said.start_seconds, number, said, span)
            for said in takes
            for number, span in enumerate(spans)
            if span.line == said.line
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    matched: dict[Said, LineSpan] = {}
    used = set()
    for overlap, _, number, said, span in pairs:
        if overlap > 0 and said not in matched and number not in used:
            matched[said] = span
            used.add(number)
    return matched


def silent_lines(
    recording: Recording,
    found: Alignment,
    matched: dict[Said, LineSpan],
    bad: Sequence[LineSpan],
) -> set[int]:
    """Give the damaged lines that are wrong without a word."""
    silent = {span.line for span in bad if not span.flags}
    silent |= {
        said.line
        for said in recording.said
        if said.line
        and said not in matched
        and said.line not in found.missing
        and _listed(said, found) < _LISTED_SHARE
    }
    return silent & recording.damaged


def _listed(said: Said, found: Alignment) -> float:
    """Give the share of a take that is listed as unexplained speech."""
    covered = sum(
        max(0.0, min(said.end_seconds, end) - max(said.start_seconds, start))
        for start, end in found.unexplained
    )
    return covered / (said.end_seconds - said.start_seconds)


def _error(said: Said, span: LineSpan) -> float:
    """Give the larger of the errors of both edges, in seconds."""
    return max(
        abs(span.start_seconds - said.start_seconds), abs(span.end_seconds - said.end_seconds)
    )


def _overlap(span: LineSpan, said: Said) -> float:
    shared = min(span.end_seconds, said.end_seconds) - max(span.start_seconds, said.start_seconds)
    return max(0.0, shared)
