"""Floor 0: where a store may be, and what was probably meant by what is nearly an address."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from audioset.errors import InvalidInputError
from audioset.hiding import hide

STORES = "a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
# What other programs call the same kinds of stores.
_KINDS = {
    "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gs", "gcs": "gs", "az": "az", "azure": "az",
    "wasb": "az", "wasbs": "az", "abfs": "abfs", "abfss": "abfss", "file": "file",
}  # fmt: skip
_SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
_NEARLY = re.compile(rf"\s*({'|'.join(_KINDS)})(:/{{0,3}}|//|;//)(.*)", re.IGNORECASE | re.DOTALL)
_AMAZON = r"s3[.-](?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com"
# Addresses for browsers -> kind of store, with the groups `bucket` and `rest`.
_WEB = (
    (rf"(?P<bucket>[a-z0-9.-]+)\.{_AMAZON}(?P<rest>/.*)?", "s3"),
    (rf"{_AMAZON}/(?P<bucket>[^/]+)(?P<rest>/.*)?", "s3"),
    (r"storage\.(?:cloud\.google|googleapis)\.com/(?P<bucket>[^/]+)(?P<rest>/.*)?", "gs"),
    (r"(?P<bucket>[a-z0-9._-]+)\.storage\.googleapis\.com(?P<rest>/.*)?", "gs"),
    (r"[a-z0-9]+\.blob\.core\.windows\.net/(?P<bucket>[^/]+)(?P<rest>/.*)?", "az"),
    (r"arn:aws[a-z-]*:s3:::(?P<bucket>[^/]+)(?P<rest>/.*)?", "s3"),
)


# Folders of this machine that stand for one elsewhere, until the process ends -> its address.
_addresses: dict[str, str] = {}


def stand_for(folder: Path, address: str) -> None:
    """Note that a folder stands for what lies at an address: people are told that."""
    _addresses[str(folder)] = address


def by_address(text: str) -> str:
    """Give a text with addresses in place of the folders that stand for them."""
    for folder, address in _addresses.items():
        text = text.replace(folder, address)
    return text


def require_location(location: str) -> str:
    """Return what names a store, unless it is nearly the address of a server.

    A folder is what has no `://`; `s3:/bucket` has none, and nobody wants a folder of that name.

    Args:
        location: of a store: a folder, or an address. Its kind is not looked at.

    Raises:
        InvalidInputError: another writing of an address; the text says what may be meant.
    """
    meant = _meant(location)
    if meant is None or meant == location:
        return location
    raise InvalidInputError(
        f"store {hide(location, location, meant)} is neither a folder nor the address of a store; "
        f"write {hide(meant, meant)}"
    )


def _meant(location: str) -> str | None:
    """Give what was probably meant; None where nothing speaks against what is written."""
    plain = re.sub(r"^https?:/+", "", location.strip(), flags=re.IGNORECASE).partition("?")[0]
    for pattern, kind in _WEB:
        if found := re.fullmatch(pattern, plain, re.IGNORECASE):
            return f"{kind}://{found['bucket']}{(found['rest'] or '').rstrip('/')}"
    if not (near := _NEARLY.fullmatch(location)):
        return None
    kind, mark, rest = _KINDS[near[1].lower()], near[2], near[3]
    if kind == "file":
        is_fine = near[1] == "file" and mark.startswith("://") and location[0] == "f"
        return location if is_fine else f"the folder alone: /{rest.lstrip('/')}"
    if near[1] == kind and mark == "://" and location[0] == kind[0]:
        return location
    return f"{kind}://{rest.lstrip('/') or 'bucket/prefix'}"


def require_plain_url(url: str) -> str:
    """Return the URL of a remote store without a closing slash, when it can be used.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise InvalidInputError(
            f"store {parts.scheme}://{parts.hostname or ''} cannot be used: name {STORES}; the "
            "address of a server of your own belongs into AWS_ENDPOINT_URL"
        )
    # "container@account" is how Azure writes an address; a password or a query is a secret.
    if parts.password or parts.query or (parts.username and not parts.scheme.startswith("abfs")):
        raise InvalidInputError(
            f"the URL of store {parts.scheme}://{parts.hostname}{parts.path} has credentials in "
            "it; give them in the environment instead (AWS_ACCESS_KEY_ID and the like)"
        )
    return url.rstrip("/")
