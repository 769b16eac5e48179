"""Values of clips as cells of a table, and what programs for tables make of cells.

What is compared is what stands in cells: a value, its cell in what was exported, and the cell that
comes back. Line ends, and signs that no table can hold, are no difference.
"""

import re
from decimal import Decimal, InvalidOperation

from audioset.catalog.decisions import DecisionValue
from audioset.catalog.fields import parse_value
from audioset.documents.reading.cell import DATE, ERROR, NO_RESULT, TIME, made_of
from audioset.errors import InvalidInputError
from audioset.records.table_cell import from_cell

YES, NO = "yes", "no"
NUMBER_TYPES = ("int", "float")
_DIGITS = 4  # after the point; a tenth of a millisecond
_FORMULAS = ("=", "+", "-", "@")
_CLOSE = Decimal("0.0001")
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NUMBER = re.compile(r"([-+]?[0-9]{1,40}(?:[.,][0-9]{1,40})?)([eE][-+]?[0-9]{1,2})?")
_PADDED = re.compile(r"[-+]?0[0-9]")  # no program adds zeros in front
_WHOLE_FLOAT = re.compile(r"-?[0-9]+[.,]0+")
_SHEET_DIGITS = 15  # that programs for tables keep of a number
# What these programs call true and false, in the languages in which they are most used.
_TRUE = frozenset("true yes 1 wahr ja vrai oui vero sì si verdadero sí verdadeiro sim waar sand prawda tak истина да".split())  # noqa: E501, SIM905  # fmt: skip
_FALSE = frozenset("false no 0 falsch nein faux non falso não nao onwaar nee falsk nej fałsz nie ложь нет".split())  # noqa: E501, SIM905  # fmt: skip
# What pandas reads as an empty cell.
_MISSING = frozenset("#N/A|#NA|-NaN|-nan|1.#IND|1.#QNAN|-1.#IND|-1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|"))  # noqa: E501, SIM905  # fmt: skip
_DAY = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?\.?"
    r"|[^\W\d]{3,9}[ -][0-9]{1,4}|[0-9]{1,2}\.?[ -][^\W\d]{3,9}"
)
_MADE_DAY = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}( 0{1,2}:00(:00)?)?"
    r"|[0-9]{1,2}\.?[- ]?[^\W\d]{3,9}\.?([- ][0-9]{2,4})?|[^\W\d]{3,9}\.?[- ][0-9]{2,4}"
)
_CLOCK = re.compile(r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)( ?[APap][Mm])?")


def show_cell(value: object) -> str:
    """Write a value as a cell; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float):
        return f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return plain(str(value))


def plain(text: str) -> str:
    r"""Give a text as tables can hold it: line ends as `\n`, no control characters."""
    return _UNSHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def same_cell(one: str, other: str, kind: str) -> bool:
    """Tell whether two cells of a column say the same.

    Args:
        one: of what was exported, or what holds.
        other: of a table.
        kind: of the column's values, as `kind_of` gives it; spaces around a text alone count.
    """
    if kind == "text":
        return plain(one) == plain(other) or one.strip() == other.strip() == ""
    one, other = plain(one).strip(), plain(other).strip()
    if kind == "string":
        return one == other
    if kind == "bool":
        truths = truth_of(one), truth_of(other)
        return truths[0] == truths[1] if None not in truths else one.casefold() == other.casefold()
    first, second = number_of(one), number_of(other)
    if first is None or second is None:
        return one == other
    return abs(first - second) <= _CLOSE * (abs(first) + 1)


def spoilt_cell(before: str, cell: str) -> str:
    """Tell what a program for tables made of a cell that nobody changed; empty for nothing.

    Args:
        before: what was exported.
        cell: what comes back, and is not the same.
    """
    before, now = before.strip(), cell.strip()
    if made_of(cell) in (NO_RESULT, ERROR) and before[:1] in _FORMULAS:
        return "a formula of a text"
    if not now and not made_of(cell):
        return f"nothing of {before}" if before in _MISSING else ""
    if from_cell(before) == now:
        return "nothing of an apostrophe"
    if _same_number(before, now):
        return "another form of a number"
    if _DAY.fullmatch(before) and (made_of(cell) == DATE or _MADE_DAY.fullmatch(now)):
        return "a date of what was none"
    if (match := _CLOCK.fullmatch(before)) and (
        made_of(cell) == TIME
        or ((found := _CLOCK.fullmatch(now)) and _hours(found[1]) == _hours(match[1]))
    ):
        return "a time of what was none"
    truth = truth_of(before) if before.casefold() in ("true", "false") else None
    if truth is not None and now.isupper() and truth_of(now) is truth:
        return "a truth value of a word"
    return ""


def decided_value(field: str, cell: str, kind: str) -> DecisionValue:
    """Read the value that a cell decides; None for an empty one.

    Raises:
        InvalidInputError: not a value that the field can have.
    """
    text = plain(cell) if kind == "text" else plain(cell).strip()
    if kind == "bool" and (truth := truth_of(text)) is not None:
        return parse_value(field, YES if truth else NO)
    if kind == "int":
        return parse_value(field, text.replace(",", ".").removesuffix(".0"))
    return parse_value(field, text.lower() if field == "split" else text)


def truth_of(word: str) -> bool | None:
    """Read a truth value as programs for tables write it; None when it is none."""
    bare = word.strip().casefold().removesuffix(".0")
    if bare in _TRUE or bare in _FALSE:
        return bare in _TRUE
    try:
        value = parse_value("accepted", bare)
    except InvalidInputError:
        return None
    return value if isinstance(value, bool) else None


def number_of(text: str) -> Decimal | None:
    """Read a number with a point or a comma; None when it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def are_floats(cells: list[str]) -> bool:
    """Tell whether a program made floats of a column: all that is there ends with `.0`."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_WHOLE_FLOAT.fullmatch(cell.strip()) for cell in filled)


def without_float(cell: str) -> str:
    """Give a whole number that was made a float as it was."""
    return re.sub(r"[.,]0+$", "", cell.strip())


def _same_number(before: str, now: str) -> bool:
    first, second = number_of(before), number_of(now)
    if first is None or second is None or _PADDED.match(now):
        return False
    match = _NUMBER.fullmatch(now)
    short = len(re.sub(r"[-+.,]|^0+", "", match[1])) if match and match[2] else _SHEET_DIGITS
    return first == second or _rounded(first, short) == second


def _rounded(number: Decimal, digits: int) -> Decimal:
    return Decimal(f"{number:.{max(digits, 1) - 1}E}")


def _hours(clock: str) -> list[int]:
    parts = [int(part) for part in clock.split(":")]
    return [parts[0] % 12, parts[1], *(parts[2:] or [0])]
