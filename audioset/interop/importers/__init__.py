"""Floor 4: what others wrote, one format per file."""

from audioset.interop.importers.folder import ImportReport, import_folder

__all__ = ["ImportReport", "import_folder"]
