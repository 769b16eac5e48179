"""Receipts of runs: kept while a run goes on, and read back for lineage."""

import re
import tempfile
import threading
import warnings
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from audioset.errors import AudiosetError
from audioset.records.lineage import DIGEST_LENGTH
from audioset.records.receipt import (
    Receipt,
    decode_receipts,
    encode_receipts,
    merge_receipts,
    num_bytes,
)
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.dataset_input import DIGEST_TAG
from audioset.tracking.client.tracking import Tracking
from audioset.versions.consumed import begin_noting, end_noting, mark_gap, noted

FOLDER = "audioset"  # of the run's artifacts
FILE_NAME = "receipt.bin"
RECEIPT_TAG = "audioset.receipt"  # for people; with a digest behind it, for lineage
FLUSH_SECONDS = 60.0  # what a run that is killed may lose of its receipt
_UNFINISHED = "+"
_MAX_TAGGED = 4000  # characters; MLflow takes 8,000, and every run that is found carries them
_TAG = re.compile(r"(?P<consumed>\d+)/(?P<clips>\d+)(?P<unfinished>\+?)(?: (?P<bits>\S+))?")


class KeptReceipt(threading.Thread):
    """Notes which clips are consumed from now on, and logs them as the receipt of a run.

    It is logged every `FLUSH_SECONDS` and by `finish`. Nothing is logged when no clip was read: the
    run may have taken its clips by another way. A run that is taken up again keeps what it consumed
    before; where nothing of it was logged, as when it was killed soon, the receipt has a gap.

    Args:
        run_id: of the run.
        tracking: where MLflow is.
    """

    def __init__(self, run_id: str, tracking: Tracking) -> None:
        super().__init__(name="audioset-receipt", daemon=True)
        self._run_id = run_id
        self._tracking = tracking
        was_pinned, self._earlier = _earlier_receipts(run_id, tracking)
        self._scratch = tempfile.TemporaryDirectory(
            prefix="audioset-receipt-", ignore_cleanup_errors=True
        )
        self._folder = Path(self._scratch.name)
        self._ended = threading.Event()
        self._logged = self._earlier
        begin_noting(self._folder)
        if was_pinned and not self._earlier:
            self.mark_gap()
        with suppress(AudiosetError, OSError):  # what was complete is so no more
            self._log(complete=False)
        self.start()

    def run(self) -> None:
        """Log now and then what was noted; the thread's own work."""
        while not self._ended.wait(FLUSH_SECONDS):
            with suppress(AudiosetError, OSError):  # the next time may do, and the last time warns
                self._log(complete=False)

    def mark_gap(self) -> None:
        """Say that others consume clips for this run where nobody notes them."""
        mark_gap(self._folder)

    def finish(self) -> None:
        """Note no more, and log for the last time; an error becomes a warning."""
        self._ended.set()
        self.join()
        end_noting(self._folder)
        try:
            self._log(complete=True)
        except Exception as error:  # noqa: BLE001  it may run inside of the user's own end_run
            warnings.warn(
                f"the receipt of MLflow run {self._run_id} is not logged: {error}; lineage answers "
                "for it by version, not by clip",
                stacklevel=4,
            )
        finally:
            self._scratch.cleanup()

    def _log(self, *, complete: bool) -> None:
        before = [replace(one, complete=one.complete and complete) for one in self._earlier]
        receipts = merge_receipts([*before, *noted(self._folder, complete=complete)])
        if receipts == self._logged:
            return
        with mlflow_call(self._tracking):
            log_receipts(open_client(self._tracking), self._run_id, receipts)
        self._logged = receipts


def _earlier_receipts(run_id: str, tracking: Tracking) -> tuple[bool, tuple[Receipt, ...]]:
    """Tell whether a run is taken up again, and what it consumed before as far as it is known."""
    was_pinned = False
    with suppress(AudiosetError), mlflow_call(tracking):
        client = open_client(tracking)
        run = client.get_run(run_id)
        was_pinned = any(f"{key}.".startswith(f"{DIGEST_TAG}.") for key in run.data.tags)
        return was_pinned, read_receipts(client, run)
    return was_pinned, ()


def log_receipts(client: Any, run_id: str, receipts: Sequence[Receipt]) -> None:
    """Log the receipts of a run: the artifact, and tags with the counts."""
    from mlflow.entities import Param, RunTag

    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        path = Path(scratch) / FILE_NAME
        path.write_bytes(encode_receipts(receipts))
        client.log_artifact(run_id, str(path), FOLDER)
    # The tags come last: they promise the artifact.
    tags = {RECEIPT_TAG: ", ".join(_in_words(receipt) for receipt in receipts)}
    tags |= {_tag_of(receipt): _in_numbers(receipt) for receipt in receipts}
    params = {}
    if all(receipt.complete for receipt in receipts):
        logged = client.get_run(run_id).data.params
        params = {key: text for key, text in _params(receipts).items() if key not in logged}
    client.log_batch(
        run_id,
        tags=[RunTag(key, text) for key, text in tags.items()],
        params=[Param(key, text) for key, text in params.items()],
    )


def read_receipts(client: Any, run: Any) -> tuple[Receipt, ...]:
    """Read the receipts of a run; none when it has none.

    Raises:
        InvalidInputError: the artifact is not a receipt, or of a newer release.
    """
    if RECEIPT_TAG not in run.data.tags:
        return ()
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        path = client.download_artifacts(run.info.run_id, f"{FOLDER}/{FILE_NAME}", scratch)
        name = f"the receipt of MLflow run {run.info.run_id}"
        return decode_receipts(Path(path).read_bytes(), name=name)


@dataclass(frozen=True, slots=True)
class TaggedReceipt:
    """What the tag of a run says of its receipt: enough for most questions, without the artifact.

    Attributes:
        num_consumed, num_clips, complete: as in the receipt.
        bits: as in the receipt; None where they were too many for a tag.
    """

    num_consumed: int
    num_clips: int
    complete: bool
    bits: bytes | None


def read_tag(run: Any, digest: str) -> TaggedReceipt | None:
    """Read what the tag of a run says of a version; None when there is none."""
    match = _TAG.fullmatch(run.data.tags.get(_digest_tag(digest), ""))
    if match is None:
        return None
    try:
        bits = zlib.decompress(b64decode(match["bits"])) if match["bits"] else None
    except (ValueError, zlib.error):  # cut, or written by others
        bits = None
    num_clips = int(match["clips"])
    return TaggedReceipt(
        num_consumed=int(match["consumed"]),
        num_clips=num_clips,
        complete=not match["unfinished"],
        bits=bits if bits is not None and len(bits) == num_bytes(num_clips) else None,
    )


def has_other_receipts(run: Any, digest: str) -> bool:
    """Tell whether a run has receipts of other rows than those of a digest."""
    mine = _digest_tag(digest)
    return any(key.startswith(f"{RECEIPT_TAG}.") and key != mine for key in run.data.tags)


def _tag_of(receipt: Receipt) -> str:
    """Name the tag of a receipt; the bits of a view are not those of its version."""
    if receipt.filter is None:
        return _digest_tag(receipt.digest)
    return _digest_tag(sha256(f"{receipt.digest} {receipt.filter}".encode()).hexdigest())


def _digest_tag(digest: str) -> str:
    return f"{RECEIPT_TAG}.{digest[:DIGEST_LENGTH]}"


def _in_words(receipt: Receipt) -> str:
    condition = "" if receipt.filter is None else f" where {receipt.filter}"
    so_far = "" if receipt.complete else " so far"
    return f"{receipt.ref}{condition}: {receipt.num_consumed} of {receipt.num_clips} clips{so_far}"


def _in_numbers(receipt: Receipt) -> str:
    """Write the counts, and the bits where they fit: searches bring tags, but no artifacts."""
    numbers = f"{receipt.num_consumed}/{receipt.num_clips}"
    # A run that consumed everything cannot consume more.
    whole = receipt.num_consumed == receipt.num_clips
    if not (receipt.complete or whole):
        numbers += _UNFINISHED
    bits = b64encode(zlib.compress(receipt.bits, 9)).decode()
    return numbers if whole or len(bits) > _MAX_TAGGED else f"{numbers} {bits}"


def _params(receipts: Sequence[Receipt]) -> dict[str, str]:
    readings = [reading for receipt in receipts for reading in receipt.readings]
    seeds = sorted({reading.seed for reading in readings if reading.seed is not None})
    conditions = [receipt.filter for receipt in receipts if receipt.filter is not None]
    values = {"data_seed": ", ".join(map(str, seeds)), "data_filter": "; ".join(conditions)}
    return {key: text for key, text in values.items() if text}
