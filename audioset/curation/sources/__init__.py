"""Floor 3b: the sources of a workspace as files: where they lie here, and which is which.

`places` is what this machine remembers, `known` which recordings the workspace has, `states` how
they are found today, `find` where the bytes of one lie now.
"""

from audioset.curation.sources.known import own_sources
from audioset.curation.sources.places import SourcePlaces, place_of, remember
from audioset.curation.sources.states import read_source_states

__all__ = ["SourcePlaces", "own_sources", "place_of", "read_source_states", "remember"]
