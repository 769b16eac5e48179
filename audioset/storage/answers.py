"""What a store answers, in our classes of errors and in one line of the user's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import (
    AlreadyExistsError as ObjectExistsError,
)
from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from audioset.errors import AlreadyExistsError, AudiosetError, NotFoundError, StorageError

# What obstore quotes of an answer that it has no error of its own for, and what it means.
_ANSWERS = (
    (
        "/latest/api/token",
        "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    ),
    ("RequestTimeTooSkewed", "the clock of this machine is wrong by many minutes; set it"),
    ("403 Forbidden", "access refused; check the credentials in the environment"),
    ("code: AccessDenied", "access refused; check the credentials in the environment"),
    ("401 Unauthorized", "access refused; check the credentials in the environment"),
    ("404 Not Found", "there is no such bucket; make it first, or correct the store's URL"),
    ("503 Service Unavailable", "the server is busy; try again later"),
    ("error sending request", "the server does not answer; check the endpoint and the network"),
    ("response body error", "the connection broke off; try again"),
)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Give library errors our classes and one line of text.

    Args:
        where: address of the object or store that the calls inside are about.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError(f"{where} does not exist") from error
    except (ObjectExistsError, PreconditionError) as error:
        raise AlreadyExistsError(f"{where} exists and never changes") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StorageError(f"{where}: {_reason(error, 'access refused')}") from error
    except (BaseError, OSError, ValueError) as error:
        if isinstance(error, AudiosetError):
            raise
        raise StorageError(f"{where}: {_reason(error)}") from error


def _reason(error: BaseException, otherwise: str | None = None) -> str:
    """Say in the user's words what a server's refusal means, when obstore gives its answer only."""
    line, said = first_line(error), str(error).partition("Debug source:")[0]
    found = next((reason for answer, reason in _ANSWERS if answer in said), otherwise)
    detail = line.rpartition(" - ")[2].partition(": <?xml")[0].rstrip(": ")
    return f"{found} ({detail})" if found else line


def first_line(error: BaseException) -> str:
    """Keep what obstore says in its first line; the rest is a dump of its own values."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].strip()
