"""The guard against testing a model on texts of its own."""

from collections import Counter

import pyarrow.compute as pc

from audioset.records.guard_report import GuardReport
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.client import require_backend
from audioset.tracking.client.queries import model_versions_of, of_model
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.subjects import model_version_of
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.text_writers import parse_writer
from audioset.versions.read.resolve import scan_version

_TEST_SPLIT = "test"


def guard_test_split(
    record: VersionRecord, model: str, tracking: Tracking, store: Store
) -> GuardReport:
    """Count the test clips whose text a model of the same line wrote and nobody has confirmed.

    Measured on them, the model is held against its own words. A person who decides a text becomes
    its writer, so that a text with a model as writer is not confirmed. The line of a model is all
    versions of its name, and of the names that one of them was copied to or from.

    Args:
        record: of the version whose test split is asked about.
        model: `models:/name@alias` or `models:/name/3`.
        tracking: where MLflow is.
        store: of the versions.

    Raises:
        InvalidInputError: the model has another form.
        NotFoundError: no such model.
        IntegrityError: the manifest of the version is damaged.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    require_backend(tracking, model)
    with mlflow_questions(tracking) as client:
        name = str(model_version_of(client, model, tracking).name)
        versions = client.search_model_versions(of_model(name))
        run_ids = [one.run_id for one in versions if one.run_id]
        line = {name, *(str(one.name) for one in model_versions_of(client, run_ids))}
    num_test, clip_ids, writers = 0, [], Counter[str]()
    columns = ("clip_id", "split", "text_source")
    for batch in scan_version(store, record, columns=columns):
        rows = batch.filter(pc.equal(batch.column("split"), _TEST_SPLIT))
        num_test += rows.num_rows
        for clip_id, source in zip(
            rows.column("clip_id").to_pylist(), rows.column("text_source").to_pylist(), strict=True
        ):
            writer = parse_writer(source or "")
            if writer is not None and writer[0] in line:
                clip_ids.append(clip_id)
                writers["@".join(writer)] += 1
    return GuardReport(
        version=record.ref,
        model=model,
        line=tuple(sorted(line)),
        num_test=num_test,
        clip_ids=tuple(clip_ids),
        writers=dict(writers.most_common()),
    )
