"""How things stand: the sources and clips of a workspace, counted. Nothing is written."""

from audioset.curation.status.advice import tell_problems, tell_steps
from audioset.curation.status.clips import count_clips
from audioset.curation.status.held import read_held
from audioset.curation.status.sources import count_sources

__all__ = ["count_clips", "count_sources", "read_held", "tell_problems", "tell_steps"]
