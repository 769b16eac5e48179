"""What authors of plug-ins import, and all that they import; `docs/plugins.md` shows how.

A transcriber writes what is said in clips, an aligner finds the lines of a transcript in a
recording. Sound is one channel at `SOUND_RATE` Hz: float32, shape (num_samples,), range [-1, 1].
"""

from audioset.records.lines import Line, LineSpan
from audioset.records.plugin_contracts import (
    SOUND_RATE,
    Aligner,
    EmissionModel,
    Emissions,
    Hypothesis,
    OpenAligner,
    OpenTranscriber,
    Transcriber,
    Weights,
    Word,
)

__all__ = [
    "SOUND_RATE",
    "Aligner",
    "EmissionModel",
    "Emissions",
    "Hypothesis",
    "Line",
    "LineSpan",
    "OpenAligner",
    "OpenTranscriber",
    "Transcriber",
    "Weights",
    "Word",
]
