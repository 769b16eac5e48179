"""What a source was cut by: lines that no clip is of, and the facts that its lines say."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from audioset.records.line_report import LineReport
from audioset.records.lines import Line
from audioset.records.manifest import LINES_KEY, Clip
from audioset.storage.tables import read_manifest_metadata


@dataclass(frozen=True, slots=True)
class AskedLines:
    """What the transcript of a source said besides the texts of its clips.

    Attributes:
        missing: lines that no clip is of, in their order.
        facts: columns of the manifest that its lines say, sorted.
    """

    missing: tuple[Line, ...] = ()
    facts: tuple[str, ...] = ()

    @classmethod
    def read(cls, manifest: Path, clips: Sequence[Clip]) -> "AskedLines":
        """Read it of a source; nothing where it was not cut by lines.

        Args:
            manifest: of the source.
            clips: all of it, those that people made or rejected as well.
        """
        try:
            report = LineReport.from_json(read_manifest_metadata(manifest)[LINES_KEY].decode())
        except (KeyError, TypeError, ValueError):  # cut in another way, or by a newer release
            return cls()
        cut = {clip.line for clip in clips}
        return cls(
            missing=tuple(line for line in report.lines if line.number not in cut),
            facts=tuple(sorted({fact for line in report.lines for fact, _ in line.facts})),
        )

    def places(self, numbers: Sequence[int | None]) -> Iterator[tuple[int, tuple[Line, ...]]]:
        """Give where the missing lines belong: behind the last row of a line before them.

        Args:
            numbers: of the lines of the rows, in their order; None for a row of no line.

        Yields:
            How many rows stand before them, and the lines.
        """
        known = sorted((number, k) for k, number in enumerate(numbers) if number is not None)
        last = list(accumulate((k for _, k in known), max))
        found: defaultdict[int, list[Line]] = defaultdict(list)
        for line in self.missing:
            before = bisect_left(known, (line.number, -1))
            found[last[before - 1] + 1 if before else 0].append(line)
        for place in sorted(found):
            yield place, tuple(found[place])
