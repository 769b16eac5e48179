"""Floor 4: MLflow's answers without MLflow, whose import takes longer than most questions.

A `SqlClient` or a `RestClient` is asked like MLflow's own client and answers the same. What it does
not know raises `CannotAnswerError`, and who asks goes to MLflow's own.
"""

from audioset.tracking.light.choose import LightClient, open_light
from audioset.tracking.light.entities import (
    ALSO_DELETED,
    CannotAnswerError,
    MissingError,
)

__all__ = ["ALSO_DELETED", "CannotAnswerError", "LightClient", "MissingError", "open_light"]
