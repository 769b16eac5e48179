"""Text without secrets, whoever wrote it: messages, logs, and what libraries say."""

import os
import re
from functools import lru_cache
from urllib.parse import quote

from audioset.hiding.addresses import TOKEN, hide_in_address, secrets_in
from audioset.hiding.names import HIDDEN, MIN_SECRET, NAME, is_path, is_private, is_random

_URL = re.compile(r"(?<![a-z0-9+.-])[a-z0-9+.-]++://[^\s'\"<>`|]+", re.IGNORECASE)
# `name=value`, `"name": "value"`; not `name == value`, which is a condition.
_ASSIGNED = re.compile(
    rf"(?<![\w.-])(?P<before>[-+~]{{0,2}}(?P<name>{NAME})[\"']?\]?\s*(?P<mark>=(?!=)|:(?!//|:))\s*)"
    r"(?P<value>\"[^\"]+\"|'[^']+'|[^\s,;&'\")\]}]+)",
    re.IGNORECASE,
)
_SPACED = re.compile(rf"(?<![\w.-])(?P<before>--?(?P<name>{NAME})\s+)(?P<value>\S+)", re.IGNORECASE)
_HEADER = re.compile(
    r"(authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s+)?)"
    r"(?:AWS4[^\n\"']*|[^\s\"',]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b((?:Bearer|Basic|Token)\s+)(?=\S*[\d=])[\w+/=.~-]{8,}")
_NETRC = re.compile(r"(\blogin\s+\S+\s+password\s+)\S+")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL
)
_IN_PROSE = ("token", "secret", "secrets", "credentials")  # `invalid token: comma`


def hide(text: str, *addresses: str, is_code: bool = False) -> str:
    """Give a text without secrets.

    Args:
        text: of any kind and length.
        addresses: whose passwords and keys are hidden wherever they stand in the text, as those of
            the environment are in any case. An address is hidden by `hide(address, address)`.
        is_code: the text is a program: `password=ask()` holds no secret, `password="x1y2z3"` does.
    """
    known = {secret for address in addresses for secret in secrets_in(address)}
    for secret in sorted(known | _of_environment(), key=lambda one: (-len(one), one)):
        if secret in text:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", HIDDEN, text)
    text = _KEY_BLOCK.sub(HIDDEN, text)
    text = _URL.sub(lambda found: hide_in_address(found[0]), text)
    if is_code:
        text = _ASSIGNED.sub(_hide_constant, text)
    else:
        for pattern in (_HEADER, _BEARER, _NETRC):
            text = pattern.sub(rf"\1{HIDDEN}", text)
        text = _SPACED.sub(_hide_spaced, _ASSIGNED.sub(_hide_assigned, text))
    return TOKEN.sub(HIDDEN, text)


def hide_in_error(error: BaseException, *addresses: str) -> None:
    """Hide secrets in what an error, and those that caused it, print in a traceback.

    Args:
        error: is changed.
        addresses: as in `hide`.
    """
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [*one.args, one.__cause__, one.__context__]
        one.args = tuple(hide(a, *addresses) if isinstance(a, str) else a for a in one.args)
        if isinstance(text := getattr(one, "message", None), str):  # MLflow prints this one
            one.message = hide(text, *addresses)  # type: ignore[attr-defined]


def _hide_assigned(found: "re.Match[str]") -> str:
    value = found["value"].strip("\"'")
    quoted = '"' in found["before"] or "'" in found["before"]
    is_prose = found["mark"] == ":" and not quoted and found["name"].lower() in _IN_PROSE
    if not is_private(found["name"], value) or (is_prose and not is_random(value)):
        return found[0]
    quotes = found["value"][0] if found["value"][0] in "\"'" else ""
    return f"{found['before']}{quotes}{HIDDEN}{quotes}"


def _hide_constant(found: "re.Match[str]") -> str:
    is_text = found["value"][0] in "\"'" and is_random(found["value"].strip("\"'"))
    return _hide_assigned(found) if is_text else found[0]


def _hide_spaced(found: "re.Match[str]") -> str:
    value = found["value"].strip("\"'")
    is_secret = is_private(found["name"], value) and is_random(value)
    return f"{found['before']}{HIDDEN}" if is_secret else found[0]


def _of_environment() -> frozenset[str]:
    # Few variables change in the life of a process; looking at each takes longer than this.
    return _secrets_of_variables(tuple(os.environ.items()))


@lru_cache(maxsize=4)
def _secrets_of_variables(variables: tuple[tuple[str, str], ...]) -> frozenset[str]:
    found: set[str] = set()
    for name, value in variables:
        if "://" in value:
            whole = [value] if _URL.match(value) else []  # a password may hold a space
            found.update(*map(secrets_in, [*whole, *_URL.findall(value)]))
        elif _is_secret_variable(name, value):
            found.update((value, quote(value, safe="")))
    return frozenset(found)


def _is_secret_variable(name: str, value: str) -> bool:
    if name in ("PWD", "OLDPWD") or is_path(value) or value.isdecimal():
        return False
    # `SORT_KEY=speaker` is none; a longer one may be.
    sure = is_private(name, value)
    doubtful = name.upper().endswith(("_KEY", "_PASS", "_PWD"))
    return (sure and len(value) >= MIN_SECRET) or (doubtful and len(value) >= 2 * MIN_SECRET)
