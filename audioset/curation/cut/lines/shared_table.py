"""One table of lines for all sources of a cut: whose row is which."""

from collections.abc import Sequence
from functools import lru_cache

from audioset.documents.facts import NamedFiles
from audioset.documents.reading.text import shown
from audioset.documents.transcripts import read_lines
from audioset.records.line_options import TranscriptOptions
from audioset.records.lines import RowsWanted

_NAMED_FIRST = 3


def rows_wanted(sources: tuple[str, ...], own: str | None = None) -> RowsWanted:
    """Give whose rows are read: those of `own`, or of all.

    Args:
        sources: paths or addresses of the sources of a cut.
        own: one of them, or a source that is cut alone.
    """
    named = _named(sources if own is None or own in sources else (own,))
    return RowsWanted(lambda written: named.find(written).file, own)


@lru_cache(maxsize=2)
def _named(sources: tuple[str, ...]) -> NamedFiles:
    return NamedFiles(sources)


def tell_rows(transcript: TranscriptOptions, sources: Sequence[str]) -> tuple[str, ...]:
    """Say how the rows of one table go to the sources of a cut; nothing where none says whose.

    Raises:
        NotFoundError: there is no such transcript.
        InvalidInputError: it cannot be read.
    """
    path = transcript.path
    if path is None or path.is_dir():
        return ()
    wanted = rows_wanted(tuple(sources))
    read = read_lines(path, column=transcript.column, speakers=transcript.speakers, wanted=wanted)
    if read.file_column is None:
        return ()
    found = [wanted.find(written) for written in read.files]
    of = [source for source in found if source]
    share = f"{_rows(len(of))} of {path.name} for {_sources(len(set(of)))}"
    told = (f"{share}, by its column {shown(read.file_column)}",)
    others = [name for name, source in zip(read.files, found, strict=True) if source is None]
    if not others:
        return told
    names = list(dict.fromkeys(shown(name) if name else "no name" for name in others))
    more = f" and {len(names) - _NAMED_FIRST} more" if len(names) > _NAMED_FIRST else ""
    return (
        *told,
        f"{_rows(len(others))} of {path.name} for no source of this cut: "
        f"{', '.join(names[:_NAMED_FIRST])}{more}",
    )


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _sources(count: int) -> str:
    return f"{count:,} source{'' if count == 1 else 's'}"
