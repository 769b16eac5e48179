"""Which conditions in SQL are allowed: those that give the same rows of the same manifest, always.

A condition is judged by what DuckDB's own parser makes of it: a tree of nodes, of which only those
listed here may occur. All of them look at one clip at a time, give the same for it whenever and
wherever they run, and need no more time or memory than the length of texts and condition allows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audioset.errors import InvalidInputError
from audioset.near_names import ask_whether

# Limits of what is handed to the parser: it takes time and memory by the length, and far more for
# what opens without end. A list of some thousand clip ids stays far below.
MOST_CHARACTERS = 250_000
MOST_NESTED = 100
# Columns, comparisons and functions; values in a list do not count. Each is worked out for some
# thousand clips at once, in between of which the clock is looked at.
MOST_PARTS = 2_000

SAMPLE = "sample"  # ours: by the hash of the clip id
SAMPLE_WORDS = "sample takes a share between 0 and 1, and a whole number as seed: sample(0.1, 7)"
FUNCTIONS = (
    # numbers
    *("+", "-", "*", "/", "//", "%", "^", "**", "@", "abs", "ceil", "ceiling", "exp", "floor"),
    *("greatest", "isfinite", "isinf", "isnan", "least", "ln", "log", "log10", "log2", "mod"),
    *("pow", "power", "round", "sign", "sqrt", "trunc"),
    # texts; what makes them longer, such as repeat, is left out
    *("~~", "!~~", "~~*", "!~~*", "~~~", "like_escape", "not_like_escape", "ilike_escape"),
    *("not_ilike_escape", "ascii", "char_length", "contains", "ends_with", "instr", "lcase"),
    *("left", "length", "lower", "ltrim", "md5", "position", "prefix", "regexp_extract"),
    *("regexp_full_match", "regexp_matches", "reverse", "right", "rtrim", "sha256", "split"),
    *("split_part", "starts_with", "str_split", "string_split", "strip_accents", "strlen"),
    *("strpos", "substr", "substring", "suffix", "trim", "ucase", "unicode", "upper", "^@"),
    # maps and lists
    *("array_contains", "array_length", "cardinality", "element_at", "len", "list_contains"),
    *("list_extract", "list_has", "list_value", "map_contains", "map_extract"),
    *("map_extract_value", "map_keys", "map_values"),
    # any
    *("if", "ifnull", "nullif", SAMPLE),
)

_NODES = {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT"}
_NODES |= {"FUNCTION", "OPERATOR", "TYPE"}
_TYPES = {"bigint", "bool", "boolean", "char", "decimal", "double", "float", "float4", "float8"}
_TYPES |= {"hugeint", "int", "int1", "int2", "int4", "int8", "integer", "long", "numeric", "real"}
_TYPES |= {"short", "signed", "smallint", "string", "text", "tinyint", "varchar"}
_TYPES |= {"ubigint", "uinteger", "usmallint", "utinyint"}

_CHANCE = {"gen_random_uuid", "hash", "nextval", "currval", "random", "rowid", "setseed", "uuid"}
_CHANCE |= {"uuidv4", "uuidv7", "row_number", "first", "last", "any_value", "arbitrary"}
_CLOCK = {"age", "ago", "current_date", "current_localtime", "current_localtimestamp"}
_CLOCK |= {"current_time", "current_timestamp", "get_current_time", "get_current_timestamp"}
_CLOCK |= {"localtime", "localtimestamp", "now", "today", "transaction_timestamp"}
_PLACE = {"current_database", "current_role", "current_setting", "current_user", "getenv", "glob"}
_PLACE |= {"getvariable", "pg_typeof", "read_blob", "read_csv", "read_json", "read_parquet"}
_PLACE |= {"read_text", "session_user", "txid_current", "user", "version"}
_AGGREGATES = {"avg", "count", "count_star", "list", "max", "mean", "median", "min", "mode"}
_AGGREGATES |= {"quantile", "quantile_cont", "stddev", "string_agg", "sum", "variance"}
_OTHER_ROWS = "may give other rows next time"
_SEVERAL = (
    "looks at more than one clip, and a condition is on the columns of one clip at a time; name "
    "the values themselves"
)
_OTHER_NODES = {"SUBQUERY": f"a select {_SEVERAL}", "WINDOW": f"over (…) {_SEVERAL}"}
_SAMPLE_TAKES = 3  # the clip, which nobody writes, share and seed
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*""")
_SAMPLES = re.compile(rf"{_QUOTED.pattern}|(\b{SAMPLE}\s*\()", re.IGNORECASE)
# Words that the parser keeps for itself: a column of that name is not seen by it.
_RESERVED = "all analyze any asc both check collate column constraint create default desc describe "
_RESERVED += "do except fetch for foreign from group having into lateral leading limit offset only "
_RESERVED += "order pivot placing primary qualify references returning select show some summarize "
_RESERVED += "symmetric table to trailing union unique unpivot using variadic where window with"
_RESERVED_COMPARED = re.compile(
    rf"\b({_RESERVED.replace(' ', '|')})\s*(?:[=<>!~]|(?:not\s+)?(?:in|like|ilike|between)\b|is\b)",
    re.IGNORECASE,
)
_OPERATORS = re.compile(rf"(?:[-+~@!#%^&*/|<>=]\s*){{{MOST_NESTED},}}")


def require_parsable(where: str) -> None:
    """Require that a condition can be handed to the parser, which has no limits of its own.

    Raises:
        InvalidInputError: it is empty, too long, nested too deep, or no text.
    """
    if not where.strip():
        raise refused(where, "there is nothing in it; write one such as snr_db > 20")
    if not where.isprintable() and re.search("[\0\ud800-\udfff]", where):
        raise refused(where, "it holds bytes that are no text")
    if len(where) > MOST_CHARACTERS:
        raise refused(
            where, f"it has {len(where):,} characters, and {MOST_CHARACTERS:,} are the most"
        )
    depth = deepest = 0
    for character in _QUOTED.sub("''", where):
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MOST_NESTED or _OPERATORS.search(where):
        raise nested(where)


def name_clips_of_samples(where: str) -> str:
    """Give a condition to run: what takes a sample is told the clip, which nobody writes."""
    return _SAMPLES.sub(lambda found: f"{SAMPLE}(clip_id, " if found[1] else found[0], where)


def require_same_rows_always(where: str, tree: Any, names: Sequence[str]) -> None:
    """Require that a condition gives the same rows whenever it is asked for.

    Args:
        where: the condition, for messages.
        tree: what the parser made of it: the part of its JSON that is the condition.
        names: of the columns of the rows.

    Raises:
        InvalidInputError: it may give other rows, looks at more than the clip itself, or has an
            unknown column; the text says what to use instead.
    """
    known = {name.lower() for name in names}
    for count, node in enumerate(n for n in _nodes(tree) if n["class"] != "CONSTANT"):
        if count >= MOST_PARTS:
            raise refused(
                where,
                f"it has more than {MOST_PARTS:,} parts; many values go into a list: in ('a', 'b')",
            )
        kind = node["class"]
        if kind == "FUNCTION":
            _require_function(where, node)
        elif kind == "COLUMN_REF":
            _require_column(where, node["column_names"], known, names)
        elif kind == "CAST":
            _require_type(where, node)
        elif kind not in _NODES or node["type"] == "GROUPING_FUNCTION":
            raise refused(where, _OTHER_NODES.get(kind) or _no_comparison(kind))


def columns_of(tree: Any, names: Sequence[str]) -> list[str]:
    """Give the columns that a condition looks at, and `clip_id`, in the order of `names`.

    Args:
        tree, names: as in `require_same_rows_always`.
    """
    paths = (node["column_names"] for node in _nodes(tree) if node["class"] == "COLUMN_REF")
    said = {part.lower() for path in paths for part in path} | {"clip_id"}
    return [name for name in names if name.lower() in said]


def refused(where: str, reason: str) -> InvalidInputError:
    """Make the error of a condition; of a long one the beginning is shown."""
    shown = where if len(where) <= MOST_NESTED else where[: MOST_NESTED - 1] + "…"
    return InvalidInputError(f"the condition {shown!r} cannot be used: {reason}")


def explain_reserved(where: str) -> str:
    """Say how a fact is written whose name the parser keeps for itself; empty where none is."""
    found = _RESERVED_COMPARED.search(_QUOTED.sub("''", where))
    return f"; {found[1]!r} is a word of SQL, a fact is extra['{found[1]}']" if found else ""


def nested(where: str) -> InvalidInputError:
    """Make the error of a condition that is nested too deep."""
    return refused(where, f"it is nested more than {MOST_NESTED} deep; write it flatter")


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Give all nodes, without a call for each level."""
    left = [tree]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if "class" in one:
                yield one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _no_comparison(kind: str) -> str:
    what = kind.replace("_", " ").lower()
    return f"{what} cannot stand in it; write a comparison of columns"


def _require_function(where: str, node: Mapping[str, Any]) -> None:
    name = str(node["function_name"]).lower()
    if reason := _why_not_same(f"{name}()", name):
        raise refused(where, reason)
    if name in _AGGREGATES:
        raise refused(where, f"{name.removesuffix('_star')}() {_SEVERAL}")
    if name not in FUNCTIONS:
        hint = ask_whether(name, FUNCTIONS, most=1) or "docs/format.md lists those that can"
        raise refused(where, f"the function {name!r} cannot stand in it; {hint}")
    if node.get("filter") or node.get("distinct") or (node.get("order_bys") or {}).get("orders"):
        raise refused(where, f"{name}() {_SEVERAL}")
    if name == SAMPLE and len(node.get("arguments") or node.get("children") or ()) != _SAMPLE_TAKES:
        raise refused(where, SAMPLE_WORDS)
    if name == "list_value" and any(inner["class"] == "COLUMN_REF" for inner in _nodes(node)):
        raise refused(where, "a list holds values only, no columns; compare with 'or'")


def _why_not_same(shown: str, name: str) -> str | None:
    if name in _CHANCE:
        return (
            f"{shown} {_OTHER_ROWS}; take a share of the clips by the hash of their ids: "
            f"{SAMPLE}(0.1, 7) is a tenth of them, and another number than 7 another tenth"
        )
    if name in _CLOCK:
        return f"{shown} {_OTHER_ROWS}: the clock goes on; write the value itself"
    if name in _PLACE:
        return f"{shown} {_OTHER_ROWS}: it looks outside of the rows; write the value itself"
    return None


def _require_column(where: str, path: Sequence[str], known: set[str], names: Sequence[str]) -> None:
    inside = [part.lower() for part in path]
    if inside[:1] == ["clips"] and len(inside) > 1:
        inside = inside[1:]
    if len(inside) == 1 and inside[0] in known:
        return
    if inside[0] == "extra" and len(inside) == 2:
        raise refused(where, f"a fact without a column is written extra['{path[-1]}']")
    if reason := _why_not_same(path[-1], inside[0]):
        raise refused(where, reason)
    name = path[-1] if len(inside) < len(path) else path[0]
    raise refused(where, _explain_unknown(name, names))


def _require_type(where: str, node: Mapping[str, Any]) -> None:
    """Require a cast to numbers or text; what stands for a time depends on clock and zone."""
    stated = node.get("type_expr") or node.get("cast_type") or {}
    name = str(stated.get("type_name") or stated.get("id") or "this type")
    if name.lower() not in _TYPES:
        raise refused(
            where,
            f"a cast to {name.lower()} cannot stand in it: numbers, texts and booleans are the "
            "same everywhere",
        )


def _explain_unknown(column: str, names: Sequence[str]) -> str:
    """Name the columns that may be meant; a word that is like none is perhaps a text."""
    if meant := ask_whether(column.lower(), names):
        return f"unknown column {column!r}; {meant}"
    return (
        f"unknown column {column!r}; docs/format.md lists the columns, a fact of your own is "
        f"extra['{column}'], and a text stands in single quotes: '{column}'"
    )
