"""Floor 5: an alias for a model that its data, its test and its score allow."""

from audioset.experiments.promote.promote import promote_model, roll_back

__all__ = ["promote_model", "roll_back"]
