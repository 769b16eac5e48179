"""What authors of plug-ins import, and all that they import; `docs/plugins.md` shows how.

A transcriber writes what is said in clips, an aligner finds the lines of a transcript in a
recording, and a format writes versions for other tools. Sound is one channel at `SOUND_RATE` Hz:
float32, shape (num_samples,), range [-1, 1]; that of a format is whole files.
"""

from audioset.records.export_contracts import (
    ExportedClip,
    ExportFormat,
    ExportJob,
    ExportOptions,
    OpenExportFormat,
)
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
    "ExportFormat",
    "ExportJob",
    "ExportOptions",
    "ExportedClip",
    "Hypothesis",
    "Line",
    "LineSpan",
    "OpenAligner",
    "OpenExportFormat",
    "OpenTranscriber",
    "Transcriber",
    "Weights",
    "Word",
]
