"""Clips as people want them: edges moved, made, split, merged; and back.

`operations` are what a person does; each is decided first. `reshape` makes the clips of a source
agree with what was decided: by the plan of `curation.shapes`, `cut_clips` cuts from the `sound` of
the source, and `change` carries it out. `finish_cut` does that at the end of each cut of a source.
"""

from audioset.curation.reshape.edges import EdgesWish
from audioset.curation.reshape.finish_cut import FinishCut
from audioset.curation.reshape.operations import Reshaper
from audioset.curation.reshape.reshape import reshape_after

__all__ = ["EdgesWish", "FinishCut", "Reshaper", "reshape_after"]
