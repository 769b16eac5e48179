"""Floor 3a: every kind of timed text beside a source, or inside it, becomes cues.

`read_cues` reads a file, `read_embedded_cues` a subtitle stream of the source itself,
`find_cues_beside` looks for a file, `tidy` and `trim` make sure that every cue can be cut. None
of them touches samples.
"""

from audioset.documents.cues.beside import find_cues_beside
from audioset.documents.cues.read import read_cues, read_embedded_cues
from audioset.documents.cues.tidy import tidy, trim

__all__ = ["find_cues_beside", "read_cues", "read_embedded_cues", "tidy", "trim"]
