"""One table for several recordings: which of its columns says which row belongs to which.

A column does where it is called so (`Video`, `File`, `Source` ...) and one of its cells names a
recording at hand. Any column does where half of its cells name recordings or end as media files
do, and where one of its cells does and each word of the column stands for several rows below each
other, as where one of the recordings is cut alone; numbers are none, since they count lines.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise

from audioset.documents.reading.header import normal_name
from audioset.documents.reading.headings import FILE_NAMES
from audioset.documents.reading.text import shown
from audioset.documents.transcripts.lines_file import Phrase
from audioset.errors import InvalidInputError
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.lines import RowsWanted

# These number or call the lines as often as the recordings.
_NOT_SURE = frozenset(
    {"id", "name", "key", "sample", "clip", "clip_id", "utt_id", "utterance_id", "segment_id"}
)
_SAYS_FILES = (
    {"video", "videos", "video_file", "video_name", "source", "source_file", "media", "take_file"}
    | {"files", "film", "movie", *FILE_NAMES}
) - _NOT_SURE


def find_file_column(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    taken: Sequence[int | None],
    wanted: RowsWanted,
) -> int | None:
    """Give the place of the column that says which recording a row belongs to; None without one.

    Args:
        header: names of the columns.
        rows: below it.
        taken: places of columns that say something else.
        wanted: knows the recordings at hand.
    """
    free = [place for place, name in enumerate(header) if name.strip() and place not in taken]
    called = [place for place in free if normal_name(header[place]) in _SAYS_FILES]
    others = [place for place in free if place not in called]
    for place in [*called, *others]:
        cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        named = [cell for cell in cells if wanted.find(cell)]
        if place in called and named:
            return place
        # Where each row has a file of its own, and none is at hand, they are those of the lines.
        once = not named and len(set(cells)) == len(cells)
        media = [] if once else [cell for cell in cells if _is_media(cell)]
        words = {cell for cell in [*named, *media] if not _is_number(cell)}
        if words and 2 * sum(cell in words for cell in cells) >= len(cells):
            return place
        all_cells = [row[place].strip() if place < len(row) else "" for row in rows]
        if not words.isdisjoint(named) and _in_groups(carried_down(all_cells)):
            return place
    return None


def _in_groups(cells: Sequence[str]) -> bool:
    """Tell whether each of several words stands for a group of rows below each other."""
    groups = [(word, len(list(some))) for word, some in groupby(cells)]
    words = {word for word, _ in groups}
    return (
        "" not in words
        and 2 <= len(words) == len(groups)
        and 2 * sum(number > 1 for _, number in groups) > len(groups)
    )


def carried_down(cells: Sequence[str]) -> list[str]:
    """Let a name stand for the empty cells below it, where people write each name once.

    Where a name stands twice, or most have no empty cell below, one is a cell that somebody forgot:
    it stays empty.

    Args:
        cells: of the column that says whose the rows are, of each row that has words.
    """
    names = [cell for cell in cells if cell]
    with_rows_below = sum(bool(one) and not below for one, below in pairwise(cells))
    if not names or not cells[0] or len(set(names)) < len(names):
        return list(cells)
    if 2 * with_rows_below <= len(names):
        return list(cells)
    last, carried = "", []
    for cell in cells:
        last = cell or last
        carried.append(last)
    return carried


def _is_media(cell: str) -> bool:
    stem, dot, ending = cell.rpartition(".")
    return bool(stem and dot) and f".{ending.lower()}" in MEDIA_SUFFIXES


def _is_number(cell: str) -> bool:
    return not any(map(str.isalpha, cell))


def phrases_of(phrases: Sequence[Phrase], wanted: RowsWanted) -> list[Phrase]:
    """Keep the rows of one recording, where a column says whose they are.

    Raises:
        InvalidInputError: no row names the recording.
    """
    column = next((each.file_column for each in phrases if each.file_column), None)
    if wanted.own is None or column is None:
        return list(phrases)
    kept = [each for each in phrases if each.file and wanted.find(each.file) == wanted.own]
    if not kept:
        raise InvalidInputError(
            f"no row is for {wanted.own}: its column {shown(column)} never names it; write the "
            "name there, or take the column out to use all rows"
        )
    return kept
