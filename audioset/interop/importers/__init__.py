"""Floor 4: what others wrote, one format per file.

A folder of clips: `said` looks through folder and table, `pairing` holds rows against files,
`earlier` finds what was imported before, `plan` says what would change, `folder` does it.
"""

from audioset.interop.importers.folder import import_folder
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.report import ImportedRow, ImportLoss, ImportReport

__all__ = ["ImportLoss", "ImportOptions", "ImportReport", "ImportedRow", "import_folder"]
