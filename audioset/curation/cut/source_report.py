"""What became of one source that was to be cut."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from audioset.curation.cut.left_behind import NOTHING, LeftBehind
from audioset.records.line_report import LineReport
from audioset.records.source import Source
from audioset.records.source_news import SourceNews
from audioset.records.succession import Succession, Unplaced
from audioset.records.way import Way

# Statuses of sources whose clips are there, of the bytes that the file has now.
HAS_OWN_CLIPS = ("cut", "unchanged", "facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of one source.

    Attributes:
        path: as it was given.
        status: "cut", "unchanged" (nothing was to be done), "facts" (its clips have the facts that
            were given, and nothing was cut), "kept" (as it was, for the reason that `error` tells:
            a new cut would leave something behind, its file of cues is bad, or it holds other bytes
            and nobody said whether they are its successor), "copy" (of another file of this call,
            whose clips are its), "imported" (a clip already), "removed" (a person removed it, and
            it was not named now), "refused" (too doubtful, where a strict cut by lines was asked
            for) or "failed".
        source: what was found by decoding it; None when it failed.
        way: how its clips were cut; None when it failed.
        num_clips: how many clips it has now.
        length_seconds: their total length.
        warnings: what is wrong with the source although it could be used.
        error: why it failed, or was refused or kept, one line.
        lines: what became of the lines of its transcript, in a cut by lines.
        left_behind: what its clips had before it was cut again, and none has now; where it is kept
            for that reason, what they have and would leave behind.
        unplaced: what people decided of clips that are gone, and no clip is in their place: a part
            of what is left behind, one by one. It stays in the catalog.
        news: what is new about it as a file, such as another name; None when nothing is.
        succession: what it took over from the source whose place it took.
        is_back: it was removed as a whole before, and is back because it was named.
        num_kept_out: clips that a person removed, and that were not cut again.
        num_touching: clips that were cut and hold a part of such clips.
    """

    path: str
    status: str
    source: Source | None = None
    way: Way | None = None
    num_clips: int = 0
    length_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str | None = None
    lines: LineReport | None = None
    left_behind: LeftBehind = NOTHING
    unplaced: tuple[Unplaced, ...] = ()
    news: SourceNews | None = None
    succession: Succession | None = None
    is_back: bool = False
    num_kept_out: int = 0
    num_touching: int = 0

    @classmethod
    def of(
        cls,
        shown: str,
        status: str,
        source: Source,
        lengths_seconds: Mapping[str, float],
        way: Way,
        *,
        lines: LineReport | None = None,
        left: LeftBehind = NOTHING,
        notes: tuple[str, ...] = (),
        error: str | None = None,
    ) -> "SourceReport":
        """Report a source that has clips.

        Args:
            shown: its path or address.
            lengths_seconds: of its clips, by id.
            notes: what else is to be said of it, beside its warnings.
        """
        left_there = (f"left behind: {left}",) if left and status != "kept" else ()
        return cls(
            path=shown,
            status=status,
            source=source,
            way=way,
            num_clips=len(lengths_seconds),
            length_seconds=sum(lengths_seconds.values()),
            warnings=(*source.warnings, *notes, *left_there),
            error=error,
            lines=lines,
            left_behind=left,
        )


def copy_of(shown: str, first: SourceReport) -> SourceReport:
    """Report a file that holds the bytes of another one of the same call, which was cut."""
    report = SourceReport(path=shown, status="copy", source=first.source)
    if first.status in ("removed", "imported"):
        return replace(first, path=shown)
    if first.source is None:
        error = f"{shown}: the same bytes as {first.path}, which could not be used"
        return replace(report, status="failed", error=error)
    news = SourceNews(
        kind="copy",
        source_id=first.source.source_id,
        name=PurePath(first.path).name,
        was=first.path,
    )
    return replace(report, news=news)
