"""One table of lines for all sources of a cut: whose row is which."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from types import MappingProxyType

from audioset.documents.facts import NamedFiles
from audioset.documents.reading.text import shown
from audioset.documents.transcripts import read_lines
from audioset.records.line_options import TranscriptOptions
from audioset.records.lines import RowsWanted
from audioset.wording import some_of

_NAMED_FIRST = 3
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def rows_wanted(
    sources: tuple[str, ...],
    own: str | None = None,
    *,
    first_names: Mapping[str, str] = NO_NAMES,
) -> RowsWanted:
    """Give whose rows are read: those of `own`, or of all.

    Args:
        sources: paths or addresses of the sources of a cut.
        own: one of them, or a source that is cut alone.
        first_names: of sources that were called otherwise when they were cut first: a table may
            know them by that name. What a source is called today goes first.
    """
    named = _named(sources if own is None or own in sources else (own,))
    before = NamedFiles(first_names.values())
    called = {name: source for source, name in first_names.items()}

    def find(written: str) -> str | None:
        return named.find(written).file or called.get(before.find(written).file or "")

    return RowsWanted(find, own)


@lru_cache(maxsize=2)
def _named(sources: tuple[str, ...]) -> NamedFiles:
    return NamedFiles(sources)


def tell_rows(
    transcript: TranscriptOptions,
    sources: Sequence[str],
    first_names: Mapping[str, str] = NO_NAMES,
) -> tuple[str, ...]:
    """Say how the rows of one table go to the sources of a cut; nothing where none says whose.

    Args:
        transcript: the table.
        sources: paths or addresses of the sources.
        first_names: as for `rows_wanted`.

    Raises:
        NotFoundError: there is no such transcript.
        InvalidInputError: it cannot be read.
    """
    path = transcript.path
    if path is None or path.is_dir():
        return ()
    wanted = rows_wanted(tuple(sources), first_names=first_names)
    read = read_lines(path, column=transcript.column, speakers=transcript.speakers, wanted=wanted)
    if read.file_column is None:
        return ()
    found = [wanted.find(written) for written in read.files]
    of = [source for source in found if source]
    share = f"{_rows(len(of))} of {path.name} for {_sources(len(set(of)))}"
    by_first_names = _by_first_names(read.files, found, sources) if first_names else ()
    told = (f"{share}, by its column {shown(read.file_column)}", *by_first_names)
    others = [name for name, source in zip(read.files, found, strict=True) if source is None]
    if not others:
        return told
    names = list(dict.fromkeys(shown(name) if name else "no name" for name in others))
    return (
        *told,
        f"{_rows(len(others))} of {path.name} for no source of this cut: "
        f"{some_of(names, _NAMED_FIRST)}",
    )


def _by_first_names(
    files: Sequence[str], found: Sequence[str | None], sources: Sequence[str]
) -> Iterator[str]:
    """Say which sources the table knows by the names that they had when they were cut first."""
    today = rows_wanted(tuple(sources))
    known = {
        source: shown(written)
        for written, source in zip(files, found, strict=True)
        if source and today.find(written) is None
    }
    if known:
        names = [f"{PurePath(source).name} as {name}" for source, name in known.items()]
        yield f"the table knows {some_of(names, _NAMED_FIRST)}, the name at the first cut"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _sources(count: int) -> str:
    return f"{count:,} source{'' if count == 1 else 's'}"
