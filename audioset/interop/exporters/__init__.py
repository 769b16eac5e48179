"""Floor 4: what others read, one format per file."""

from audioset.interop.exporters.lines import ExportedLines, export_lines
from audioset.interop.exporters.webdataset import DEFAULT_TAR_BYTES, ExportReport, export_webdataset

__all__ = [
    "DEFAULT_TAR_BYTES",
    "ExportReport",
    "ExportedLines",
    "export_lines",
    "export_webdataset",
]
