"""Which column of a table names the files, which holds the texts, and where its headings stand.

The column of files is found by what is in it: the one whose cells fit most files of the folder.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from audioset.documents.facts.load import FactSheet
from audioset.documents.facts.named_files import NamedFiles
from audioset.documents.reading.cell import address
from audioset.documents.reading.header import normal_name
from audioset.documents.reading.headings import (
    FILE_NAMES,
    LENGTH_NAMES,
    TEXT_NAMES,
    fact_roles,
    is_known,
)
from audioset.documents.reading.sheet import HIGHEST_NAMES, NumberedRow
from audioset.errors import InvalidInputError, as_option

_LOOKED_AT = 2000  # rows from which the columns are told
_RIVAL = 0.8  # of the score of the best column
_COLUMNS_SHOWN = 12
_LETTERS = 3  # columns are A to XFD


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """What a person said about a table; None is found.

    Attributes:
        file, text: heading of a column, its letter as in a spreadsheet, or its number from 1.
    """

    file: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsLayout:
    """Where a table holds what.

    Attributes:
        body: place in the rows of the first one under the headings.
        headings: of all columns; `column C` where a table has none.
        file, text, length: places of columns, from 0.
        roles: place -> manifest column, of the facts that have one.
        score: how well the column of files fits; zero when not one cell does.
        wordy: headings of columns that may hold texts, where no text column is known.
    """

    body: int
    headings: tuple[str, ...]
    file: int
    text: int | None
    length: int | None
    roles: dict[int, str]
    score: float
    wordy: tuple[str, ...] = ()


def find_layout(sheet: FactSheet, files: NamedFiles, asked: AskedColumns) -> FactsLayout | None:
    """Find the columns of a table; None when no column can be the one of the files.

    Raises:
        InvalidInputError: no such column as was asked for, or two columns that name files.
    """
    rows = sheet.rows[:_LOOKED_AT]
    scores, first = _scores(rows, files)
    place = _header_by_name(rows, asked.file) if asked.file else None
    file: int | None
    if place is not None:
        file = _column(rows[place][1], asked.file or "")
    else:
        file = _file_column(rows, scores, asked)
        place = None if file is None else _header(rows, file, first.get(file))
    if file is None:
        return None
    headings = _headings(sheet, rows, place)
    body = 0 if place is None else place + 1
    text = _text_column(rows[body:], headings, file, asked.text, has_header=place is not None)
    names = [normal_name(heading) for heading in headings]
    roles = fact_roles(headings, {file} if text is None else {file, text})
    return FactsLayout(
        body=body,
        headings=tuple(headings),
        file=file,
        text=text,
        length=next((names.index(name) for name in LENGTH_NAMES if name in names), None),
        roles=roles,
        score=scores.get(file, 0.0),
        wordy=() if text is not None else _may_hold_texts(rows[body:], headings, {file, *roles}),
    )


def _headings(sheet: FactSheet, rows: Sequence[NumberedRow], place: int | None) -> list[str]:
    """Give the headings of all columns, and their letters where the table has none."""
    if place is None:
        return [f"column {_letters(k)}" for k in range(_usual_width(rows))]
    headings = [" ".join(cell.split()) for cell in rows[place][1]]
    width = max((len(row) for _, row in rows), default=0)
    return headings + [""] * (0 if sheet.is_text else width - len(headings))


def columns_shown(row: Sequence[str]) -> str:
    """List the cells of a row of headings for a message."""
    filled = [repr(cell[:40]) for cell in row if cell.strip()]
    more = f" and {len(filled) - _COLUMNS_SHOWN} more" if len(filled) > _COLUMNS_SHOWN else ""
    return (", ".join(filled[:_COLUMNS_SHOWN]) or "nothing") + more


def _scores(
    rows: Sequence[NumberedRow], files: NamedFiles
) -> tuple[dict[int, float], dict[int, int]]:
    """Give how well each column fits the files, and the place of its first row that does."""
    scores: Counter[int] = Counter()
    first: dict[int, int] = {}
    for place, (_, row) in enumerate(rows):
        for k, cell in enumerate(row):
            found = files.find(cell) if cell.strip() else None
            if found and found.files:
                # A column that counts the rows may fit files that are named by numbers.
                scores[k] += 3 if found.is_exact else 2
                first.setdefault(k, place)
    return {k: float(score) for k, score in scores.items()}, first


def _file_column(
    rows: Sequence[NumberedRow], scores: dict[int, float], asked: AskedColumns
) -> int | None:
    if asked.file:
        return _column((), asked.file, width=max((len(row) for _, row in rows), default=0))
    order = sorted(scores, key=lambda k: (-scores[k], k))
    if not order:
        return _named_column(rows)
    best, rivals = order[0], [k for k in order[1:] if scores[k] >= _RIVAL * scores[order[0]]]
    if not rivals:
        return best
    for place in range(min(HIGHEST_NAMES, len(rows))):
        names = [normal_name(cell) for cell in rows[place][1]]
        known = [k for k in (best, *rivals) if k < len(names) and names[k] in FILE_NAMES]
        if known:
            return min(known, key=lambda k: FILE_NAMES.index(names[k]))
    listed = " and ".join(_letters(k) for k in sorted((best, *rivals)))
    raise InvalidInputError(
        f"has several columns that name files ({listed}); say which one, by its heading or "
        f"letter: {as_option('file_column')}"
    )


def _named_column(rows: Sequence[NumberedRow]) -> int | None:
    """Find the column of files by its heading alone, where no cell names a file."""
    for _, row in rows[:HIGHEST_NAMES]:
        names = [normal_name(cell) for cell in row]
        for name in FILE_NAMES:
            if name in names:
                return names.index(name)
    return None


def _header_by_name(rows: Sequence[NumberedRow], asked: str) -> int | None:
    for place, (_, row) in enumerate(rows[:HIGHEST_NAMES]):
        if normal_name(asked) in [normal_name(cell) for cell in row if cell.strip()]:
            return place
    return None


def _header(rows: Sequence[NumberedRow], file: int, first: int | None) -> int | None:
    """Find the row of headings above the first row that names a file."""
    above = rows[: HIGHEST_NAMES if first is None else min(first, HIGHEST_NAMES)]
    filled = [sum(bool(cell.strip()) for cell in row) for _, row in above]
    alone = max(filled, default=0) == 1  # else a title may be called like a column
    known = [
        sum(is_known(cell) for cell in row) if alone or filled[place] > 1 else 0
        for place, (_, row) in enumerate(above)
    ]
    if any(known):
        return known.index(max(known))
    for place, (_, row) in enumerate(above):
        if not (file < len(row) and row[file].strip()):
            filled[place] = 0
    return filled.index(max(filled)) if max(filled, default=0) > 1 else None


def _column(header: Sequence[str], asked: str, *, width: int = 0) -> int:
    """Find a column by its heading, its letter or its number.

    Raises:
        InvalidInputError: no such column, or two of that name.
    """
    names = [normal_name(cell) for cell in header]
    name = normal_name(asked)
    if names.count(name) > 1:
        raise InvalidInputError(
            f"has {names.count(name)} columns named {asked!r}; give one of them another name, or "
            "say its letter"
        )
    if name in names:
        return names.index(name)
    most = width or len(header)
    if asked.isdecimal() and 1 <= int(asked) <= most:
        return int(asked) - 1
    letters = asked.strip().upper()
    if letters.isascii() and letters.isalpha() and len(letters) <= _LETTERS:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - ord("A") + 1
        if number <= most:
            return number - 1
    raise InvalidInputError(
        f"has no column {asked!r}; its headings are {columns_shown(header)}"
        if header
        else f"has no column {asked!r}; say its heading, its letter or its number"
    )


def _text_column(
    rows: Sequence[NumberedRow],
    headings: Sequence[str],
    file: int,
    asked: str | None,
    *,
    has_header: bool,
) -> int | None:
    if asked is not None:
        return _column(headings, asked)
    if not has_header:
        return _unnamed_text(rows, len(headings), file)
    names = [normal_name(heading) for heading in headings]
    known = [name for name in TEXT_NAMES if name in names]
    for name in known:
        place = names.index(name)
        if names.count(name) > 1:
            raise InvalidInputError(
                f"has two columns named {headings[place]!r}; give one of them another name"
            )
        if place != file and _has_letters(rows, place):
            return place
    return None


def _unnamed_text(rows: Sequence[NumberedRow], width: int, file: int) -> int | None:
    """Find the texts of a table without headings, such as LJSpeech's.

    Of two columns of sentences the second holds the numbers written out.
    """
    wordy = [k for k in range(width) if k != file and _is_wordy(rows, k)]
    if len(wordy) == 1 or (len(wordy) == 2 and width == 3):
        return wordy[-1]
    lettered = [k for k in range(width) if k != file and _has_letters(rows, k)]
    return lettered[0] if not wordy and width == 2 and lettered else None


def _may_hold_texts(
    rows: Sequence[NumberedRow], headings: Sequence[str], known: set[int]
) -> tuple[str, ...]:
    """Give headings over several words in most cells; where there are none, over words at all."""
    places = [k for k, heading in enumerate(headings) if heading and k not in known]
    found = [k for k in places if _is_wordy(rows, k)]
    found = found or [k for k in places if _cells(rows, k) and _has_letters(rows, k)]
    return tuple(headings[k] for k in found)


def _cells(rows: Sequence[NumberedRow], k: int) -> list[str]:
    return [row[k] for _, row in rows if k < len(row) and row[k].strip()]


def _has_letters(rows: Sequence[NumberedRow], k: int) -> bool:
    """Tell whether a column holds words; an empty one may."""
    cells = _cells(rows, k)
    return 2 * sum(any(map(str.isalpha, cell)) for cell in cells) >= len(cells)


def _is_wordy(rows: Sequence[NumberedRow], k: int) -> bool:
    """Tell whether most cells of a column hold several words."""
    cells = _cells(rows, k)
    return bool(cells) and 2 * sum(len(cell.split()) > 1 for cell in cells) > len(cells)


def _usual_width(rows: Sequence[NumberedRow]) -> int:
    widths = Counter(len(row) for _, row in rows)
    return widths.most_common(1)[0][0] if widths else 0


def _letters(column: int) -> str:
    return address(range(column), 1).rstrip("1")
