"""What lies beside sources that were cut by sound alone, and would say where and what is said."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from unicodedata import normalize

from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.wish import CutWish
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.documents.cues import find_cues_beside
from audioset.documents.transcripts import find_lines_beside
from audioset.errors import AudiosetError, as_option
from audioset.media.suffixes import MEDIA_SUFFIXES


def unused_beside(
    done: Iterable[tuple[Path | RemoteSource, SourceReport]], wish: CutWish
) -> Iterator[str]:
    """Tell of files with the names of sources that a cut by the defaults did not look at.

    Args:
        done: sources that were cut, and what became of each.
        wish: of the caller; who named a way is told nothing.
    """
    if wish.says("by"):
        return
    unused: dict[str, list[tuple[Path, Path]]] = {}
    named = cache(_named_in)  # a folder may hold thousands of sources: it is listed once
    for source, report in done:
        sound_alone = report.way is not None and report.way.file is None
        if not (isinstance(source, Path) and report.status == "cut" and sound_alone):
            continue
        if normalize("NFC", source.stem) in named(source.absolute().parent):
            by, file = _beside(source)
            if file is not None:
                unused.setdefault(by, []).append((source, file))
    for by, pairs in unused.items():
        source, file = pairs[0]
        more = f", and so for {len(pairs) - 1:,} more" if len(pairs) > 1 else ""
        yield (
            f"{file.name} lies beside {source.name} and was not looked at{more}: "
            f"{as_option('by', by)} cuts by it"
        )


def _named_in(folder: Path) -> frozenset[str]:
    """Give the names of which files of a folder that are no media may tell something."""
    try:
        others = [
            path.name for path in folder.iterdir() if path.suffix.lower() not in MEDIA_SUFFIXES
        ]
    except OSError:
        return frozenset()
    names = [normalize("NFC", name).split(".") for name in others]
    return frozenset(".".join(parts[:end]) for parts in names for end in range(1, len(parts)))


def _beside(source: Path) -> tuple[str, Path | None]:
    try:
        if lines := find_lines_beside(source):
            return "lines", lines
        if cues := find_cues_beside(source, kinds="subtitles"):
            return "subtitles", cues
        return "labels", find_cues_beside(source, kinds="labels")
    except AudiosetError:  # several languages: who cuts by them is asked which
        return "subtitles", None
