"""Floor 3a: every kind of timed text beside a source, or inside it, becomes cues.

`read_cues` reads a file, `read_embedded_cues` a subtitle stream of the source itself,
`find_cues_beside` looks for a file, `tidy` makes sure that every cue can be cut, `explain_misfit`
says why cues do not fit their recording. None of them touches samples.
"""

from audioset.documents.cues.beside import find_cues_beside
from audioset.documents.cues.fit import explain_misfit
from audioset.documents.cues.read import read_cues, read_embedded_cues
from audioset.documents.cues.tidy import tidy

__all__ = ["explain_misfit", "find_cues_beside", "read_cues", "read_embedded_cues", "tidy"]
