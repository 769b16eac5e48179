"""What a store answers, in our classes of errors and in one line of the user's words."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError as ObjectExistsError
from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    NotFoundError,
    StorageError,
)
from audioset.hiding import hide, hide_in_error

_CHECK = "check the credentials in the environment"
_REFUSED = f"access refused; {_CHECK}"
_RENEW = "the credentials have expired; log in again, or renew AWS_SESSION_TOKEN"
_REGION = "the bucket lies in another region; set AWS_REGION to it"
_BUCKET = "there is no such bucket; make it first, or correct the store's URL"
_BUSY = "the server is busy; try again later"
_FULL = "there is no room left in the store; make room there, or have its quota raised"
_KEY = "the key that encrypts the bucket (KMS) cannot be used; ask its owner to allow it"
NO_STORE = "what answers there is no store (a page to log in?); check the endpoint and the network"
# What a server names its refusal, and what to do.
_CODES = {
    "ExpiredToken": _RENEW,
    "ExpiredTokenException": _RENEW,
    "TokenRefreshRequired": _RENEW,
    "InvalidToken": "the session token does not fit the keys; set AWS_SESSION_TOKEN anew",
    "RequestTimeTooSkewed": "the clock of this machine is wrong by many minutes; set it",
    "RequestExpired": "the clock of this machine is wrong by many minutes; set it",
    "InvalidAccessKeyId": f"the server does not know this access key; {_CHECK}",
    "SignatureDoesNotMatch": f"the secret key does not fit the access key; {_CHECK}",
    "AccessDenied": f"{_REFUSED}, and what they may do at this address",
    "AllAccessDisabled": "the bucket is closed to everybody; ask its owner",
    "NoSuchBucket": _BUCKET,
    "ContainerNotFound": _BUCKET,
    "InvalidBucketName": "the name of the bucket is not allowed; correct the store's URL",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidObjectState": "the object lies in an archive (such as Glacier); restore it there first",
    "QuotaExceeded": _FULL,
    "EntityTooLarge": "the object is larger than the server takes; use another store",
    "MethodNotAllowed": "the server does not allow this; is it a bucket of S3, Google or Azure?",
    "NotImplemented": "the server cannot do this; use another store or a newer server",
}
_STATUSES = {
    301: _REGION,
    307: _REGION,
    401: _REFUSED,
    403: _REFUSED,
    404: _BUCKET,
    405: _CODES["MethodNotAllowed"],
    407: "the proxy wants a password; write it into HTTPS_PROXY or HTTP_PROXY",
    429: _BUSY,
    500: "the server has a fault; try again later",
    501: _CODES["NotImplemented"],
    502: "the server behind the proxy does not answer; try again later",
    503: _BUSY,
    504: "the server behind the proxy does not answer; try again later",
    507: _FULL,
}
# What obstore tells of a call that got no answer at all, in its words.
_SILENT = (
    (
        "/latest/api/token",
        "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    ),
    (
        "InvalidCertificate",
        "the certificate of the server is not trusted; check the endpoint, or let SSL_CERT_FILE "
        "name the authority that signed it",
    ),
    ("redirect without LOCATION", _REGION),
    ("InvalidContentType", "the server speaks no TLS; write the endpoint with http://"),
    ("dns error", "there is no machine of that name; check the endpoint and the network"),
    ("error sending request", "the server does not answer; check the endpoint and the network"),
    ("response body error", "the connection broke off; try again"),
    ("Unable to extract metadata", NO_STORE),
    ("non-partial response", NO_STORE),
    ("invalid list response", NO_STORE),
)
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"(?:<Code>|\bcode: \"?)([A-Za-z][\w.]*)")
_EXPECTED = re.compile(r"expecting '([\w-]+)'|<Region>([\w-]+)</Region>")
_DETAIL = re.compile(r"(?:message|error): \"([^\"]+)\"")
_EXISTS = ("BlobAlreadyExists", "ContainerAlreadyExists", "PreconditionFailed")  # Azure says 409


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Give library errors our classes and one line of text.

    Args:
        where: address of the object or store that the calls inside are about.
    """
    try:
        yield
    except AudiosetError:
        raise
    except (BaseError, OSError, ValueError) as error:
        hide_in_error(error)
        raise _translation(where, error) from error


def lacks_reason(error: BaseException | None) -> bool:
    """Tell whether a refusal came without its reason, as those of HEAD requests do."""
    said = str(error or "")
    status = _STATUS.search(said)
    return status is not None and status[1] in ("301", "400", "403") and not _CODE.search(said)


def first_line(error: BaseException) -> str:
    """Keep what obstore says in its first line; the rest is a dump of its own values."""
    text = str(error).strip() or type(error).__name__
    return hide(text.splitlines()[0].strip())


def _translation(where: str, error: Exception) -> AudiosetError:
    said = str(error)
    # The dump behind it repeats the answer, but names what went wrong below HTTP.
    answer = said.partition("Debug source:")[0]
    status, code = _STATUS.search(answer), _CODE.search(answer)
    name = code[1] if code else ""
    if isinstance(error, FileNotFoundError) and name not in ("NoSuchBucket", "ContainerNotFound"):
        return NotFoundError(f"{where} does not exist")
    if status is not None and status[1] == "409" and name not in _EXISTS and not _is_azure(where):
        return ConflictError(
            f"{where} is being written by somebody else at this moment (409 {name or 'Conflict'}); "
            "try again"
        )
    if isinstance(error, ObjectExistsError | PreconditionError):
        return AlreadyExistsError(f"{where} exists and never changes")
    return StorageError(f"{where}: {_reason(error, said, status and int(status[1]), name)}")


def _is_azure(where: str) -> bool:
    return where.startswith(("az://", "abfs"))


def _reason(error: Exception, said: str, status: int | None, code: str) -> str:
    """Say in the user's words what a server's refusal means, or why there was no answer."""
    known: Mapping[str, str] = _CODES
    reason = _KEY if code.startswith("KMS.") else known.get(code)
    if status is not None:
        reason = reason or _STATUSES.get(status)
        if reason == _REGION and (expected := _EXPECTED.search(said)):
            reason = f"{_REGION}: {expected[1] or expected[2]}"
        shown = f"{status} {code}".strip()
        return f"{reason} ({shown})" if reason else f"{first_line(error)} ({shown})"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return _REFUSED
    found = next((words for mark, words in _SILENT if mark in said), None)
    if found is None:
        return reason or first_line(error)
    detail = _DETAIL.search(said)
    return f"{found} ({hide(detail[1])})" if detail else found
