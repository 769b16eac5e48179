"""Floor 4: what others wrote.

Corpora whose layout is known: `formats/` has one format per file, `corpus/` takes what they read.
A folder of clips, with whatever table: `said` looks through folder and table, `pairing` holds rows
against files, `earlier` finds what was imported before, `plan` says what would change, `folder`
does it.
"""

from audioset.interop.importers.corpus.import_corpus import import_corpus
from audioset.interop.importers.folder import import_folder
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.propose import with_proposal
from audioset.interop.importers.report import ImportReport

__all__ = ["ImportOptions", "ImportReport", "import_corpus", "import_folder", "with_proposal"]
