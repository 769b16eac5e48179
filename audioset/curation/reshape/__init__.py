"""Clips as people want them: edges moved, made, split, merged; and back.

`operations` are what a person does; each is decided first. `reshape` makes the clips of a source
agree with what was decided: `shape` reads how they are, `plan` holds that against the decisions,
`cut_clips` cuts from the `sound` of the source, and `change` carries it out. `finish_cut` does that
at the end of each cut of a source.
"""

from audioset.curation.reshape.edges import EdgesWish
from audioset.curation.reshape.finish_cut import FinishCut
from audioset.curation.reshape.operations import Reshaper
from audioset.curation.reshape.reshape import reshape_after
from audioset.curation.reshape.waiting import list_waiting

__all__ = ["EdgesWish", "FinishCut", "Reshaper", "list_waiting", "reshape_after"]
