"""Lineage through texts: a model wrote texts of a version, and that version made other models.

Who wrote a text stands in the manifest, `model:<name>@<version>`; the run of a version carries it
as a tag, so that the chain can be followed without the store.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from audioset.errors import AudiosetError
from audioset.records.identity import VersionRef
from audioset.records.lineage import Lineage, LinkedVersion, WrittenTexts
from audioset.storage.store import Store
from audioset.tracking.client.dataset_input import (
    DATASET_TAG,
    DIGEST_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_TAG,
)
from audioset.tracking.client.queries import experiment_names, search_runs
from audioset.tracking.published.text_writers import TEXTS_TAG, texts_tag
from audioset.versions.read.resolve import resolve, scan_version

_EXPERIMENTS = "audioset/"  # how the experiments of published versions begin

Trace = Callable[[str], Lineage]


def follow_texts(client: Any, lineage: Lineage, store: Store, trace: Trace) -> Lineage:
    """Add models that wrote texts of its versions, and versions of which its models wrote texts.

    Goes on from there, upwards and downwards, and meets each model and version once.

    Args:
        trace: gives the direct lineage of a version or a model; raises when there is none.
    """
    texts = _Texts(client, store)
    edges: dict[tuple[str, str, VersionRef], WrittenTexts] = {}
    beyond: dict[str, Lineage] = {}
    met = {str(version.pin.ref) for version in lineage.versions}
    met |= {f"models:/{model.name}/{model.version}" for model in lineage.models}

    def visit(found: Iterable[WrittenTexts], subject: Callable[[WrittenTexts], str]) -> None:
        for edge in found:
            edges[edge.model, edge.model_version, edge.version] = edge
            name = subject(edge)
            if name in met:
                continue
            met.add(name)
            try:
                beyond[name] = trace(name)
            except AudiosetError:  # a model from elsewhere, or a store out of reach
                continue
            step(beyond[name])

    def upwards(at: Lineage) -> None:
        for version in at.versions:
            visit(texts.of(version), lambda edge: f"models:/{edge.model}/{edge.model_version}")

    def downwards(at: Lineage) -> None:
        for model in at.models:
            visit(texts.by(model.name, str(model.version)), lambda edge: str(edge.version))

    for step in (upwards, downwards):
        step(lineage)
    return replace(
        lineage,
        texts=tuple(edges[key] for key in sorted(edges, key=str)),
        beyond=tuple(beyond[name] for name in sorted(beyond)),
    )


class _Texts:
    """Which models wrote texts of which versions."""

    def __init__(self, client: Any, store: Store) -> None:
        self._store = store
        self._by_version: dict[tuple[VersionRef, str], list[WrittenTexts]] = {}
        self._by_model: dict[tuple[str, str], list[WrittenTexts]] = {}
        experiments = [
            identity
            for identity, name in experiment_names(client).items()
            if name.startswith(_EXPERIMENTS)
        ]
        query = f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and tags.`{TEXTS_TAG}` LIKE '{{%'"
        for run in search_runs(client, experiments, query) if experiments else ():
            tags = run.data.tags
            if {DATASET_TAG, VERSION_TAG, DIGEST_TAG} <= set(tags):
                ref = VersionRef(tags[DATASET_TAG], int(tags[VERSION_TAG]))
                self._add(ref, tags[DIGEST_TAG], json.loads(tags[TEXTS_TAG]))

    def of(self, version: LinkedVersion) -> list[WrittenTexts]:
        """Give the models that wrote texts of a version."""
        key = (version.pin.ref, version.pin.digest)
        if key not in self._by_version:  # logged by an older release, or never
            self._add(*key, self._read(version))
        return self._by_version[key]

    def by(self, model: str, version: str) -> list[WrittenTexts]:
        """Give the logged versions of which a model wrote texts."""
        return self._by_model.get((model, version), [])

    def _add(self, ref: VersionRef, digest: str, models: Mapping[str, int]) -> None:
        found = []
        for writer, clips in models.items():
            name, _, number = writer.rpartition("@")
            found.append(
                WrittenTexts(
                    model=name, model_version=number, version=ref, digest=digest, num_clips=clips
                )
            )
            self._by_model.setdefault((name, number), []).append(found[-1])
        self._by_version[ref, digest] = found

    def _read(self, version: LinkedVersion) -> Mapping[str, int]:
        """Count writers in the manifest; none where the store is out of reach."""
        counts: Counter[str] = Counter()
        try:
            store = self._store
            record = resolve(store, version.pin.ref)
            if record.digest == version.pin.digest:
                for batch in scan_version(store, record, columns=("text_source",)):
                    for entry in batch.column(0).drop_null().value_counts().to_pylist():
                        counts[entry["values"]] += entry["counts"]
        except AudiosetError:
            return {}
        return json.loads(texts_tag(counts) or "{}")  # type: ignore[no-any-return]
