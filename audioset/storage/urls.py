"""URLs of remote stores: which are known, and that no secret is in them."""

from urllib.parse import urlsplit

from audioset.errors import InvalidInputError
from audioset.locations import STORES

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")


def require_plain_url(url: str) -> str:
    """Return the URL of a remote store without a closing slash, when it can be used.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
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
