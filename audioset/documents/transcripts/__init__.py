"""Floor 3a: a transcript without times, whatever its kind, becomes lines to be found in a source.

`read_lines` reads a file, `find_lines_beside` looks for one beside a source, `read_lexicon` reads
how words are said, `read_table` gives the cells of a table as they stand.
"""

from audioset.documents.transcripts.beside import find_lines_beside
from audioset.documents.transcripts.lexicon import lexicon_digest, read_lexicon
from audioset.documents.transcripts.read import read_lines
from audioset.documents.transcripts.table import read_table

__all__ = ["find_lines_beside", "lexicon_digest", "read_lexicon", "read_lines", "read_table"]
