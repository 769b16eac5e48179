"""What authors of plug-ins import, and all that they import; `docs/plugins.md` shows how.

A transcriber writes what is said in clips, an aligner finds the lines of a transcript in a
recording, an importer reads a format of corpora, and an exporter writes versions for other tools.
Sound is one channel at `SOUND_RATE` Hz: float32, shape (num_samples,), range [-1, 1]; that of an
exporter is whole files.
"""

from audioset.engine import Needs
from audioset.records.corpus_item import (
    BadItem,
    CorpusFormat,
    CorpusItem,
    FileRange,
    FileSpan,
    HeldBytes,
    ReadingOptions,
    Remark,
    WholeFile,
)
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
    TextScorer,
    Transcriber,
    Weights,
    Word,
)

__all__ = [
    "SOUND_RATE",
    "Aligner",
    "BadItem",
    "CorpusFormat",
    "CorpusItem",
    "EmissionModel",
    "Emissions",
    "ExportFormat",
    "ExportJob",
    "ExportOptions",
    "ExportedClip",
    "FileRange",
    "FileSpan",
    "HeldBytes",
    "Hypothesis",
    "Line",
    "LineSpan",
    "Needs",
    "OpenAligner",
    "OpenExportFormat",
    "OpenTranscriber",
    "ReadingOptions",
    "Remark",
    "TextScorer",
    "Transcriber",
    "Weights",
    "WholeFile",
    "Word",
]
