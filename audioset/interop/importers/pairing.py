"""Which row of a table means which file, and what is taken of rows that mean the same one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from audioset.documents.facts import FactsRow, NamedFiles
from audioset.interop.importers.report import NAMES_TOLD, Fate, ImportedRow
from audioset.wording import some_of

_TEXT_SHOWN = 40
_MOST_QUESTIONS = 200  # of what may be meant: each is held against all files


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rows and files that belong together.

    Attributes:
        rows: what became of each row, in order.
        facts: what the table says of a file, by its name.
    """

    rows: tuple[ImportedRow, ...]
    facts: dict[str, FactsRow]


@dataclass(slots=True)
class _Claim:
    """A row that names a file, and how well."""

    row: FactsRow
    file: str
    fate: Fate


def pair_rows(rows: Sequence[FactsRow], files: NamedFiles, *, exact: bool = False) -> Pairing:
    """Pair rows with files; where two fit, none is taken.

    Args:
        rows: of the table.
        files: of the folder.
        exact: ask about misspellings instead of taking them.
    """
    claims: list[_Claim] = []
    left: list[FactsRow] = []
    fates: dict[int, ImportedRow] = {}
    for row in rows:
        found = files.find(row.file)
        if not row.file:
            fates[row.number] = _fate(row, None, "no name", f"names no file{_beginning(row)}")
        elif found.file is not None:
            own = found.is_exact or found.is_stem
            claims.append(_Claim(row, found.file, "taken" if own else "respelt"))
        elif found.files:
            fates[row.number] = _fate(row, None, "two fit", f"may be {_either(found.files)}")
        else:
            left.append(row)
    by_misspelling, unpaired = _misspelt(left, claims, files, exact=exact)
    claims += by_misspelling
    fates |= unpaired
    facts: dict[str, FactsRow] = {}
    by_file = defaultdict(list)
    for claim in claims:
        by_file[claim.file].append(claim)
    for file, same in by_file.items():
        facts[file], told = _together(file, same)
        fates |= {each.row: each for each in told}
    return Pairing(tuple(fates[row.number] for row in rows), facts)


def _misspelt(
    left: Sequence[FactsRow], claims: Sequence[_Claim], files: NamedFiles, *, exact: bool
) -> tuple[list[_Claim], dict[int, ImportedRow]]:
    """Take misspellings of one file, which no row names and no other row may mean."""
    named = {claim.file: claim.row.number for claim in reversed(claims)}
    fits = {row.number: files.close(row.file) for row in left}
    near = defaultdict(set)
    for row in left:
        for file in fits[row.number]:
            near[file].add(row.file.casefold())
    found: list[_Claim] = []
    unpaired: dict[int, ImportedRow] = {}
    for row in left:
        close = fits[row.number]
        if len(close) == 1 and close[0] not in named and len(near[close[0]]) == 1 and not exact:
            found.append(_Claim(row, close[0], "close"))
        else:
            asks = len(unpaired) < _MOST_QUESTIONS
            unpaired[row.number] = _unpaired(row, close, near, files if asks else None, named)
    return found, unpaired


def _unpaired(
    row: FactsRow,
    close: Sequence[str],
    near: Mapping[str, set[str]],
    files: NamedFiles | None,
    named: Mapping[str, int],
) -> ImportedRow:
    """Say why a row has no file, and which may be meant: the likest of `files`, if given."""
    if len(close) > 1:
        return _fate(row, None, "two fit", f"{row.file!r} may be {_either(close)}")
    if close and close[0] not in named and len(near[close[0]]) > 1:
        why = f"{row.file!r} and other rows may mean {close[0]}; correct their names"
        return _fate(row, None, "two fit", why)
    where = "lies outside of the folder" if NamedFiles.leads_out(row.file) else "is not there"
    meant = close[0] if close else files.meant(row.file) if files else None
    question = f"; did you mean {meant}?" if meant else ""
    if meant and meant in named:
        question = f"; did you mean {meant}, which row {named[meant]} names?"
    return _fate(row, None, "no file", f"{row.file!r} {where}{question}")


def _together(file: str, claims: Sequence[_Claim]) -> tuple[FactsRow, list[ImportedRow]]:
    """Make one row of all that name a file; what they contradict each other in is left out."""
    first = claims[0].row
    if len(claims) == 1:
        (claim,) = claims
        why = "" if claim.fate == "taken" else f"{first.file!r} taken as {file}"
        return first, [_fate(first, file, claim.fate, why)]
    rows = [claim.row for claim in claims]
    columns, disputed = _merged([dict(row.columns) for row in rows])
    extra, disputed_extra = _merged([dict(row.extra) for row in rows])
    disputed |= disputed_extra
    if "text" in disputed:
        columns.pop("text_source", None)
    merged = replace(first, columns=columns, extra=extra)
    listed = _rows(rows)
    if not disputed:
        why = f"{listed} name {file} and say nothing different; taken once"
        return merged, [_fate(row, file, "doubled", why) for row in rows]
    what = "; ".join(
        f"{name}: {' or '.join(_shown(value) for value in values)}"
        for name, values in disputed.items()
    )
    why = f"{listed} contradict each other about {file} ({what}); neither is taken"
    return merged, [_fate(row, file, "contradicts", why) for row in rows]


def _merged(
    given: Sequence[dict[str, str]],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Give what no two rows say differently, and the values where they do."""
    values: dict[str, list[str]] = defaultdict(list)
    for each in given:
        for name, value in each.items():
            if value not in values[name]:
                values[name].append(value)
    agreed = {name: found[0] for name, found in values.items() if len(found) == 1}
    return agreed, {name: found for name, found in values.items() if len(found) > 1}


def _fate(row: FactsRow, file: str | None, fate: Fate, why: str) -> ImportedRow:
    return ImportedRow(
        row=row.number, name=row.file, file=file, fate=fate, why=why, problems=row.problems
    )


def _beginning(row: FactsRow) -> str:
    text = row.columns.get("text")
    return f"; its text is {_shown(text)}" if text else ""


def _either(files: Sequence[str]) -> str:
    return some_of(files, NAMES_TOLD, between=" or ")


def _rows(rows: Sequence[FactsRow]) -> str:
    numbers = [str(row.number) for row in sorted(rows, key=lambda row: row.number)]
    return f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"


def _shown(value: str) -> str:
    return repr(value if len(value) <= _TEXT_SHOWN else f"{value[: _TEXT_SHOWN - 3]}...")
