"""Floor 4: what others read, one format per file, found by the table in `formats.py`."""

from audioset.interop.exporters.export import export
from audioset.interop.exporters.formats import export_format_names
from audioset.interop.exporters.lines import ExportedLines, export_lines

__all__ = [
    "ExportedLines",
    "export",
    "export_format_names",
    "export_lines",
]
