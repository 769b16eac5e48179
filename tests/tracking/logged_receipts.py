"""Receipts logged at once, as earlier releases did it at the end of a run."""

from collections.abc import Sequence
from typing import Any

from audioset.records.receipt import Receipt
from audioset.tracking.run.receipt_files import upload_receipts
from audioset.tracking.run.receipts import tag_receipts


def log_receipts(client: Any, run_id: str, receipts: Sequence[Receipt]) -> None:
    """Log all receipts of a run that nobody keeps: the artifact, and tags with the counts."""
    upload_receipts(client, run_id, receipts, name="receipt.bin")
    tag_receipts(client, run_id)
