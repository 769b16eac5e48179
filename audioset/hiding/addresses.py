"""Secrets in addresses: passwords, tokens as user names, keys and signatures in the query."""

import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

from audioset.errors import InvalidInputError
from audioset.hiding.names import HIDDEN, NAME, is_no_secret

_MIN_KNOWN = 3  # characters; what is shorter stands in every text
_LONG_NAME = 20  # characters; who is called so is a token
_NO_PASSWORD = ("", "x-oauth-basic", "x")  # stands beside a token that is the user name
_NO_HOST = ("sqlite", "file", "models", "runs", "memory")  # schemes
_CLOUD = ("s3", "gs", "az", "wasb")
_WEB = ("http", "https", "ws", "wss")
_KEY_NAME = re.compile(
    rf"{NAME}|key|sig|signature|auth|policy|key-pair-id|awsaccesskeyid|googleaccessid"
    r"|x-(?:amz|goog)-(?:signature|credential|security-token)",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?<=[?&;#])([\w.%-]+)=([^&#;\s]+)")
# What well-known services give out.
TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:hf_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w{10,}"
    r"|glpat-[\w-]{10,}|A[KS]IA[A-Z0-9]{12,}|sk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{16,}"
    r"|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}|ya29\.[\w-]{10,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
    r"|dapi[0-9a-f]{32}|dckr_pat_[\w-]{10,}|SG\.[\w-]{10,}\.[\w-]{10,}"
    r"|eyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?)"
)


def hide_in_address(address: str) -> str:
    """Give an address without its secrets; a text that is none, as it is."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    user, after = _divide(scheme.lower(), rest)
    shown = "" if user is None else f"{_shown(scheme.lower(), user)}@"
    return f"{scheme}://{shown}{_QUERY.sub(_hide_key, after)}"


def secrets_in(address: str) -> Iterator[str]:
    """Give the secrets of an address, each as it is written, as it is meant, and encoded."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return
    user, after = _divide(scheme.lower(), rest)
    found = [match[2] for match in _QUERY.finditer(after) if _is_key(match[1], match[2])]
    if user is not None and (shown := _shown(scheme.lower(), user)) != user:
        name, _, password = user.partition(":")
        found += [password] if shown.startswith(f"{name}:") else [user, name, password]
        if len(password) >= _MIN_KNOWN:  # as it goes to a server
            found.append(b64encode(unquote(user).encode()).decode())
    for secret in found:
        plain = unquote(secret)
        for form in {secret, plain, quote(plain, safe=""), quote_plus(plain)}:
            if len(form) >= _MIN_KNOWN and form not in _NO_PASSWORD and form != HIDDEN:
                yield form


def require_address(address: str, setting: str) -> str:
    """Return an address whose password, if it has one, is written so that programs can read it.

    Args:
        address: that was given.
        setting: for which, such as `catalog`.

    Raises:
        InvalidInputError: the password holds what ends it too early: `@`, `/`, `?`, `#`, a space.
    """
    scheme, mark, rest = address.partition("://")
    user = _divide(scheme.lower(), rest)[0] if mark else None
    if user is not None and (bad := re.search(r"[@/?#\s]", user)):
        raise InvalidInputError(
            f"the password in the address of {setting} ({scheme}://{HIDDEN}) holds a plain "
            f"{bad[0]!r}; write it %{ord(bad[0]):02X}"
        )
    return address


def _divide(scheme: str, rest: str) -> tuple[str | None, str]:
    """Divide what follows `://` into the user, with the password, and the rest; None without user.

    A password may hold what would end it; it then reaches to the last `@` that can be meant.
    """
    if scheme.partition("+")[0] in _NO_HOST:
        return None, rest
    head = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path, _, query = rest.partition("?")
    is_option = "=" in query.partition("@")[0]  # `?user=me@host`
    reach = path if is_option else rest
    port = head.rpartition(":")[2]
    if "@" in head:
        named_only = ":" not in head.partition("@")[0]
        place = (head if named_only else reach).rfind("@")
    elif ":" not in head or head.startswith("["):
        return None, rest
    elif not port.isdecimal():
        place = rest.rfind("@")
    else:  # `me:12/34@host`; pages of the web may have an @ in their path
        place = -1 if scheme.rpartition("+")[2] in _WEB else reach.rfind("@")
    return (rest[:place], rest[place + 1 :]) if place >= 0 else (None, rest)


def _shown(scheme: str, user: str) -> str:
    name, colon, password = user.partition(":")
    if is_no_secret(password or user):  # `{user}:{password}` of a program
        return user
    if scheme.startswith(_CLOUD):
        return HIDDEN
    is_web = scheme.rpartition("+")[2] in _WEB
    if not colon:
        return HIDDEN if is_web else user
    if not password and not is_web:
        return user
    is_token = password in _NO_PASSWORD or len(name) >= _LONG_NAME or TOKEN.match(name)
    return HIDDEN if is_token else f"{name}:{HIDDEN}"


def _hide_key(found: "re.Match[str]") -> str:
    return f"{found[1]}={HIDDEN}" if _is_key(found[1], found[2]) else found[0]


def _is_key(name: str, value: str) -> bool:
    return _KEY_NAME.fullmatch(unquote(name)) is not None and not is_no_secret(value)
