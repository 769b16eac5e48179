"""Floor 4: from a model back to its exact clips, and from a clip forward to its models."""

from audioset.tracking.lineage.clips import clips_behind, trace_clip
from audioset.tracking.lineage.guard import guard_test_split
from audioset.tracking.lineage.trace import trace
from audioset.tracking.lineage.trained_on import trained_on

__all__ = ["clips_behind", "guard_test_split", "trace", "trace_clip", "trained_on"]
