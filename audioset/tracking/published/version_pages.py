"""What people see of a version in MLflow: card, picture of lengths, certificate, and report.

All of them tell of the clips, and the report plays some. So a tag of the run says how many clips
were withdrawn from the version and from its parent when they were written; where that is no longer
so, they are written anew.
"""

import tempfile
from pathlib import Path
from typing import Any

from audioset.curation.describe import describe_batches, describe_columns
from audioset.curation.split import certify_clips
from audioset.errors import NotFoundError
from audioset.pages.card import CardWords, card_of_version
from audioset.pages.lengths import plot_lengths
from audioset.pages.report import write_report_page
from audioset.pages.version_report import clips_of_version, report_version
from audioset.records.description import Description
from audioset.records.identity import VersionRef
from audioset.records.split_report import SplitCertificate, SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.published.card import CARD_FILE, note_of
from audioset.tracking.published.text_writers import TEXTS_TAG, texts_tag
from audioset.versions.read.resolve import resolve, scan_version

NOTE_TAG = "mlflow.note.content"  # shown as the description of a run, Markdown
REPORT_FILE = "report.html"
REPORT_TAG = "audioset.report"  # its name, where there is one
LEFT_OUT_TAG = "audioset.withdrawn"  # of the version, and of its parent: "3, 2"


def describe_version(record: VersionRecord, store: Store) -> Description:
    """Describe the clips of a version that were not withdrawn."""
    description: Description = describe_batches(
        scan_version(store, record, columns=describe_columns()), name=str(record.ref)
    )
    return description


def left_out_of(record: VersionRecord, store: Store) -> str:
    """Tell how many clips were withdrawn from a version and from its parent, as the tag does."""
    of_parent = 0
    if record.parent:
        try:
            of_parent = resolve(store, VersionRef(record.dataset, record.parent)).num_withdrawn
        except NotFoundError:  # a version that was copied here alone
            of_parent = 0
    return f"{record.num_withdrawn}, {of_parent}"


def log_pages(
    client: Any,
    run_id: str,
    record: VersionRecord,
    store: Store,
    split_options: SplitOptions,
    *,
    description: Description,
    words: CardWords,
    with_report: bool,
) -> None:
    """Write all of it, in place of what is there; the tag that says of when it is comes last.

    Args:
        description: of the version as it is now.
        words: of the author, for the card.
        with_report: also the report, which reads some clips from the store.
    """
    # Read first: whoever withdraws meanwhile makes the tag old, never the page.
    left_out = left_out_of(record, store)
    certificate = None
    if any(total.name for total in description.splits):
        # By the manifest: to hear all clips would take too long.
        clips = clips_of_version(store, record)
        certificate = certify_clips(clips, split_options, near_limit=None)
        _log_certificate(client, run_id, certificate)
    card = card_of_version(
        store,
        record,
        split_options,
        words=words,
        with_place=True,
        description=description,
        certificate=certificate,
    ).body
    client.set_tag(run_id, NOTE_TAG, note_of(card))
    client.set_tag(run_id, TEXTS_TAG, texts_tag(description.text_sources))
    client.log_text(run_id, card, CARD_FILE)
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        files = [plot_lengths(description, Path(scratch) / "length_histogram.png")]
        if with_report:
            report = report_version(
                store, record, split_options, description=description, certificate=certificate
            )
            audio = clips_of_version(store, record).audio
            files.append(write_report_page(report, audio, Path(scratch) / REPORT_FILE))
        for file in files:
            client.log_artifact(run_id, str(file))
    if with_report:
        client.set_tag(run_id, REPORT_TAG, REPORT_FILE)
    client.set_tag(run_id, LEFT_OUT_TAG, left_out)


def _log_certificate(client: Any, run_id: str, certificate: SplitCertificate) -> None:
    client.log_text(run_id, certificate.to_json(), "split_certificate.json")
    client.set_tag(run_id, "audioset.split.leaks", certificate.verdict)
    client.set_tag(run_id, "audioset.split.kinds", ", ".join(certificate.kinds))
    client.set_tag(run_id, "audioset.split.digest", certificate.digest)
