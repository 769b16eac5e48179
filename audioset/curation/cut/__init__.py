"""Floor 3b: sources to clips and their manifests.

`cut` takes many sources, `one_source` one of them, `one_pass` reads it once from start to end,
`write_clip` makes a clip. Where to cut is found in `lines/` or `find_clips`, how exactly in
`edges/`.
"""

from audioset.curation.cut.cut import CutReport, cut_sources
from audioset.curation.cut.one_source import SourceReport
from audioset.curation.cut.write_clip import import_whole

__all__ = ["CutReport", "SourceReport", "cut_sources", "import_whole"]
