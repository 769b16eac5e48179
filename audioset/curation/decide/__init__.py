"""Floor 3b: decisions that a person takes about many clips at once."""

from audioset.curation.decide.best_takes import accept_best_takes
from audioset.curation.decide.confirm import confirm_texts
from audioset.curation.decide.undo import Undone, undo_operation
from audioset.curation.decide.unjudged import count_unjudged

__all__ = ["Undone", "accept_best_takes", "confirm_texts", "count_unjudged", "undo_operation"]
