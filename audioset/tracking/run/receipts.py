"""Receipts of runs as lineage reads them: the files of their processes joined, and their tags."""

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from audioset.errors import NotFoundError
from audioset.records.lineage import DIGEST_LENGTH
from audioset.records.receipt import Receipt, num_bytes
from audioset.tracking.run.receipt_files import (
    list_files,
    merge_files,
    noting_tags,
)

RECEIPT_TAG = "audioset.receipt"  # for people; with a digest behind it, for lineage
_MAX_TAG_TRIES = 20
_UNFINISHED = "+"
_DOUBTFUL = "?"  # some clips were perhaps consumed: the artifact says which
_MAX_TAGGED = 4000  # characters; MLflow takes 8,000, and every run that is found carries them
_TAG = re.compile(r"(?P<consumed>\d+)/(?P<clips>\d+)(?P<unfinished>[+?]?)(?: (?P<bits>\S+))?")


def tag_receipts(
    client: Any, run_id: str, *, known: Mapping[str, Sequence[Receipt]] | None = None
) -> None:
    """Bring the tags of a run up to what all of its processes logged.

    Two may do so at once: who finds afterwards that another one logged or ended meanwhile does it
    again, so that the last tags are true.

    Args:
        client: of MLflow.
        run_id: of the run.
        known: receipts that need not be read, by the name of their file.
    """
    from mlflow.entities import Param, RunTag

    for _ in range(_MAX_TAG_TRIES):
        run = client.get_run(run_id)
        before = list_files(client, run), noting_tags(run)
        receipts = merge_files(client, run, known=known)
        if not receipts:
            return
        # The tags come last: they promise the artifact.
        tags = {RECEIPT_TAG: ", ".join(_in_words(receipt) for receipt in receipts)}
        tags |= {_tag_of(receipt): _in_numbers(receipt) for receipt in receipts}
        params = {}
        if all(receipt.complete for receipt in receipts):
            logged = run.data.params
            params = {key: text for key, text in _params(receipts).items() if key not in logged}
        client.log_batch(
            run_id,
            tags=[RunTag(key, text) for key, text in tags.items()],
            params=[Param(key, text) for key, text in params.items()],
        )
        if (list_files(client, run), noting_tags(client.get_run(run_id))) == before:
            return


def read_receipts(client: Any, run: Any) -> tuple[Receipt, ...]:
    """Read the receipts of a run; none when it has none.

    Raises:
        InvalidInputError: an artifact is not a receipt, or of a newer release.
        NotFoundError: there is no artifact where MLflow says.
    """
    if RECEIPT_TAG not in run.data.tags:
        return ()
    receipts = merge_files(client, run)
    if not receipts:
        raise NotFoundError(
            f"the receipt of MLflow run {run.info.run_id} is not in {run.info.artifact_uri}, where "
            "MLflow has it; was that folder moved or removed? Bring it back there"
        )
    return receipts


@dataclass(frozen=True, slots=True)
class TaggedReceipt:
    """What the tag of a run says of its receipt: enough for most questions, without the artifact.

    Attributes:
        num_consumed, num_clips, complete: as in the receipt.
        bits: as in the receipt; None where they were too many for a tag.
        all_known: no other clip was perhaps consumed, or the receipt is not complete anyway.
    """

    num_consumed: int
    num_clips: int
    complete: bool
    bits: bytes | None
    all_known: bool = True


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
        complete=match["unfinished"] != _UNFINISHED,
        all_known=match["unfinished"] != _DOUBTFUL,
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
    perhaps = f", perhaps {receipt.num_perhaps} more" if receipt.num_perhaps else ""
    consumed = f"{receipt.num_consumed} of {receipt.num_clips} clips{perhaps}{so_far}"
    return f"{receipt.ref}{condition}: {consumed}"


def _in_numbers(receipt: Receipt) -> str:
    """Write the counts, and the bits where they fit: searches bring tags, but no artifacts."""
    numbers = f"{receipt.num_consumed}/{receipt.num_clips}"
    # A run that consumed everything cannot consume more.
    whole = receipt.num_consumed == receipt.num_clips
    if not (receipt.complete or whole):
        numbers += _UNFINISHED
    elif receipt.num_perhaps:
        numbers += _DOUBTFUL
    bits = b64encode(zlib.compress(receipt.bits, 9)).decode()
    return numbers if whole or len(bits) > _MAX_TAGGED else f"{numbers} {bits}"


def _params(receipts: Sequence[Receipt]) -> dict[str, str]:
    readings = [reading for receipt in receipts for reading in receipt.readings]
    seeds = sorted({reading.seed for reading in readings if reading.seed is not None})
    conditions = [receipt.filter for receipt in receipts if receipt.filter is not None]
    values = {"data_seed": ", ".join(map(str, seeds)), "data_filter": "; ".join(conditions)}
    return {key: text for key, text in values.items() if text}
