"""Floor 3b: sources to clips and their manifests.

`cut` takes many sources, `one_source` one of them: `plan` says how, by what is asked for and what
is the source's own, and `settle` what need not be cut again. `one_pass` reads it once from start to
end, `write_clip` makes a clip. Where to cut is found in `lines/` or `find_clips`, how exactly in
`edges/`. `as_known` tells which source a file is, whatever it is called, and `succession/` lets an
edited one take the place of the earlier. `left_behind` counts what a new cut would lose, and
`call/` asks.
"""

from audioset.curation.cut.cut import CutReport, cut_sources
from audioset.curation.cut.source_report import SourceReport
from audioset.curation.cut.wish import CutWish
from audioset.curation.cut.write_clip import import_whole

__all__ = ["CutReport", "CutWish", "SourceReport", "cut_sources", "import_whole"]
