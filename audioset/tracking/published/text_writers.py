"""Which models wrote texts of a version, as a tag of its run."""

import json
from collections.abc import Mapping

from audioset.records.manifest import MODEL_WRITER

TEXTS_TAG = "audioset.text_models"  # on the run of a version: {"name@3": clips}


_MAX_TAG = 8000  # characters; MLflow cuts longer ones without a word


def texts_tag(text_sources: Mapping[str, int]) -> str:
    """Write the tag of a version's run: models that wrote texts, and of how many clips."""
    models = {
        source.removeprefix("model:"): clips
        for source, clips in sorted(text_sources.items())
        if MODEL_WRITER.fullmatch(source)
    }
    text = json.dumps(models)
    return text if len(text) <= _MAX_TAG else ""  # the manifest tells


def parse_writer(text_source: str) -> tuple[str, str] | None:
    """Read `model:<name>@<version>`; None of a text that no model wrote."""
    match = MODEL_WRITER.fullmatch(text_source)
    return (match["name"], match["version"]) if match else None
