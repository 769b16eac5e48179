"""Floor 4: what others wrote, one format per file.

A folder of clips: `said` looks through folder and table, `pairing` holds rows against files,
`earlier` finds what was imported before, `plan` says what would change, `folder` does it.
"""

from audioset.interop.importers.folder import import_folder
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.propose import with_proposal
from audioset.interop.importers.report import ImportReport

__all__ = ["ImportOptions", "ImportReport", "import_folder", "with_proposal"]
