"""How long a server may take before a call is given up."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server may take before a call is given up.

    A server that cannot be reached is given up after some ten seconds.

    Attributes:
        silent_seconds: without a byte on an open connection. The call is tried again then, so this
            is well below `busy_seconds`; a read that had begun goes on where it stood.
        busy_seconds: from the first try of a call, after which it is not tried again.
        call_seconds: for one try, which may carry a whole part over a slow line.
        upload_seconds: until the answer to a part that is sent: nothing comes back meanwhile.
    """

    silent_seconds: float = 20
    busy_seconds: float = 60
    call_seconds: float = 600
    upload_seconds: float = 300

    @property
    def of_uploads(self) -> "Patience":
        """Give the patience with calls that send much."""
        longer = self.busy_seconds + self.upload_seconds
        return replace(self, silent_seconds=self.upload_seconds, busy_seconds=longer)

    @property
    def timeouts(self) -> "ClientConfig":
        """Give what obstore calls client options."""
        return {
            "timeout": timedelta(seconds=self.call_seconds),
            "read_timeout": timedelta(seconds=self.silent_seconds),
            "connect_timeout": timedelta(seconds=5),
        }

    @property
    def retries(self) -> "RetryConfig":
        """Give what obstore calls a retry config."""
        first, longest = timedelta(milliseconds=100), timedelta(seconds=5)
        return {
            "max_retries": 6,
            "retry_timeout": timedelta(seconds=self.busy_seconds),
            "backoff": {"init_backoff": first, "max_backoff": longest},
        }


PATIENCE = Patience()
