"""What would say where and what is said of sources that were cut by sound alone.

A file beside them that nobody looked at, or a transcript by which they could not be cut before.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from unicodedata import normalize

from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.wish import CutWish
from audioset.curation.sources.places import absolute
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.documents.cues import find_cues_beside
from audioset.documents.transcripts import find_lines_beside
from audioset.errors import AudiosetError, as_option
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.wording import some_of


def refused_before(
    done: Iterable[tuple[Path | RemoteSource, SourceReport]],
    wish: CutWish,
    refused: Mapping[str, str],
) -> Iterator[str]:
    """Tell of sources that could not be cut by lines before, and are cut by the defaults now.

    Args:
        done: sources that were cut, and what became of each.
        wish: of the caller; who named a way is told nothing.
        refused: as in `SourcePlaces`, before this cut.
    """
    if wish.says("by"):
        return
    found: dict[tuple[str, str], list[str]] = {}
    for source, report in done:
        transcript = refused.get(absolute(source)) if isinstance(source, Path) else None
        if transcript is not None and report.status == "cut" and report.way is not None:
            found.setdefault((transcript, report.way.by or "speech"), []).append(source.name)
    for (transcript, by), names in found.items():
        was, lines = (
            "was" if len(names) == 1 else "were",
            f"the lines of {transcript}" if transcript else "the lines beside it",
        )
        how = as_option("transcript", transcript) if transcript else as_option("by", "lines")
        yield (
            f"{some_of(names, 1)} {was} not cut by {lines} when that was asked for, and now by "
            f"{by}: {how} with {as_option('anyway', 'True')} cuts what was found of them"
        )


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
