"""Objects from one store to another: each is held against its hash before it gets its name."""

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

from audioset.engine import Progress
from audioset.errors import IntegrityError, NotFoundError
from audioset.storage.files import write_atomically, write_checked
from audioset.storage.store import Store
from audioset.versions.publish.put_shards import SAFE_AGE, SHARDS_AT_ONCE


class ObjectSender:
    """Brings objects that are named by their hash from one store to another.

    Args:
        origin, target: the stores.
        scratch: existing folder for the temporary files, of the target.
        stored: what the target has, size in bytes by key; what is sent is added.
        total_bytes: of all that will be sent, for the bar.
        progress: told of bytes.

    Attributes:
        damaged: what is wrong with objects of the origin, by key.
    """

    def __init__(
        self,
        origin: Store,
        target: Store,
        scratch: Path,
        *,
        stored: dict[str, int],
        total_bytes: int,
        progress: Progress,
    ) -> None:
        self.damaged: dict[str, str] = {}
        self._origin = origin
        self._target = target
        self._scratch = scratch
        self._stored = stored
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._progress = progress
        progress("copying", 0, total_bytes, "B")

    def send_all(self, objects: Mapping[str, int]) -> str:
        """Send the objects that the target lacks, a few at a time.

        Args:
            objects: size in bytes by key, which holds the hash.

        Returns:
            What is wrong with one of them at the origin; nothing when all were sent.

        Raises:
            StorageError: a store or the disk refused. What was sent stays for the next try.
        """
        known = next((self.damaged[key] for key in objects if key in self.damaged), "")
        if known:
            return known
        waiting = iter([item for item in objects.items() if self._stored.get(item[0]) != item[1]])
        at_work: dict[Future[str], tuple[str, int]] = {}
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            try:
                while True:
                    for key, size_bytes in islice(waiting, SHARDS_AT_ONCE - len(at_work)):
                        at_work[pool.submit(self._send, key, size_bytes)] = key, size_bytes
                    if not at_work:
                        return ""
                    for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                        item = at_work.pop(future)
                        if problem := future.result():
                            return problem  # those at work end by themselves
                        self._count(*item)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _count(self, key: str, size_bytes: int) -> None:
        self._stored[key] = size_bytes
        self._done_bytes += size_bytes
        self._progress("copying", self._done_bytes, self._total_bytes, "B")

    def _send(self, key: str, size_bytes: int) -> str:
        """Send one object; gives what is wrong with it at the origin."""
        name = key.rpartition("/")[2]
        sha256, file = name.partition(".")[0], self._scratch / name
        try:
            write_atomically(
                file,
                lambda opened: write_checked(
                    opened, self._origin.get_blocks(key), sha256, size_bytes
                ),
            )
            # An object that a copy left half a day ago may be about to be collected.
            self._target.put_content(key, file, take=True, younger_than=SAFE_AGE)
        except NotFoundError:
            return self._note(key, f"{self._origin.uri(key)} is missing")
        except IntegrityError:
            return self._note(key, f"{self._origin.uri(key)} does not match its hash")
        finally:
            file.unlink(missing_ok=True)
        return ""

    def _note(self, key: str, what: str) -> str:
        self.damaged[key] = what
        return what
