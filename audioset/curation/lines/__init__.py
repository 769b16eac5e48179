"""Floor 3: a transcript without times, whatever its kind, becomes lines to be found in a source.

`read_lines` reads a file, `find_lines_beside` looks for one beside a source, `read_lexicon` reads
how words are said.
"""

from audioset.curation.lines.beside import find_lines_beside
from audioset.curation.lines.lexicon import read_lexicon
from audioset.curation.lines.lines_file import LinesFile
from audioset.curation.lines.read import read_lines

__all__ = ["LinesFile", "find_lines_beside", "read_lexicon", "read_lines"]
